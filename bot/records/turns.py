"""What one message led to, written in one transaction: replies, understanding, level, escalation, events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.records import conversations, escalations, events, messages
from bot.records.database import Connection, Row
from bot.records.escalations import Deadlines
from bot.triage import levels


@dataclass(frozen=True)
class Answer:
    """A complete answer to a patient's message.

    understood, assessment: as the dialogue side reported them (`design.md`, the chat API's turn).
    screen: what the gateway's own red-flag screen saw: findings and assessment.
    disagreement: the screen saw an emergency and the dialogue side did not.
    """

    replies: list[Row]
    understood: Row
    assessment: Row
    screen: Row | None = None
    disagreement: bool = False
    latency_ms: int | None = None


@dataclass(frozen=True)
class Failure:
    """A message that could not be answered now: the card that the patient gets meanwhile, and why."""

    replies: list[Row]
    reason: str
    screen: Row | None = None
    latency_ms: int | None = None


def record_answer(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    answer: Answer,
    now: datetime,
    deadlines: Deadlines,
) -> list[Row]:
    """Write an answer and return everything the patient has been told to this message.

    A message is answered once: when it has been, nothing changes and the first answer is returned. An answer
    that comes after a safety card is added to it. Raises KeyError when there is no such message.
    """
    message = _message(connection, conversation_id, message_id)
    if message["state"] == messages.ANSWERED:
        return list(message["replies"])
    replies = [*(message["replies"] or []), *answer.replies]
    messages.change(
        connection,
        conversation_id,
        message_id,
        state=messages.ANSWERED,
        answered_at=now,
        attempts=message["attempts"] + 1,
        replies=replies,
        understood=answer.understood,
        assessment=answer.assessment,
        screen=answer.screen,
        disagreement=answer.disagreement,
        latency_ms=answer.latency_ms,
    )
    late = message["state"] == messages.FAILED
    _tell(connection, conversation_id, message_id, answer.replies, now, late)
    _judge(connection, conversation_id, message_id, answer, now, deadlines)
    if late:
        _settle_failure(connection, conversation_id, now)
    return replies


def record_failure(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    failure: Failure,
    now: datetime,
    deadlines: Deadlines,
) -> list[Row]:
    """Write that a message waits for its answer, with the safety card shown meanwhile; return all replies.

    The card is kept once, however often answering fails. What the gateway's own screen saw counts: an emergency
    opens its escalation here and now. Raises KeyError when there is no such message.
    """
    message = _message(connection, conversation_id, message_id)
    if message["state"] == messages.ANSWERED:
        return list(message["replies"])
    first = message["state"] == messages.RECEIVED
    replies = failure.replies if first else list(message["replies"])
    messages.change(
        connection,
        conversation_id,
        message_id,
        state=messages.FAILED,
        attempts=message["attempts"] + 1,
        failure=failure.reason[:500],
        replies=replies,
        screen=failure.screen,
        latency_ms=failure.latency_ms if first else message["latency_ms"],
    )
    if first:
        _tell(connection, conversation_id, message_id, replies, now, late=False)
        _open_failure(connection, conversation_id, message_id, failure, now, deadlines)
    return replies


def record_own_answer(
    connection: Connection, conversation_id: str, message_id: str, replies: list[Row], now: datetime
) -> list[Row]:
    """Write an answer to a message that says nothing of the patient's state; nothing is judged by it.

    Return what was said: the first answer, if there was one already. Raises KeyError when there is no such message.
    """
    message = _message(connection, conversation_id, message_id)
    if message["state"] == messages.ANSWERED:
        return list(message["replies"])
    values = {"state": messages.ANSWERED, "answered_at": now, "attempts": message["attempts"] + 1}
    messages.change(connection, conversation_id, message_id, replies=replies, **values)
    _tell(connection, conversation_id, message_id, replies, now, late=False)
    return replies


def _message(connection: Connection, conversation_id: str, message_id: str) -> Row:
    message = messages.find(connection, conversation_id, message_id)
    if message is None:
        raise KeyError(message_id)
    return message


def _tell(
    connection: Connection, conversation_id: str, message_id: str, replies: list[Row], now: datetime, late: bool
) -> None:
    for reply in replies:
        shown = {**reply, "message_id": message_id, "late": late}
        events.add(connection, conversation_id, events.REPLY, shown, now)


def _judge(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    answer: Answer,
    now: datetime,
    deadlines: Deadlines,
) -> None:
    """Carry what the message meant over to its conversation, and open what staff must see."""
    conversations.reached(connection, conversation_id, answer.assessment, now)
    conversations.label(connection, conversation_id, labels_of(answer), now)
    escalations.open_for_result(connection, conversation_id, message_id, answer.assessment, now, deadlines)
    for reason in answer.assessment.get("notes_for_staff") or ():
        conversations.flag(connection, conversation_id, reason)
    if answer.assessment.get("corrected"):
        conversations.flag(connection, conversation_id, "corrected")
    if answer.disagreement:
        _record_disagreement(connection, conversation_id, message_id, answer, now, deadlines)


def _record_disagreement(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    answer: Answer,
    now: datetime,
    deadlines: Deadlines,
) -> None:
    """The more careful of two barriers counts: its level is reached and its escalation opened too."""
    seen = (answer.screen or {}).get("assessment") or {}
    shown = {
        "message_id": message_id,
        "screen": seen.get("rules"),
        "dialogue": answer.assessment.get("rules"),
    }
    events.add(connection, conversation_id, events.DISAGREEMENT, shown, now)
    conversations.flag(connection, conversation_id, "disagreement")
    conversations.reached(connection, conversation_id, seen, now)
    escalations.open_for_result(connection, conversation_id, message_id, seen, now, deadlines)


def _open_failure(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    failure: Failure,
    now: datetime,
    deadlines: Deadlines,
) -> None:
    shown = {"message_id": message_id, "reason": failure.reason}
    events.add(connection, conversation_id, events.SAFETY_CARD, shown, now)
    seen = (failure.screen or {}).get("assessment") or {}
    if seen.get("level"):
        conversations.reached(connection, conversation_id, {**seen, "final": False}, now)
    escalations.open_for_result(connection, conversation_id, message_id, seen, now, deadlines)
    rank = levels.CLINIC_TODAY
    due_at = now + deadlines.of(rank)
    escalations.ensure_open(connection, conversation_id, escalations.FAILURE, rank, now, due_at, message_id)
    conversations.change(connection, conversation_id, status=conversations.FAILED)


def _settle_failure(connection: Connection, conversation_id: str, now: datetime) -> None:
    """When the last unanswered message has its answer, nobody needs to look at the failure any more."""
    if messages.unanswered_in(connection, conversation_id):
        conversations.change(connection, conversation_id, status=conversations.FAILED)
        return
    escalations.close_kind(
        connection,
        conversation_id,
        escalations.FAILURE,
        escalations.ANSWERED_LATER,
        "the assistant answered after all",
        now,
    )


def labels_of(answer: Answer) -> set[tuple[str, str]]:
    """Return the (kind, value) pairs by which staff can find the conversation of an answer."""
    assessment, understood = answer.assessment, answer.understood
    facts: dict[str, Any] = assessment.get("facts") or {}
    labels = {("rule", str(rule)) for rule in assessment.get("rules") or ()}
    labels |= {("symptom", str(symptom)) for symptom in assessment.get("symptoms") or ()}
    labels |= {
        ("finding", str(found["finding"]))
        for found in understood.get("findings") or ()
        if found.get("assertion") in ("present", "possible")
    }
    intent = (understood.get("intent") or {}).get("name")
    labels |= {("intent", str(intent))} if intent else set()
    labels |= {("area", str(area)) for area in facts.get("area") or () if facts.get("area") != "unsure"}
    return labels | ({("flag", "disagreement")} if answer.disagreement else set())
