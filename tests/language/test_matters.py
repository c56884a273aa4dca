"""Messages about the practice or everyday life in which nothing has to do with a body."""

import pytest

from bot.language.matters import Matters
from bot.language.understand import Understanding


@pytest.fixture(scope="module")
def matters() -> Matters:
    return Matters()


@pytest.mark.parametrize(
    "text",
    [
        "the fire drill was chaos",
        "Your RECEPTIONIST rolled her eyes at me!",
        "my car got clamped, who gives me the forty quid back?",
        "can I move my Thursday 4pm",
        "the music in the waiting room is doing my head in",
        "I lost an earring",
    ],
)
def test_they_are_recognised(matters: Matters, text: str) -> None:
    assert matters.alone_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "sitting in your car park and I can't catch my breath",
        "cancel my appointment, there is no point any more",
        "cancel my appointment, I have the pills ready",
        "can I rebook, my arm went floppy",
        "the receptionist said to ask about the swelling",
        "the form asks whether I fainted, and I did",
        "my partner locks me in, can I change my booking? I am scared of him",
    ],
)
def test_a_word_of_a_body_or_of_despair_is_enough(matters: Matters, text: str) -> None:
    assert not matters.alone_in(text)


def test_who_names_no_matter_may_mean_a_body(matters: Matters) -> None:
    assert not matters.alone_in("something is not right at all") and not matters.alone_in("")


def test_typographic_marks_make_no_difference(understanding: Understanding) -> None:
    assert not understanding.is_everyday("about my booking: I can’t go on")
    assert understanding.is_everyday("the front desk won’t answer about my refund")
