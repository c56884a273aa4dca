"""What follows from the facts that were said, before any rule is looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.triage.conditions import World
from bot.triage.finding import UNSURE
from bot.triage.model import Protocol, Symptom

Facts = Mapping[str, Any]


def closed(facts: Facts, protocol: Protocol) -> dict[str, Any]:
    """Add what the stated facts imply: "fainted twice" says fainted, and "not fainted" says not fainted twice."""
    complete = dict(facts)
    pending = list(facts)
    while pending:
        name = pending.pop()
        for implied in protocol.facts[name].implies:
            if _says_yes(complete[name]) and complete.get(implied) in (None, UNSURE):
                complete[implied] = True
                pending.append(implied)
    for name, fact in protocol.facts.items():
        if fact.kind == "flag" and any(complete.get(implied) is False for implied in fact.implies):
            complete.setdefault(name, False)
    return complete


def _says_yes(value: Any) -> bool:
    return value not in (False, UNSURE, None)


def known_facts(facts: Facts, protocol: Protocol, now: datetime) -> dict[str, Any]:
    """Return the facts with what they imply; a symptom began at the earliest when the session was."""
    complete = closed(facts, protocol)
    session = complete.get("session")
    if isinstance(session, list):
        for symptom in protocol.symptoms:
            complete.setdefault(f"{symptom}.hours", [session[0], now.isoformat()])
    return complete


def reported_symptoms(
    facts: Facts, mentioned: frozenset[str], protocol: Protocol, now: datetime
) -> tuple[Symptom, ...]:
    """Return the symptoms the patient reports.

    A symptom that was mentioned as possible ("I might have a bruise") counts; one that is only unsure because a
    question about many things was answered with "not sure" does not.
    """
    world = World(facts, now, assume_unsure=mentioned)
    return tuple(s for s in protocol.symptoms.values() if s.reported_when.shows(True, world))
