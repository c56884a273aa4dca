"""What staff do with a conversation beside taking and closing what was escalated.

Two people may act at once: a function that changes what someone saw takes what they saw, and says no (False)
when it has changed since.
"""

from datetime import datetime

import sqlalchemy as sa

from bot.records import conversations as conversation_records
from bot.records import events
from bot.records.database import Connection
from bot.records.tables import conversations, staff

CALL_ATTEMPT = "call_attempt"
"""An event for the clinic's timeline: someone rang the patient."""


def assign(connection: Connection, conversation_id: str, before: int | None, after: int | None) -> bool:
    """Give a conversation to a staff member, or to nobody; False when someone else gave it away meanwhile.

    Raises ValueError when there is no such active staff member.
    """
    if after is not None:
        active = sa.select(staff.c.id).where((staff.c.id == after) & staff.c.active)
        if connection.execute(active).first() is None:
            raise ValueError(f"there is no active staff member {after}")
    holder = conversations.c.assignee_id
    as_seen = holder.is_(None) if before is None else holder == before
    wanted = (conversations.c.id == conversation_id) & as_seen
    return bool(connection.execute(conversations.update().where(wanted).values(assignee_id=after)).rowcount)


def record_call(connection: Connection, conversation_id: str, outcome: str, staff_id: int, now: datetime) -> None:
    """Write down that a patient was rung, and how it ended."""
    events.add(connection, conversation_id, CALL_ATTEMPT, {"outcome": outcome, "staff_id": staff_id}, now)


def mark_reviewed(connection: Connection, conversation_id: str, seen: list[str]) -> bool:
    """Take the request to read a conversation away; False when another reason was added since it was seen."""
    row = conversation_records.find(connection, conversation_id)
    if row is None or sorted(row["review_reasons"] or []) != sorted(seen):
        return False
    conversation_records.change(connection, conversation_id, needs_review=False, review_reasons=None)
    return True
