"""What takes long to load, and what must be waited for, while the server already answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.gateway.rasa import RasaClient
from bot.gateway.screen import Screen
from bot.gateway.words import Words

log = logging.getLogger(__name__)
T = TypeVar("T")
LISTEN_FIRST_S = 0.1
"""A thread that imports would take the processor from the server before it listens."""
LOOK_AGAIN_WHEN_DOWN_S = 0.3
LOOK_AGAIN_WHEN_UP_S = 5.0


class Late(Generic[T]):
    """Something that is loaded once, on a thread, after the server has begun to listen."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        """Begin to load. Must be called from the running event loop."""
        self._task = asyncio.create_task(_once_listening(self._load))
        self._task.add_done_callback(_report)

    @property
    def now(self) -> T | None:
        """What is loaded, None while it is not."""
        if self._task is None or not self._task.done() or self._task.cancelled() or self._task.exception():
            return None
        return self._task.result()

    async def wait(self, seconds: float) -> T | None:
        """Return what is loaded, waiting for it so long at most; None when it is still not there."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=seconds)
        return self.now


@dataclass(frozen=True)
class Loaded:
    """The clinic's words and the red-flag screen."""

    words: Words
    screen: Screen


class Content:
    """The clinic's words, there within a second, and the red-flag screen, which takes longer."""

    def __init__(self, words: Callable[[], Words], screen: Callable[[], Screen]) -> None:
        self.words = Late(words)
        self.screen = Late(screen)

    @property
    def now(self) -> Loaded | None:
        """Both, None while one is not there."""
        words, screen = self.words.now, self.screen.now
        return Loaded(words, screen) if words is not None and screen is not None else None

    async def wait(self, seconds: float) -> Loaded | None:
        """Return both, waiting for them so long at most; None when one is still not there."""
        await asyncio.gather(self.words.wait(seconds), self.screen.wait(seconds))
        return self.now


class RasaWatch:
    """Knows whether Rasa listens: looks often while it does not, seldom while it does."""

    def __init__(self, client: RasaClient, grace: float, clock: Callable[[], float] = time.monotonic) -> None:
        """grace: for so many seconds from now on a Rasa never seen counts as starting, not as failing."""
        self._client = client
        self._clock = clock
        self._starting_until = clock() + grace
        self._ready = asyncio.Event()
        self._look = asyncio.Event()
        self.seen = False

    @property
    def ready(self) -> bool:
        """Whether Rasa listened when last looked at."""
        return self._ready.is_set()

    @property
    def starting(self) -> bool:
        """Whether Rasa has not been seen yet and is still in its time to start."""
        return not self.seen and self._clock() < self._starting_until

    async def run(self) -> None:
        """Keep looking until cancelled."""
        await _once_listening(self._client.prepare)
        while True:
            if await self._client.alive():
                self.seen = True
                self._ready.set()
            else:
                self._ready.clear()
            self._look.clear()
            pause = LOOK_AGAIN_WHEN_UP_S if self.ready else LOOK_AGAIN_WHEN_DOWN_S
            await _within(pause, self._look.wait())

    async def wait(self, seconds: float) -> bool:
        """Wait until Rasa listens, so long at most, and say whether it does."""
        if not self.ready:
            await _within(seconds, self._ready.wait())
        return self.ready

    def doubt(self) -> None:
        """Look again now: a request has just failed."""
        self._ready.clear()
        self._look.set()


async def _once_listening(load: Callable[[], T]) -> T:
    await asyncio.sleep(LISTEN_FIRST_S)
    return await asyncio.to_thread(load)


async def _within(seconds: float, waiting: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(waiting, seconds)
    except asyncio.TimeoutError:
        pass


def _report(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("the protocol or the language model could not be loaded", exc_info=task.exception())
