"""When the clinic is open, and what "today" or "the next working day" then means as a clock time (D0.15)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.triage.model import Protocol

SOON = timedelta(hours=12)
DOCTOR_WITHIN = timedelta(hours=12)
DAYS_AHEAD = 31
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Opening:
    """One stretch of time in which the clinic is open."""

    begins: datetime
    ends: datetime


class Hours:
    """The clinic's opening hours as seen from one moment."""

    def __init__(self, clinic: Mapping[str, Any], now: datetime) -> None:
        """clinic: the settings of clinic.yml; now: a moment with a time zone, in which clock times are said."""
        self.clinic = clinic
        self.now = now
        self.zone = ZoneInfo(clinic["time_zone"])

    def is_open(self) -> bool:
        """Whether the clinic is open now."""
        return any(opening.begins <= self.now < opening.ends for opening in self._openings())

    def next_opening(self) -> Opening | None:
        """Return the next opening that begins after now, None when there is none within a month."""
        return next((opening for opening in self._openings() if opening.begins > self.now), None)

    def opens_soon(self) -> bool:
        """Whether a closed clinic opens within 12 hours: then a call for today can wait for it."""
        opening = self.next_opening()
        return opening is not None and opening.begins - self.now <= SOON

    def closes(self) -> datetime | None:
        """Return when the clinic closes for today's last time, None when it is not open any more today."""
        today = self.now.astimezone(self.zone).date()
        ends = [o.ends for o in self._openings() if o.begins.date() == today and o.ends > self.now]
        return max(ends, default=None)

    def next_working_day(self) -> Opening | None:
        """Return the first opening on a later day than today."""
        today = self.now.astimezone(self.zone).date()
        return next((opening for opening in self._openings() if opening.begins.date() > today), None)

    def places(self, protocol: Protocol, within: str | None = None) -> dict[str, str]:
        """Return what the places {time}, {day}, {opening_hours} and the phone numbers stand for now.

        within: next_working_day makes {day} and {time} the end of that day; otherwise an open clinic gives its
        closing time today and a closed one the day and time it opens.
        """
        moment = self._moment(within)
        words = protocol.texts["moments"]
        return {
            "time": f"{moment:%H:%M}",
            "day": words["weekdays"][moment.weekday()],
            "opening_hours": self.in_words(protocol),
        }

    def doctor_by(self) -> datetime:
        """Return by when a doctor must have been seen for urgent within today: 12 hours at the most."""
        return self.now + DOCTOR_WITHIN

    def in_words(self, protocol: Protocol) -> str:
        """Return today's and the week's opening hours as one line."""
        names = protocol.texts["moments"]["weekdays"]
        hours = self.clinic["opening_hours"]
        return ", ".join(
            f"{name} {' '.join(hours[day])}" for name, day in zip(names, WEEKDAYS, strict=True) if hours[day]
        )

    def _moment(self, within: str | None) -> datetime:
        later = self.next_working_day()
        if within == "next_working_day" and self.is_open() and later:
            return later.ends.astimezone(self.now.tzinfo)
        closes, opening = self.closes(), self.next_opening()
        found = closes if self.is_open() and closes else opening.begins if opening else self.now
        return found.astimezone(self.now.tzinfo)

    def _openings(self) -> Iterator[Opening]:
        today = self.now.astimezone(self.zone).date()
        closed = set(map(str, self.clinic.get("holidays", ())))
        for day in (today + timedelta(days=n) for n in range(DAYS_AHEAD)):
            if day.isoformat() not in closed:
                for stretch in self.clinic["opening_hours"][WEEKDAYS[day.weekday()]]:
                    yield self._opening(day, stretch)

    def _opening(self, day: date, stretch: str) -> Opening:
        begins, ends = (datetime.combine(day, time.fromisoformat(one), self.zone) for one in stretch.split("-"))
        return Opening(begins, ends)
