"""The audit log: who did what to whose record. It can be added to and read; the database refuses the rest.

Entries hold ids and names of actions, never what a patient wrote, so they can outlive an erased conversation.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import audit

PATIENT, PROGRAM = "patient", "program"
"""Actors that are not staff."""


def write(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    subject_id: str | None,
    now: datetime,
    details: dict[str, Any] | None = None,
    address: str | None = None,
) -> None:
    """Add an entry, in the transaction of the deed itself."""
    connection.execute(
        audit.insert().values(
            at=now,
            actor=actor,
            action=action,
            subject=subject,
            subject_id=subject_id,
            details=details,
            address=address,
        )
    )


def entries(
    connection: Connection,
    subject: str | None = None,
    subject_id: str | None = None,
    actor: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Row]:
    """Return entries, the newest first, with those of a subject or an actor only when given.

    before: an entry's id, to page on from it.
    """
    query = sa.select(audit)
    given = {"subject": subject, "subject_id": subject_id, "actor": actor}
    for column, value in given.items():
        if value is not None:
            query = query.where(audit.c[column] == value)
    if before is not None:
        query = query.where(audit.c.id < before)
    return rows(connection.execute(query.order_by(audit.c.id.desc()).limit(limit)))
