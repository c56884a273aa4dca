"""On both sides of the line: what comes near the words of danger and is none, and danger that must not be hidden."""

import pytest

from bot.language.understand import Understanding
from bot.triage.episode import Episode, merge
from bot.triage.levels import AMBULANCE
from bot.triage.model import Protocol
from tests.language.conftest import NOW, rows


def is_emergency(understanding: Understanding, protocol: Protocol, text: str) -> bool:
    return merge(Episode(), understanding(text, NOW)).assess(protocol, NOW).rank == AMBULANCE


@pytest.mark.parametrize("text", rows("no_emergency.yml"))
def test_near_the_words_of_danger_is_no_emergency(understanding: Understanding, protocol: Protocol, text: str) -> None:
    assert not is_emergency(understanding, protocol, text)


@pytest.mark.parametrize("text", rows("still_emergency.yml"))
def test_no_idiom_hides_an_emergency(understanding: Understanding, protocol: Protocol, text: str) -> None:
    assert is_emergency(understanding, protocol, text)
