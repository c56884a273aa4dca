"""Conversations for the console's tests, made through the records room as the gateway makes them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from bot.records import contacts, conversations, messages, turns
from bot.records.contacts import Contact, Seal
from bot.records.database import Database
from bot.records.escalations import Deadlines
from bot.records.turns import Answer, Failure
from bot.triage import levels

EMERGENCY_CARD: dict[str, Any] = {
    "level": "emergency",
    "within": "now",
    "crisis": False,
    "headline": "Call 911 now",
    "call": {"label": "Call 911", "tel": "911"},
    "why": ["Trouble breathing after needles could be a sign of a collapsed lung."],
    "do": [],
    "avoid": [],
    "expect": None,
    "get_help_if": [],
    "sources": [],
    "rules": ["RF01"],
}
LABELS = {
    "self_care": (levels.HOME, None),
    "contact_clinic": (levels.CLINIC_TODAY, "today"),
    "urgent": (levels.DOCTOR_TODAY, "today"),
    "emergency": (levels.AMBULANCE, "now"),
}


def finding(name: str, text: str, words: str, assertion: str = "present", value: Any = True) -> dict[str, Any]:
    """Return a finding at the place of some words in a message."""
    start = text.index(words)
    found = {"finding": name, "assertion": assertion, "text": words, "value": value}
    return {**found, "start": start, "end": start + len(words)}


def assessment(level: str | None, rules: list[str], version: str = "test", **more: Any) -> dict[str, Any]:
    """Return an assessment as the dialogue side reports it."""
    rank, within = LABELS[level] if level else (None, None)
    judged = {
        "level": level,
        "within": within,
        "rank": rank,
        "crisis": False,
        "scope": "symptom" if level else "smalltalk",
        "asks": [],
        "rules": rules,
        "symptoms": [],
        "facts": {},
        "unsure": [],
        "corrected": [],
        "final": True,
        "protocol_version": version,
        "notes_for_staff": [],
    }
    return {**judged, **more}


def reply(text: str, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a reply of the chat API."""
    kind = "result" if result else "text"
    return {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "text": text,
        "input": None,
        "options": [],
        "multiple": False,
        "result": result,
    }


def start(database: Database, now: datetime) -> str:
    """Start a conversation with its greeting."""
    with database.write() as connection:
        conversation_id = conversations.create(connection, now, "America/Los_Angeles")
        messages.say(connection, conversation_id, [reply("Hello. What is wrong?")], now)
    return conversation_id


def say(
    database: Database,
    conversation_id: str,
    text: str,
    judged: dict[str, Any],
    now: datetime,
    findings: tuple[dict[str, Any], ...] = (),
    intent: str = "report_other_symptom",
    confidence: float = 0.9,
    **more: Any,
) -> str:
    """Write a patient's message with its answer and return the message's id."""
    message_id = str(uuid.uuid4())
    understood = {"intent": {"name": intent, "confidence": confidence}, "findings": list(findings)}
    card = EMERGENCY_CARD if judged["level"] == "emergency" else None
    answer = Answer([reply("Please read this.", card)], understood, judged, latency_ms=40, **more)
    with database.write() as connection:
        messages.receive(connection, conversation_id, message_id, now, text=text)
        turns.record_answer(connection, conversation_id, message_id, answer, now, Deadlines())
    return message_id


def emergency(database: Database, now: datetime, text: str = "sharp pain in my chest when I breathe in") -> str:
    """A conversation with an emergency."""
    conversation_id = start(database, now)
    words = "breathe in" if "breathe in" in text else text.split()[0]
    found = (finding("pain_on_breathing", text, words),)
    facts = {"pain_on_breathing": True, "area": ["upper_back"], "treatment": "dry_needling", "fever": False}
    judged = assessment("emergency", ["RF01"], symptoms=["chest"], facts=facts, asks=[])
    say(database, conversation_id, text, judged, now, found, "report_chest", 0.97)
    return conversation_id


def quiet(database: Database, now: datetime, text: str = "my shoulders are a bit sore, no fever") -> str:
    """A conversation that needs nobody."""
    conversation_id = start(database, now)
    found = []
    if "sore" in text:
        found.append(finding("soreness", text, "sore"))
    if "no fever" in text:
        found.append(finding("fever", text, "fever", "absent"))
    judged = assessment("self_care", ["SOR-0"], symptoms=["soreness"], facts={"soreness": True, "fever": False})
    say(database, conversation_id, text, judged, now, tuple(found), "report_soreness", 0.62)
    return conversation_id


def call_back(database: Database, seal: Seal, now: datetime) -> str:
    """A conversation whose patient asked to be called."""
    conversation_id = start(database, now)
    text = "my bruise is bigger than my palm"
    judged = assessment("contact_clinic", ["BRU-2"], symptoms=["bruise"], facts={"bruise": True})
    say(database, conversation_id, text, judged, now, (finding("bruise", text, "bruise"),), "report_bruise")
    with database.write() as connection:
        contact = Contact("Jordan Example", "+1 503 555 0199", "after 3 pm")
        contacts.ask_for_call(connection, conversation_id, contact, seal, now, Deadlines())
    return conversation_id


def failed(database: Database, now: datetime) -> str:
    """A conversation whose message could not be answered."""
    conversation_id, message_id = start(database, now), str(uuid.uuid4())
    failure = Failure([reply("I cannot answer just now. Call the clinic.")], "the dialogue side timed out")
    with database.write() as connection:
        messages.receive(connection, conversation_id, message_id, now, text="I have a headache")
        turns.record_failure(connection, conversation_id, message_id, failure, now, Deadlines())
    return conversation_id


def disagreement(database: Database, now: datetime) -> str:
    """A conversation in which only the first barrier saw danger."""
    conversation_id = start(database, now)
    text = "puffing a bit on the stairs"
    seen = {"findings": [finding("breathless", text, "puffing")], "assessment": assessment("emergency", ["RF01"])}
    judged = assessment("self_care", ["SOR-0"], symptoms=["soreness"])
    say(database, conversation_id, text, judged, now, (), "report_soreness", 0.4, screen=seen, disagreement=True)
    return conversation_id


def a_day(database: Database, seal: Seal, now: datetime) -> dict[str, str]:
    """A little of everything, by name."""
    ago = {minutes: now - timedelta(minutes=minutes) for minutes in (3, 9, 20, 35, 50)}
    return {
        "quiet": quiet(database, ago[50]),
        "failed": failed(database, ago[35]),
        "call_back": call_back(database, seal, ago[20]),
        "disagreement": disagreement(database, ago[9]),
        "emergency": emergency(database, ago[3]),
    }
