"""Times and ratios, each with its spread."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Spread:
    """The middle of several measurements, and the lowest and highest of them."""

    middle: float
    low: float
    high: float

    def as_dict(self, digits: int = 3) -> dict[str, float]:
        """Return plain JSON data."""
        return {name: round(getattr(self, name), digits) for name in ("middle", "low", "high")}


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of one or more values."""
    return Spread(median(values), min(values), max(values))


def ratio(ours: Sequence[float], stock: Sequence[float]) -> Spread:
    """Return ours by stock, round by round: what disturbs the machine in a round disturbs both."""
    return spread([one / other for one, other in zip(ours, stock, strict=True)])


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that at least `part` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * part) - 1)]


def in_turns(steps: Mapping[str, Callable[[str], Any]], texts: Sequence[str], rounds: int) -> dict[str, Spread]:
    """Return the ms a text that each step takes, the steps in alternation; a round before the first warms up."""
    measured: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds + 1):
        for name, step in steps.items():
            measured[name].append(_milliseconds(step, texts))
    return {name: spread(values[1:]) for name, values in measured.items()}


def _milliseconds(step: Callable[[str], Any], texts: Sequence[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        step(text)
    return 1000 * (time.perf_counter() - began) / len(texts)
