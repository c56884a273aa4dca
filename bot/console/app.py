"""The console as one web application, mounted by the gateway."""

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console.guard import guarded
from bot.console.rendering import STATIC, render
from bot.console.routes import PAGES
from bot.console.security import SecurityHeaders
from bot.console.settings import ConsoleSettings, Desk, utc_now
from bot.records.contacts import Seal
from bot.records.database import Database
from bot.triage.protocol import Protocol

NOTHING_HERE = "There is nothing at this address."


def create_console(
    database: Database,
    protocol: Protocol,
    seal: Seal,
    settings: ConsoleSettings | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Starlette:
    """Return the staff console, to be mounted under an address such as /staff.

    database: migrated. seal: opens patients' contact details and staff's second factors. clock: the present moment.
    """
    desk = Desk(database, protocol, seal, settings or ConsoleSettings(), clock)
    routes: list[BaseRoute] = [Mount("/static", StaticFiles(directory=STATIC))]
    routes += [Route(page.path, guarded(page, desk), methods=[page.method]) for page in PAGES]
    return Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: _refuse},
    )


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer an address that does not exist with a page that a person can read."""
    assert isinstance(error, HTTPException)
    base = request.scope.get("root_path", "")
    text = NOTHING_HERE if error.status_code == 404 else error.detail
    page = render("refused.html", member=None, base=base, text=text, visit=None)
    return HTMLResponse(page, error.status_code, headers=dict(error.headers or {}))
