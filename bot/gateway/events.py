"""The event stream: what was said or has happened since, to every browser that listens."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.store import Store
from bot.records import conversations, events
from bot.records.database import Row

log = logging.getLogger(__name__)
KEEP_ALIVE_S = 15.0
LOOK_S = 1.0
MOST_STREAMS = 8
"""Streams of one conversation at the same time: tabs and devices of one patient."""


class Hub:
    """Wakes the streams of a conversation when something was written for it, here or by another process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listening: dict[str, set[asyncio.Event]] = {}

    def has_room(self, conversation_id: str) -> bool:
        """Whether one more may listen to a conversation."""
        return len(self._listening.get(conversation_id, ())) < MOST_STREAMS

    def listen(self, conversation_id: str) -> asyncio.Event:
        """Return what is set at each news of a conversation."""
        news = asyncio.Event()
        self._listening.setdefault(conversation_id, set()).add(news)
        return news

    def leave(self, conversation_id: str, news: asyncio.Event) -> None:
        """Stop listening."""
        listeners = self._listening.get(conversation_id, set())
        listeners.discard(news)
        if not listeners:
            self._listening.pop(conversation_id, None)

    def nudge(self, conversation_id: str) -> None:
        """Say that there is news of a conversation."""
        for news in self._listening.get(conversation_id, ()):
            news.set()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(listeners) for listeners in self._listening.values())

    async def run(self) -> None:
        """Look for events that others wrote (the staff console, another gateway) until cancelled."""
        newest = await self._store.read(events.newest)
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                changed, newest = await self._store.read(events.conversations_since, newest)
            except SQLAlchemyError:
                log.exception("looking for events failed")
                continue
            for conversation_id in changed:
                self.nudge(conversation_id)


async def stream(store: Store, hub: Hub, conversation_id: str, after: int) -> AsyncIterator[bytes]:
    """Yield the events that follow number `after`, then each new one, in the text/event-stream format.

    Ends after the event `erased` when the conversation is erased.
    """
    news = hub.listen(conversation_id)
    try:
        yield b"retry: 2000\n\n"
        while True:
            news.clear()
            for event in await store.read(events.after, conversation_id, after):
                after = event["sequence"]
                yield frame(event)
            if await store.read(conversations.find, conversation_id) is None:
                yield b"event: erased\ndata: {}\n\n"
                return
            try:
                await asyncio.wait_for(news.wait(), KEEP_ALIVE_S)
            except asyncio.TimeoutError:
                yield b": still here\n\n"
    finally:
        hub.leave(conversation_id, news)


def frame(event: Row) -> bytes:
    """Return one event as the stream carries it."""
    shown = {**event["data"], "at": event["at"]}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event["sequence"],
        event["kind"].encode(),
        msgspec.json.encode(shown),
    )
