"""Messages: what the patient wrote, kept before anything else happens, and what was said to it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records import conversations, events
from bot.records.database import Connection, Row, one, rows
from bot.records.tables import messages

RECEIVED, ANSWERED, FAILED = "received", "answered", "failed"
PATIENT, ASSISTANT, STAFF, SYSTEM = "patient", "assistant", "staff", "system"


def receive(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    now: datetime,
    text: str | None = None,
    chosen: Sequence[str] | None = None,
) -> tuple[Row, bool]:
    """Write a patient's message and return it with True, or the one of that id that is there with False.

    Raises KeyError when there is no such conversation.
    """
    known = find(connection, conversation_id, message_id)
    if known is not None:
        return known, False
    _insert(
        connection,
        conversation_id,
        now,
        uuid=message_id,
        sender=PATIENT,
        text=text,
        chosen=None if chosen is None else list(chosen),
        state=RECEIVED,
    )
    written = find(connection, conversation_id, message_id)
    assert written is not None
    return written, True


def say(
    connection: Connection,
    conversation_id: str,
    replies: list[Row],
    now: datetime,
    sender: str = ASSISTANT,
    staff_id: int | None = None,
) -> str:
    """Write something nobody asked for (a greeting, a check-in, a word from staff); return its message id."""
    message_id = str(uuid.uuid4())
    _insert(
        connection,
        conversation_id,
        now,
        uuid=message_id,
        sender=sender,
        staff_id=staff_id,
        replies=replies,
        state=ANSWERED,
        answered_at=now,
    )
    for reply in replies:
        events.add(connection, conversation_id, events.REPLY, {**reply, "message_id": message_id}, now)
    return message_id


def find(connection: Connection, conversation_id: str, message_id: str) -> Row | None:
    """Return a message of a conversation, or None."""
    wanted = (messages.c.conversation_id == conversation_id) & (messages.c.uuid == message_id)
    return one(connection.execute(sa.select(messages).where(wanted)))


def transcript(connection: Connection, conversation_id: str) -> list[Row]:
    """Return every message of a conversation in order."""
    wanted = messages.c.conversation_id == conversation_id
    return rows(connection.execute(sa.select(messages).where(wanted).order_by(messages.c.sequence)))


def unanswered(connection: Connection, max_attempts: int, limit: int = 100) -> list[tuple[str, str]]:
    """Return (conversation id, message id) of what still waits for an answer, the oldest first."""
    wanted = (messages.c.state != ANSWERED) & (messages.c.attempts < max_attempts)
    query = sa.select(messages.c.conversation_id, messages.c.uuid).where(wanted)
    found = connection.execute(query.order_by(messages.c.received_at, messages.c.id).limit(limit))
    return [(row.conversation_id, row.uuid) for row in found]


def unanswered_in(connection: Connection, conversation_id: str, before: int | None = None) -> list[Row]:
    """Return a conversation's messages without an answer, in order; only those before a sequence number if given."""
    wanted = (messages.c.conversation_id == conversation_id) & (messages.c.state != ANSWERED)
    if before is not None:
        wanted &= messages.c.sequence < before
    return rows(connection.execute(sa.select(messages).where(wanted).order_by(messages.c.sequence)))


def last_replies(connection: Connection, conversation_id: str, before: int) -> list[Row]:
    """Return what the assistant said last before the message with that sequence number."""
    wanted = (messages.c.conversation_id == conversation_id) & (messages.c.sequence < before)
    query = sa.select(messages.c.replies).where(wanted & messages.c.replies.is_not(None))
    found = connection.execute(query.order_by(messages.c.sequence.desc()).limit(1)).scalar()
    return list(found or [])


def assessments(connection: Connection, conversation_id: str, limit: int = 20) -> list[Row]:
    """Return what the newest messages led to, the newest first: the more careful of dialogue and screen each."""
    wanted = (messages.c.conversation_id == conversation_id) & (messages.c.sender == PATIENT)
    query = sa.select(messages.c.assessment, messages.c.screen).where(wanted)
    found = connection.execute(query.order_by(messages.c.sequence.desc()).limit(limit))
    pairs = [(row.assessment or {}, (row.screen or {}).get("assessment") or {}) for row in found]
    return [max(pair, key=conversations.rank_of) for pair in pairs]


def change(connection: Connection, conversation_id: str, message_id: str, **values: Any) -> bool:
    """Set columns of a message that has not been answered yet; False when it has been."""
    wanted = (messages.c.conversation_id == conversation_id) & (messages.c.uuid == message_id)
    result = connection.execute(messages.update().where(wanted & (messages.c.state != ANSWERED)).values(**values))
    return bool(result.rowcount)


def _insert(connection: Connection, conversation_id: str, now: datetime, **values: Any) -> None:
    sequence = conversations.count_up(connection, conversation_id, "message_count", now)
    connection.execute(
        messages.insert().values(
            conversation_id=conversation_id,
            sequence=sequence,
            received_at=now,
            attempts=0,
            disagreement=False,
            **values,
        )
    )


def count(connection: Connection, conversation_id: str) -> int:
    """Return how many messages the patient has sent in a conversation."""
    theirs = (messages.c.conversation_id == conversation_id) & (messages.c.sender == PATIENT)
    query = sa.select(sa.func.count()).where(theirs)
    return int(connection.execute(query).scalar_one())
