"""Check-ins a patient asked for: they live in the database, so no restart loses one."""

from datetime import datetime

import sqlalchemy as sa

from bot.records.contacts import Seal
from bot.records.database import Connection, Row, one, rows
from bot.records.tables import check_ins


def ask(
    connection: Connection,
    conversation_id: str,
    due_at: datetime,
    now: datetime,
    seal: Seal,
    email: str | None = None,
) -> int:
    """Plan a check-in and return its id; the address, if any, is sealed."""
    sealed = seal.close(email) if email else None
    inserted = connection.execute(
        check_ins.insert().values(conversation_id=conversation_id, asked_at=now, due_at=due_at, sealed_email=sealed)
    )
    return int(inserted.inserted_primary_key[0])


def due(connection: Connection, now: datetime, limit: int = 50) -> list[Row]:
    """Return the check-ins whose time has come, the oldest first."""
    waiting = check_ins.c.sent_at.is_(None) & check_ins.c.cancelled_at.is_(None)
    query = sa.select(check_ins).where(waiting & (check_ins.c.due_at <= now))
    return rows(connection.execute(query.order_by(check_ins.c.due_at).limit(limit)))


def sent(connection: Connection, check_in_id: int, now: datetime) -> bool:
    """Note that a check-in went out; False when it had already or was cancelled."""
    waiting = check_ins.c.sent_at.is_(None) & check_ins.c.cancelled_at.is_(None)
    wanted = (check_ins.c.id == check_in_id) & waiting
    return bool(connection.execute(check_ins.update().where(wanted).values(sent_at=now)).rowcount)


def find(connection: Connection, check_in_id: int) -> Row | None:
    """Return a check-in, or None."""
    return one(connection.execute(sa.select(check_ins).where(check_ins.c.id == check_in_id)))


def of_conversation(connection: Connection, conversation_id: str) -> list[Row]:
    """Return every check-in of a conversation, the oldest first."""
    wanted = check_ins.c.conversation_id == conversation_id
    return rows(connection.execute(sa.select(check_ins).where(wanted).order_by(check_ins.c.id)))


def postpone(connection: Connection, check_in_id: int, due_at: datetime) -> None:
    """Give a check-in a later time."""
    connection.execute(check_ins.update().where(check_ins.c.id == check_in_id).values(due_at=due_at))


def answered(connection: Connection, conversation_id: str, now: datetime) -> None:
    """Note that the patient has written since the check-ins that went out."""
    wanted = (check_ins.c.conversation_id == conversation_id) & check_ins.c.sent_at.is_not(None)
    still_open = wanted & check_ins.c.answered_at.is_(None)
    connection.execute(check_ins.update().where(still_open).values(answered_at=now))


def unanswered(connection: Connection, conversation_id: str) -> int:
    """Return how many check-ins went out since the patient last wrote."""
    found = of_conversation(connection, conversation_id)
    return sum(1 for row in found if row["sent_at"] is not None and row["answered_at"] is None)


def planned(connection: Connection, conversation_id: str) -> Row | None:
    """Return the check-in that is still to come, or None."""
    found = of_conversation(connection, conversation_id)
    return next((row for row in found if row["sent_at"] is None and row["cancelled_at"] is None), None)


def cancel(connection: Connection, conversation_id: str, now: datetime) -> int:
    """Cancel every check-in of a conversation that has not gone out, and return how many."""
    wanted = (check_ins.c.conversation_id == conversation_id) & check_ins.c.sent_at.is_(None)
    open_ones = wanted & check_ins.c.cancelled_at.is_(None)
    return int(connection.execute(check_ins.update().where(open_ones).values(cancelled_at=now)).rowcount)
