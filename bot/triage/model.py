"""What the reviewed clinical content of `protocol/` consists of, once it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.triage.conditions import Condition
from bot.triage.levels import Disposition
from bot.triage.questions import Question


@dataclass(frozen=True)
class Fact:
    """One thing that can be known about a patient (an entry of facts.yml)."""

    kind: str
    said: str
    values: tuple[str, ...] = ()
    unit: str = ""
    min: float | None = None
    max: float | None = None
    of: str = ""
    about: str = ""
    implies: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Rule:
    """A condition that calls for a level, with the reason and where it comes from."""

    id: str
    when: Condition
    disposition: Disposition
    because: str
    hazard: str
    version: int
    crisis: bool
    sign_off: bool
    source: tuple[Mapping[str, Any], ...]
    added: Mapping[str, Any] | None
    expression: str
    facts: frozenset[str]


@dataclass(frozen=True)
class Symptom:
    """One presenting problem: when it is reported, its normal course, questions, rules and advice."""

    id: str
    protocol: str
    name: str
    reported_when: Condition
    normal: Mapping[str, Any]
    ask: tuple[str, ...]
    rules: tuple[Rule, ...]
    advice: tuple[str, ...]
    safety_net: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Advice:
    """One item of care advice and the facts that forbid or call for it."""

    id: str
    text: str
    when: Condition | None
    unless: Condition | None
    avoid: bool
    source: tuple[Mapping[str, Any], ...]
    added: Mapping[str, Any] | None


@dataclass(frozen=True)
class Protocol:
    """Everything the assistant may know, ask, decide and say. Built by `load_protocol`."""

    version: str
    facts: Mapping[str, Fact]
    thresholds: Mapping[str, float]
    symptoms: Mapping[str, Symptom]
    questions: Mapping[str, Question]
    check: Question
    follow_ups: tuple[str, ...]
    screen_rules: tuple[Rule, ...]
    combination_rules: tuple[Rule, ...]
    modifier_rules: tuple[Rule, ...]
    advice: Mapping[str, Advice]
    clinic: Mapping[str, Any]
    texts: Mapping[str, Any]
    faq: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, frozenset[float]] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule: the general ones, then those of each symptom."""
        of_symptoms = tuple(rule for symptom in self.symptoms.values() for rule in symptom.rules)
        return self.general_rules + of_symptoms

    @property
    def general_rules(self) -> tuple[Rule, ...]:
        """The rules that are looked at whatever symptom is reported."""
        return self.screen_rules + self.combination_rules + self.modifier_rules

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id; KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]

    def text(self, key: str, **values: object) -> str:
        """Return a text of texts.yml by its dotted key with its places filled; KeyError when it is missing."""
        found: Any = self.texts
        for part in key.split("."):
            found = found[part]
        return str(found).format_map(_Places(values))


class _Places(dict[str, object]):
    """Leaves a place that nobody filled as it is written."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
