"""Sessions: kept in the records, known to the browser by a cookie that scripts and other sites cannot use."""

import hmac
import secrets
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.console.settings import Desk
from bot.console.visit import Member
from bot.records import staff

COOKIE = "aftercare_staff"
FORM_COOKIE = "aftercare_login"
RENEW_AFTER = timedelta(seconds=30)
LOCAL = ("localhost", "127.0.0.1", "::1")


def member_of(request: Request, desk: Desk, now: datetime, renews: bool) -> Member | None:
    """Return who is logged in on this browser, None when nobody is or the session has idled out.

    renews: the request is a person's doing and keeps the session alive; a page looking for news is not.
    """
    held = request.cookies.get(COOKIE)
    if not held:
        return None
    with desk.database.read() as connection:
        row = staff.session(connection, held, now, desk.settings.idle)
    if row is None:
        return None
    if renews and now - row["seen_at"] > RENEW_AFTER:
        with desk.database.write() as connection:
            staff.change_session(connection, held, seen_at=now)
    due = row["totp_secret"] is not None and row["second_factor_at"] is None
    return Member(row["staff_id"], row["name"], row["display_name"], row["role"], row["csrf"], held, due)


def begin(response: Response, request: Request, desk: Desk, staff_id: int, now: datetime, verified: bool) -> None:
    """Open a fresh session and give it to the browser; whatever session it held before ends.

    verified: the second factor has been given too.
    """
    address = request.client.host if request.client else None
    with desk.database.write() as connection:
        staff.close_session(connection, request.cookies.get(COOKIE, ""))
        held, _ = staff.open_session(connection, staff_id, now, desk.settings.lifetime, address)
        if verified:
            staff.change_session(connection, held, second_factor_at=now)
    set_cookie(response, request, desk, COOKIE, held)


def set_cookie(response: Response, request: Request, desk: Desk, name: str, value: str) -> None:
    """Set a cookie that lives as long as the browser, for the console only."""
    secure, path = _secure(request, desk), _path(request)
    response.set_cookie(name, value, path=path, secure=secure, httponly=True, samesite="strict")


def forget(response: Response, request: Request, desk: Desk) -> None:
    """Remove the session's cookie."""
    secure, path = _secure(request, desk), _path(request)
    response.delete_cookie(COOKIE, path=path, secure=secure, httponly=True, samesite="strict")


def form_token(request: Request) -> str:
    """Return the token that ties the login form to this browser, making one when there is none."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same and not empty, compared in constant time."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def _path(request: Request) -> str:
    return str(request.scope.get("root_path", "")) or "/"


def _secure(request: Request, desk: Desk) -> bool:
    if desk.settings.secure_cookies is not None:
        return desk.settings.secure_cookies
    return request.url.scheme == "https" or request.url.hostname not in LOCAL
