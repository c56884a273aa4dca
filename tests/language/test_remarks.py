"""Remarks that play it down, opinions of others and wishes never change the level (protocol D0.5)."""

import os

import pytest

from bench.samples import DEVELOPMENT, Sample, read_samples
from tests.language.conftest import Rank

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


def ended(text: str) -> str:
    """The text with a mark at its end, so that a remark after it is a sentence of its own."""
    return text if text.rstrip()[-1:] in ".!?" else f"{text}."


def chosen() -> list[Sample]:
    """A thirtieth of the messages of every level; all of them with AFTERCARE_ALL_MESSAGES set."""
    by_level = sorted(SAMPLES, key=lambda sample: -sample.rank)
    return by_level if os.environ.get("AFTERCARE_ALL_MESSAGES") else by_level[::30]


@pytest.mark.parametrize("remark", AFTER)
def test_a_remark_or_wish_at_the_end_changes_nothing(rank: Rank, remark: str) -> None:
    said = [(sample, ended(sample.text)) for sample in chosen()]
    assert [sample.id for sample, text in said if rank(f"{text} {remark}", sample) != rank(text, sample)] == []


@pytest.mark.parametrize("remark", BEFORE)
def test_a_remark_at_the_beginning_changes_nothing(rank: Rank, remark: str) -> None:
    said = [(sample, sample.text) for sample in chosen()]
    assert [sample.id for sample, text in said if rank(f"{remark} {text}", sample) != rank(text, sample)] == []


@pytest.mark.parametrize("remark", BEFORE + AFTER)
def test_a_remark_alone_reports_nothing(rank: Rank, remark: str) -> None:
    assert rank(remark, SAMPLES[0]) == -1
