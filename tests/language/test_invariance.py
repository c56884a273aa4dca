"""What must not matter does not: typing, chatter and what others think change the level of next to no message."""

import os

import pytest

from bench.changes import CHANGES, unpunctuated
from bench.samples import DEVELOPMENT, Sample, read_samples
from bot.triage.levels import AMBULANCE
from tests.language.conftest import Rank

MOST_CHANGED = 0.01
# Some stay ambiguous: who writes "no bruise chest pain since noon" may deny both.
MOST_HIDDEN = 0.02


def chosen(every: int = 6) -> list[Sample]:
    """Every sixth emergency, a third as many of the others; all of them with AFTERCARE_ALL_MESSAGES set."""
    samples = read_samples(DEVELOPMENT)
    if os.environ.get("AFTERCARE_ALL_MESSAGES"):
        return samples
    emergencies = [sample for sample in samples if sample.is_emergency]
    return emergencies[::every] + [sample for sample in samples if not sample.is_emergency][:: 3 * every]


@pytest.mark.parametrize("name", CHANGES)
def test_the_level_stays(name: str, rank: Rank) -> None:
    plain = [(sample, rank(sample.text, sample), rank(CHANGES[name](sample.text), sample)) for sample in chosen()]
    lost = [sample.id for sample, before, after in plain if sample.is_emergency and after < before == AMBULANCE]
    assert lost == []
    different = [sample.id for sample, before, after in plain if after != before]
    assert len(different) < MOST_CHANGED * len(plain), different


@pytest.mark.parametrize("denial", ["no itching or bruising", "not itchy no bruise"])
def test_a_denial_before_it_hides_no_emergency_where_all_marks_are_missing(denial: str, rank: Rank) -> None:
    plain = [(sample, unpunctuated(sample.text)) for sample in chosen(2) if sample.is_emergency]
    told = [(sample, text) for sample, text in plain if rank(text, sample) == AMBULANCE]
    hidden = [sample.id for sample, text in told if rank(f"{denial} {text}", sample) != AMBULANCE]
    assert len(hidden) < MOST_HIDDEN * len(told), hidden
