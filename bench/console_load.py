"""How quick the staff console's queries are with many conversations, measured at the database.

    .venv/bin/python -m bench.console_load [--count 200000] [--keep FOLDER]

Fills an SQLite database with made-up conversations (seeded: the same every time), then times the queue, each filter
and full-text search, commonest words included. The targets are p95 at most 50 ms for the queue and filters, 200 ms for
search, 500 ms for searches of the commonest words. Writes bench/results/console.md, when it measured the full number;
exits with 1 when a target is missed.
"""

import argparse
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import RESULTS
from bot.console import dashboard
from bot.console.pages.queue import waiting
from bot.records import review, review_search, staff
from bot.records.database import Connection, Database, open_database, refresh_statistics
from bot.records.escalations import Deadlines
from bot.records.review_filters import Filters
from bot.records.review_stats import Period
from bot.records.tables import conversations, escalations, facets, feedback, messages, tags
from bot.triage import levels

BATCH = 5000
END = datetime(2026, 11, 20, tzinfo=timezone.utc)
OPEN_PART = 0.002
BYGONE, BYGONE_PART = "belly", 0.1
SYMPTOMS = ("soreness", "headache", "bruise", "dizziness", "fatigue", "infection", "nerve", "chest", "nausea", "lump")
AREAS = ("neck", "shoulder_blade", "upper_back", "low_back", "calf", "forearm", "knee", "hip")
COMMON = "i have had my after the needling since and it is still a bit sore today should be worried".split()
RARE_WORDS = [f"word{number}" for number in range(4000)]
RANKS = (levels.HOME,) * 60 + (levels.NEXT_DAY_CLINIC,) * 20 + (levels.CLINIC_TODAY,) * 10
RANKS += (levels.DOCTOR_TODAY,) * 6 + (levels.DOCTOR_NOW,) * 2 + (levels.AMBULANCE,) * 2
QUEUE_MS, SEARCH_MS, COMMON_MS, DASHBOARD_MS = 50, 200, 500, 3000
REPORT = RESULTS / "console.md"
FULL = 200_000


def fill(database: Database, count: int) -> None:
    """Write `count` conversations with about two messages each, in batches."""
    chance = random.Random(7)
    tables = (conversations, messages, facets, escalations, feedback, tags)
    with database.write() as connection:
        staff.add(connection, "bench", staff.CLINICIAN, "", END - timedelta(days=365))
    for start in range(0, count, BATCH):
        batch: dict[str, list[dict[str, Any]]] = {table.name: [] for table in tables}
        for number in range(start, min(start + BATCH, count)):
            _conversation(batch, chance, number, count)
        with database.write() as connection:
            for table in tables:
                if batch[table.name]:
                    connection.execute(table.insert(), batch[table.name])
        print(f"\r  {min(start + BATCH, count):,} conversations", end="", flush=True)
    print()


def _conversation(batch: dict[str, list[dict[str, Any]]], chance: random.Random, number: int, count: int) -> None:
    conversation_id = str(uuid.UUID(int=chance.getrandbits(128)))
    at = END - timedelta(minutes=(count - number) * 2)
    rank = chance.choice(RANKS)
    disposition, symptom = levels.ORDER[rank], chance.choice(SYMPTOMS)
    if number < BYGONE_PART * count and chance.random() < 0.5:
        symptom = BYGONE  # many, and all far back: what walks from the newest on meets none for long
    waits = chance.random() < OPEN_PART
    row = {"id": conversation_id, "status": "finished", "level": disposition.level, "within": disposition.within}
    row |= {"crisis": False, "rank": rank, "scope": "symptom", "started_at": at, "updated_at": at}
    row |= {"treatment": chance.choice(("dry_needling", "acupuncture")), "area": chance.choice(AREAS)}
    row |= {"symptoms": [symptom], "needs_review": chance.random() < 0.01, "legal_hold": False}
    row |= {"assignee_id": 1 if chance.random() < 0.05 else None}
    row |= {"queue_rank": rank if waits else None, "waiting_since": at if waits else None}
    batch["conversations"].append({**row, "message_count": 2, "event_count": 0, "protocol_version": "bench"})
    for sequence in (1, 2):
        batch["messages"].append(_message(chance, conversation_id, sequence, at))
    labels = {("symptom", symptom), ("finding", symptom), ("rule", f"{symptom[:3].upper()}-{chance.randint(0, 12)}")}
    labels |= {("intent", f"report_{symptom}"), ("area", row["area"])}
    labels |= {("flag", "disagreement")} if chance.random() < 0.003 else set()
    batch["facets"] += [{"kind": k, "value": v, "conversation_id": conversation_id, "at": at} for k, v in labels]
    if chance.random() < 0.06:
        kind = chance.choice(("helpful", "helpful", "not_helpful"))
        batch["feedback"].append({"conversation_id": conversation_id, "kind": kind, "at": at})
    if chance.random() < 0.005:
        batch["tags"].append({"conversation_id": conversation_id, "tag": "incident report", "at": at})
    if waits:
        batch["escalations"].append(_escalation(conversation_id, rank, at))


def _message(chance: random.Random, conversation_id: str, sequence: int, at: datetime) -> dict[str, Any]:
    words = chance.choices(COMMON, k=12) + chance.choices(RARE_WORDS, k=3)
    intent = {"name": "report_soreness", "confidence": round(0.25 + 0.75 * chance.random() ** 0.3, 3)}
    row = {
        "conversation_id": conversation_id,
        "sequence": sequence,
        "uuid": str(uuid.UUID(int=chance.getrandbits(128))),
    }
    row |= {"sender": "patient", "text": " ".join(words), "received_at": at, "answered_at": at, "state": "answered"}
    return {**row, "attempts": 1, "disagreement": False, "understood": {"intent": intent, "findings": []}}


def _escalation(conversation_id: str, rank: int, at: datetime) -> dict[str, Any]:
    row = {"conversation_id": conversation_id, "kind": "result", "level": levels.ORDER[rank].level, "rank": rank}
    return {**row, "crisis": False, "opened_at": at, "due_at": at + Deadlines().of(rank)}


def questions() -> Iterator[tuple[str, float, Callable[[Connection], object]]]:
    """Yield (name, target in ms, query)."""
    yield "queue", QUEUE_MS, waiting
    yield "queue: anything new?", QUEUE_MS, review.feed_mark
    day = END - timedelta(days=30)
    filters: dict[str, Filters] = {
        "newest": Filters(),
        "level": Filters(level="emergency"),
        "status": Filters(status="finished"),
        "treatment": Filters(treatment="acupuncture"),
        "symptom": Filters(symptom="headache"),
        "finding": Filters(finding="bruise"),
        "rule, rare": Filters(rule="HEA-12"),
        "intent": Filters(intent="report_chest"),
        "area": Filters(area="neck"),
        "unsure": Filters(less_sure_than=0.5),
        "very unsure": Filters(less_sure_than=0.3),
        "disagreement": Filters(disagreement=True),
        "for review": Filters(for_review=True),
        "dates": Filters(since=day, until=day + timedelta(days=1)),
        "unassigned emergencies": Filters(assignee="nobody", level="emergency"),
        "area, level and symptom": Filters(area="neck", level="urgent", symptom="chest"),
        "rule and area": Filters(rule="NER-3", area="hip"),
        "nothing fits": Filters(symptom="no_such_symptom"),
        "symptom, long ago": Filters(symptom="headache", until=END - timedelta(days=250)),
        "unsure, long ago": Filters(less_sure_than=0.5, until=END - timedelta(days=250)),
        "rule, one day": Filters(rule="HEA-12", since=day, until=day + timedelta(days=1)),
        "a symptom seen only long ago": Filters(symptom=BYGONE),
        "a bygone symptom among emergencies": Filters(symptom=BYGONE, level="emergency"),
        "a bygone symptom and a tag": Filters(symptom=BYGONE, tag="incident report"),
        "two symptoms' findings that never meet": Filters(symptom="headache", finding="bruise"),
        "opinion": Filters(feedback="not_helpful"),
        "opinion and area": Filters(feedback="helpful", area="knee", level="urgent"),
        "assigned to one": Filters(assignee="1"),
    }
    for name, asked in filters.items():
        yield f"filter: {name}", QUEUE_MS, _find(asked)
    for days in (30, 365):
        yield f"dashboard: {days} days", DASHBOARD_MS, _dashboard(Period(END - timedelta(days=days), END))
    yield "search: a rare word", SEARCH_MS, _find(Filters(text="word17"))
    yield "search: two rare words", SEARCH_MS, _find(Filters(text="word17 word18"))
    yield "search: a phrase", SEARCH_MS, _find(Filters(text='"still a bit"'))
    yield "search: any ending", SEARCH_MS, _find(Filters(text="word39*"))
    yield "search: rare word and filter", SEARCH_MS, _find(Filters(text="word17", level="emergency"))
    yield "search: commonest word", COMMON_MS, _find(Filters(text="the"))
    yield "search: three common words", COMMON_MS, _find(Filters(text="sore needling worried"))
    yield "search: common word, rare filter", COMMON_MS, _find(Filters(text="sore", disagreement=True))
    yield "search: common words, date filter", COMMON_MS, _find(Filters(text="sore today", until=day))


def _dashboard(period: Period) -> Callable[[Connection], object]:
    asked = {"treatments": None, "treatment": None}
    return lambda connection: [draw(connection, period, asked) for draw in dashboard.CHARTS.values()]


def _find(filters: Filters) -> Callable[[Connection], object]:
    return lambda connection: review_search.find(connection, filters, 50)


def measure(database: Database, repeats: int) -> list[tuple[str, float, float, float]]:
    """Return (name, median, p95, target) in milliseconds for each question."""
    found = []
    for name, target, ask in questions():
        taken = []
        for _ in range(repeats):
            began = time.perf_counter()
            with database.read() as connection:
                ask(connection)
            taken.append((time.perf_counter() - began) * 1000)
        taken.sort()
        found.append((name, taken[repeats // 2], taken[int(repeats * 0.95)], target))
    return found


def _held(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(conversations)).scalar_one())


def report(figures: list[tuple[str, float, float, float]], held: int, repeats: int) -> str:
    """Return the figures as a page; the machine is named by its size only."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB of memory"
    versions = f"SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}"
    lines = ["# The console's queries", ""]
    lines += [f"{held:,} made-up conversations of two messages each, {repeats} times each question, {machine},"]
    lines += [f"{versions}. Milliseconds at the database. Written by `python -m bench.console_load`.", ""]
    lines += ["| question | median | p95 | target for p95 |", "|---|---:|---:|---:|"]
    for name, middle, p95, target in figures:
        lines.append(f"| {name} | {middle:.1f} | {p95:.1f} | {target:.0f}{'' if p95 <= target else ', MISSED'} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Fill, measure, write a table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=200_000, help="how many conversations")
    parser.add_argument("--repeats", type=int, default=40, help="how often each question is asked")
    parser.add_argument("--keep", type=Path, help="folder for the database; one that is there is used again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        database = open_database(folder)
        if not _held(database):
            fill(database, asked.count)
        refresh_statistics(database)
        held = _held(database)
        figures = measure(database, asked.repeats)
        database.close()
    written = report(figures, held, asked.repeats)
    print(written)
    if held >= FULL:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(written, encoding="utf-8")
    return int(any(p95 > target for _, _, p95, target in figures))


if __name__ == "__main__":
    sys.exit(main())
