"""Smaller answers for phones on slow networks."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST_BYTES = 800
STAFF = "/staff"


class Compression:
    """Compresses what a browser can unpack, but neither the event stream nor the staff console.

    Events must arrive one by one; Starlette leaves text/event-stream alone. A page of the console holds a secret
    against forged requests beside words that a patient wrote: whoever can choose such words and sees how long the
    compressed page is could guess the secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressed = GZipMiddleware(app, minimum_size=SMALLEST_BYTES, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = scope["type"] != "http" or scope["path"].startswith(STAFF)
        await (self.app if plain else self._compressed)(scope, receive, send)
