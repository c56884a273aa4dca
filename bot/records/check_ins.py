"""Check-ins a patient asked for: they live in the database, so no restart loses one."""

from datetime import datetime

import sqlalchemy as sa

from bot.records.contacts import Seal
from bot.records.database import Connection, Row, rows
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


def cancel(connection: Connection, conversation_id: str, now: datetime) -> int:
    """Cancel every check-in of a conversation that has not gone out, and return how many."""
    wanted = (check_ins.c.conversation_id == conversation_id) & check_ins.c.sent_at.is_(None)
    open_ones = wanted & check_ins.c.cancelled_at.is_(None)
    return int(connection.execute(check_ins.update().where(open_ones).values(cancelled_at=now)).rowcount)
