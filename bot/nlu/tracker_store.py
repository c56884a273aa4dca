"""Rasa's working memory: where each conversation stands, kept short so that a message costs the same at any turn.

Rasa copies and applies all events of a tracker several times a message. This store keeps the slots, the open form and
the last few turns; the whole history is in records. It survives a restart, on SQLite and on PostgreSQL.
"""

import json
import os
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.paths import DATA_DIR

FILE = "rasa.sqlite3"
URL_VARIABLES = ("AFTERCARE_RASA_DATABASE_URL", "AFTERCARE_DATABASE_URL")
TURNS_KEPT = 2
BUSY_SECONDS = 10

metadata = sa.MetaData()
trackers = sa.Table(
    "rasa_trackers",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("events", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Float, nullable=False),
)


def database_url() -> str:
    """Return the database of the records when they are on a server, else a file of the data directory."""
    for variable in URL_VARIABLES:
        if os.environ.get(variable):
            return os.environ[variable]
    folder = Path(os.environ.get("AFTERCARE_DATA_DIR", DATA_DIR))
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(folder / FILE).resolve()}"


class ShortTrackerStore(TrackerStore, SerializedTrackerAsText):
    """One row a conversation, written whole at each message."""

    def __init__(
        self,
        domain: Domain,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        turns: int = TURNS_KEPT,
        **kwargs: Any,
    ) -> None:
        """host: URL of the database, else that of `database_url`; turns: how many of the last ones are kept."""
        super().__init__(domain, event_broker, **kwargs)
        self.turns = turns
        self.engine = _engine(host or database_url())
        metadata.create_all(self.engine)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep where the conversation stands."""
        await self.stream_events(tracker)
        events = json.dumps([_slim(event) for event in shortened(tracker, self.turns)])
        row = {"conversation_id": tracker.sender_id, "events": events, "saved_at": time.time()}
        same = trackers.c.conversation_id == tracker.sender_id
        with self.engine.begin() as connection:
            if not connection.execute(trackers.update().where(same).values(**row)).rowcount:
                connection.execute(trackers.insert().values(**row))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return a conversation as it stands, or None when there is none of that id."""
        query = sa.select(trackers.c.events).where(trackers.c.conversation_id == sender_id)
        with self.engine.connect() as connection:
            stored = connection.execute(query).scalar()
        if stored is None:
            return None
        events = [_kinds()[entry["event"]]._from_parameters(entry) for entry in json.loads(stored)]
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        with self.engine.connect() as connection:
            return [row[0] for row in connection.execute(sa.select(trackers.c.conversation_id))]

    def forget(self, sender_id: str) -> None:
        """Remove a conversation that its patient erased."""
        with self.engine.begin() as connection:
            connection.execute(trackers.delete().where(trackers.c.conversation_id == sender_id))

    def forget_older_than(self, days: float) -> int:
        """Remove conversations that nothing was said in for so many days; return how many."""
        old = trackers.c.saved_at < time.time() - days * 86400
        with self.engine.begin() as connection:
            return int(connection.execute(trackers.delete().where(old)).rowcount)


def shortened(tracker: DialogueStateTracker, turns: int) -> list[Event]:
    """Return the events that lead to the same state with only the last turns in full.

    What came before is said by the slots, the open form and one "listen".
    """
    events = list(tracker.events)
    spoken = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(spoken) <= turns:
        return events
    cut = spoken[-turns]
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], list(tracker.slots.values()))
    state: list[Event] = [SlotSet(name, slot.value) for name, slot in before.slots.items() if slot.value is not None]
    if before.active_loop_name:
        state.append(ActiveLoop(before.active_loop_name))
    return [*state, ActionExecuted(ACTION_LISTEN_NAME), *events[cut:]]


def _slim(event: Event) -> dict[str, Any]:
    """Return an event as data, without the cards: they are in records and only cost time here."""
    entry: dict[str, Any] = event.as_dict()
    if isinstance(event, BotUttered):
        entry["metadata"] = {}
    return entry


@cache
def _kinds() -> dict[str, type[Event]]:
    """Return the kinds of event by name. Rasa looks through all of them again for each event it reads."""
    return {kind.type_name: kind for kind in all_subclasses(Event)}


def _engine(url: str) -> Any:
    local = url.startswith("sqlite")
    if not local:
        return sa.create_engine(url, future=True)
    # SQLAlchemy 1.4 would open a file anew for every transaction.
    engine = sa.create_engine(
        url,
        future=True,
        poolclass=sa.pool.QueuePool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode = WAL"))
    return engine
