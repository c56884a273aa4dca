"""Counts for the dashboard. Days are counted in UTC."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.records import escalations as escalation_records
from bot.records.database import Connection, Row, rows
from bot.records.tables import conversations, escalations, facets, feedback, messages

OF_LATE = timedelta(days=30)
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
    """Return (day, value, count) of the symptoms in conversations that began in the period."""
    day = sa.func.date(conversations.c.started_at).label("day")
    found = _with_symptoms(connection, period, day)
    counts: Counter[tuple[str, str]] = Counter()
    for row in found:
        counts.update({(str(row["day"]), symptom): row["count"] for symptom in row["symptoms"]})
    return [{"day": day, "value": value, "count": count} for (day, value), count in sorted(counts.items())]


def symptoms_by_area(connection: Connection, period: Period) -> list[Row]:
    """Return (group, symptom, count): symptoms by treated area. A conversation with two areas counts in both."""
    found = _with_symptoms(connection, period, conversations.c.area.label("group"))
    return _crossed((row, area) for row in found if row["group"] for area in row["group"].split(", "))


def symptoms_by_treatment(connection: Connection, period: Period) -> list[Row]:
    """Return (group, symptom, count): symptoms by treatment."""
    found = _with_symptoms(connection, period, conversations.c.treatment.label("group"))
    return _crossed((row, row["group"]) for row in found if row["group"])


def with_symptom(connection: Connection, period: Period, treatment: str | None) -> int:
    """Return how many conversations of the period reached a level, of one treatment if given."""
    wanted = conversations.c.level.is_not(None) & period.holds(conversations.c.started_at)
    if treatment:
        wanted &= conversations.c.treatment == treatment
    return _count(connection, conversations, wanted)


def symptom_counts(connection: Connection, period: Period, treatment: str | None) -> dict[str, int]:
    """Return how many conversations of the period named each symptom, of one treatment if given."""
    counts: Counter[str] = Counter()
    for row in _with_symptoms(connection, period, conversations.c.treatment.label("group")):
        if treatment in (None, row["group"]):
            counts.update({symptom: row["count"] for symptom in row["symptoms"]})
    return dict(counts)


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
    return {
        "conversations": _count(connection, conversations, began),
        "not_understood": sum(_facet(connection, "intent", intent, period) for intent in NOT_UNDERSTOOD),
        "unfinished": _count(connection, conversations, began & (conversations.c.status == "unfinished")),
        "disagreements": _facet(connection, "flag", "disagreement", period),
        "failures": _count(
            connection,
            escalations,
            (escalations.c.kind == escalation_records.FAILURE) & period.holds(escalations.c.opened_at),
        ),
    }


def safety(connection: Connection, now: datetime) -> dict[str, int]:
    """Return what must be nought: overdue, unanswered, answers that were lost without anyone being told, and how often
    the two checks disagreed of late.
    """
    untaken = escalations.c.acknowledged_at.is_(None) & escalations.c.closed_at.is_(None)
    silent = (messages.c.state == "answered") & messages.c.replies.is_(None) & (messages.c.sender == "patient")
    return {
        "untaken": _count(connection, escalations, untaken),
        "overdue": _count(connection, escalations, untaken & (escalations.c.due_at <= now)),
        "unanswered": _count(connection, messages, messages.c.state != "answered"),
        "silent": _count(connection, messages, silent),
        "disagreements": _facet(connection, "flag", "disagreement", Period(now - OF_LATE, now)),
    }


def _with_symptoms(connection: Connection, period: Period, group: Any) -> list[Row]:
    """Return (group, symptoms, count) of conversations of the period: one pass over one table, however many."""
    query = sa.select(group, conversations.c.symptoms, sa.func.count().label("count"))
    wanted = conversations.c.symptoms.is_not(None) & period.holds(conversations.c.started_at)
    return rows(connection.execute(query.where(wanted).group_by(group, conversations.c.symptoms)))


def _crossed(found: Iterable[tuple[Row, str]]) -> list[Row]:
    counts: Counter[tuple[str, str]] = Counter()
    for row, group in found:
        counts.update({(group, symptom): row["count"] for symptom in row["symptoms"]})
    return [{"group": group, "symptom": symptom, "count": count} for (group, symptom), count in counts.items()]


def _facet(connection: Connection, kind: str, value: str, period: Period) -> int:
    return _count(connection, facets, (facets.c.kind == kind) & (facets.c.value == value) & period.holds(facets.c.at))


def _count(connection: Connection, table: Any, where: Any) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())


def _text_days(result: Any) -> list[Row]:
    """SQLite gives days as text, PostgreSQL as dates: return text."""
    return [{**row, "day": str(row["day"])} for row in rows(result)]
