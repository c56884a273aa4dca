"""Wrong passwords and codes: counted wherever one is asked for, and after too many the account has to wait."""

from datetime import datetime

from bot.console import passwords
from bot.console.visit import Visit
from bot.records import audit, staff
from bot.records.database import Row


def waiting(account: Row, now: datetime) -> bool:
    """Whether an account has to wait after wrong tries."""
    return account["locked_until"] is not None and bool(account["locked_until"] > now)


def opens(visit: Visit, account: Row | None, password: str) -> bool:
    """Whether a password opens an account now; a wrong one is counted.

    An account that waits is not opened by the right one either.
    """
    usable = account is not None and account["active"] and not waiting(account, visit.now)
    right = passwords.matches(account["password_hash"] if account and usable else None, password)
    if not (usable and right):
        failed(visit, account)
    return usable and right


def failed(visit: Visit, account: Row | None) -> None:
    """Note a wrong try. One made while the account waits is written down, but does not make the wait longer."""
    with visit.desk.database.write() as connection:
        if account is not None and not waiting(account, visit.now):
            until = passwords.wait_until(account["failed_logins"] + 1, visit.now, visit.desk.settings)
            staff.login_failed(connection, account["id"], until)
        known = account["name"] if account else None
        audit.write(connection, known or "unknown", "failed login", "staff", known, visit.now, None, visit.address)


def logged_in(visit: Visit, account: Row) -> None:
    """Forget wrong tries, once everything that was asked for has been given."""
    with visit.desk.database.write() as connection:
        staff.login_succeeded(connection, account["id"], visit.now)
        audit.write(connection, account["name"], "log in", "staff", account["name"], visit.now, None, visit.address)
