"""Another application beside the chat that need not be there when the server begins to listen."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.gateway.problems import ApiProblem
from bot.gateway.startup import Late

STARTING = "This part is starting. Please try again in a moment."


class LateApp:
    """Holds requests for a moment while the application loads, then asks to come back."""

    def __init__(self, load: Callable[[], ASGIApp], hold: float) -> None:
        """load: makes the application, on a thread; hold: for how many seconds a request may wait for it."""
        self.loading = Late(load)
        self._hold = hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self.loading.wait(self._hold)
        if app is None:
            await ApiProblem(503, STARTING, retry_after=2).response()(scope, receive, send)
        else:
            await app(scope, receive, send)
