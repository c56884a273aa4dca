"""What stands before every page: who asks, whether they may, and whether the form is really theirs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.console import sessions
from bot.console.rendering import render
from bot.console.settings import Desk
from bot.console.visit import Member, Refused, Visit

PUBLIC, HALF = "public", "half"
"""Pages for everyone, and pages for someone who has given the password but not yet the second factor."""

MAX_FORM_BYTES = 64_000
Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """One address of the console.

    needs: PUBLIC, HALF or the least role. views: what the audit log calls looking at it; a POST writes its own
    entry, in the transaction of what it does. live: asked for by a script, over and over, without anybody clicking.
    """

    method: str
    path: str
    handler: Handler
    needs: str
    views: str | None = None
    live: bool = False


def guarded(page: Page, desk: Desk) -> Endpoint:
    """Return the page as an endpoint of Starlette with everything checked before it."""

    async def endpoint(request: Request) -> Response:
        now = desk.clock()
        member = await run_in_threadpool(sessions.member_of, request, desk, now, not page.live)
        turned_away = _turned_away(page, member, request)
        if turned_away is not None:
            return turned_away
        visit = Visit(request, desk, now, member)
        try:
            if page.method == "POST":
                visit = Visit(request, desk, now, member, await _form(request, member))
            return await run_in_threadpool(_answer, page, visit)
        except Refused as refused:
            return visit.page("refused.html", refused.status, text=refused.text)

    return endpoint


def _answer(page: Page, visit: Visit) -> Response:
    response = page.handler(visit)
    if page.views and response.status_code == 200:
        with visit.desk.database.write() as connection:
            subject, subject_id = _subject(visit)
            visit.audit(connection, page.views, subject, subject_id)
    return response


def _subject(visit: Visit) -> tuple[str, str | None]:
    conversation_id = visit.request.path_params.get("conversation_id")
    return ("conversation", conversation_id) if conversation_id else ("console", None)


def _turned_away(page: Page, member: Member | None, request: Request) -> Response | None:
    """Return what someone gets who may not see the page, None for someone who may."""
    base = request.scope.get("root_path", "")
    if page.needs == PUBLIC:
        return None
    if member is None:
        return _to_login(page, request, base)
    if page.needs == HALF:
        return None
    if member.second_factor_due:
        return PlainTextResponse("", 401) if page.live else RedirectResponse(f"{base}/second-factor", 303)
    if not member.may(page.needs):
        text = f"Your role ({member.role}) does not include this. It needs the role {page.needs}."
        return HTMLResponse(_refusal(request, member, base, text), 403)
    return None


def _refusal(request: Request, member: Member, base: str, text: str) -> str:
    return render("refused.html", member=member, base=base, text=text, visit=None)


def _to_login(page: Page, request: Request, base: str) -> Response:
    if page.live:
        return PlainTextResponse("", 401)
    if page.method == "POST":
        return RedirectResponse(f"{base}/login", 303)
    asked_for = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site":
        # A link in a mail: the browser keeps the strict cookie back. Asking again from here sends it along.
        return HTMLResponse(render("from_elsewhere.html", again=asked_for, base=base))
    return RedirectResponse(f"{base}/login?next={quote(asked_for, safe='')}", 303)


async def _form(request: Request, member: Member | None) -> dict[str, str]:
    """Return the fields of a form that carries the token of this session (or of this browser, to log in).

    Raises Refused when it is too long or comes from elsewhere.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Refused(403, "This form was sent from another website. Nothing was changed.")
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Refused(411, "The form could not be read.")
    if int(length) > MAX_FORM_BYTES:
        raise Refused(413, "That is too long. Please write less.")
    try:
        form = await request.form(max_files=0, max_fields=200, max_part_size=MAX_FORM_BYTES)
    except HTTPException as error:
        raise Refused(400, "The form could not be read.") from error
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    expected = member.csrf if member else request.cookies.get(sessions.FORM_COOKIE, "")
    if not sessions.same(fields.get("csrf", ""), expected):
        raise Refused(403, "This form is no longer valid. Nothing was changed; go back, reload and try again.")
    return fields
