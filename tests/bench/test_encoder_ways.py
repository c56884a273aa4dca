"""What the comparisons of the encoder in the whole product say of what was measured."""

from dataclasses import replace

import pytest

from bench import threads
from bench.eight_bits import changes
from bench.reading import Outcome
from bench.samples import DEVELOPMENT, read_samples


@pytest.fixture
def emergency() -> Outcome:
    """An emergency that is answered as one."""
    sample = next(one for one in read_samples(DEVELOPMENT) if one.is_emergency)
    return Outcome(sample, "emergency", "now", False, "symptom", "report_chest", 0.9, (), (), (), False, 0.01)


def test_threads_are_compared_round_by_round() -> None:
    page = threads.page("Made today.", {"p50 in ms": {"1": [100.0, 50.0], "2": [90.0, 60.0]}})
    assert "| p50 in ms | 75 (50 to 100) | 75 (60 to 90) | 1.05 (0.90 to 1.20) |" in page


def test_what_8_bits_change_is_counted_and_what_they_miss_is_named(emergency: Outcome) -> None:
    missed = replace(emergency, level="self_care", within=None)
    said = changes([emergency, emergency], [emergency, missed])
    assert "1 of 2 (50.0%)" in said and said.endswith(f"32 bits alone: {emergency.sample.id}.")
    asked = replace(missed, asked_first=True)
    said = changes([emergency, emergency], [emergency, asked])
    assert "first question about danger: 1" in said and said.endswith("alone: none.")
