"""The triage form: take the turn, ask the next question, say the result; and the emergency without a form."""

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, EventType, SlotSet

from actions.conversation import Conversation, ConversationAction, protocol
from bot.language.answers import is_question
from bot.triage.dialogue import (
    CONTACT,
    HAVE_NOW,
    NO,
    Heard,
    State,
    ask_whether,
    is_aside,
    open_question,
    resume,
)
from bot.triage.levels import AMBULANCE
from bot.triage.turn import RESULT, Turn, told_more
from bot.triage.wording import listed, stated

FORM = "triage_form"
FORM_STEPS = (FORM, "action_listen", "action_extract_slots")
FORM_DONE = SlotSet("requested_slot", None)
SURE_QUESTION = 0.5

# A bad protocol must stop the action server's start, not a patient's message.
protocol()


class ValidateTriageForm(ConversationAction):
    """Takes the message into the episode, or rejects it so that a rule answers it first."""

    def name(self) -> str:
        return "validate_triage_form"

    def take(self, conversation: Conversation) -> list[EventType]:
        if is_handled(conversation.tracker):
            return [SlotSet("answer", None)]
        heard = conversation.heard()
        question = open_question(conversation.state, conversation.protocol, conversation.now)
        if conversation.in_form and is_aside(heard, question):
            return [ActionExecutionRejected(FORM)]
        before = conversation.state
        turn = conversation.hear()
        remark(conversation, before, heard, turn)
        done = open_question(conversation.state, conversation.protocol, conversation.now) is None
        return conversation.finish(SlotSet("answer", None), *([FORM_DONE] if done else []))


class ActionAskTriageFormAnswer(ConversationAction):
    """Asks the question that is open."""

    def name(self) -> str:
        return "action_ask_triage_form_answer"

    def take(self, conversation: Conversation) -> list[EventType]:
        question = open_question(conversation.state, conversation.protocol, conversation.now)
        if question is None:
            conversation.state, _ = resume(conversation.state, conversation.protocol, conversation.now)
            question = open_question(conversation.state, conversation.protocol, conversation.now)
        if question is None:
            return conversation.finish(FORM_DONE)
        unread = conversation.state.episode.tries > 1 and not is_handled(conversation.tracker)
        conversation.ask(question, repeated=unread)
        return conversation.finish()


class ActionAssess(ConversationAction):
    """Says the result, or that there is nothing to assess."""

    def name(self) -> str:
        return "action_assess"

    def take(self, conversation: Conversation) -> list[EventType]:
        if conversation.state.episode.reached is None:
            denied = conversation.metadata.get("values") or conversation.intent in ("deny", "none_of_these")
            conversation.say(conversation.words("talk.nothing_to_report" if denied else "notice.unclear_emergency"))
            return conversation.finish()
        conversation.say_result()
        if conversation.wants_call and conversation.state.episode.reached < AMBULANCE:
            ask_for_contact(conversation)
        return conversation.finish()


class ActionEmergency(ConversationAction):
    """Answers an emergency at once, from any state: one card, and the form is over."""

    def name(self) -> str:
        return "action_emergency"

    def take(self, conversation: Conversation) -> list[EventType]:
        conversation.hear()
        conversation.say_result()
        return conversation.finish(SlotSet("answer", None), FORM_DONE, ActiveLoop(None))


def is_handled(tracker: Tracker) -> bool:
    """Whether an action has dealt with the latest message already, so that the form only asks again."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action_execution_rejected":
            return True
        if event["event"] == "action" and event["name"] not in FORM_STEPS:
            return True
    return False


def remark(conversation: Conversation, before: State, heard: Heard, turn: Turn) -> None:
    """Say what goes before the question or result: a correction taken, a feeling, a question answered."""
    if doubted := before.episode.confirming:
        taken_back = all(turn.episode.facts[fact] is False for fact in doubted)
        conversation.say(conversation.words("correction.confirmed" if taken_back else "correction.not_confirmed"))
        conversation.reminded = True
        return
    if turn.assessment.rank == AMBULANCE:
        return
    remark_on_facts(conversation, before, turn)
    if heard.intent in ("feeling_same", "feeling_worse") and before.episode.answered:
        conversation.say(conversation.words(f"talk.{heard.intent}"))
    topic = conversation.protocol.faq.get(heard.intent.removeprefix("ask_"))
    if topic and conversation.confidence >= SURE_QUESTION and is_question(heard.text):
        conversation.say(" ".join(topic["answer"]))
    waited = before.waiting_for or {}
    if waited.get("kind") == HAVE_NOW and NO in heard.values:
        conversation.say(usual_course(conversation, waited["facts"]))


def remark_on_facts(conversation: Conversation, before: State, turn: Turn) -> None:
    """Say what was changed, that something was noted beside the question, or that it is left as not sure."""
    facts = turn.episode.facts
    if changed := stated(turn.changed, facts, conversation.protocol, conversation.now):
        conversation.say(conversation.words("correction.thanks", fact=listed(changed, conversation.protocol)))
    if denied := [conversation.protocol.facts[fact].said for fact in turn.changed if facts[fact] is False]:
        conversation.say(conversation.words("correction.taken_out", fact=listed(denied, conversation.protocol)))
    again = turn.repeated or (turn.say == RESULT and before.episode.told_at)
    if again and not turn.changed and told_more(before.episode.facts, facts):
        conversation.say(conversation.words("notice.noted"))
    if turn.given_up:
        conversation.say(conversation.words("notice.unclear_answer_again"))


def usual_course(conversation: Conversation, facts: list[str]) -> str:
    """Return what is usual for the symptoms that the facts would report."""
    symptoms = conversation.protocol.symptoms.values()
    texts = [s.normal["text"] for s in symptoms if set(facts) & set(s.reported_when.facts())]
    return " ".join(texts) or conversation.words("talk.nothing_to_report")


def ask_for_contact(conversation: Conversation) -> None:
    """Ask where the clinic may call; the answer is taken by `action_take_contact`."""
    conversation.state = ask_whether(conversation.state.episode, CONTACT)
    conversation.wants_call = False
    question = open_question(conversation.state, conversation.protocol, conversation.now)
    if question:
        conversation.ask(question)
