"""What is asked at every message, every second or on every look at the queue reads an index, never a whole table."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.records import check_ins, escalations, events, messages, outbox
from bot.records.database import Connection, Database, open_database
from bot.records.retention import _broken_off, _outdated
from tests.records.conftest import NOW

QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "a message by its id": lambda c: messages.find(c, "c1", "m1"),
    "what waits for an answer": lambda c: messages.unanswered(c, 20),
    "what waits in one conversation": lambda c: messages.unanswered_in(c, "c1"),
    "what was said last": lambda c: messages.last_replies(c, "c1", 9),
    "events since": lambda c: events.after(c, "c1", 3),
    "events anywhere since": lambda c: events.conversations_since(c, 3),
    "the queue": lambda c: escalations.queue(c),
    "what is overdue": lambda c: escalations.overdue(c, NOW),
    "alerts that are due": lambda c: outbox.take(c, NOW, timedelta(minutes=1)),
    "check-ins that are due": lambda c: check_ins.due(c, NOW),
    "conversations that are outdated": lambda c: _outdated(c, NOW),
    "conversations that broke off": lambda c: _broken_off(c, NOW),
}


@pytest.fixture(scope="module")
def sqlite(migrated_file: Path) -> Database:
    return open_database(f"sqlite:///{migrated_file}")


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_reads_an_index(sqlite: Database, question: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with sqlite.write() as connection:
        sa.event.listen(sqlite.engine, "before_cursor_execute", note)
        try:
            QUESTIONS[question](connection)
        finally:
            sa.event.remove(sqlite.engine, "before_cursor_execute", note)
        for statement, parameters in asked:
            plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
            assert not any("SCAN" in row[3] and "USING" not in row[3] for row in plan), (statement, plan)
            assert not any("TEMP B-TREE" in row[3] for row in plan), (statement, plan)
