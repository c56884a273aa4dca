"""Shares with the uncertainty that belongs to them."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964
"""Standard deviations that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Share:
    """How many of how many, with Wilson's 95 % interval; part, low and high are between 0 and 1."""

    count: int
    total: int
    low: float
    high: float

    @property
    def part(self) -> float:
        """The share itself; 0 when there is nothing to share."""
        return self.count / self.total if self.total else 0.0

    @classmethod
    def of(cls, count: int, total: int) -> "Share":
        """Return the share with its interval; of nothing, everything is possible.

        Wilson's score interval stays within 0 and 1 and means something for small numbers (Wilson 1927).
        """
        if total == 0:
            return cls(0, 0, 0.0, 1.0)
        part, square = count / total, Z_95**2
        middle = part + square / (2 * total)
        reach = Z_95 * sqrt(part * (1 - part) / total + square / (4 * total**2))
        whole = 1 + square / total
        low, high = (middle - reach) / whole, (middle + reach) / whole
        return cls(count, total, 0.0 if count == 0 else low, 1.0 if count == total else high)

    def __str__(self) -> str:
        if not self.total:
            return "no cases yet"
        low, high = percent(self.low), percent(self.high)
        return f"{percent(self.part)} % ({self.count} of {self.total}; 95 % interval {low} to {high} %)"


def percent(part: float) -> str:
    """Return a share in percent, with two digits that matter below 1 %."""
    return f"{part * 100:.1f}" if part >= 0.01 or part == 0 else f"{part * 100:.2g}"
