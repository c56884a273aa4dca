"""Who is told, how and when: `alerts.yml` in the data directory, checked whole when it is read."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from bot.records.escalations import Deadlines

FILE = "alerts.yml"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STRETCH = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
TOP = ("console_url", "time_zone", "contacts", "smtp", "next_contact_minutes", "rounds", "deadline_minutes")


class SettingsError(ValueError):
    """alerts.yml cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Smtp:
    """The mail server. password comes from the environment, never from the file."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Channel:
    """One way to reach a contact: kind is email, webhook or apprise; secret signs a webhook."""

    kind: str
    target: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Contact:
    """Someone who can be told; without on_call hours, at any time."""

    name: str
    channels: tuple[Channel, ...]
    on_call: Mapping[str, tuple[str, ...]] | None = None

    def reachable(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether this contact is on call at a moment; a stretch over midnight is written as two."""
        if self.on_call is None:
            return True
        local = now.astimezone(zone)
        return any(_within(local.time(), stretch) for stretch in self.on_call.get(DAYS[local.weekday()], ()))


@dataclass(frozen=True)
class AlertSettings:
    """Everything that decides about alerts.

    contacts: in the order in which they are told. next_contact: how long an emergency may stay unacknowledged
    before the next one is told. rounds: how often the whole list is gone through.
    """

    console_url: str
    contacts: tuple[Contact, ...]
    zone: ZoneInfo
    smtp: Smtp | None = None
    next_contact: timedelta = timedelta(minutes=5)
    rounds: int = 3
    deadlines: Deadlines = field(default_factory=Deadlines)


def load_settings(data_dir: Path) -> AlertSettings | None:
    """Read alerts.yml of a data directory; None when there is none. Raises SettingsError when it is wrong."""
    path = data_dir / FILE
    if not path.exists():
        return None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    return read_settings(content, str(path))


def read_settings(content: Any, where: str = FILE) -> AlertSettings:
    """Return checked settings from the content of the file. Raises SettingsError."""
    entry = _mapping(content, where)
    _only(entry, TOP, where)
    contacts = tuple(_contact(one, f"{where}: contacts") for one in entry.get("contacts") or ())
    smtp = _smtp(entry["smtp"], f"{where}: smtp") if entry.get("smtp") else None
    if not contacts:
        raise SettingsError(f"{where}: contacts: at least one contact is needed")
    if smtp is None and any(c.kind == "email" for contact in contacts for c in contact.channels):
        raise SettingsError(f"{where}: a contact has an e-mail address, but there is no `smtp`")
    return AlertSettings(
        console_url=_url(entry.get("console_url"), f"{where}: console_url").rstrip("/"),
        contacts=contacts,
        zone=_zone(entry.get("time_zone", "UTC"), where),
        smtp=smtp,
        next_contact=_minutes(entry.get("next_contact_minutes", 5), f"{where}: next_contact_minutes"),
        rounds=_whole(entry.get("rounds", 3), f"{where}: rounds"),
        deadlines=_deadlines(entry.get("deadline_minutes") or {}, f"{where}: deadline_minutes"),
    )


def _deadlines(entry: Any, where: str) -> Deadlines:
    names = ("emergency", "urgent_now", "urgent_today", "other")
    _only(_mapping(entry, where), names, where)
    return Deadlines(**{name: _minutes(value, f"{where}: {name}") for name, value in entry.items()})


def _contact(content: Any, where: str) -> Contact:
    entry = _mapping(content, where)
    _only(entry, ("name", "email", "webhook", "apprise", "on_call"), where)
    name = str(entry.get("name") or "")
    if not name:
        raise SettingsError(f"{where}: every contact needs a name")
    channels = tuple(_channels(entry, f"{where}: {name}"))
    if not channels:
        raise SettingsError(f"{where}: {name}: an email, a webhook or an apprise address is needed")
    return Contact(name, channels, _hours(entry["on_call"], f"{where}: {name}") if "on_call" in entry else None)


def _channels(entry: Mapping[str, Any], where: str) -> list[Channel]:
    found = [Channel("email", _address(one, where)) for one in _several(entry.get("email"))]
    for one in _several(entry.get("webhook")):
        hook = _mapping(one, f"{where}: webhook")
        _only(hook, ("url", "secret_env"), f"{where}: webhook")
        secret = _secret(hook.get("secret_env"), f"{where}: webhook")
        found.append(Channel("webhook", _url(hook.get("url"), f"{where}: webhook"), secret))
    # Apprise addresses hold passwords and tokens, so they come from the environment as well.
    return found + [Channel("apprise", _secret(one, f"{where}: apprise")) for one in _several(entry.get("apprise"))]


def _smtp(content: Any, where: str) -> Smtp:
    entry = dict(_mapping(content, where))
    _only(entry, ("host", "port", "sender", "security", "user", "password_env"), where)
    variable = entry.pop("password_env", None)
    if entry.get("security", "starttls") not in ("starttls", "tls", "none"):
        raise SettingsError(f"{where}: security is starttls, tls or none")
    if not entry.get("host"):
        raise SettingsError(f"{where}: host is missing")
    entry["sender"] = _address(entry.get("sender"), f"{where}: sender")
    entry["port"] = _whole(entry.get("port", 587), f"{where}: port")
    return Smtp(**entry, password=_secret(variable, where) if variable else "")


def _hours(content: Any, where: str) -> dict[str, tuple[str, ...]]:
    entry = _mapping(content, f"{where}: on_call")
    _only(entry, DAYS, f"{where}: on_call")
    hours = {day: tuple(map(str, _several(stretches))) for day, stretches in entry.items()}
    for stretch in (one for stretches in hours.values() for one in stretches):
        if not STRETCH.fullmatch(stretch):
            raise SettingsError(f"{where}: on_call: {stretch!r} is not like 08:00-18:00")
    return hours


def _within(moment: time, stretch: str) -> bool:
    begin, end = stretch.split("-")
    return time.fromisoformat(begin) <= moment and (end == "24:00" or moment < time.fromisoformat(end))


def _secret(variable: Any, where: str) -> str:
    value = os.environ.get(str(variable or ""), "")
    if not value:
        raise SettingsError(f"{where}: the environment variable {variable!r} that should hold the secret is not set")
    return value


def _mapping(content: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise SettingsError(f"{where}: names with values are expected, not {content!r}")
    return content


def _only(entry: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    unknown = sorted(map(str, entry.keys() - set(allowed)))
    if unknown:
        raise SettingsError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(allowed)}")


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(value: Any, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", value):
        raise SettingsError(f"{where}: {value!r} is not an e-mail address")
    return value


def _url(value: Any, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://\S+", value):
        raise SettingsError(f"{where}: {value!r} is not a web address")
    return value


def _zone(name: Any, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"{where}: time_zone: there is no time zone {name!r}") from None


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{where}: {value!r} is not a whole number from 1 on")
    return value


def _minutes(value: Any, where: str) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise SettingsError(f"{where}: {value!r} is not a number of minutes")
    return timedelta(minutes=value)
