"""Logging in and out, with a second factor for those who switched it on."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from bot.console import factor, sessions, tries
from bot.console.visit import Visit
from bot.records import staff
from bot.records.database import Row

WRONG = (
    "The name and the password do not go together, or there were too many tries. "
    "After five wrong tries an account has to wait, up to 15 minutes."
)
WRONG_CODE = "That code is not right, or it was used before. Wait for the next one and try again."


def login_form(visit: Visit) -> Response:
    """Show the login form, or the queue to someone who is logged in already."""
    if visit.member_or_none is not None:
        return visit.go("/")
    return _form(visit, visit.request.query_params.get("next", ""))


def login(visit: Visit) -> Response:
    """Check name and password and open a session that this browser did not have before."""
    name, password = visit.field("name", 80), visit.form.get("password", "")
    with visit.desk.database.read() as connection:
        account = staff.by_name(connection, name)
    if not tries.opens(visit, account, password):
        return _form(visit, visit.field("next"), WRONG, 401)
    assert account is not None
    if account["totp_secret"] is None:
        tries.logged_in(visit, account)
    response = RedirectResponse(_onward(visit, account), 303)
    sessions.begin(response, visit.request, visit.desk, account["id"], visit.now, verified=False)
    return response


def logout(visit: Visit) -> Response:
    """End the session, here and in the records."""
    with visit.desk.database.write() as connection:
        staff.close_session(connection, visit.member.held)
        visit.audit(connection, "log out", "staff", visit.member.name)
    response = visit.go("/login", said="logged_out")
    sessions.forget(response, visit.request, visit.desk)
    return response


def factor_form(visit: Visit) -> Response:
    """Ask for the second factor."""
    if not visit.member.second_factor_due:
        return visit.go("/")
    return visit.page("second_factor.html", wrong=None, next=visit.request.query_params.get("next", ""))


def give_factor(visit: Visit) -> Response:
    """Check the code of the second factor and open a session that counts as complete."""
    with visit.desk.database.read() as connection:
        account = staff.find(connection, visit.member.id)
    if account is None or tries.waiting(account, visit.now) or not _code_is_right(visit, account):
        tries.failed(visit, account)
        return visit.page("second_factor.html", 401, wrong=WRONG_CODE, next=visit.field("next"))
    tries.logged_in(visit, account)
    response = RedirectResponse(safe_next(visit.field("next"), visit.base), 303)
    sessions.begin(response, visit.request, visit.desk, account["id"], visit.now, verified=True)
    return response


def safe_next(wanted: str, base: str) -> str:
    """Return where to go after logging in: a page of this console, whatever the address asked for."""
    inside = wanted.startswith(f"{base}/") and not wanted.startswith("//")
    plain = wanted.isprintable() and "\\" not in wanted and "/.." not in wanted
    return wanted if inside and plain else f"{base}/"


def _form(visit: Visit, wanted: str, wrong: str | None = None, status: int = 200) -> Response:
    token = sessions.form_token(visit.request)
    response = visit.page("login.html", status, token=token, next=wanted, wrong=wrong)
    sessions.set_cookie(response, visit.request, visit.desk, sessions.FORM_COOKIE, token)
    return response


def _onward(visit: Visit, account: Row) -> str:
    wanted = safe_next(visit.field("next"), visit.base)
    if account["totp_secret"] is None:
        return wanted
    return f"{visit.base}/second-factor?next={quote(wanted, safe='')}"


def _code_is_right(visit: Visit, account: Row) -> bool:
    secret = visit.desk.seal.open(account["totp_secret"])
    step = factor.step_of(secret, visit.field("code", 12), visit.now)
    if step is None:
        return False
    with visit.desk.database.write() as connection:
        return factor.use_step(connection, account["id"], step)
