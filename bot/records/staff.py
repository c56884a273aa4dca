"""Staff accounts and their sessions. Passwords arrive hashed; what a browser holds is kept as a digest only."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.records.database import Connection, Database, Row, one, rows
from bot.records.tables import staff, staff_sessions

VIEWER, CLINICIAN, ADMIN = "viewer", "clinician", "admin"
ROLES = (VIEWER, CLINICIAN, ADMIN)


class StaffError(ValueError):
    """An account cannot be made or changed like that; the message says why."""


def add(connection: Connection, name: str, role: str, password_hash: str, now: datetime, display_name: str = "") -> int:
    """Make an account and return its id. Raises StaffError for an unknown role or a name that is taken."""
    if role not in ROLES:
        raise StaffError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    if by_name(connection, name) is not None:
        raise StaffError(f"there is a staff member named {name!r} already")
    inserted = connection.execute(
        staff.insert().values(
            name=name,
            display_name=display_name or name,
            role=role,
            password_hash=password_hash,
            active=True,
            failed_logins=0,
            created_at=now,
        )
    )
    return int(inserted.inserted_primary_key[0])


def by_name(connection: Connection, name: str) -> Row | None:
    """Return an account by the name it logs in with, or None."""
    return one(connection.execute(sa.select(staff).where(staff.c.name == name)))


def find(connection: Connection, staff_id: int) -> Row | None:
    """Return an account, or None."""
    return one(connection.execute(sa.select(staff).where(staff.c.id == staff_id)))


def everyone(connection: Connection) -> list[Row]:
    """Return every account, in the order of names."""
    return rows(connection.execute(sa.select(staff).order_by(staff.c.name)))


def count_staff(database: Database) -> int:
    """Return how many accounts there are."""
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(staff)).scalar_one())


def change(connection: Connection, staff_id: int, **values: Any) -> None:
    """Set columns of an account."""
    connection.execute(staff.update().where(staff.c.id == staff_id).values(**values))


def login_failed(connection: Connection, staff_id: int, locked_until: datetime | None) -> None:
    """Count a wrong password; the caller decides from how many on, and for how long, the account is locked."""
    change(connection, staff_id, failed_logins=staff.c.failed_logins + 1, locked_until=locked_until)


def login_succeeded(connection: Connection, staff_id: int, now: datetime) -> None:
    """Forget wrong passwords and note the time."""
    change(connection, staff_id, failed_logins=0, locked_until=None, last_login_at=now)


def open_session(
    connection: Connection, staff_id: int, now: datetime, lifetime: timedelta, address: str | None = None
) -> tuple[str, str]:
    """Open a session and return what the browser keeps and the token that its forms must carry."""
    held, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    connection.execute(
        staff_sessions.insert().values(
            digest=_digest(held),
            staff_id=staff_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
            address=address,
        )
    )
    return held, csrf


def session(connection: Connection, held: str, now: datetime, idle: timedelta) -> Row | None:
    """Return an open session with its staff member's columns, or None when it ended, idled out or was closed.

    The session's own columns keep their names; the account's are `name`, `display_name`, `role`, `totp_secret`.
    """
    account = (staff.c.name, staff.c.display_name, staff.c.role, staff.c.totp_secret)
    query = sa.select(staff_sessions, *account).join(staff, staff.c.id == staff_sessions.c.staff_id)
    valid = (staff_sessions.c.expires_at > now) & (staff_sessions.c.seen_at > now - idle) & staff.c.active
    return one(connection.execute(query.where((staff_sessions.c.digest == _digest(held)) & valid)))


def change_session(connection: Connection, held: str, **values: Any) -> None:
    """Set columns of a session, such as `seen_at` or `second_factor_at`."""
    wanted = staff_sessions.c.digest == _digest(held)
    connection.execute(staff_sessions.update().where(wanted).values(**values))


def close_session(connection: Connection, held: str) -> None:
    """End a session."""
    connection.execute(staff_sessions.delete().where(staff_sessions.c.digest == _digest(held)))


def close_sessions_of(connection: Connection, staff_id: int) -> None:
    """End every session of an account, as after a change of its password or role."""
    connection.execute(staff_sessions.delete().where(staff_sessions.c.staff_id == staff_id))


def _digest(held: str) -> str:
    return hashlib.sha256(held.encode()).hexdigest()
