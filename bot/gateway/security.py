"""What every response carries, and which pages may talk to the API."""

from collections.abc import Callable, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.problems import ApiProblem

ALLOWED_HEADERS = "Authorization, Content-Type, Last-Event-ID"
ALLOWED_METHODS = "GET, POST, DELETE"
PREFLIGHT_S = "600"


class SecurityHeaders:
    """Adds the headers that keep a browser from doing more than it should, unless a page has its own."""

    def __init__(self, app: ASGIApp, host_pages: Callable[[], Iterable[str]]) -> None:
        self.app = app
        self.host_pages = host_pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        headers.setdefault("Content-Security-Policy", content_policy(self.host_pages()))
        if scope["path"].startswith("/api"):
            headers.setdefault("Cache-Control", "no-store")
        if scope["scheme"] == "https":
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")


class HostPages:
    """Lets the clinic's own pages use the API from a browser, and no others.

    The widget's files are public and may be loaded by any page; the API may not.
    """

    def __init__(self, app: ASGIApp, host_pages: Callable[[], Iterable[str]]) -> None:
        self.app = app
        self.host_pages = host_pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or _same_host(origin, headers.get("host", "")):
            await self.app(scope, receive, send)
        elif origin not in set(self.host_pages()):
            refusal = ApiProblem(403, "This page may not embed the assistant.")
            await refusal.response()(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _preflight(origin)(scope, receive, send)
        else:
            await self._allow(origin, scope, receive, send)

    async def _allow(self, origin: str, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After"
                headers.add_vary_header("Origin")
            await send(message)

        await self.app(scope, receive, send_allowed)


def content_policy(host_pages: Iterable[str]) -> str:
    """Return the policy of our own pages: nothing from elsewhere, no inline script, framed by clinic pages only."""
    frames = " ".join(("'self'", *host_pages))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
        f"img-src 'self' data: https:; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
    )


def _preflight(origin: str) -> Response:
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ALLOWED_METHODS,
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": PREFLIGHT_S,
        "Vary": "Origin",
    }
    return Response(status_code=204, headers=headers)


def _same_host(origin: str, host: str) -> bool:
    return origin.partition("://")[2] == host
