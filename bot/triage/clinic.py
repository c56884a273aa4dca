"""The clinic's own settings of clinic.yml: who and where it is, when it is open, its numbers and thresholds."""

from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.triage.content import Entry, check_keys, read_yaml
from bot.triage.hours import WEEKDAYS

THRESHOLD_KEYS = ("value", "unit", "min", "max", "why", "sign_off", "source")
CONVERSIONS: dict[tuple[str, str], Callable[[float], float]] = {
    ("hours", "days"): lambda hours: hours / 24,
    ("cm", "inches"): lambda cm: cm / 2.5,
    ("°C", "°F"): lambda celsius: celsius * 9 / 5 + 32,
}


class Clinic:
    """What clinic.yml says, checked.

    settings: the file itself; thresholds: named numbers for rules and texts, those in another unit included;
    numbers: what the places {clinic_phone}, {emergency_number} and so on stand for in texts.
    """

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ProtocolError naming file, line and reason."""
        self.settings = read_yaml(path)
        self.thresholds = dict(self._thresholds())
        self.thresholds.update(self._derived())
        self.numbers = self._numbers()
        self._check_time()

    def _thresholds(self) -> Iterator[tuple[str, float]]:
        for name, entry in self.settings.get("thresholds", {}).items():
            check_keys(entry, THRESHOLD_KEYS, ("value", "unit", "min", "max", "why"))
            value = entry["value"]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise entry.error(f"{name}: {value!r} is not a number")
            if not entry["min"] <= value <= entry["max"]:
                raise entry.error(f"{name}: {value} {entry['unit']} is outside {entry['min']} to {entry['max']}")
            yield name, value

    def _derived(self) -> Iterator[tuple[str, float]]:
        """Thresholds said in another unit, so that one number never has to be written twice."""
        for name, entry in self.settings.get("derived", {}).items():
            check_keys(entry, ("of", "unit"), ("of", "unit"))
            if entry["of"] not in self.thresholds:
                raise entry.error(f"{name}: unknown threshold {entry['of']!r}")
            units = (self.settings["thresholds"][entry["of"]]["unit"], entry["unit"])
            if units not in CONVERSIONS:
                raise entry.error(f"{name}: cannot turn {units[0]} into {units[1]}")
            yield name, round(CONVERSIONS[units](self.thresholds[entry["of"]]), 1)

    def _numbers(self) -> dict[str, str]:
        clinic = self.settings
        country = clinic["countries"].get(clinic["country"])
        if country is None:
            raise clinic.error(f"country {clinic['country']!r} is not among `countries`")
        self._check_days("retention_days")
        return {
            "clinic_name": clinic["name"],
            "clinic_phone": clinic["phone"],
            "emergency_number": country["emergency"],
            "crisis_line": country["crisis"],
            "abuse_line": country["abuse"],
            "out_of_hours_phone": clinic["out_of_hours"].get("phone") or country["out_of_hours"] or clinic["phone"],
            "retention_days": str(clinic["retention_days"]),
        }

    def _check_days(self, key: str) -> None:
        days = self.settings[key]
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise self.settings.error(f"{key}: {days!r} is not a number of days")

    def _check_time(self) -> None:
        clinic = self.settings
        try:
            ZoneInfo(clinic["time_zone"])
        except (KeyError, ValueError, OSError):
            raise clinic.error(f"time_zone: {clinic['time_zone']!r} is not a time zone such as Europe/London") from None
        hours: Entry = clinic["opening_hours"]
        check_keys(hours, WEEKDAYS, WEEKDAYS)
        for day, stretches in hours.items():
            for stretch in stretches:
                if not _is_stretch(stretch):
                    raise hours.error(f'opening hours on {day}: {stretch!r} is not like "08:00-18:00"')
        for day in clinic.get("holidays", ()):
            if not _is_date(str(day)):
                raise clinic.error(f"holidays: {day!r} is not a date like 2026-12-25")


def _is_stretch(text: object) -> bool:
    try:
        begins, ends = (time.fromisoformat(part) for part in str(text).split("-"))
    except ValueError:
        return False
    return begins < ends


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
