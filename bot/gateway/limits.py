"""How often somebody may ask: token buckets, one for each address and each conversation."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_BUCKETS = 20_000


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many a second after that."""

    burst: int
    per_second: float


class Buckets:
    """Counts by key. A key that was not seen for a while costs no memory."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, key: str) -> float:
        """Take one; return 0 when it was there, else the seconds until it will be."""
        now = self._clock()
        level, since = self._levels.get(key, (float(self.rate.burst), now))
        level = min(float(self.rate.burst), level + (now - since) * self.rate.per_second)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return 0.0 if allowed else (1 - level) / self.rate.per_second


class Limits:
    """The limits of the chat API. Generous for a person in a hurry, and for a clinic behind one address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.new_conversations = Buckets(Rate(burst=20, per_second=0.2), clock)
        self.requests = Buckets(Rate(burst=120, per_second=10), clock)
        self.messages = Buckets(Rate(burst=15, per_second=1), clock)


def network_of(address: str) -> str:
    """Return whom an address belongs to: itself, or for IPv6 the /64 that one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
