"""What answers from the first moment, while the application behind it is imported and its database opened."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.gateway import pages
from bot.gateway.late import Late, LateApp


class Front:
    """Says that the gateway runs, and holds every other request until there is an application to answer it."""

    def __init__(self, build: Callable[[], Starlette], hold: float, give_up: Callable[[], None]) -> None:
        """build: makes the application, on a thread. hold: for how many seconds a request may wait for it.

        give_up: called when the application cannot be made; `error` says why.
        """
        self.error: BaseException | None = None
        self._give_up = give_up
        self._running = AsyncExitStack()
        self._loading: Late[ASGIApp] = Late(build, self._begin)
        self._app = LateApp(self._loading, hold)
        self._router = Router(lifespan=self.lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._router(scope, receive, send)
        elif scope["path"] == pages.HEALTH and self._loading.now is None:
            await (await pages.alive(Request(scope)))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _router: object) -> AsyncIterator[None]:
        """Load the application meanwhile, and keep it running until the end."""
        self._loading.start(self._failed)
        try:
            yield
        finally:
            await self._loading.stop()
            await self._running.aclose()

    async def _begin(self, app: ASGIApp) -> None:
        assert isinstance(app, Starlette)
        await self._running.enter_async_context(app.router.lifespan_context(app))

    def _failed(self, error: BaseException) -> None:
        self.error = error
        self._give_up()
