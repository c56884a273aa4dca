"""What staff look at: the queue, and everything about one conversation."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import audit, contacts, conversations, escalations, events, messages, staff

QUEUE_LIMIT = 200
"""Open escalations that one queue page shows."""

FOR_QUEUE = (
    "status",
    "symptoms",
    "area",
    "treatment",
    "assignee_id",
    "needs_review",
    "review_reasons",
    "updated_at",
)


def open_escalations(connection: Connection, limit: int = QUEUE_LIMIT) -> list[Row]:
    """Return open escalations with their conversation's columns: what nobody has taken before what somebody has,
    the most urgent first, then the longest waiting."""
    of_conversation = [conversations.c[name] for name in FOR_QUEUE]
    query = (
        sa.select(escalations, *of_conversation)
        .join(conversations, conversations.c.id == escalations.c.conversation_id)
        .where(escalations.c.closed_at.is_(None))
        .order_by(escalations.c.acknowledged_at.is_not(None), escalations.c.rank.desc(), escalations.c.opened_at)
        .limit(limit)
    )
    return rows(connection.execute(query))


def count_open(connection: Connection) -> int:
    """Return how many escalations are open."""
    query = sa.select(sa.func.count()).select_from(escalations).where(escalations.c.closed_at.is_(None))
    return int(connection.execute(query).scalar_one())


def last_words(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Return what the patient typed last in each of some conversations."""
    typed = messages.c.conversation_id.in_(conversation_ids) & messages.c.text.is_not(None)
    newest = sa.select(sa.func.max(messages.c.id)).where(typed).group_by(messages.c.conversation_id)
    query = sa.select(messages.c.conversation_id, messages.c.text).where(messages.c.id.in_(newest))
    return {row.conversation_id: row.text for row in connection.execute(query)}


def staff_names(connection: Connection) -> dict[int, str]:
    """Return how each staff member is called, by id; those who left are among them."""
    return {row.id: row.display_name for row in connection.execute(sa.select(staff.c.id, staff.c.display_name))}


def clinic_events(connection: Connection, conversation_id: str, leaving_out: Iterable[str]) -> list[Row]:
    """Return a conversation's events in order, without those of some kinds."""
    wanted = (events.c.conversation_id == conversation_id) & events.c.kind.not_in(list(leaving_out))
    return rows(connection.execute(sa.select(events).where(wanted).order_by(events.c.sequence)))


def has_contact(connection: Connection, conversation_id: str) -> bool:
    """Whether the patient left a way to be reached, without looking at it."""
    query = sa.select(contacts.c.id).where(contacts.c.conversation_id == conversation_id)
    return connection.execute(query.limit(1)).first() is not None


def deeds(connection: Connection, conversation_id: str, limit: int = 200) -> list[Row]:
    """Return what staff did with a conversation, the newest first, looking at it included."""
    wanted = (audit.c.subject == "conversation") & (audit.c.subject_id == conversation_id)
    return rows(connection.execute(sa.select(audit).where(wanted).order_by(audit.c.id.desc()).limit(limit)))


def feed_mark(connection: Connection) -> tuple[Any, ...]:
    """Return something that changes whenever anything happens that staff could see in the queue."""
    newest = sa.select(sa.func.max(events.c.id)).scalar_subquery()
    deed = sa.select(sa.func.max(audit.c.id)).where(audit.c.action.not_like("view%")).scalar_subquery()
    return tuple(connection.execute(sa.select(newest, deed)).one())
