"""Escalations: what staff must look at, from the moment it is opened until someone closes it with a reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.records import conversations, events, outbox
from bot.records.database import Connection, Row, one, rows
from bot.records.tables import conversations as conversations_table
from bot.records.tables import escalations
from bot.triage import levels

RESULT, CALL_BACK, FAILURE, BROKEN_OFF = "result", "call_back", "failure", "broken_off"

SUPERSEDED, ANSWERED_LATER, ERASED = "superseded", "answered_later", "erased"
"""Outcomes that the program gives; those that staff give are the console's."""


class Conflict(RuntimeError):
    """Someone else was first; `row` is how the escalation stands now."""

    def __init__(self, row: Row) -> None:
        super().__init__(f"escalation {row['id']} has changed meanwhile")
        self.row = row


@dataclass(frozen=True)
class Deadlines:
    """How long each kind of escalation may wait for somebody to take it."""

    emergency: timedelta = timedelta(minutes=5)
    urgent_now: timedelta = timedelta(minutes=15)
    urgent_today: timedelta = timedelta(hours=1)
    other: timedelta = timedelta(hours=4)

    def of(self, rank: int) -> timedelta:
        """Return the time allowed for a rank of `bot.triage.levels`."""
        allowed = {
            levels.AMBULANCE: self.emergency,
            levels.DOCTOR_NOW: self.urgent_now,
            levels.DOCTOR_TODAY: self.urgent_today,
        }
        return allowed.get(rank, self.other)


def open_for_result(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    assessment: Row,
    now: datetime,
    deadlines: Deadlines,
) -> int | None:
    """Open an escalation for an urgent or emergency assessment and return its id.

    None when the level does not call for one, or an open one of the same or a higher rank (and as much a
    crisis) is there. A lower one is closed as superseded: what was taken before got worse and must be seen anew.
    """
    rank, crisis = conversations.rank_of(assessment), bool(assessment.get("crisis"))
    if rank < levels.DOCTOR_TODAY:
        return None
    earlier = _still_open(connection, conversation_id, RESULT)
    if any(row["rank"] >= rank and (row["crisis"] or not crisis) for row in earlier):
        return None
    for row in earlier:
        _close(connection, row, SUPERSEDED, f"raised to {assessment['level']}", now)
    values = {"level": assessment["level"], "within": assessment.get("within"), "crisis": crisis}
    return open_escalation(
        connection, conversation_id, RESULT, rank, now, now + deadlines.of(rank), message_id, **values
    )


def open_escalation(
    connection: Connection,
    conversation_id: str,
    kind: str,
    rank: int,
    now: datetime,
    due_at: datetime,
    message_id: str | None = None,
    level: str | None = None,
    within: str | None = None,
    crisis: bool = False,
) -> int:
    """Open an escalation, with the alert that tells staff and the event that tells the patient; return its id."""
    inserted = connection.execute(
        escalations.insert().values(
            conversation_id=conversation_id,
            kind=kind,
            level=level,
            within=within,
            crisis=crisis,
            rank=rank,
            opened_at=now,
            due_at=due_at,
            message_uuid=message_id,
        )
    )
    escalation_id = int(inserted.inserted_primary_key[0])
    payload = {"escalation_id": escalation_id, "conversation_id": conversation_id}
    outbox.put(connection, "escalation", _alert_key(escalation_id), payload, now, conversation_id)
    events.add(connection, conversation_id, events.SENT_TO_CLINIC, {"kind": kind}, now)
    conversations.refresh_queue(connection, conversation_id)
    return escalation_id


def ensure_open(
    connection: Connection,
    conversation_id: str,
    kind: str,
    rank: int,
    now: datetime,
    due_at: datetime,
    message_id: str | None = None,
) -> int:
    """Return the open escalation of a kind, opening one when there is none."""
    there = _still_open(connection, conversation_id, kind)
    if there:
        return int(there[0]["id"])
    return open_escalation(connection, conversation_id, kind, rank, now, due_at, message_id)


def find(connection: Connection, escalation_id: int) -> Row | None:
    """Return an escalation, or None."""
    return one(connection.execute(sa.select(escalations).where(escalations.c.id == escalation_id)))


def of_conversation(connection: Connection, conversation_id: str) -> list[Row]:
    """Return every escalation of a conversation, the oldest first."""
    wanted = escalations.c.conversation_id == conversation_id
    return rows(connection.execute(sa.select(escalations).where(wanted).order_by(escalations.c.id)))


def queue(connection: Connection, limit: int = 50, offset: int = 0) -> list[Row]:
    """Return the conversations that wait for staff: the most urgent first, then the longest waiting."""
    table = conversations_table
    query = sa.select(table).where(table.c.queue_rank.is_not(None))
    ordered = query.order_by(table.c.queue_rank.desc(), table.c.waiting_since)
    return rows(connection.execute(ordered.limit(limit).offset(offset)))


def overdue(connection: Connection, now: datetime, limit: int = 100) -> list[Row]:
    """Return what nobody has taken although its time is up, the longest overdue first."""
    untaken = escalations.c.acknowledged_at.is_(None) & escalations.c.closed_at.is_(None)
    query = sa.select(escalations).where(untaken & (escalations.c.due_at <= now))
    return rows(connection.execute(query.order_by(escalations.c.due_at).limit(limit)))


def acknowledge(
    connection: Connection, escalation_id: int, staff_id: int, now: datetime, call_by: datetime | None = None
) -> Row:
    """Take an escalation; the patient is told that it was seen, and by when somebody will call if that is given.

    Raises KeyError when there is none, Conflict when someone took or closed it before.
    """
    untaken = escalations.c.acknowledged_at.is_(None) & escalations.c.closed_at.is_(None)
    told = {"call_by": call_by.isoformat()} if call_by else {}
    taken = {"acknowledged_at": now, "acknowledged_by": staff_id}
    return _settle(connection, escalation_id, untaken, events.SEEN, now, told, **taken)


def close(
    connection: Connection, escalation_id: int, staff_id: int | None, outcome: str, reason: str, now: datetime
) -> Row:
    """Close an escalation with its outcome and the reason.

    Raises ValueError without a reason, KeyError when there is none, Conflict when it is closed already.
    """
    if not reason.strip():
        raise ValueError("an escalation is closed with a reason")
    return _settle(
        connection,
        escalation_id,
        escalations.c.closed_at.is_(None),
        events.CLOSED,
        now,
        {},
        closed_at=now,
        closed_by=staff_id,
        outcome=outcome,
        reason=reason,
    )


def close_kind(
    connection: Connection, conversation_id: str, kind: str | None, outcome: str, reason: str, now: datetime
) -> None:
    """Close what the program itself has settled: the open escalations of a kind, or of every kind."""
    for row in _still_open(connection, conversation_id, kind):
        _close(connection, row, outcome, reason, now)
    conversations.refresh_queue(connection, conversation_id)


def _settle(
    connection: Connection,
    escalation_id: int,
    condition: Any,
    event: str,
    now: datetime,
    told: dict[str, str],
    **values: Any,
) -> Row:
    """Change an escalation if the condition still holds, and tell the patient's browser."""
    wanted = (escalations.c.id == escalation_id) & condition
    changed = connection.execute(escalations.update().where(wanted).values(**values)).rowcount
    row = find(connection, escalation_id)
    if row is None:
        raise KeyError(escalation_id)
    if not changed:
        raise Conflict(row)
    _tell(connection, row, event, now, told)
    return row


def _close(connection: Connection, row: Row, outcome: str, reason: str, now: datetime) -> None:
    wanted = escalations.c.id == row["id"]
    values = {"closed_at": now, "outcome": outcome, "reason": reason}
    connection.execute(escalations.update().where(wanted).values(**values))
    outbox.take_back(connection, _alert_key(row["id"]), now)


def _tell(connection: Connection, row: Row, event: str, now: datetime, told: dict[str, str]) -> None:
    outbox.take_back(connection, _alert_key(row["id"]), now)
    events.add(connection, row["conversation_id"], event, {"kind": row["kind"], **told}, now)
    conversations.refresh_queue(connection, row["conversation_id"])


def _alert_key(escalation_id: int) -> str:
    return f"escalation:{escalation_id}"


def _still_open(connection: Connection, conversation_id: str, kind: str | None) -> list[Row]:
    wanted = (escalations.c.conversation_id == conversation_id) & escalations.c.closed_at.is_(None)
    if kind is not None:
        wanted &= escalations.c.kind == kind
    return rows(connection.execute(sa.select(escalations).where(wanted)))
