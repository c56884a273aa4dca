"""What must not matter does not: typing, chatter and what others think change the level of next to no message."""

import os

import pytest

from bench.changes import CHANGES
from bench.samples import DEVELOPMENT, Sample, read_samples
from bot.triage.levels import AMBULANCE
from tests.language.conftest import Rank

MOST_CHANGED = 0.01


def chosen() -> list[Sample]:
    """Every second emergency and every sixth other message; all of them with AFTERCARE_ALL_MESSAGES set."""
    samples = read_samples(DEVELOPMENT)
    if os.environ.get("AFTERCARE_ALL_MESSAGES"):
        return samples
    emergencies = [sample for sample in samples if sample.is_emergency]
    return emergencies[::2] + [sample for sample in samples if not sample.is_emergency][::6]


@pytest.mark.parametrize("name", CHANGES)
def test_the_level_stays(name: str, rank: Rank) -> None:
    plain = [(sample, rank(sample.text, sample), rank(CHANGES[name](sample.text), sample)) for sample in chosen()]
    lost = [sample.id for sample, before, after in plain if sample.is_emergency and after < before == AMBULANCE]
    assert lost == []
    different = [sample.id for sample, before, after in plain if after != before]
    assert len(different) < MOST_CHANGED * len(plain), different
