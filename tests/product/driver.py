"""Scripted patients: they say their opening line and answer every question from what is true of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.triage.finding import UNSURE
from bot.triage.known import closed
from bot.triage.model import Protocol
from bot.triage.questions import NONE, WHICH, Option, Question
from tests.product.running import Patient, Product, question, results

FOLDER = Path(__file__).resolve().parent.parent / "data" / "patients"
MOST_TURNS = 20
# What goes without saying: a script names only what is wrong with a person.
USUAL = {"manages_usual": True, "eaten": True, "pain_kind": "dull"}


@dataclass(frozen=True)
class Person:
    """A scripted patient: what is true of them, what they say, and the level the protocol gives to it."""

    id: str
    name: str
    opening: str
    expect: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Mapping[str, Any], ...] = ()
    note: str = ""


@dataclass
class Talk:
    """How a conversation went."""

    person: Person
    level: str | None = None
    crisis: bool = False
    rules: tuple[str, ...] = ()
    questions: int = 0
    lines: list[str] = field(default_factory=list)


def people() -> list[Person]:
    """Read every scripted patient."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = entries["patients"] if isinstance(entries, dict) else entries
        found += [Person(**entry) for entry in entries]
    return found


def converse(product: Product, person: Person, protocol: Protocol) -> Talk:
    """Hold the whole conversation and return how it went."""
    patient, talk = product.patient(), Talk(person)
    says = {turn["after"]: turn["say"] for turn in person.turns}
    replies = _say(patient, talk, person.opening)
    for number in range(1, MOST_TURNS):
        asked = question(replies)
        if number in says:
            replies = _say(patient, talk, says.pop(number))
        elif asked is not None and asked["input"] != "contact":
            replies = _tap(patient, talk, asked, protocol)
        else:
            break
    return talk


def _say(patient: Patient, talk: Talk, text: str) -> list[dict[str, Any]]:
    talk.lines.append(f"patient: {text}")
    return _note(talk, patient.say(text))


def _tap(patient: Patient, talk: Talk, asked: dict[str, Any], protocol: Protocol) -> list[dict[str, Any]]:
    found = find_question(asked, protocol)
    values = choose(found, talk.person.facts, protocol) if found else fallback(asked, protocol)
    follow_up = found is None or found.id in (protocol.check.id, *protocol.follow_ups) or found.id.endswith(WHICH)
    if not follow_up:
        talk.questions += 1
    talk.lines.append(f"patient taps: {', '.join(values)}")
    return _note(talk, patient.tap(*values))


def _note(talk: Talk, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    talk.lines += [f"assistant: {reply['text']}" for reply in replies]
    for result in results(replies):
        talk.level, talk.crisis, talk.rules = result["level"], result["crisis"], tuple(result["rules"])
        talk.lines.append(f"assistant shows {result['level']} by {', '.join(result['rules'])}")
    return replies


def find_question(asked: dict[str, Any], protocol: Protocol) -> Question | None:
    """Return the protocol's question that a reply asks, by its words and answers."""
    offered = {option["value"] for option in asked["options"]} - {NONE, UNSURE}
    for candidate in (protocol.check, *protocol.questions.values()):
        if asked["text"].endswith(candidate.text) and offered <= {option.value for option in candidate.options}:
            return candidate
    return None


def fallback(asked: dict[str, Any], protocol: Protocol) -> list[str]:
    """Answer a question of the dialogue itself: yes, that was wrong; no to a suspicion; else the first offered."""
    values = [option["value"] for option in asked["options"]]
    if asked["text"].startswith(protocol.text("correction.confirm_emergency").split(":")[0]):
        return ["yes"]
    return ["no"] if "no" in values else values[:1]


def choose(asked: Question, facts: Mapping[str, Any], protocol: Protocol) -> list[str]:
    """Return the option values that this person would tap."""
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
        return low - 1.2 <= _middle(known) <= high + 1.2
    if isinstance(value, (list, tuple)) and isinstance(value[0], (int, float)):
        return value[0] <= _middle(known) <= value[1]
    if isinstance(value, (list, tuple)):
        return bool(set(value) & set(known if isinstance(known, list) else [known]))
    return bool(known == value)


def _middle(value: Any) -> float:
    return sum(value) / 2 if isinstance(value, list) else float(value)


def _fit(option: Option, facts: Mapping[str, Any]) -> float:
    """How well an option describes this person: facts that agree, less those that are wrong."""
    score = 0.0
    for fact, value in option.set.items():
        known = facts.get(fact)
        if fact.endswith(".hours") and known is None:
            known = facts.get("session")
        if known is None:
            score += 0.1 if value is False else -0.5 if value is True else 0
        elif known == UNSURE:
            score -= 0.6
        elif (known, value) == ("better", "same"):
            score += 0.5  # "not getting worse" fits who is getting better
        else:
            score += (
                1
                if _agrees(fact, value, {**facts, fact: known}) or known == value
                else -3
                if fact == "pain_kind"
                else -2
            )
    return score
