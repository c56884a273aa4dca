"""What staff and patients say about a conversation: notes, tags, corrections and feedback."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import corrections, feedback, notes, tags

HELPFUL, NOT_HELPFUL, NOT_WHAT_I_MEANT = "helpful", "not_helpful", "not_what_i_meant"


def add_feedback(
    connection: Connection,
    conversation_id: str,
    kind: str,
    now: datetime,
    reply_id: str | None,
    text: str | None,
) -> None:
    """Keep a patient's opinion of a reply or the whole conversation; a second one on the same replaces the first."""
    same = (feedback.c.conversation_id == conversation_id) & (feedback.c.reply_id == reply_id)
    connection.execute(feedback.delete().where(same))
    connection.execute(
        feedback.insert().values(conversation_id=conversation_id, kind=kind, at=now, reply_id=reply_id, text=text)
    )


def add_note(
    connection: Connection,
    conversation_id: str,
    staff_id: int,
    text: str,
    now: datetime,
    message_id: str | None = None,
) -> None:
    """Keep a staff member's note beside a conversation or one of its messages."""
    connection.execute(
        notes.insert().values(
            conversation_id=conversation_id, staff_id=staff_id, text=text, at=now, message_uuid=message_id
        )
    )


def set_tags(connection: Connection, conversation_id: str, staff_id: int, wanted: set[str], now: datetime) -> None:
    """Make a conversation's tags be exactly those wanted; tags that stay keep who set them and when."""
    here = tags.c.conversation_id == conversation_id
    there = {row.tag for row in connection.execute(sa.select(tags.c.tag).where(here))}
    connection.execute(tags.delete().where(here & tags.c.tag.in_(there - wanted)))
    for tag in sorted(wanted - there):
        connection.execute(tags.insert().values(conversation_id=conversation_id, tag=tag, staff_id=staff_id, at=now))


def add_correction(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    staff_id: int,
    kind: str,
    before: Any,
    after: Any,
    now: datetime,
) -> None:
    """Keep what the assistant understood and what it should have; kind is "intent" or "finding"."""
    connection.execute(
        corrections.insert().values(
            conversation_id=conversation_id,
            message_uuid=message_id,
            staff_id=staff_id,
            kind=kind,
            before=before,
            after=after,
            at=now,
        )
    )


def of_conversation(connection: Connection, conversation_id: str) -> dict[str, list[Row]]:
    """Return the notes, tags, corrections and feedback of a conversation, each in the order of time."""
    return {
        table.name: rows(
            connection.execute(sa.select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.at))
        )
        for table in (notes, tags, corrections, feedback)
    }
