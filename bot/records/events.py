"""Events: what a listening browser is told, numbered per conversation so that it can ask for what it missed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records import conversations
from bot.records.database import Connection, Row, rows
from bot.records.tables import events

REPLY, SENT_TO_CLINIC, SEEN, CALL_BACK, CLOSED = "reply", "sent_to_clinic", "clinic_seen", "call_back", "closed"
FOR_PATIENTS = (REPLY, SENT_TO_CLINIC, SEEN, CALL_BACK, CLOSED)
"""What travels to the patient's browser; `reply` carries one reply of the assistant."""

DISAGREEMENT, SAFETY_CARD = "disagreement", "safety_card"
"""What is for the clinic's timeline only."""


def add(connection: Connection, conversation_id: str, kind: str, data: dict[str, Any], now: datetime) -> int:
    """Write an event and return its number within the conversation."""
    sequence = conversations.count_up(connection, conversation_id, "event_count")
    connection.execute(
        events.insert().values(conversation_id=conversation_id, sequence=sequence, at=now, kind=kind, data=data)
    )
    return sequence


def after(
    connection: Connection, conversation_id: str, sequence: int, kinds: tuple[str, ...] = FOR_PATIENTS
) -> list[Row]:
    """Return the events of a conversation that follow number `sequence`, in order."""
    wanted = (events.c.conversation_id == conversation_id) & (events.c.sequence > sequence)
    query = sa.select(events).where(wanted & events.c.kind.in_(kinds))
    return rows(connection.execute(query.order_by(events.c.sequence)))


def newest(connection: Connection) -> int:
    """Return the id of the newest event of all, 0 when there is none."""
    return int(connection.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0)


def conversations_since(connection: Connection, event_id: int) -> tuple[set[str], int]:
    """Return which conversations have events newer than an id, and the newest id now."""
    found = connection.execute(sa.select(events.c.id, events.c.conversation_id).where(events.c.id > event_id)).all()
    return {row.conversation_id for row in found}, max((row.id for row in found), default=event_id)
