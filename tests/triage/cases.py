"""Clinical cases: sentences a nurse can read, written in tests/cases/*.yml."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot import rule_change
from bot.triage.engine import Assessment
from bot.triage.model import Protocol

NOW = rule_change.NOW  # a Tuesday


@dataclass(frozen=True)
class Case:
    """One sentence, the facts it gives and what must come of them."""

    name: str
    expect: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = False
    not_rules: tuple[str, ...] = ()
    near_miss_of: str | list[str] = ()  # type: ignore[assignment]


def all_cases() -> list[Case]:
    """Read every case; a key that a case does not have is a TypeError."""
    return [Case(**entry) for entry in rule_change.read_cases(rule_change.CASES)]


def run(case: Case, protocol: Protocol) -> Assessment:
    """Assess a case as a conversation would, the facts being what the patient said unasked."""
    return rule_change.run(asdict(case), protocol)


def case_facts(case: Case, protocol: Protocol) -> dict[str, Any]:
    """Return the facts that a case gives, as values."""
    return {name: rule_change.fact_value(name, value, protocol) for name, value in case.given.items()}
