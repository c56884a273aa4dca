"""Conversations: one row each, with the highest level reached and what staff still have to look at."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, one
from bot.records.tables import conversations, escalations, facets

OPEN, FINISHED, UNFINISHED, FAILED, CLOSED = "open", "finished", "unfinished", "failed", "closed"
NO_RANK = -1
"""The rank of a conversation in which no level has been reached; `bot.triage.levels` has the others."""


def create(connection: Connection, now: datetime, zone: str | None = None) -> str:
    """Start a conversation and return its id, which nobody can guess."""
    conversation_id = str(uuid.uuid4())
    connection.execute(
        conversations.insert().values(
            id=conversation_id,
            status=OPEN,
            crisis=False,
            rank=NO_RANK,
            started_at=now,
            updated_at=now,
            zone=zone,
            needs_review=False,
            legal_hold=False,
            message_count=0,
            event_count=0,
        )
    )
    return conversation_id


def find(connection: Connection, conversation_id: str) -> Row | None:
    """Return a conversation, or None when there is none or the patient erased it."""
    wanted = (conversations.c.id == conversation_id) & conversations.c.erased_at.is_(None)
    return one(connection.execute(sa.select(conversations).where(wanted)))


def change(connection: Connection, conversation_id: str, **values: Any) -> None:
    """Set columns of a conversation."""
    connection.execute(conversations.update().where(conversations.c.id == conversation_id).values(**values))


def count_up(connection: Connection, conversation_id: str, counter: str, now: datetime | None = None) -> int:
    """Add one to `message_count` or `event_count` and return it.

    The row stays locked until the end of the transaction, so numbers are given in the order of commits.
    Raises KeyError when there is no such conversation or it was erased.
    """
    column = conversations.c[counter]
    values: dict[str, Any] = {counter: column + 1}
    if now is not None:
        values["updated_at"] = now
    wanted = (conversations.c.id == conversation_id) & conversations.c.erased_at.is_(None)
    if connection.execute(conversations.update().where(wanted).values(values)).rowcount == 0:
        raise KeyError(conversation_id)
    return int(connection.execute(sa.select(column).where(wanted)).scalar_one())


def reached(connection: Connection, conversation_id: str, assessment: Row, now: datetime) -> None:
    """Write what an assessment says about the whole conversation; the level kept is the highest so far."""
    row = one(connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)))
    if row is None:
        raise KeyError(conversation_id)
    facts = assessment.get("facts") or {}
    values = {
        "updated_at": now,
        "scope": assessment.get("scope") or row["scope"],
        "protocol_version": assessment.get("protocol_version") or row["protocol_version"],
        "treatment": _plain(facts.get("treatment")) or row["treatment"],
        "area": _plain(facts.get("area")) or row["area"],
        "symptoms": assessment.get("symptoms") or row["symptoms"],
        "crisis": bool(row["crisis"] or assessment.get("crisis")),
        "status": FINISHED if assessment.get("final") else OPEN,
    }
    rank = rank_of(assessment)
    if rank > row["rank"]:
        values |= {"rank": rank, "level": assessment["level"], "within": assessment.get("within")}
    change(connection, conversation_id, **values)


def rank_of(assessment: Row) -> int:
    """Return an assessment's place in the order of levels, NO_RANK when it has none."""
    if assessment.get("level") is None:
        return NO_RANK
    return int(assessment["rank"])


def flag(connection: Connection, conversation_id: str, reason: str) -> None:
    """Ask staff to read a conversation, saying why; the same reason is kept once."""
    wanted = conversations.c.id == conversation_id
    reasons = connection.execute(sa.select(conversations.c.review_reasons).where(wanted)).scalar_one() or []
    if reason not in reasons:
        change(connection, conversation_id, needs_review=True, review_reasons=[*reasons, reason])


def label(connection: Connection, conversation_id: str, labels: set[tuple[str, str]], now: datetime) -> None:
    """Add (kind, value) pairs by which a conversation can be found; those it has already stay."""
    known = connection.execute(
        sa.select(facets.c.kind, facets.c.value).where(facets.c.conversation_id == conversation_id)
    )
    new = labels - {(row.kind, row.value) for row in known}
    if new:
        rows = [
            {"kind": kind, "value": value[:80], "conversation_id": conversation_id, "at": now}
            for kind, value in sorted(new)
        ]
        connection.execute(facets.insert(), rows)


def refresh_queue(connection: Connection, conversation_id: str) -> None:
    """Work out anew where a conversation stands in the queue, from its open escalations."""
    still_open = (escalations.c.conversation_id == conversation_id) & escalations.c.closed_at.is_(None)
    rank, since = connection.execute(
        sa.select(sa.func.max(escalations.c.rank), sa.func.min(escalations.c.opened_at)).where(still_open)
    ).one()
    change(connection, conversation_id, queue_rank=rank, waiting_since=since)


def _plain(value: Any) -> str | None:
    """Return a choice or a set of them as text for a list; unsure and not asked say nothing."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return value if isinstance(value, str) and value != "unsure" else None
