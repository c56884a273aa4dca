"""When to ask a patient again: in their own time zone, and never at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

When = Literal["morning", "day", "gone"]
MORNING: When = "morning"
DAY: When = "day"
GONE: When = "gone"
QUIET = "21:00-08:00"
"""Local time, used where clinic.yml has no `quiet_hours`."""

MORNING_STARTS = time(9)
SOONEST = timedelta(hours=3)
"""Who asks at four for "the morning" means the next one only if this one is nearer than that."""


@dataclass(frozen=True)
class QuietHours:
    """A stretch of each night in which nobody is written to."""

    begins: time
    ends: time

    @classmethod
    def of(cls, clinic: Mapping[str, Any]) -> "QuietHours":
        """Return those of clinic.yml. Raises ValueError when they are not like "21:00-08:00"."""
        begins, _, ends = str(clinic.get("quiet_hours", QUIET)).partition("-")
        return cls(time.fromisoformat(begins), time.fromisoformat(ends))

    def after(self, moment: datetime) -> datetime:
        """Return the moment itself, or the end of the quiet hours it lies in; both in its own time zone."""
        clock, over_midnight = moment.time(), self.begins > self.ends
        late, early = clock >= self.begins, clock < self.ends
        if not (late or early if over_midnight else late and early):
            return moment
        day = moment.date() + timedelta(days=1 if late and over_midnight else 0)
        return datetime.combine(day, self.ends, moment.tzinfo)


def zone_of(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the time zone a browser named, or the other one when there is no such zone."""
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise


def moments(now: datetime, gone_by: datetime | None, quiet: QuietHours) -> dict[When, datetime]:
    """Return the moments a patient can choose from, by name, none of them in the quiet hours.

    now: in the patient's time zone. gone_by: by when all of it should be gone, if that is known and still to come.
    """
    found: dict[When, datetime] = {MORNING: _morning(now), DAY: _later(now, timedelta(hours=24))}
    if gone_by is not None and gone_by > _later(now, SOONEST):
        found[GONE] = gone_by.astimezone(now.tzinfo)
    return {name: quiet.after(moment) for name, moment in found.items()}


def _morning(now: datetime) -> datetime:
    today = datetime.combine(now.date(), MORNING_STARTS, now.tzinfo)
    soon = _later(now, SOONEST)
    return today if today >= soon else datetime.combine(now.date() + timedelta(days=1), MORNING_STARTS, now.tzinfo)


def _later(now: datetime, passed: timedelta) -> datetime:
    """Return the moment so much later; Python's own sum would be an hour off where the clocks change."""
    return datetime.fromtimestamp(now.timestamp() + passed.total_seconds(), now.tzinfo)
