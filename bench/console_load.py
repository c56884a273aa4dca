"""How quick the staff console's queries are with many conversations, measured at the database.

    .venv/bin/python bench/console_load.py [--count 200000] [--keep FOLDER]

Fills an SQLite database with made-up conversations (seeded: the same every time), then times the queue, each filter
and full-text search, commonest words included. The targets are p95 at most 50 ms for the queue and filters, 200 ms for
search, 500 ms for searches of the commonest words. Exits with 1 when one is missed.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.console.pages.queue import waiting
from bot.records import review, review_search
from bot.records.database import Connection, Database, open_database
from bot.records.escalations import Deadlines
from bot.records.review_search import Filters
from bot.records.tables import conversations, escalations, facets, messages
from bot.triage import levels

BATCH = 5000
END = datetime(2026, 11, 20, tzinfo=timezone.utc)
OPEN_PART = 0.002
SYMPTOMS = ("soreness", "headache", "bruise", "dizziness", "fatigue", "infection", "nerve", "chest", "nausea", "lump")
AREAS = ("neck", "shoulder_blade", "upper_back", "low_back", "calf", "forearm", "knee", "hip")
COMMON = "i have had my after the needling since and it is still a bit sore today should be worried".split()
RARE_WORDS = [f"word{number}" for number in range(4000)]
RANKS = (levels.HOME,) * 60 + (levels.NEXT_DAY_CLINIC,) * 20 + (levels.CLINIC_TODAY,) * 10
RANKS += (levels.DOCTOR_TODAY,) * 6 + (levels.DOCTOR_NOW,) * 2 + (levels.AMBULANCE,) * 2
QUEUE_MS, SEARCH_MS, COMMON_MS = 50, 200, 500


def fill(database: Database, count: int) -> None:
    """Write `count` conversations with about two messages each, in batches."""
    chance = random.Random(7)
    tables = (conversations, messages, facets, escalations)
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
    waits = chance.random() < OPEN_PART
    row = {"id": conversation_id, "status": "finished", "level": disposition.level, "within": disposition.within}
    row |= {"crisis": False, "rank": rank, "scope": "symptom", "started_at": at, "updated_at": at}
    row |= {"treatment": chance.choice(("dry_needling", "acupuncture")), "area": chance.choice(AREAS)}
    row |= {"symptoms": [symptom], "needs_review": chance.random() < 0.01, "legal_hold": False}
    row |= {"queue_rank": rank if waits else None, "waiting_since": at if waits else None}
    batch["conversations"].append({**row, "message_count": 2, "event_count": 0, "protocol_version": "bench"})
    for sequence in (1, 2):
        batch["messages"].append(_message(chance, conversation_id, sequence, at))
    labels = {("symptom", symptom), ("finding", symptom), ("rule", f"{symptom[:3].upper()}-{chance.randint(0, 12)}")}
    labels |= {("intent", f"report_{symptom}"), ("area", row["area"])}
    labels |= {("flag", "disagreement")} if chance.random() < 0.003 else set()
    batch["facets"] += [{"kind": k, "value": v, "conversation_id": conversation_id, "at": at} for k, v in labels]
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
    }
    for name, asked in filters.items():
        yield f"filter: {name}", QUEUE_MS, _find(asked)
    yield "search: a rare word", SEARCH_MS, _find(Filters(text="word17"))
    yield "search: two rare words", SEARCH_MS, _find(Filters(text="word17 word18"))
    yield "search: a phrase", SEARCH_MS, _find(Filters(text='"still a bit"'))
    yield "search: any ending", SEARCH_MS, _find(Filters(text="word39*"))
    yield "search: rare word and filter", SEARCH_MS, _find(Filters(text="word17", level="emergency"))
    yield "search: commonest word", COMMON_MS, _find(Filters(text="the"))
    yield "search: three common words", COMMON_MS, _find(Filters(text="sore needling worried"))
    yield "search: common word, rare filter", COMMON_MS, _find(Filters(text="sore", disagreement=True))
    yield "search: common words, date filter", COMMON_MS, _find(Filters(text="sore today", until=day))


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


def main() -> int:
    """Fill, measure, print a table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=200_000, help="how many conversations")
    parser.add_argument("--repeats", type=int, default=40, help="how often each question is asked")
    parser.add_argument("--keep", type=Path, help="folder for the database; one that is there is used again")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        database = open_database(folder)
        with database.read() as connection:
            empty = connection.execute(conversations.select().limit(1)).first() is None
        if empty:
            fill(database, asked.count)
        figures = measure(database, asked.repeats)
        database.close()
    print(f"{'question':<36}{'median':>10}{'p95':>10}{'target':>10}   (ms)")
    for name, middle, p95, target in figures:
        print(f"{name:<36}{middle:>10.1f}{p95:>10.1f}{target:>10.0f}{'' if p95 <= target else '   MISSED'}")
    if asked.json:
        asked.json.write_text(
            json.dumps([dict(zip(("name", "median", "p95", "target"), f, strict=True)) for f in figures])
        )
    return int(any(p95 > target for _, _, p95, target in figures))


if __name__ == "__main__":
    sys.exit(main())
