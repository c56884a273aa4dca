"""What the dashboard shows: each chart a function from the records to a picture with its table."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from statistics import median, quantiles
from typing import Any

import yaml

from bot.console import words
from bot.console.charts import Chart, Interval, bars, stacked, whiskers
from bot.console.rendering import FOLDER
from bot.console.statistics import Share, percent
from bot.records import review_stats
from bot.records.database import Connection, Row
from bot.records.review_stats import Period

MOST = 12
COLOURS = ("a", "b", "c", "d", "e", "f")
Asked = Mapping[str, Any]
"""treatments: how many treatments the clinic gave in the period, None when nobody said; treatment: one of them."""


@lru_cache
def published() -> dict[str, Any]:
    """Return the published figures."""
    content: dict[str, Any] = yaml.safe_load((FOLDER / "published.yml").read_text(encoding="utf-8"))
    return content


def levels(connection: Connection, period: Period, _: Asked) -> Chart:
    """How many conversations reached each level."""
    counts: Counter[int] = Counter()
    for row in review_stats.by_day_and_rank(connection, period):
        counts[row["rank"]] += row["count"]
    lines = [(words.badge(rank)[2], count) for rank, count in sorted(counts.items(), reverse=True)]
    values = [
        (words.badge(rank)[2], float(n), words.badge(rank)[0]) for rank, n in sorted(counts.items(), reverse=True)
    ]
    title = "Levels reached"
    return Chart("levels", title, ("Level", "Conversations"), lines, bars(title, values))


def conversations(connection: Connection, period: Period, _: Asked) -> Chart:
    """Conversations day by day, by level."""
    found = review_stats.by_day_and_rank(connection, period)
    ranks = sorted({row["rank"] for row in found})
    by_rank = {rank: {row["day"]: row["count"] for row in found if row["rank"] == rank} for rank in ranks}
    days = _days(period)
    lines = [(day, *(by_rank[rank].get(day, 0) for rank in ranks)) for day in days]
    # Two levels of one colour (doctor now, doctor today) are still told apart in the table.
    series = [(words.badge(rank)[2], words.badge(rank)[0], by_rank[rank]) for rank in ranks]
    title = "Conversations day by day"
    columns = ("Day", *(words.badge(rank)[2] for rank in ranks))
    return Chart("conversations", title, columns, lines, stacked(title, days, series))


def symptoms(connection: Connection, period: Period, _: Asked) -> Chart:
    """The commonest symptoms day by day."""
    found = review_stats.symptoms_by_day(connection, period)
    total: Counter[str] = Counter()
    for row in found:
        total[row["value"]] += row["count"]
    top = [name for name, _ in total.most_common(len(COLOURS))]
    by_name = {name: {row["day"]: row["count"] for row in found if row["value"] == name} for name in top}
    days = _days(period)
    lines = [(day, *(by_name[name].get(day, 0) for name in top)) for day in days]
    series = [(words.plain(name), colour, by_name[name]) for name, colour in zip(top, COLOURS, strict=False)]
    title = "Commonest symptoms day by day"
    return Chart("symptoms", title, ("Day", *map(words.plain, top)), lines, stacked(title, days, series))


def taking(connection: Connection, period: Period, _: Asked) -> Chart:
    """How long it took until somebody took what was escalated."""
    by_rank: dict[int, list[tuple[float, bool]]] = {}
    for rank, minutes, in_time in review_stats.taking_times(connection, period):
        by_rank.setdefault(rank, []).append((minutes, in_time))
    lines = [_taken(rank, taken) for rank, taken in sorted(by_rank.items(), reverse=True)]
    kinds = {words.badge(rank)[2]: words.badge(rank)[0] for rank in by_rank}
    values = [(line[0], float(line[2]), kinds[line[0]]) for line in lines]
    columns = ("Level", "Taken", "Half within (min)", "Nine in ten within (min)", "In time")
    title = "Minutes until somebody took it (half within)"
    return Chart("taking", title, columns, lines, bars(title, values))


def understanding(connection: Connection, period: Period, _: Asked) -> Chart:
    """Shares of conversations in which something did not go as it should."""
    counts = review_stats.totals(connection, period)
    names = {
        "not_understood": "Not understood",
        "unfinished": "Stopped before the end",
        "disagreements": "Safety checks disagreed",
        "failures": "Assistant could not answer",
    }
    shares = [
        (name, Share.of(min(counts[key], counts["conversations"]), counts["conversations"]))
        for key, name in names.items()
    ]
    lines = [(name, share.count, share.total, percent(share.part)) for name, share in shares]
    values = [(name, round(share.part * 100, 1), "a") for name, share in shares]
    title = "What did not go well, in percent of conversations"
    columns = ("What", "Conversations", "Of", "Percent")
    return Chart("understanding", title, columns, lines, bars(title, values))


def opinions(connection: Connection, period: Period, _: Asked) -> Chart:
    """What patients thought."""
    counts = review_stats.feedback_counts(connection, period)
    lines = [(label, counts.get(kind, 0)) for kind, label in words.FEEDBACK.items()]
    title = "What patients thought"
    picture = bars(title, [(label, float(count), "a") for label, count in lines])
    return Chart("opinions", title, ("Opinion", "Times"), lines, picture)


def areas(connection: Connection, period: Period, _: Asked) -> Chart:
    """Symptoms by treated area."""
    return _crossed("areas", "Symptoms by treated area", "Area", review_stats.symptoms_by_area(connection, period))


def treatments(connection: Connection, period: Period, _: Asked) -> Chart:
    """Symptoms by treatment."""
    found = review_stats.symptoms_by_treatment(connection, period)
    return _crossed("treatments", "Symptoms by treatment", "Treatment", found)


def effects(connection: Connection, period: Period, asked: Asked) -> Chart:
    """The clinic's own frequencies with 95 % intervals beside the published ones (protocol, section F)."""
    counts = review_stats.symptom_counts(connection, period, asked["treatment"])
    wrote = review_stats.with_symptom(connection, period, asked["treatment"])
    total = asked["treatments"] or wrote
    of = "treatments given" if asked["treatments"] else "people who wrote about a symptom"
    lines, values = [], []
    for symptom, figures in published()["percent"].items():
        own = Share.of(min(counts.get(symptom, 0), total), total)
        for label, share, source in [("this clinic", own, of), *_studies(figures, asked["treatment"])]:
            interval = Interval(f"{words.plain(symptom)}: {label}", share.part * 100, share.low * 100, share.high * 100)
            values.append(Interval(**{**interval.__dict__, "own": label == "this clinic"}))
            lines.append(
                (words.plain(symptom), label, source, share.total, *map(percent, (share.part, share.low, share.high)))
            )
    title = "How often effects are reported, in percent"
    columns = ("Effect", "Who", "Counted", "Of", "Percent", "From", "To")
    return Chart("effects", title, columns, lines, whiskers(title, values), EFFECTS_NOTE)


EFFECTS_NOTE = (
    "Intervals are Wilson’s 95 %. Compare with care: only people who noticed something write here, the studies asked "
    "everyone, and patients report far more than clinicians do. Never quote a clinician’s figure to a patient as the "
    "chance of an effect."
)
CHARTS: dict[str, Callable[[Connection, Period, Asked], Chart]] = {
    "conversations": conversations,
    "levels": levels,
    "symptoms": symptoms,
    "taking": taking,
    "understanding": understanding,
    "opinions": opinions,
    "areas": areas,
    "treatments": treatments,
    "effects": effects,
}


def _studies(figures: Mapping[str, float], treatment: str | None) -> list[tuple[str, Share, str]]:
    found = []
    for key, figure in figures.items():
        study = published()["studies"][key]
        if treatment in (None, study["treatment"]):
            share = Share.of(round(figure / 100 * study["total"]), study["total"])
            found.append((study["name"], share, f"{study['counted']}, reported by {study['reported_by']}"))
    return found


def _crossed(chart: str, title: str, group: str, found: list[Row]) -> Chart:
    ordered = sorted(found, key=lambda row: (-row["count"], row["group"], row["symptom"]))
    lines = [(words.plain(row["group"]), words.plain(row["symptom"]), row["count"]) for row in ordered]
    values = [(f"{name}: {symptom}", float(count), "a") for name, symptom, count in lines[:MOST]]
    note = f"The picture shows the {MOST} commonest." if len(lines) > MOST else ""
    return Chart(chart, title, (group, "Symptom", "Conversations"), lines, bars(title, values), note)


def _taken(rank: int, taken: list[tuple[float, bool]]) -> tuple[Any, ...]:
    lengths = sorted(minutes for minutes, _ in taken)
    slowest = quantiles(lengths, n=10)[-1] if len(lengths) > 1 else lengths[0]
    in_time = Share.of(sum(one for _, one in taken), len(taken))
    return words.badge(rank)[2], len(taken), round(median(lengths), 1), round(slowest, 1), str(in_time)


def _days(period: Period) -> list[str]:
    days = (period.until - period.since).days
    return [f"{(period.since + timedelta(days=n)).date()}" for n in range(days)]
