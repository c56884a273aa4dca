"""Passwords: hashed with argon2, checked in the same time whether or not the account exists."""

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.console.settings import ConsoleSettings

SHORTEST = 12
LONGEST = 256
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("the password of nobody")


def hashed(password: str) -> str:
    """Return the hash to keep. Raises ValueError, saying why, when the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"The password needs {SHORTEST} to {LONGEST} characters.")
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one of this hash; None (no such account) takes as long and is never right."""
    try:
        _hasher.verify(kept or _NOBODY, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def wait_until(failed: int, now: datetime, settings: ConsoleSettings) -> datetime | None:
    """Return until when an account waits after so many wrong tries in a row, None while it need not."""
    extra = failed - settings.tries
    if extra < 0:
        return None
    wait: timedelta = min(settings.first_wait * 2 ** min(extra, 20), settings.longest_wait)
    return now + wait
