"""Moving a conversation that was held a moment ago to the day on which it is meant to have been."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.demo.person import Person
from bot.records.database import Connection, Row, rows
from bot.records.tables import conversations, messages, metadata
from bot.records.types import Instant

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
PAUSE_SECONDS = (9, 48)
"""How long the people of the demo read and think before they write again."""


def meant(person: Person, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the script puts the end of a person's conversation."""
    if "minutes_ago" in person.when:
        return now - timedelta(minutes=person.when["minutes_ago"])
    day = now.astimezone(zone).date() - timedelta(days=person.when["days_ago"])
    return datetime.combine(day, time.fromisoformat(person.when["at"]), zone)


def move(connection: Connection, conversation_id: str, end: datetime, chance: Random) -> None:
    """Let a conversation end at a moment, with pauses between its messages as a person makes them."""
    query = sa.select(messages.c.received_at).where(messages.c.conversation_id == conversation_id)
    came = sorted(row.received_at for row in connection.execute(query))
    shift = _Shift(came, end, chance)
    for table in metadata.sorted_tables:
        owner = table.c.id if table is conversations else table.c.get("conversation_id")
        if owner is not None:
            _move_rows(connection, table, owner == conversation_id, shift)


class _Shift:
    """How far the moments of one conversation move: those after each message a pause further than those before."""

    def __init__(self, came: Sequence[datetime], end: datetime, chance: Random) -> None:
        pauses = [timedelta(seconds=chance.uniform(*PAUSE_SECONDS)) for _ in came]
        self._came = came
        self._by = [end - came[-1] + added - sum(pauses, timedelta()) for added in accumulate(pauses)]

    def __call__(self, moment: datetime) -> timedelta:
        return self._by[max(0, bisect_right(self._came, moment) - 1)]


def _move_rows(connection: Connection, table: Any, wanted: Any, shift: _Shift) -> None:
    keys = [column.name for column in table.primary_key]
    for row in rows(connection.execute(sa.select(table).where(wanted))):
        here = sa.and_(*(table.c[key] == row[key] for key in keys))
        if changed := dict(_moved(table, row, shift)):
            connection.execute(table.update().where(here).values(**changed))


def _moved(table: Any, row: Row, shift: _Shift) -> Iterator[tuple[str, Any]]:
    """Yield the columns that change. A deadline moves as far as what it is the deadline of."""
    instants = [column.name for column in table.c if isinstance(column.type, Instant) and row[column.name]]
    if not instants:
        return
    first = min(row[name] for name in instants)
    for name in instants:
        yield name, row[name] + shift(row[name] if table is conversations else first)
    for column in table.c:
        if isinstance(row[column.name], (dict, list)):
            yield column.name, _moved_inside(row[column.name], shift(first))


def _moved_inside(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _moved_inside(part, by) for name, part in value.items()}
    if isinstance(value, list):
        return [_moved_inside(part, by) for part in value]
    if isinstance(value, str) and MOMENT.match(value):
        return (datetime.fromisoformat(value) + by).isoformat()
    return value
