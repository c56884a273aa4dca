"""Clinical cases: sentences a nurse can read, written in tests/cases/*.yml, and how to run one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from bot.triage.engine import Assessment, assess
from bot.triage.model import Protocol

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=timezone.utc)  # a Tuesday
FOLDER = Path(__file__).resolve().parent.parent / "cases"


@dataclass(frozen=True)
class Case:
    """One sentence, the facts it gives and what must come of them."""

    name: str
    expect: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = False
    not_rules: tuple[str, ...] = ()
    near_miss_of: str | list[str] | None = None
    file: str = ""


def all_cases() -> list[Case]:
    """Read every case; a key that a case does not have is a TypeError."""
    cases = []
    for path in sorted(FOLDER.glob("*.yml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = entries["cases"] if isinstance(entries, dict) else entries
        cases += [Case(**{**entry, "file": path.name}) for entry in entries]
    return cases


def fact_value(name: str, value: Any, protocol: Protocol) -> Any:
    """Turn the short forms of a case into values: hours ago for times, plain numbers for numbers."""
    kind = protocol.facts[name].kind
    if value == "unsure" or kind in ("flag", "choice", "set"):
        return value
    ends = value if isinstance(value, list) else [value, value]
    if kind == "number":
        return ends
    return [(NOW - timedelta(hours=hours)).isoformat() for hours in (max(ends), min(ends))]


def case_facts(case: Case, protocol: Protocol) -> dict[str, Any]:
    """Return the facts of a case; `checked` answers the safety check with none of these."""
    facts = {name: fact_value(name, value, protocol) for name, value in case.given.items()}
    return {**dict.fromkeys(protocol.check.facts, False), **facts} if case.checked else facts


def run(case: Case, protocol: Protocol) -> Assessment:
    """Assess a case as a conversation would, the facts being what the patient said unasked."""
    asked = (protocol.check.id,) if case.checked else ()
    return assess(case_facts(case, protocol), protocol, NOW, asked, case.given)
