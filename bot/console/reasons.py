"""Why an answer has its level: the rules with text and source, and the facts they were decided on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.console import words
from bot.records.database import Row
from bot.triage import levels
from bot.triage.model import Rule
from bot.triage.protocol import Protocol
from bot.triage.wording import said

UNSURE = "unsure"
ENGINE_RULES = {
    "D0.2": "The patient took back what an emergency rested on; the clinic is told.",
    "D0.3": "The patient could not say, and not knowing counts on the careful side.",
    "D0.4": "A level once reached stays for this episode unless the patient corrects a fact.",
    "D0.6": "The same symptom was reported again and is worse or has outlasted its normal course.",
    "D0.12": "A symptom for which no rule settles the level is for the clinic.",
}
"""The few rules that belong to the engine and not to a symptom, for staff."""


@dataclass(frozen=True)
class Reason:
    """A rule that fired. sources: where a document says so; added: why it was added when none does."""

    id: str
    text: str
    level: str = ""
    rank: int | None = None
    expression: str = ""
    hazard: str = ""
    sources: tuple[str, ...] = ()
    added: str | None = None
    known: bool = True


@dataclass(frozen=True)
class Facts:
    """What was known at that point, in words. stale: the answer was made with another version of the protocol."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    open: tuple[str, ...]
    version: str
    stale: bool


def reasons_of(assessment: Row, protocol: Protocol) -> tuple[Reason, ...]:
    """Return the rules behind an assessment, as the protocol of today words them."""
    rules = {rule.id: rule for rule in protocol.rules}
    return tuple(_reason(rule_id, rules.get(rule_id), protocol) for rule_id in assessment.get("rules") or ())


def facts_of(assessment: Row, protocol: Protocol, at: datetime) -> Facts:
    """Return the facts of an assessment in words. at: when the message came."""
    facts: dict[str, Any] = assessment.get("facts") or {}
    unsure = [name for name, value in facts.items() if value == UNSURE]
    yes = [name for name, value in facts.items() if value is not False and value != UNSURE]
    version = str(assessment.get("protocol_version") or "")
    return Facts(
        yes=_worded(yes, facts, protocol, at),
        no=_worded([name for name, value in facts.items() if value is False], {}, protocol, at),
        unsure=_worded(dict.fromkeys([*unsure, *(assessment.get("unsure") or ())]), {}, protocol, at),
        open=_worded(assessment.get("asks") or (), {}, protocol, at),
        version=version,
        stale=version != protocol.version,
    )


def _reason(rule_id: str, rule: Rule | None, protocol: Protocol) -> Reason:
    if rule is None:
        text = ENGINE_RULES.get(rule_id)
        return Reason(rule_id, text or "This rule is not in the protocol of today any more.", known=text is not None)
    shown = words.level_of({"level": rule.disposition.level, "within": rule.disposition.within})
    return Reason(
        id=rule.id,
        text=rule.because,
        level="Crisis" if rule.crisis else shown,
        rank=levels.ORDER.index(rule.disposition),
        expression=rule.expression,
        hazard=rule.hazard,
        sources=tuple(_source(source, protocol) for source in rule.source),
        added=_added(rule.added),
    )


def _source(source: Mapping[str, Any], protocol: Protocol) -> str:
    title = protocol.documents.get(source["document"], source["document"])
    return f"{title}, section “{source['section']}”, lines {source.get('lines', '?')}"


def _added(added: Mapping[str, Any] | None) -> str | None:
    if added is None:
        return None
    given = added.get("reference") or ()
    references = [given] if isinstance(given, str) else list(given)
    shown = f" ({', '.join(map(words.plain, references))})" if references else ""
    return f"{added['reason']}{shown}"


def _worded(names: Iterable[str], values: Mapping[str, Any], protocol: Protocol, at: datetime) -> tuple[str, ...]:
    return tuple(_words(name, values.get(name, True), protocol, at) for name in names)


def _words(name: str, value: Any, protocol: Protocol, at: datetime) -> str:
    """Return a fact in words; one that the protocol of today does not know keeps its id."""
    if name not in protocol.facts:
        return words.plain(name)
    if value is True and protocol.facts[name].kind != "flag":
        return words.plain(name)
    try:
        worded = said(name, value, protocol, at)
    except (TypeError, ValueError):
        return words.plain(name)
    return f"{words.plain(name.split('.')[0])}: {worded}" if "." in name else worded
