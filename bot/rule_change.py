"""What a change of the rules would alter: the same cases under two protocols, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from bot.paths import ROOT
from bot.problem import Problem
from bot.triage.engine import Assessment, assess
from bot.triage.model import Protocol
from bot.triage.protocol import load_protocol

CASES = ROOT / "tests" / "cases"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Change:
    """A case that the two protocols answer differently; ranks as in bot.triage.levels, None for no level."""

    name: str
    old: Assessment
    new: Assessment

    @property
    def direction(self) -> str:
        """Return "up", "down", or "same" when only the rules differ."""
        before, after = (-1 if one.rank is None else one.rank for one in (self.old, self.new))
        return "up" if after > before else "down" if after < before else "same"


def changes(old: Path, new: Path, cases: Path = CASES) -> list[Change]:
    """Return every case whose level or deciding rules differ. Raises ProtocolError for a broken folder."""
    for folder in (old, new):
        if not folder.is_dir():
            raise Problem(f"{folder} is not a folder; give two protocol folders")
    before, after = load_protocol(old), load_protocol(new)
    found = [Change(entry["name"], run(entry, before), run(entry, after)) for entry in read_cases(cases)]
    return [one for one in found if (one.old.rank, one.old.rules) != (one.new.rank, one.new.rules)]


def in_words(found: Sequence[Change]) -> str:
    """Return the changes as lines, those that go down first: they are the ones to look at twice."""
    lines = []
    for direction, title in (("down", "Lower"), ("up", "Higher"), ("same", "Same level, other rules")):
        group = [change for change in found if change.direction == direction]
        lines.append(f"{title}: {len(group)}")
        lines += [f"  {one.name}\n    {_outcome(one.old)}  ->  {_outcome(one.new)}" for one in group]
    return "\n".join(lines)


def _outcome(assessment: Assessment) -> str:
    within = f" {assessment.within}" if assessment.within else ""
    return f"{assessment.level or 'no level'}{within} ({', '.join(assessment.rules) or 'no rule'})"


def read_cases(folder: Path) -> list[dict[str, Any]]:
    """Read the clinical cases of a folder: sentences with the facts they give."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.yml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += entries["cases"] if isinstance(entries, dict) else entries
    return found


def run(case: dict[str, Any], protocol: Protocol) -> Assessment:
    """Assess a case; facts that a protocol does not know are left out."""
    given = {n: fact_value(n, v, protocol) for n, v in case.get("given", {}).items() if n in protocol.facts}
    checked = bool(case.get("checked"))
    facts = {**dict.fromkeys(protocol.check.facts, False), **given} if checked else given
    return assess(facts, protocol, NOW, (protocol.check.id,) if checked else (), given)


def fact_value(name: str, value: Any, protocol: Protocol) -> Any:
    """Turn the short forms of a case into values: hours ago for times, plain numbers for numbers."""
    kind = protocol.facts[name].kind
    if value == "unsure" or kind in ("flag", "choice", "set"):
        return value
    ends = value if isinstance(value, list) else [value, value]
    if kind == "number":
        return ends
    return [(NOW - timedelta(hours=hours)).isoformat() for hours in (max(ends), min(ends))]
