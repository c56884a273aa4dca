"""Accounts: one's own, and for admins everybody's."""

from starlette.responses import Response

from bot.console import factor, passwords, tries
from bot.console.visit import Refused, Visit, not_found
from bot.records import audit, staff
from bot.records.database import Connection, Row

AUDIT_PAGE = 100


def people(visit: Visit) -> Response:
    """Show every account."""
    with visit.desk.database.read() as connection:
        return visit.page("people.html", people=staff.everyone(connection))


def add(visit: Visit) -> Response:
    """Make an account."""
    name, role = visit.field("name", 80), visit.field("role", 20)
    if not name or not name.isprintable():
        raise Refused(400, "An account needs a name. Nothing was changed.")
    password_hash = _hashed(visit.form.get("password", ""))
    with visit.desk.database.write() as connection:
        try:
            staff.add(connection, name, role, password_hash, visit.now, visit.field("display_name", 120))
        except staff.StaffError as error:
            raise Refused(400, f"{error}. Nothing was changed.") from None
        visit.audit(connection, "add staff", "staff", name, {"role": role})
    return visit.go("/people", "person")


def change(visit: Visit) -> Response:
    """Change a role, switch an account on or off, set a new password or take a lost second factor away."""
    with visit.desk.database.write() as connection:
        account = staff.find(connection, visit.number("staff_id"))
        if account is None:
            raise not_found()
        changed = _changes(visit, account)
        if account["id"] == visit.member.id and {"role", "active"} & changed.keys():
            raise Refused(400, "Nobody can take their own rights away. Ask another admin. Nothing was changed.")
        if changed:
            staff.change(connection, account["id"], **changed)
            staff.close_sessions_of(connection, account["id"])
            visit.audit(connection, "change staff", "staff", account["name"], {"changed": sorted(changed)})
    return visit.go("/people", "person")


def account(visit: Visit) -> Response:
    """Show one's own account."""
    with visit.desk.database.read() as connection:
        return visit.page("account.html", account=_own(visit, connection), secret=None, link=None, wrong=None)


def new_password(visit: Visit) -> Response:
    """Change one's own password; every other session of this person ends."""
    fresh = _hashed(visit.form.get("new", ""))
    with visit.desk.database.read() as connection:
        account = _own(visit, connection)
    if not tries.opens(visit, account, visit.form.get("old", "")):
        raise Refused(400, "The old password is not right. Nothing was changed.")
    with visit.desk.database.write() as connection:
        staff.change(connection, visit.member.id, password_hash=fresh, failed_logins=0)
        staff.close_sessions_of(connection, visit.member.id)
        visit.audit(connection, "change password", "staff", visit.member.name)
    return visit.go("/login", "password")


def begin_factor(visit: Visit) -> Response:
    """Show a fresh secret to put into an authenticator app; nothing changes before its first code is given."""
    return _factor_page(visit, factor.new_secret())


def confirm_factor(visit: Visit) -> Response:
    """Switch the second factor on, once a code shows that the app has the secret."""
    secret = visit.field("secret", 64)
    step = factor.step_of(secret, visit.field("code", 12), visit.now) if secret.isalnum() else None
    if step is None:
        return _factor_page(visit, secret, "That code is not right. Wait for the next one and try again.")
    with visit.desk.database.write() as connection:
        if _own(visit, connection)["totp_secret"] is not None:
            raise Refused(409, "The second factor is switched on already. Nothing was changed.")
        sealed = visit.desk.seal.close(secret)
        staff.change(connection, visit.member.id, totp_secret=sealed, totp_step=step)
        staff.change_session(connection, visit.member.held, second_factor_at=visit.now)
        visit.audit(connection, "second factor on", "staff", visit.member.name)
    return visit.go("/account", "factor")


def end_factor(visit: Visit) -> Response:
    """Switch one's own second factor off, with the password."""
    with visit.desk.database.read() as connection:
        account = _own(visit, connection)
    if not tries.opens(visit, account, visit.form.get("password", "")):
        raise Refused(400, "The password is not right. Nothing was changed.")
    with visit.desk.database.write() as connection:
        staff.change(connection, visit.member.id, totp_secret=None, totp_step=None)
        visit.audit(connection, "second factor off", "staff", visit.member.name)
    return visit.go("/account", "factor")


def audit_log(visit: Visit) -> Response:
    """Show the audit log, the newest first."""
    asked = visit.request.query_params
    before = asked.get("before", "")
    with visit.desk.database.read() as connection:
        entries = audit.entries(
            connection,
            subject_id=asked.get("about") or None,
            actor=asked.get("actor") or None,
            before=int(before) if before.isdecimal() else None,
            limit=AUDIT_PAGE,
        )
    more = entries[-1]["id"] if len(entries) == AUDIT_PAGE else None
    return visit.page("audit.html", entries=entries, asked=asked, more=more)


def _own(visit: Visit, connection: Connection) -> Row:
    account = staff.find(connection, visit.member.id)
    if account is None:
        raise not_found()
    return account


def _factor_page(visit: Visit, secret: str, wrong: str | None = None) -> Response:
    with visit.desk.database.read() as connection:
        account = _own(visit, connection)
    link = factor.address(secret, visit.member.name) if secret.isalnum() else ""
    return visit.page("account.html", 400 if wrong else 200, account=account, secret=secret, link=link, wrong=wrong)


def _changes(visit: Visit, account: Row) -> dict[str, object]:
    """Return the columns that the form changes."""
    role, active = visit.field("role", 20) or account["role"], visit.field("active") or str(int(account["active"]))
    if role not in staff.ROLES or active not in ("0", "1"):
        raise Refused(400, "There is no such role. Nothing was changed.")
    changed: dict[str, object] = {}
    if role != account["role"]:
        changed["role"] = role
    if bool(int(active)) is not account["active"]:
        changed["active"] = active == "1"
    if visit.form.get("password"):
        changed |= {"password_hash": _hashed(visit.form["password"]), "failed_logins": 0, "locked_until": None}
    if visit.field("forget_factor") == "1" and account["totp_secret"] is not None:
        changed |= {"totp_secret": None, "totp_step": None}
    return changed


def _hashed(password: str) -> str:
    try:
        return passwords.hashed(password)
    except ValueError as error:
        raise Refused(400, f"{error} Nothing was changed.") from None
