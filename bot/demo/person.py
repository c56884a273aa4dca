"""Scripted people: what is true of them, what they say, and what they would answer to a question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.triage.finding import UNSURE
from bot.triage.known import closed
from bot.triage.model import Protocol
from bot.triage.questions import NONE, WHICH, Option, Question

# What goes without saying: a script names only what is wrong with a person.
USUAL = {"manages_usual": True, "eaten": True, "pain_kind": "dull"}
# An interval of a button fits when a person's time is that close to it, in hours.
SLACK_HOURS = 1.2


@dataclass(frozen=True)
class Person:
    """A scripted person.

    facts: what is true of them; what is not listed is not so. turns: what they say instead of answering the question
    `after` so many. leaves: they stop after so many answers. expect: the level that the protocol gives to them, for
    tests. when, after, clinic: for the demo, see `people.yml`.
    """

    name: str
    opening: str
    id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Mapping[str, Any], ...] = ()
    leaves: int | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    clinic: tuple[Mapping[str, Any], ...] = ()


def read_people(path: Path) -> list[Person]:
    """Return the people of a file, in its order."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Person(**entry) for entry in (entries["patients"] if isinstance(entries, dict) else entries)]


def find_question(asked: Mapping[str, Any], protocol: Protocol) -> Question | None:
    """Return the protocol's question that a reply asks, by its words and answers."""
    offered = {option["value"] for option in asked["options"]} - {NONE, UNSURE}
    for candidate in (protocol.check, *protocol.questions.values()):
        if asked["text"].endswith(candidate.text) and offered <= {option.value for option in candidate.options}:
            return candidate
    return None


def answer(asked: Mapping[str, Any], facts: Mapping[str, Any], protocol: Protocol) -> list[str]:
    """Return the option values that a person of whom these facts are true would tap."""
    found = find_question(asked, protocol)
    return _choose(found, facts, protocol) if found else _fallback(asked, protocol)


def _fallback(asked: Mapping[str, Any], protocol: Protocol) -> list[str]:
    """Answer a question of the dialogue itself: yes, that was wrong; no to a suspicion; else the first offered."""
    values = [option["value"] for option in asked["options"]]
    if asked["text"].startswith(protocol.text("correction.confirm_emergency").split(":")[0]):
        return ["yes"]
    return ["no"] if "no" in values else values[:1]


def _choose(asked: Question, facts: Mapping[str, Any], protocol: Protocol) -> list[str]:
    said = {name: value for name, value in facts.items() if name in protocol.facts}
    true = closed({**USUAL, **said}, protocol)
    symptoms = [name for name in protocol.symptoms if any(fact.split(".")[0] == name for fact in true)]
    options = asked.for_symptoms(symptoms or list(protocol.symptoms)).options
    if asked.id.endswith(WHICH):
        doubtful = [o.value for o in options if any(true.get(fact) == UNSURE for fact in o.set)]
        return doubtful or [NONE]
    if asked.multiple:
        chosen = [option.value for option in options if _is_true(option, true)]
        unsure = any(true.get(fact) == UNSURE for option in options for fact in option.set)
        return chosen or [UNSURE if unsure else NONE]
    best = max(options, key=lambda option: _fit(option, true))
    return [best.value] if _fit(best, true) >= 0 else [UNSURE]


def _is_true(option: Option, facts: Mapping[str, Any]) -> bool:
    """Whether the line fits: all that it states, or for a line that only opens a follow-up, any of it."""
    stated = [_agrees(fact, value, facts) for fact, value in option.set.items() if value not in (False, UNSURE)]
    opened = [_agrees(fact, value, facts) for fact, value in option.set.items() if value == UNSURE]
    return (all(stated) and bool(stated)) or any(opened)


def _agrees(fact: str, value: Any, facts: Mapping[str, Any]) -> bool:
    known = facts.get(fact)
    if value == UNSURE or value is True:
        return known is True
    if known is None or known == UNSURE:
        return False
    if isinstance(value, dict):
        low, high = value["hours_ago"]
        return bool(low - SLACK_HOURS <= _middle(known) <= high + SLACK_HOURS)
    if isinstance(value, (list, tuple)) and isinstance(value[0], (int, float)):
        return bool(value[0] <= _middle(known) <= value[1])
    if isinstance(value, (list, tuple)):
        return bool(set(value) & set(known if isinstance(known, list) else [known]))
    return bool(known == value)


def _middle(value: Any) -> float:
    return sum(value) / 2 if isinstance(value, list) else float(value)


def _fit(option: Option, facts: Mapping[str, Any]) -> float:
    """How well an option describes this person: facts that agree, less those that are wrong."""
    return sum(_fits(fact, value, facts) for fact, value in option.set.items())


def _fits(fact: str, value: Any, facts: Mapping[str, Any]) -> float:
    known = facts.get(fact)
    if fact.endswith(".hours") and known is None:
        known = facts.get("session")
    if known is None:
        return {False: 0.1, True: -0.5}[value] if isinstance(value, bool) else 0
    if known == UNSURE:
        return -0.6
    if (known, value) == ("better", "same"):
        return 0.5  # "not getting worse" fits who is getting better
    if known == value or _agrees(fact, value, {**facts, fact: known}):
        return 1
    return -3 if fact == "pain_kind" else -2
