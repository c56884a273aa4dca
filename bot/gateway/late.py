"""What takes long to load, while the server already answers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.gateway.problems import ApiProblem

log = logging.getLogger(__name__)
T = TypeVar("T")
LISTEN_FIRST_S = 0.1
"""A thread that imports would take the processor from the server before it listens."""
_LOADER = ThreadPoolExecutor(1, "loading")
STARTING = "This part is starting. Please try again in a moment."


class Late(Generic[T]):
    """Something that is loaded once, on a thread, after the server has begun to listen."""

    def __init__(self, load: Callable[[], T], begin: Callable[[T], Awaitable[None]] | None = None) -> None:
        """begin: awaited with what was loaded, before anybody gets it."""
        self._load = load
        self._begin = begin
        self._task: asyncio.Task[T] | None = None

    def start(self, failed: Callable[[BaseException], None] | None = None) -> None:
        """Begin to load. Must be called from the running event loop.

        failed: called with the reason when it cannot be loaded; otherwise that is written to the log.
        """
        self._task = asyncio.create_task(self._loaded())
        self._task.add_done_callback(lambda task: _report(task, failed or _log))

    async def stop(self) -> None:
        """Do not wait any longer for what is still loading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

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

    async def _loaded(self) -> T:
        loaded = await once_listening(self._load)
        if self._begin is not None:
            await self._begin(loaded)
        return loaded


class LateApp:
    """Holds requests for a moment while an application loads, then asks to come back."""

    def __init__(self, loading: Late[ASGIApp], hold: float) -> None:
        """hold: for how many seconds a request may wait for the application."""
        self.loading = loading
        self._hold = hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self.loading.wait(self._hold)
        if app is None:
            await ApiProblem(503, STARTING, retry_after=2).response()(scope, receive, send)
        else:
            await app(scope, receive, send)


async def once_listening(load: Callable[[], T]) -> T:
    """Return what `load` does, done when the server has had time to begin to listen.

    One thing after another, in the order in which they were asked for: side by side each would only be later.
    """
    await asyncio.sleep(LISTEN_FIRST_S)
    return await asyncio.get_running_loop().run_in_executor(_LOADER, load)


def _report(task: "asyncio.Task[T]", failed: Callable[[BaseException], None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        failed(error)


def _log(error: BaseException) -> None:
    log.critical("a part of the gateway could not be loaded", exc_info=error)
