"""What stock Rasa's entities say, in the terms of our triage."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.triage.finding import PRESENT, Finding
from bot.triage.model import Fact


def findings_of(found: Iterable[Mapping[str, Any]], facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """Yield the entities that a trained pipeline reads as findings, all present; values no fact knows are left out."""
    for entity in found:
        name, _, value = str(entity.get("value")).partition(":")
        own = facts.get(str(entity["entity"]))
        if name not in facts and own and own.kind == "flag":
            name, value = entity["entity"], ""
        if name in facts and (value in facts[name].values if value else facts[name].kind == "flag"):
            settled: Any = True if not value else [value] if facts[name].kind == "set" else value
            place = (entity.get("start") or 0, entity.get("end") or 0)
            yield Finding(name, PRESENT, str(entity.get("value")), *place, settled)
