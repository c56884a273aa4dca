"""The second factor: six digits that an authenticator app shows, each good for one log-in only."""

from datetime import datetime

import pyotp
import sqlalchemy as sa

from bot.records.database import Connection
from bot.records.tables import staff

ISSUER = "Aftercare"
SECONDS = 30
SLACK = 1
"""How many steps the clock of a telephone may be off."""


def new_secret() -> str:
    """Return a fresh secret, as an authenticator app takes it."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Return the otpauth address that sets an authenticator app up."""
    return pyotp.TOTP(secret, name=name, issuer=ISSUER).provisioning_uri()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return which time step a code belongs to, None when it is wrong or too old."""
    digits = code.replace(" ", "")
    current = int(now.timestamp()) // SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(current - SLACK, current + SLACK + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def use_step(connection: Connection, staff_id: int, step: int) -> bool:
    """Use up a time step; False when it, or a later one, was used before."""
    fresh = sa.func.coalesce(staff.c.totp_step, 0) < step
    wanted = (staff.c.id == staff_id) & fresh
    return bool(connection.execute(staff.update().where(wanted).values(totp_step=step)).rowcount)
