"""A random sample of quiet conversations for two independent readers.

A missed emergency is never on the list of escalations; only reading what nobody flagged can find it.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.records.database import Connection, Row, rows
from bot.records.tables import conversations, escalations, reviews

READERS = 2


def draw(connection: Connection, size: int, since: datetime, now: datetime) -> int:
    """Put up to `size` quiet conversations that were never sampled on the list, each for two readers.

    Quiet: a patient named a symptom, and nothing about the conversation was ever escalated. Returns how many.
    """
    table = conversations
    sampled = sa.exists(sa.select(sa.literal(1)).where(reviews.c.conversation_id == table.c.id))
    escalated = sa.exists(sa.select(sa.literal(1)).where(escalations.c.conversation_id == table.c.id))
    quiet = table.c.level.is_not(None) & table.c.erased_at.is_(None) & (table.c.updated_at >= since)
    query = sa.select(table.c.id).where(quiet, ~sampled, ~escalated).order_by(sa.func.random()).limit(size)
    drawn = [row.id for row in connection.execute(query)]
    for conversation_id in drawn:
        for _ in range(READERS):
            connection.execute(reviews.insert().values(conversation_id=conversation_id, sampled_at=now))
    return len(drawn)


def open_for(connection: Connection, staff_id: int) -> list[Row]:
    """Return one open reading of each conversation that this person has not read yet, the oldest first."""
    mine = sa.select(reviews.c.conversation_id).where(reviews.c.staff_id == staff_id)
    first = sa.func.min(reviews.c.id).label("id")
    query = sa.select(first, reviews.c.conversation_id).where(
        reviews.c.reviewed_at.is_(None), reviews.c.conversation_id.not_in(mine)
    )
    return rows(connection.execute(query.group_by(reviews.c.conversation_id).order_by(first)))


def record(connection: Connection, review_id: int, staff_id: int, level: str, text: str, now: datetime) -> bool:
    """Keep what a reader thinks the level should be; False when that reading is taken or theirs was given before."""
    row = connection.execute(sa.select(reviews).where(reviews.c.id == review_id)).mappings().first()
    if row is None or review_id not in [one["id"] for one in open_for(connection, staff_id)]:
        return False
    reached = sa.select(conversations.c.level).where(conversations.c.id == row["conversation_id"])
    agrees = connection.execute(reached).scalar_one() == level
    values = {"staff_id": staff_id, "reviewed_at": now, "level": level, "agrees": agrees, "text": text or None}
    wanted = (reviews.c.id == review_id) & reviews.c.reviewed_at.is_(None)
    return bool(connection.execute(reviews.update().where(wanted).values(**values)).rowcount)


def readings(connection: Connection) -> list[Row]:
    """Return every reading that was given, with the level that the assistant reached."""
    query = sa.select(reviews, conversations.c.level.label("reached")).join(
        conversations, conversations.c.id == reviews.c.conversation_id
    )
    return rows(connection.execute(query.where(reviews.c.reviewed_at.is_not(None)).order_by(reviews.c.id)))


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of two readers: 1 is full agreement, 0 is what chance gives; None without pairs."""
    if not pairs:
        return None
    count = len(pairs)
    same = sum(one == other for one, other in pairs) / count
    labels = {label for pair in pairs for label in pair}
    chance = (
        sum(sum(one == label for one, _ in pairs) * sum(other == label for _, other in pairs) for label in labels)
        / count**2
    )
    return 1.0 if chance == 1 else (same - chance) / (1 - chance)


def pairs(given: Sequence[Row]) -> list[tuple[str, str]]:
    """Return the levels that the two readers of a conversation gave, for those that both have read."""
    by_conversation: dict[str, list[str]] = {}
    for row in given:
        by_conversation.setdefault(row["conversation_id"], []).append(row["level"])
    return [(levels[0], levels[1]) for levels in by_conversation.values() if len(levels) == READERS]
