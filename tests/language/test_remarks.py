"""Remarks that play it down, opinions of others and wishes never change the level (protocol D0.5)."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.samples import DEVELOPMENT, Sample, read_samples
from bot.language.understand import Understanding
from bot.triage.episode import Episode, merge
from bot.triage.model import Protocol

BEFORE = (
    "Probably nothing.",
    "Sorry to bother you.",
    "I don't want to waste anyone's time.",
    "My sister reckons it's just anxiety.",
    "My husband says I'm making a fuss.",
)
AFTER = (
    "It's probably nothing.",
    "I'm sure it's fine.",
    "Don't want to make a fuss.",
    "I'm probably just being silly.",
    "My husband says it's nothing.",
    "My mum thinks I'm overreacting.",
    "My friend says that's normal.",
    "The internet says it is harmless.",
    "I don't want to go to hospital.",
    "I really don't want an ambulance.",
    "I'd rather not see a doctor.",
    "Please don't send me to A&E.",
    "I can't afford a doctor.",
)
SAMPLES = read_samples(DEVELOPMENT)
Rank = Callable[[str, Sample], int]


@pytest.fixture(scope="module")
def rank(understanding: Understanding, protocol: Protocol) -> Rank:
    """Return the rank of a message by its words, -1 for no level."""

    @cache
    def rank_at(text: str, now: datetime) -> int:
        found = merge(Episode(), understanding(text, now)).assess(protocol, now).rank
        return -1 if found is None else found

    return lambda text, sample: rank_at(text, sample.now)


def ended(text: str) -> str:
    """The text with a mark at its end, so that a remark after it is a sentence of its own."""
    return text if text.rstrip()[-1:] in ".!?" else f"{text}."


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SAMPLES), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_remarks_and_wishes_change_nothing(rank: Rank, sample: Sample, before: str, after: str) -> None:
    plain = rank(ended(sample.text), sample)
    assert rank(f"{ended(sample.text)} {after}", sample) == plain
    assert rank(f"{before} {sample.text}", sample) == rank(sample.text, sample)


@pytest.mark.parametrize("remark", BEFORE + AFTER)
def test_a_remark_alone_reports_nothing(rank: Rank, remark: str) -> None:
    assert rank(remark, SAMPLES[0]) == -1
