"""Asking a patient again later: what is offered, what is planned, and what is said when the time has come.

Every function here is one part of a transaction. The plans are rows of the records, so no restart loses one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from bot.gateway.moments import QuietHours, When, moments, zone_of
from bot.gateway.words import Words
from bot.records import check_ins, conversations, messages, outbox
from bot.records.contacts import Seal
from bot.records.database import Connection, Row
from bot.triage.answer import text_reply
from bot.triage.course import all_gone_by
from bot.triage.levels import CLINIC_TODAY, HOME
from bot.triage.model import Protocol
from bot.triage.wording import listed, moment

VALUE = "check_in:"
"""Begins the value of every button of a check-in: Rasa knows nothing of them."""

Choice = Literal["morning", "day", "gone", "none"]
NONE: Literal["none"] = "none"
CHOICES: tuple[Choice, ...] = ("morning", "day", "gone", NONE)
MOST_PLANNED = 10
"""So many check-ins a conversation can have in all; each may be a mail to an address that nobody has proved."""


class NotOffered(RuntimeError):
    """There is nothing to ask again about: no answer yet, an urgent one, or it was asked often enough."""


def offers(connection: Connection, conversation_id: str, words: Words, now: datetime) -> dict[When, datetime]:
    """Return the moments a patient can choose from, by name. Raises NotOffered."""
    row = conversations.find(connection, conversation_id)
    if row is None or row["crisis"] or not HOME <= row["rank"] <= CLINIC_TODAY:
        raise NotOffered(conversation_id)
    if len(check_ins.of_conversation(connection, conversation_id)) >= MOST_PLANNED:
        raise NotOffered(conversation_id)
    last = last_answer(connection, conversation_id)
    if not last.get("final"):
        raise NotOffered(conversation_id)
    there = now.astimezone(zone_of(row["zone"], words.zone))
    gone = all_gone_by(last.get("symptoms") or (), last.get("facts") or {}, words.protocol, there)
    return moments(there, gone, QuietHours.of(words.protocol.clinic))


def labels(offered: Mapping[When, datetime], protocol: Protocol) -> dict[When, str]:
    """Return the words of the button for each moment."""
    return {name: protocol.text(f"check_in_later.{name}", when=moment(due, protocol)) for name, due in offered.items()}


def offer_reply(offered: Mapping[When, datetime], protocol: Protocol, now: datetime) -> Row:
    """Return the question when to ask again."""
    named: dict[Choice, str] = {NONE: protocol.text("check_in_later.none")}
    return _question(protocol.text("check_in_later.choose"), {**labels(offered, protocol), **named}, now)


def plan(
    connection: Connection,
    conversation_id: str,
    when: When,
    words: Words,
    seal: Seal,
    now: datetime,
    email: str | None = None,
) -> tuple[datetime, str]:
    """Plan a check-in in place of one that is still to come; return when, and what to say.

    Raises NotOffered, also for a moment that is not among those offered.
    """
    due = offers(connection, conversation_id, words, now).get(when)
    if due is None:
        raise NotOffered(when)
    check_ins.cancel(connection, conversation_id, now)
    check_ins.ask(connection, conversation_id, due, now, seal, email)
    return due, words.protocol.text("check_in.saved", when=moment(due, words.protocol))


def stop(connection: Connection, conversation_id: str, words: Words, now: datetime) -> str | None:
    """Plan nothing more; return what to say, None when nothing was planned."""
    planned = check_ins.cancel(connection, conversation_id, now)
    return words.protocol.text("check_in.stopped") if planned else None


def is_stop(text: str | None, words: Words) -> bool:
    """Whether a message consists of a word that ends check-ins."""
    return (text or "").strip(" .!").casefold() in words.protocol.texts["check_in_later"]["stop_words"]


def ask_now(connection: Connection, check_in: Row, words: Words, now: datetime, mails: bool) -> bool:
    """Ask a patient whose time has come; say whether it was done.

    At night it is put off until the morning. Somebody who was told to get help meanwhile is not asked any more.
    """
    conversation_id = check_in["conversation_id"]
    row = conversations.find(connection, conversation_id)
    if row is None or row["rank"] > CLINIC_TODAY or row["crisis"]:
        check_ins.cancel(connection, conversation_id, now)
        return False
    there = now.astimezone(zone_of(row["zone"], words.zone))
    allowed = QuietHours.of(words.protocol.clinic).after(there)
    if allowed > there:
        check_ins.postpone(connection, check_in["id"], allowed)
        return False
    if not check_ins.sent(connection, check_in["id"], now):
        return False
    messages.say(connection, conversation_id, [how_is_it(row["symptoms"] or (), words.protocol, now)], now)
    if mails and check_in["sealed_email"]:
        key, payload = f"check_in:{check_in['id']}", {"check_in_id": check_in["id"]}
        outbox.put(connection, outbox.PATIENT_MAIL, key, payload, now, conversation_id)
    return True


def how_is_it(symptoms: Sequence[str], protocol: Protocol, now: datetime) -> Row:
    """Return the question of a check-in about symptoms, by their ids."""
    names = [protocol.symptoms[one].name for one in symptoms if one in protocol.symptoms]
    text = protocol.text("check_in.ask", symptom=listed(names, protocol)) if names else None
    answers = protocol.texts["check_in_later"]["answers"]
    named = {value: protocol.text(f"labels.{value}") for value in answers}
    return _question(text or protocol.text("check_in_later.ask_plain"), named, now)


def said_by(chosen: Sequence[str] | None, protocol: Protocol) -> str | None:
    """Return in words what a tap on an answer to a check-in says, None when it was no such tap."""
    answers: dict[str, str] = protocol.texts["check_in_later"]["answers"]
    return answers.get(_own(chosen) or "")


def chosen_moment(chosen: Sequence[str] | None) -> Choice | None:
    """Return which offered moment was tapped ("none" for none of them), None when it was no such tap."""
    own = _own(chosen)
    return next((choice for choice in CHOICES if choice == own), None)


def is_offer(reply: Row) -> bool:
    """Whether a reply is the question when to ask again."""
    return any(option["value"] == VALUE + NONE for option in reply.get("options") or ())


def reply_of(text: str, now: datetime) -> Row:
    """Return a text as a reply with an id and a time."""
    return {**text_reply(text), "id": str(uuid4()), "at": now.isoformat()}


def _own(chosen: Sequence[str] | None) -> str | None:
    first = chosen[0] if chosen and len(chosen) == 1 else ""
    return first.removeprefix(VALUE) if first.startswith(VALUE) else None


def _question(text: str, named: Mapping[Any, str], now: datetime) -> Row:
    options: list[dict[str, Any]] = [{"label": label, "value": VALUE + value} for value, label in named.items()]
    return {**reply_of(text, now), "kind": "question", "input": "choice", "options": options}


def last_answer(connection: Connection, conversation_id: str) -> Row:
    """Return the newest assessment that reached a level, an empty one when there is none."""
    found = messages.assessments(connection, conversation_id)
    return next((one for one in found if one.get("level")), {})
