"""Everything that is not triage: small talk, general questions, and steering the conversation."""

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction

from actions.conversation import Conversation, ConversationAction
from actions.triage import FORM, FORM_DONE, ask_for_contact
from bot.triage.dialogue import State, back, conclude, noted, open_question, opened
from bot.triage.hours import Hours
from bot.triage.levels import AMBULANCE
from bot.triage.wording import listed, stated

# The text for each intent that is answered by one; where the conversation is decides among several.
TALK = {
    "greet": "greeting.again",
    "goodbye": "talk.goodbye",
    "thanks": "talk.thanks",
    "affirm": "talk.affirm_unclear",
    "deny": "talk.deny_unclear",
    "unsure": "talk.help",
    "none_of_these": "talk.deny_unclear",
    "help": "talk.help",
    "feeling_better": "talk.feeling_better",
    "ask_who_are_you": "talk.who_are_you",
    "ask_privacy": "talk.privacy",
    "request_check_in": "check_in.declined",
    "stop_check_ins": "check_in.stopped",
    "not_what_i_meant": "talk.not_what_i_meant",
    "abuse": "talk.abuse",
    "prompt_injection": "talk.prompt_injection",
    "testing": "talk.testing",
    "out_of_scope": "talk.out_of_scope",
    "not_english": "notice.not_english",
}
INSTEAD = "talk.help"


class ActionTalk(ConversationAction):
    """Answers an intent with its one text, in other words when it was just said."""

    def name(self) -> str:
        return "action_talk"

    def take(self, conversation: Conversation) -> list[EventType]:
        freed = conversation.let_go()
        mid_chat = conversation.in_form and not freed
        greeting = conversation.intent == "greet" and mid_chat
        conversation.talk("talk.greet_mid_chat" if greeting else TALK.get(conversation.intent, INSTEAD))
        return conversation.finish(*freed)


class ActionAnswerQuestion(ConversationAction):
    """Answers a general question from the documents; in the middle of triage the thread is taken up again."""

    def name(self) -> str:
        return "action_answer_question"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.state = noted(conversation.state, conversation.findings)
        entry = conversation.protocol.faq[conversation.intent.removeprefix("ask_")]
        conversation.say(" ".join(entry["answer"]))
        freed = conversation.let_go()
        mid_chat = conversation.in_form and not freed
        conversation.say(conversation.words("talk.answer_then_question" if mid_chat else "talk.symptom_offer"))
        return conversation.finish(*freed)


class ActionExplain(ConversationAction):
    """Says why the open question is asked."""

    def name(self) -> str:
        return "action_explain"

    def take(self, conversation: Conversation) -> list[EventType]:
        question = open_question(conversation.state, conversation.protocol, conversation.now)
        why = question.why if question else ""
        conversation.say(conversation.words("talk.ask_why", why=why) if why else conversation.words(INSTEAD))
        return conversation.finish()


class ActionSummarise(ConversationAction):
    """Says what has been noted so far."""

    def name(self) -> str:
        return "action_summarise"

    def take(self, conversation: Conversation) -> list[EventType]:
        facts = dict(conversation.state.episode.facts)
        noted = stated(facts, facts, conversation.protocol, conversation.now)
        if noted:
            conversation.say(conversation.words("talk.summary", facts=listed(noted, conversation.protocol)))
        else:
            conversation.say(conversation.words("talk.summary_empty"))
        return conversation.finish()


class ActionOpen(ConversationAction):
    """Turns "is this normal?" and "help" into a question about what the patient has."""

    def name(self) -> str:
        return "action_open"

    def take(self, conversation: Conversation) -> list[EventType]:
        if conversation.in_form:
            conversation.say(conversation.words(INSTEAD))
        else:
            conversation.state = opened(conversation.state, conversation.findings)
        return conversation.finish()


class ActionStartOver(ConversationAction):
    """Forgets the episode; what was said stays on record."""

    def name(self) -> str:
        return "action_start_over"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.state = State()
        conversation.say(conversation.words("talk.start_over"))
        return conversation.finish(FORM_DONE, ActiveLoop(None))


class ActionGoBack(ConversationAction):
    """Goes back to the question before."""

    def name(self) -> str:
        return "action_go_back"

    def take(self, conversation: Conversation) -> list[EventType]:
        earlier = back(conversation.state, conversation.protocol, conversation.now)
        if earlier is None:
            conversation.say(conversation.words("talk.cannot_go_back"))
            return conversation.finish()
        conversation.state = earlier
        conversation.say(conversation.words("talk.go_back"))
        return conversation.finish(FollowupAction(FORM))


class ActionStop(ConversationAction):
    """Stops asking; the level reached so far is kept, and staff see that it was not finished."""

    def name(self) -> str:
        return "action_stop"

    def take(self, conversation: Conversation) -> list[EventType]:
        unfinished = open_question(conversation.state, conversation.protocol, conversation.now) is not None
        conversation.state, _ = conclude(conversation.state, conversation.protocol, conversation.now)
        conversation.say(conversation.words("talk.stop_unfinished" if unfinished else "talk.stop"))
        conversation.notes += ["stopped_unfinished"] if unfinished else []
        return conversation.finish(FORM_DONE, ActiveLoop(None))


class ActionPerson(ConversationAction):
    """Says how to reach a person, and marks the wish for the staff."""

    def name(self) -> str:
        return "action_person"

    def take(self, conversation: Conversation) -> list[EventType]:
        closed = "" if Hours(conversation.protocol.clinic, conversation.now).is_open() else "_closed"
        conversation.say(conversation.words(f"talk.talk_to_person{closed}"))
        conversation.notes.append("asked_for_a_person")
        return conversation.finish()


class ActionCallBack(ConversationAction):
    """Asks where the clinic may call; never before the answer that is still being worked out."""

    def name(self) -> str:
        return "action_call_back"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.notes.append("asked_for_a_call")
        if conversation.in_form:
            conversation.wants_call = True
            conversation.say(conversation.words("talk.call_back_later"))
        elif conversation.state.episode.reached == AMBULANCE:
            conversation.say(conversation.words("talk.call_back_not_for_emergency"))
            if not conversation.crisis:
                ask_for_contact(conversation)
        else:
            ask_for_contact(conversation)
        return conversation.finish()


class ActionTakeContact(ConversationAction):
    """Thanks for the number; the message itself is on record for the staff."""

    def name(self) -> str:
        return "action_take_contact"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.state = State(conversation.state.episode)
        conversation.notes.append("left_a_number")
        conversation.say(conversation.words("talk.call_back_saved"))
        return conversation.finish()


class ActionDefaultFallback(ConversationAction):
    """Answers where no rule fits, so that no message ever goes unanswered."""

    def name(self) -> str:
        return "action_default_fallback"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.dispatcher.utter_message(response="utter_default")
        conversation.say(conversation.words("notice.unclear_emergency"))
        return conversation.finish()
