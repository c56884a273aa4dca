"""Corrections by staff on their way into the next training."""

from datetime import datetime

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import corrections, messages


def corrections_given(connection: Connection, exported_too: bool = False) -> list[Row]:
    """Return corrections, the oldest first; those of the same message, kind and finding only in their last form."""
    query = sa.select(corrections).order_by(corrections.c.id)
    if not exported_too:
        query = query.where(corrections.c.exported_at.is_(None))
    last: dict[tuple[str, ...], Row] = {}
    for row in rows(connection.execute(query)):
        finding = row["after"].get("finding", "") if isinstance(row["after"], dict) else ""
        last[row["conversation_id"], row["message_uuid"], row["kind"], finding] = row
    return sorted(last.values(), key=lambda row: int(row["id"]))


def texts_of(connection: Connection, given: list[Row]) -> dict[str, str]:
    """Return what the patient typed in each corrected message, by message id."""
    ids = [row["message_uuid"] for row in given]
    query = sa.select(messages.c.uuid, messages.c.text).where(messages.c.uuid.in_(ids) & messages.c.text.is_not(None))
    return {row.uuid: row.text for row in connection.execute(query)}


def typed_until(connection: Connection, conversation_id: str, message_ids: set[str]) -> list[str]:
    """Return what a patient typed, in order, up to the last of some messages."""
    of_patient = (messages.c.conversation_id == conversation_id) & (messages.c.sender == "patient")
    query = sa.select(messages.c.uuid, messages.c.text).where(of_patient).order_by(messages.c.sequence)
    found = [(row.uuid, row.text or "") for row in connection.execute(query)]
    last = max((at for at, (uuid, _) in enumerate(found) if uuid in message_ids), default=-1)
    return [text for _, text in found[: last + 1]]


def mark_exported(connection: Connection, newest: int, now: datetime) -> int:
    """Note that the corrections up to an id have been exported, and return how many were new."""
    waiting = corrections.c.exported_at.is_(None) & (corrections.c.id <= newest)
    return int(connection.execute(corrections.update().where(waiting).values(exported_at=now)).rowcount)
