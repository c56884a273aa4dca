"""How long a conversation is kept: until the patient erases it, or until it is older than the clinic's limit."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.records import audit, conversations, escalations
from bot.records.database import Connection, Database
from bot.records.escalations import Deadlines
from bot.records.tables import (
    check_ins,
    contacts,
    corrections,
    events,
    facets,
    feedback,
    messages,
    notes,
    outbox,
    reviews,
    tags,
)
from bot.records.tables import conversations as conversations_table
from bot.triage import levels

PERSONAL = (
    messages,
    events,
    facets,
    contacts,
    check_ins,
    feedback,
    notes,
    tags,
    corrections,
    reviews,
    outbox,
)
"""The tables whose rows go when a conversation is erased."""

BATCH = 200


class OnHold(RuntimeError):
    """The conversation must be kept for a legal reason."""


def erase(connection: Connection, conversation_id: str, now: datetime, actor: str = audit.PATIENT) -> bool:
    """Remove everything a conversation holds; what stays is an empty row with its id and times.

    Open escalations are closed with that reason. False when there is nothing to erase; raises OnHold when the
    clinic has to keep it.
    """
    row = conversations.find(connection, conversation_id)
    if row is None:
        return False
    if row["legal_hold"]:
        raise OnHold(conversation_id)
    reason = f"the conversation was erased ({actor})"
    escalations.close_kind(connection, conversation_id, None, escalations.ERASED, reason, now)
    for table in PERSONAL:
        connection.execute(table.delete().where(table.c.conversation_id == conversation_id))
    conversations.change(connection, conversation_id, **_empty(now))
    audit.write(connection, actor, "erase", "conversation", conversation_id, now)
    return True


def delete_older_than(database: Database, days: int, now: datetime) -> int:
    """Delete conversations in which nothing happened for so many days, and return how many.

    Those on legal hold stay, and so do those that staff still have to look at. Each batch is a transaction of
    its own, so that patients' messages are never held up for long.
    """
    deleted = 0
    while True:
        with database.write() as connection:
            batch = _outdated(connection, now - timedelta(days=days))
            for conversation_id in batch:
                connection.execute(conversations_table.delete().where(conversations_table.c.id == conversation_id))
                audit.write(
                    connection,
                    audit.PROGRAM,
                    "retention",
                    "conversation",
                    conversation_id,
                    now,
                    {"days": days},
                )
        deleted += len(batch)
        if len(batch) < BATCH:
            return deleted


def flag_broken_off(database: Database, idle: timedelta, now: datetime, deadlines: Deadlines) -> int:
    """Put conversations that stopped before their final answer on the clinic's list; return how many.

    Only those in which the patient named a symptom: they keep the level reached so far.
    """
    with database.write() as connection:
        stopped = _broken_off(connection, now - idle)
        for conversation_id, rank in stopped:
            conversations.change(connection, conversation_id, status=conversations.UNFINISHED)
            conversations.flag(connection, conversation_id, "broken_off")
            due_at = now + deadlines.of(levels.HOME)
            escalations.ensure_open(
                connection, conversation_id, escalations.BROKEN_OFF, max(rank, levels.HOME), now, due_at
            )
    return len(stopped)


def _outdated(connection: Connection, before: datetime) -> list[str]:
    table = conversations_table
    settled = table.c.queue_rank.is_(None) & sa.not_(table.c.legal_hold)
    query = sa.select(table.c.id).where((table.c.updated_at < before) & settled)
    return [row.id for row in connection.execute(query.order_by(table.c.updated_at).limit(BATCH))]


def _broken_off(connection: Connection, before: datetime) -> list[tuple[str, int]]:
    table = conversations_table
    wanted = (table.c.status == conversations.OPEN) & (table.c.updated_at < before) & table.c.level.is_not(None)
    query = sa.select(table.c.id, table.c.rank).where(wanted).order_by(table.c.updated_at).limit(BATCH)
    return [(row.id, row.rank) for row in connection.execute(query)]


def _empty(now: datetime) -> dict[str, object]:
    """Return the columns of a conversation that nobody can be known by, and nothing of what was said."""
    nothing = (
        "level",
        "within",
        "scope",
        "zone",
        "treatment",
        "area",
        "symptoms",
        "review_reasons",
        "assignee_id",
    )
    return dict.fromkeys(nothing) | {
        "status": conversations.CLOSED,
        "crisis": False,
        "rank": conversations.NO_RANK,
        "needs_review": False,
        "erased_at": now,
        "updated_at": now,
    }
