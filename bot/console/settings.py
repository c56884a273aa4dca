"""What a clinic can set about the console, and what the console is given to work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.console.training_data import known_intents
from bot.paths import ROOT
from bot.records.contacts import Seal
from bot.records.database import Database
from bot.triage.protocol import Protocol


@dataclass(frozen=True)
class ConsoleSettings:
    """How the console behaves.

    idle, lifetime: a session ends after so long without a click, and after so long in any case.
    secure_cookies: None sends cookies over https only, except to a browser on this machine.
    tries: wrong passwords before an account waits; first_wait doubles with each further one up to longest_wait.
    alerts_ready: whether anybody is told of an emergency outside the console; False shows a warning.
    training_folder: the assistant's training examples; a corrected intent must be one of theirs.
    """

    idle: timedelta = timedelta(minutes=20)
    lifetime: timedelta = timedelta(hours=12)
    secure_cookies: bool | None = None
    tries: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=15)
    page_size: int = 50
    poll_seconds: float = 1.0
    alerts_ready: bool = True
    training_folder: Path = ROOT / "data" / "nlu"


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Desk:
    """Everything the pages work with."""

    database: Database
    protocol: Protocol
    seal: Seal
    settings: ConsoleSettings
    clock: Callable[[], datetime]

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone, in which every time is shown."""
        return ZoneInfo(self.protocol.clinic["time_zone"])

    @property
    def intents(self) -> Mapping[str, frozenset[str]]:
        """The training examples of every intent the assistant knows."""
        return known_intents(self.settings.training_folder)
