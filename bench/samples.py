"""Labelled messages: what was written, and the level and findings that follow from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.paths import ROOT
from bot.problem import Problem
from bot.triage.levels import EMERGENCY, ORDER, Disposition

DATA = ROOT / "tests" / "data"
DEVELOPMENT, EXAM = "development", "exam"
# Messages that are not about the writer's own symptoms.
TALK = frozenset(("out_of_scope", "smalltalk", "question"))
NO_SYMPTOM = -1


@dataclass(frozen=True)
class Sample:
    """One message with its label; `tests/data/README.md` describes the fields."""

    id: str
    text: str
    level: str | None
    within: str | None
    crisis: bool
    kind: str
    present: tuple[str, ...]
    denied: tuple[str, ...]
    attributes: Mapping[str, Any]
    now: datetime

    @property
    def rank(self) -> int:
        """Position of the labelled level and time among all, NO_SYMPTOM below the first."""
        return rank_of(self.level, self.within)

    @property
    def is_emergency(self) -> bool:
        return self.level == EMERGENCY

    @property
    def is_talk(self) -> bool:
        return self.kind in TALK


def rank_of(level: str | None, within: str | None) -> int:
    """Return the position in ORDER of a level with its time; NO_SYMPTOM for no level."""
    return NO_SYMPTOM if level is None else ORDER.index(Disposition(level, within))


def read_samples(name: str, folder: Path = DATA) -> list[Sample]:
    """Read a set by its name. Raises Problem naming the line that is no labelled message."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        raise Problem(f"{path} is missing")
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return [_sample(path, number, line) for number, line in lines if line.strip()]


def _sample(path: Path, number: int, line: str) -> Sample:
    try:
        entry = json.loads(line)
        sample = Sample(
            id=entry["id"],
            text=entry["text"],
            level=entry["level"],
            within=entry["within"],
            crisis=entry["crisis"],
            kind=entry["kind"],
            present=tuple(entry["present"]),
            denied=tuple(entry["denied"]),
            attributes=entry["attributes"],
            now=datetime.fromisoformat(entry["now"]),
        )
        rank_of(sample.level, sample.within)
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"{path.name}, line {number} is not a labelled message: {error}") from None
    return sample
