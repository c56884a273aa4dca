"""Times and ratios, each with its spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


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
