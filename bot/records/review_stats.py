"""Counts for the dashboard. Days are counted in UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.records import escalations as escalation_records
from bot.records.database import Connection, Row, rows
from bot.records.tables import conversations, escalations, facets, feedback, messages

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")


@dataclass(frozen=True)
class Period:
    """From since up to, not including, until."""

    since: datetime
    until: datetime

    def holds(self, column: Any) -> Any:
        """Return the condition that a column of moments lies in the period."""
        return (column >= self.since) & (column < self.until)


def by_day_and_rank(connection: Connection, period: Period) -> list[Row]:
    """Return (day, rank, count) of conversations that began in the period."""
    day = sa.func.date(conversations.c.started_at).label("day")
    query = sa.select(day, conversations.c.rank, sa.func.count().label("count"))
    query = query.where(period.holds(conversations.c.started_at))
    return _text_days(connection.execute(query.group_by(day, conversations.c.rank).order_by(day)))


def symptoms_by_day(connection: Connection, period: Period) -> list[Row]:
    """Return (day, value, count) of symptoms named in the period."""
    day = sa.func.date(facets.c.at).label("day")
    query = sa.select(day, facets.c.value, sa.func.count().label("count"))
    query = query.where((facets.c.kind == "symptom") & period.holds(facets.c.at))
    return _text_days(connection.execute(query.group_by(day, facets.c.value).order_by(day)))


def facet_counts(connection: Connection, kind: str, period: Period) -> dict[str, int]:
    """Return how many conversations of the period have each value of a facet."""
    query = sa.select(facets.c.value, sa.func.count()).where((facets.c.kind == kind) & period.holds(facets.c.at))
    return {value: count for value, count in connection.execute(query.group_by(facets.c.value)).all()}


def symptoms_by_area(connection: Connection, period: Period) -> list[Row]:
    """Return (area, symptom, count) of conversations of the period."""
    area, symptom = facets.alias(), facets.alias()
    query = sa.select(area.c.value.label("group"), symptom.c.value.label("symptom"), sa.func.count().label("count"))
    query = query.join(symptom, symptom.c.conversation_id == area.c.conversation_id)
    query = query.where((area.c.kind == "area") & (symptom.c.kind == "symptom") & period.holds(area.c.at))
    return rows(connection.execute(query.group_by(area.c.value, symptom.c.value)))


def symptoms_by_treatment(connection: Connection, period: Period) -> list[Row]:
    """Return (treatment, symptom, count) of conversations of the period."""
    group = conversations.c.treatment.label("group")
    query = sa.select(group, facets.c.value.label("symptom"), sa.func.count().label("count"))
    query = query.join(facets, facets.c.conversation_id == conversations.c.id)
    wanted = (facets.c.kind == "symptom") & conversations.c.treatment.is_not(None) & period.holds(facets.c.at)
    return rows(connection.execute(query.where(wanted).group_by(group, facets.c.value)))


def with_symptom(connection: Connection, period: Period, treatment: str | None) -> int:
    """Return how many conversations of the period reached a level, of one treatment if given."""
    wanted = conversations.c.level.is_not(None) & period.holds(conversations.c.started_at)
    if treatment:
        wanted &= conversations.c.treatment == treatment
    return _count(connection, conversations, wanted)


def symptom_counts(connection: Connection, period: Period, treatment: str | None) -> dict[str, int]:
    """Return how many conversations of the period named each symptom, of one treatment if given."""
    if treatment is None:
        return facet_counts(connection, "symptom", period)
    found = symptoms_by_treatment(connection, period)
    return {row["symptom"]: row["count"] for row in found if row["group"] == treatment}


def taking_times(connection: Connection, period: Period) -> list[tuple[int, float, bool]]:
    """Return (rank, minutes until somebody took it, in time) of what was escalated in the period and taken."""
    table = escalations
    query = sa.select(table.c.rank, table.c.opened_at, table.c.acknowledged_at, table.c.due_at)
    taken = table.c.acknowledged_at.is_not(None) & period.holds(table.c.opened_at)
    return [
        (row.rank, (row.acknowledged_at - row.opened_at).total_seconds() / 60, row.acknowledged_at <= row.due_at)
        for row in connection.execute(query.where(taken))
    ]


def feedback_counts(connection: Connection, period: Period) -> dict[str, int]:
    """Return how often patients gave each opinion in the period."""
    query = sa.select(feedback.c.kind, sa.func.count()).where(period.holds(feedback.c.at))
    return {kind: count for kind, count in connection.execute(query.group_by(feedback.c.kind)).all()}


def totals(connection: Connection, period: Period) -> dict[str, int]:
    """Return the counts of the period that shares are made of."""
    began = period.holds(conversations.c.started_at)
    intents = facet_counts(connection, "intent", period)
    return {
        "conversations": _count(connection, conversations, began),
        "not_understood": sum(intents.get(intent, 0) for intent in NOT_UNDERSTOOD),
        "unfinished": _count(connection, conversations, began & (conversations.c.status == "unfinished")),
        "disagreements": facet_counts(connection, "flag", period).get("disagreement", 0),
        "failures": _count(
            connection,
            escalations,
            (escalations.c.kind == escalation_records.FAILURE) & period.holds(escalations.c.opened_at),
        ),
    }


def safety(connection: Connection, now: datetime) -> dict[str, int]:
    """Return what must be nought: overdue, unanswered, and answers that were lost without anyone being told."""
    untaken = escalations.c.acknowledged_at.is_(None) & escalations.c.closed_at.is_(None)
    silent = (messages.c.state == "answered") & messages.c.replies.is_(None) & (messages.c.sender == "patient")
    return {
        "untaken": _count(connection, escalations, untaken),
        "overdue": _count(connection, escalations, untaken & (escalations.c.due_at <= now)),
        "unanswered": _count(connection, messages, messages.c.state != "answered"),
        "silent": _count(connection, messages, silent),
    }


def _count(connection: Connection, table: Any, where: Any) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())


def _text_days(result: Any) -> list[Row]:
    """SQLite gives days as text, PostgreSQL as dates: return text."""
    return [{**row, "day": str(row["day"])} for row in rows(result)]
