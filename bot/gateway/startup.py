"""What takes long to load, and what must be waited for, while the server already answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.gateway.late import Late, once_listening
from bot.gateway.rasa import RasaClient
from bot.gateway.screen import Screen
from bot.gateway.words import Words

LOOK_AGAIN_WHEN_DOWN_S = 0.3
LOOK_AGAIN_WHEN_UP_S = 5.0


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
        await once_listening(self._client.prepare)
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


async def _within(seconds: float, waiting: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(waiting, seconds)
    except asyncio.TimeoutError:
        pass
