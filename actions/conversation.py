"""What an action reads of one message, and what it says and keeps: between Rasa's tracker and triage."""

from abc import ABC, abstractmethod
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.language.answers import read_answer
from bot.language.corrections import with_new_time
from bot.triage.answer import Reply, question_reply, result_reply, text_reply
from bot.triage.dialogue import Heard, State, hear, let_go, open_question
from bot.triage.finding import UNSURE, Finding, findings_in
from bot.triage.hours import Hours
from bot.triage.levels import AMBULANCE
from bot.triage.protocol import Protocol, load_protocol
from bot.triage.questions import NONE, Question
from bot.triage.summary import summary
from bot.triage.turn import RESULT, Turn

PROTOCOL_FOLDER = Path(__file__).resolve().parents[1] / "protocol"
FALLBACK = "nlu_fallback"


@lru_cache
def protocol() -> Protocol:
    """Return the reviewed protocol, read once. ProtocolError stops the action server's start."""
    return load_protocol(PROTOCOL_FOLDER)


class Conversation:
    """One message of a conversation: its state before, what is said to it, its state after."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.protocol = protocol()
        self.message: dict[str, Any] = tracker.latest_message or {}
        self.metadata: dict[str, Any] = self.message.get("metadata") or {}
        self.now = _moment(self.metadata.get("now"), self.protocol)
        slots = {name: tracker.get_slot(name) for name in ("episode", "waiting_for")}
        self.state = State.from_dict(slots)
        self.last_talk: str | None = tracker.get_slot("last_talk")
        self.wants_call = bool(tracker.get_slot("wants_call"))
        self.in_form = bool((tracker.active_loop or {}).get("name"))
        self.notes: list[str] = []
        self.reminded = False
        self.replies: list[Reply] = []
        self.places = Hours(self.protocol.clinic, self.now).places(self.protocol)

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or FALLBACK)

    @property
    def confidence(self) -> float:
        """How sure the classifier is of the intent, 0 to 1."""
        return float((self.message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def text(self) -> str:
        return str(self.message.get("text") or "")

    @property
    def findings(self) -> list[Finding]:
        """The findings of the message, from the entities of our extractors."""
        return findings_in(self.message.get("entities") or [])

    @property
    def crisis(self) -> bool:
        """Whether what is known calls for the card of a crisis."""
        return self.state.episode.assess(self.protocol, self.now).crisis

    def heard(self) -> Heard:
        """Return the message as understood, an answer to the open question included."""
        question = open_question(self.state, self.protocol, self.now)
        tapped = self.metadata.get("values") or ()
        values = [value for value in tapped if question and value in _values(question)]
        answer = read_answer(self.text, question, self.now) if question and not tapped else None
        suspected = [e["value"] for e in self.message.get("entities") or [] if e.get("entity") == "suspected"]
        heard = Heard(
            intent=self.intent,
            now=self.now,
            text=self.text,
            findings=self.findings,
            answer=answer,
            values=values,
            reports=bool((self.message.get("danger") or {}).get("symptoms")),
            suspected=suspected[0] if suspected else None,
            guesses=self._guesses() if self.intent == FALLBACK else (),
            confidence=self.confidence,
        )
        return heard if tapped else with_new_time(heard, self.state.episode.facts, self.protocol.facts)

    def _guesses(self) -> list[str]:
        ranking = self.message.get("intent_ranking") or []
        return [entry["name"] for entry in ranking if entry["name"] != FALLBACK][:3]

    def hear(self) -> Turn:
        """Take the message into the state, and return what is to be said."""
        self.state, turn = hear(self.state, self.heard(), self.protocol)
        return turn

    def words(self, key: str, **values: object) -> str:
        """Return a text of texts.yml with the clinic's numbers and hours filled in."""
        return self.protocol.text(key, **{**self.places, **values})

    def say(self, text: str) -> None:
        """Say a plain text."""
        self.replies.append(text_reply(text))

    def ask(self, question: Question, repeated: bool = False) -> None:
        """Ask a question, with its options as buttons."""
        self.replies.append(question_reply(question, self.protocol, repeated))

    def talk(self, key: str) -> None:
        """Say a text of small talk, in other words when it was the last one said."""
        text = self.words(key)
        text = text if text != self.last_talk else self.words("talk.help")
        self.last_talk = text
        self.say(text)

    def let_go(self) -> list[EventType]:
        """Stop waiting for what the patient noticed: they speak of something else. Other questions stay open."""
        before, self.state = self.state, let_go(self.state)
        return [SlotSet("requested_slot", None), ActiveLoop(None)] if before != self.state else []

    def say_result(self) -> None:
        """Say the result card of what is known."""
        assessment = self.state.episode.assess(self.protocol, self.now)
        self.replies.append(result_reply(assessment, self.state.episode, self.protocol, self.now))

    def finish(self, *events: EventType) -> list[EventType]:
        """Utter what was said, the last of it with where the conversation stands, and return all events."""
        self._remind_of_emergency()
        for reply in self.replies[:-1]:
            utter(self.dispatcher, reply)
        if self.replies:
            utter(self.dispatcher, self.replies[-1], self._turn())
        kept = {**self.state.to_dict(), "last_talk": self.last_talk, "wants_call": self.wants_call}
        changed = {name: value for name, value in kept.items() if value != self.tracker.get_slot(name)}
        return [*(SlotSet(name, value) for name, value in changed.items()), *events]

    def _remind_of_emergency(self) -> None:
        """Whatever is said after an emergency card, the number to call is not forgotten."""
        said = {reply["kind"] for reply in self.replies}
        told = self.reminded or not said or RESULT in said or "question" in said
        if self.state.episode.reached == AMBULANCE and not told:
            self.say(self.words("crisis.after_card" if self.crisis else "emergency.still_here"))

    def _turn(self) -> dict[str, Any]:
        assessment = self.state.episode.assess(self.protocol, self.now)
        intent = {key: (self.message.get("intent") or {}).get(key) for key in ("name", "confidence")}
        return {
            "understood": {"intent": intent, "findings": [finding.as_dict() for finding in self.findings]},
            "assessment": summary(self.state, assessment, self.intent, self.protocol, self.notes),
        }


class ConversationAction(Action, ABC):
    """An action that reads a conversation, says something and returns events."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return self.take(Conversation(dispatcher, tracker))

    @abstractmethod
    def take(self, conversation: Conversation) -> list[EventType]:
        """Say what is to be said and return the events for Rasa."""


def utter(dispatcher: CollectingDispatcher, reply: Reply, turn: dict[str, Any] | None = None) -> None:
    """Say a reply: to our channel as it is, to any other as text with buttons that type their label."""
    buttons = [{"title": option["label"], "payload": option["label"]} for option in reply["options"]]
    dispatcher.utter_message(text=plain(reply), buttons=buttons, reply=reply, turn=turn)


def plain(reply: Reply) -> str:
    """Return a reply as text alone."""
    result = reply["result"] or {}
    lines = [line for part in ("why", "do", "avoid", "get_help_if") for line in result.get(part, ())]
    return "\n".join([reply["text"], *filter(None, [result.get("headline"), *lines, result.get("expect")])])


def _values(question: Question) -> set[str]:
    return {option.value for option in question.options} | {NONE, UNSURE}


def _moment(now: str | None, known: Protocol) -> datetime:
    """The moment the gateway gave the message; the clinic's present for channels such as the shell."""
    return datetime.fromisoformat(now) if now else datetime.now(ZoneInfo(known.clinic["time_zone"]))
