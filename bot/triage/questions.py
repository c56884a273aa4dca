"""Questions: groups of facts that are asked in one turn, and what an answer to them means."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.triage.content import Entry, check_keys
from bot.triage.finding import UNSURE

NONE = "none"
WHICH = "_which"
PER_SYMPTOM = "$symptom."
INPUTS = ("choice", "text", "scale", "datetime", "body_area", "contact")


@dataclass(frozen=True)
class Option:
    """One possible answer and the facts it sets."""

    value: str
    label: str
    set: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A group of facts asked together.

    multiple: several options may be chosen; the flags of those not chosen become no.
    facts: every fact an answer can settle.
    unsure: facts that "not sure" settles all the same, where the protocol says what it then counts as.
    """

    id: str
    text: str
    why: str
    input: str
    multiple: bool
    options: tuple[Option, ...]
    facts: frozenset[str]
    per_symptom: bool = False
    unsure: Mapping[str, Any] = field(default_factory=dict)

    def for_symptoms(self, symptoms: Iterable[str]) -> "Question":
        """Return the question with `$symptom.x` written out for each of the symptoms."""
        if not self.per_symptom:
            return self
        names = list(symptoms)
        options = tuple(replace(option, set=_spread(option.set, names)) for option in self.options)
        return replace(self, options=options, facts=frozenset(_spread(dict.fromkeys(self.facts), names)))

    def without_known(self, facts: Mapping[str, Any]) -> "Question":
        """Return the question without the options that what is known already answers."""
        if not self.multiple:
            return self._without_contradictions(facts)
        kept = tuple(o for o in self.options if any(facts.get(fact, UNSURE) == UNSURE for fact in o.set))
        return replace(self, options=kept)

    def _without_contradictions(self, facts: Mapping[str, Any]) -> "Question":
        """Leave out single choices that contradict a choice the patient named already ("dull")."""
        said = {fact: value for fact, value in facts.items() if isinstance(value, str) and value != UNSURE}
        kept = tuple(o for o in self.options if all(said.get(fact, value) == value for fact, value in o.set.items()))
        return replace(self, options=kept) if len(kept) > 1 else self


def _spread(assignments: Mapping[str, Any], symptoms: list[str]) -> dict[str, Any]:
    spread: dict[str, Any] = {}
    for fact, value in assignments.items():
        names = [fact.replace("$symptom", s) for s in symptoms] if fact.startswith(PER_SYMPTOM) else [fact]
        spread.update(dict.fromkeys(names, value))
    return spread


def read_question(entry: Entry) -> Question:
    """Read a question group of the protocol. Raises ProtocolError naming file and line."""
    allowed = ("id", "text", "why", "input", "multiple", "options", "per_symptom", "facts", "unsure")
    check_keys(entry, allowed, ("id", "text", "why"))
    kind = entry.get("input", "choice")
    if kind not in INPUTS:
        raise entry.error(f"unknown input {kind!r}; use one of {', '.join(INPUTS)}")
    options = tuple(_read_option(option) for option in entry.get("options", ()))
    values = [option.value for option in options]
    if len(set(values)) < len(values) or {NONE, UNSURE} & set(values):
        raise entry.error(f"option values must differ and not be {NONE!r} or {UNSURE!r}")
    facts = frozenset(fact for option in options for fact in option.set) | frozenset(entry.get("facts", ()))
    if not facts:
        raise entry.error("no option sets a fact")
    return Question(
        id=entry["id"],
        text=entry["text"],
        why=entry["why"],
        input=kind,
        multiple=bool(entry.get("multiple", False)),
        options=options,
        facts=facts,
        per_symptom=any(fact.startswith(PER_SYMPTOM) for fact in facts),
        unsure=dict(entry.get("unsure", {})),
    )


def _read_option(entry: Entry) -> Option:
    check_keys(entry, ("value", "label", "set"), ("value", "label", "set"))
    return Option(str(entry["value"]), entry["label"], dict(entry["set"]))


def unsure_follow_ups(check: Question, which: str, line: str, yes: str, no: str) -> list[Question]:
    """Return the questions for "not sure" to the whole safety check: which line, then a yes or no for it (D0.3).

    which, line: texts of the two questions, the second with a place {line}; yes, no: labels. Lines whose signs
    differ in level have follow-ups of their own and get no yes or no here.
    """
    questions = [which_one(check, which)]
    for option in check.options:
        if all(value is True for value in option.set.values()):
            answers = (Option("yes", yes, option.set), Option("no", no, dict.fromkeys(option.set, False)))
            asked = replace(check, id=f"{check.id}_{option.value}", text=line.format(line=option.label))
            questions.append(replace(asked, multiple=False, options=answers, facts=frozenset(option.set)))
    return questions


def which_one(question: Question, text: str) -> Question:
    """Return the question that follows "not sure" to a whole list: which of these are you not sure about?"""
    lines = tuple(replace(option, set=dict.fromkeys(option.set, UNSURE)) for option in question.options)
    return replace(question, id=question.id + WHICH, text=text, options=lines, unsure={})


def answer_facts(question: Question, chosen: Iterable[str], now: datetime) -> dict[str, Any]:
    """Return the facts that choosing these option values sets.

    chosen: option values, or "none" or "unsure". Raises ValueError for a value the question does not have.
    """
    values = list(chosen)
    options = {option.value: option for option in question.options}
    unknown = [value for value in values if value not in options and value not in (NONE, UNSURE)]
    if unknown or not values:
        raise ValueError(f"{unknown or values} is no answer to the question {question.id!r}")
    if UNSURE in values and len(values) == 1:
        return {**dict.fromkeys(question.facts, UNSURE), **question.unsure}
    picked: dict[str, Any] = {}
    if question.multiple:
        picked = {fact: False for o in question.options for fact, value in o.set.items() if value in (True, UNSURE)}
    for value in values:
        for fact, meant in options[value].set.items() if value in options else ():
            picked[fact] = _joined(picked.get(fact), _moment(meant, now))
    return picked


def _joined(before: Any, value: Any) -> Any:
    """Areas chosen one by one add up; any other fact takes the newest value."""
    words = isinstance(before, list) and isinstance(value, list) and all(isinstance(v, str) for v in before + value)
    return sorted({*before, *value}) if words else value


def _moment(value: Any, now: datetime) -> Any:
    """Turn {hours_ago: [a, b]} into the interval of moments it means; leave other values alone."""
    if not (isinstance(value, dict) and "hours_ago" in value):
        return list(value) if isinstance(value, (list, tuple)) else value
    nearest, farthest = value["hours_ago"]
    return [(now - timedelta(hours=hours)).isoformat() for hours in (farthest, nearest)]
