"""What the tests of this room share: one Understanding, one moment, ranks, and the rows of the data files."""

from collections.abc import Callable
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.samples import Sample
from bot.language.understand import Understanding
from bot.triage.episode import Episode, merge
from bot.triage.model import Protocol

Rank = Callable[[str, Sample], int]

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=timezone.utc)


def rows(name: str) -> Any:
    """The content of a data file beside the tests."""
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def understanding() -> Understanding:
    """The pipeline, loaded once."""
    return Understanding()


@pytest.fixture(scope="session")
def rank(understanding: Understanding, protocol: Protocol) -> Rank:
    """Return the rank of a message by its words, said at the moment of a sample; -1 for no level."""

    @cache
    def rank_at(text: str, now: datetime) -> int:
        found = merge(Episode(), understanding(text, now)).assess(protocol, now).rank
        return -1 if found is None else found

    return lambda text, sample: rank_at(text, sample.now)
