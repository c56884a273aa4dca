"""What the last `aftercare evaluate` found out about danger, for the scoreboard."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.paths import ROOT

REPORT = ROOT / "bench" / "results" / "evaluation.json"
OURS = "ours"


@dataclass(frozen=True)
class Recall:
    """How many emergencies of a built-in set were answered as one or asked about first; bounds are 95 %."""

    name: str
    made: str
    caught: int
    total: int
    low: float
    high: float


def red_flag_recall(report: Path = REPORT) -> list[Recall]:
    """Return the recall of each built-in set, nothing when the evaluation was never run or cannot be read."""
    try:
        written = json.loads(report.read_text(encoding="utf-8"))
        return [_recall(entry, written["made"]) for entry in written["sets"] if entry["arm"] == OURS]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _recall(entry: dict[str, Any], made: str) -> Recall:
    share = entry["figures"]["emergency_recall"]
    low, high = share["bounds"]
    return Recall(entry["name"], made, share["hits"], share["total"], low, high)
