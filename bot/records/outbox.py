"""The outbox: alerts written in the transaction that calls for them, sent afterwards, tried until they are.

A worker takes what is due, which hides it from others for a while; when the worker dies, it is due again.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, one, rows
from bot.records.tables import outbox

PATIENT_MAIL = "patient_mail"
"""The kind of entry that goes to a patient; all others are alerts for staff."""


def put(
    connection: Connection,
    kind: str,
    key: str,
    payload: dict[str, Any],
    now: datetime,
    conversation_id: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Add an alert unless one of the same key was ever added; say whether it was new.

    The payload must hold no health details and no words of the patient: it leaves the house.
    """
    if one(connection.execute(sa.select(outbox.c.id).where(outbox.c.key == key))) is not None:
        return False
    connection.execute(
        outbox.insert().values(
            kind=kind,
            key=key,
            conversation_id=conversation_id,
            payload=payload,
            created_at=now,
            attempts=0,
            next_try_at=due_at or now,
        )
    )
    return True


def take(
    connection: Connection, now: datetime, lease: timedelta, limit: int = 20, for_patients: bool = False
) -> list[Row]:
    """Return alerts that are due, the oldest first, and hide them from other workers until now + lease.

    for_patients: take what goes to patients instead of what goes to staff.
    """
    due = outbox.c.done_at.is_(None) & (outbox.c.next_try_at <= now)
    due &= (outbox.c.kind == PATIENT_MAIL) if for_patients else (outbox.c.kind != PATIENT_MAIL)
    query = sa.select(outbox).where(due).order_by(outbox.c.next_try_at).limit(limit)
    taken = rows(connection.execute(query.with_for_update(skip_locked=True)))
    if taken:
        ids = [row["id"] for row in taken]
        connection.execute(
            outbox.update().where(outbox.c.id.in_(ids)).values(next_try_at=now + lease, attempts=outbox.c.attempts + 1)
        )
    return taken


def done(connection: Connection, alert_id: int, now: datetime) -> None:
    """Note that an alert went out."""
    connection.execute(outbox.update().where(outbox.c.id == alert_id).values(done_at=now, error=None))


def failed(connection: Connection, alert_id: int, error: str, next_try_at: datetime) -> None:
    """Note why an alert did not go out and when to try again."""
    connection.execute(
        outbox.update().where(outbox.c.id == alert_id).values(error=error[:500], next_try_at=next_try_at)
    )


def take_back(connection: Connection, key: str, now: datetime) -> None:
    """Make an alert that has not gone out yet never go out (what it warned of is settled)."""
    waiting = (outbox.c.key == key) & outbox.c.done_at.is_(None)
    connection.execute(outbox.update().where(waiting).values(done_at=now, error="settled"))
