"""Scripted patients through the running product: the right level, and few questions."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

from bot.demo.person import Person, read_people
from bot.demo.talk import Talk, converse
from bot.paths import ROOT
from bot.triage.engine import MAX_QUESTIONS
from bot.triage.levels import CONTACT_CLINIC, EMERGENCY, SELF_CARE, URGENT
from bot.triage.model import Protocol
from tests.product.running import Product

# The first of these tests holds all the conversations.
pytestmark = pytest.mark.timeout(1800)
LEVELS = (None, SELF_CARE, CONTACT_CLINIC, URGENT, EMERGENCY)
AT_ONCE = 4  # patients who write at the same time
FOLDER = ROOT / "tests" / "data" / "patients"


def people() -> list[Person]:
    return [person for path in sorted(FOLDER.glob("*.yml")) for person in read_people(path)]


@pytest.fixture(scope="module")
def talks(product: Product, protocol: Protocol) -> list[Talk]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda person: converse(product.url, person, protocol), people()))


def shortfall(talk: Talk) -> int:
    """Levels below what the protocol gives to this person; negative when above."""
    return LEVELS.index(talk.person.expect["level"]) - LEVELS.index(talk.level)


def story(talk: Talk) -> str:
    return f"\n--- {talk.person.id}: {talk.person.name}, expected {talk.person.expect}\n" + "\n".join(talk.lines)


def test_there_are_many_patients() -> None:
    assert len(people()) >= 120
    assert len([person for person in people() if person.turns]) >= 30


def test_nobody_gets_a_level_that_is_too_low(talks: list[Talk]) -> None:
    low = [talk for talk in talks if shortfall(talk) > 0]
    assert not low, "".join(map(story, low))


def test_the_level_is_the_expected_one_for_19_of_20(talks: list[Talk]) -> None:
    exact = [talk for talk in talks if shortfall(talk) == 0]
    wrong = [talk for talk in talks if shortfall(talk)]
    assert len(exact) >= 0.95 * len(talks), "".join(map(story, wrong))


def test_a_crisis_gets_its_own_card(talks: list[Talk]) -> None:
    expected = [t for t in talks if t.person.expect.get("crisis")]
    assert expected and all(talk.crisis for talk in expected)
    assert [talk.person.id for talk in talks if talk.crisis and not talk.person.expect.get("crisis")] == []


def test_few_questions_are_asked(talks: list[Talk]) -> None:
    counts = [talk.questions for talk in talks]
    assert max(counts) <= MAX_QUESTIONS, [talk.person.id for talk in talks if talk.questions > MAX_QUESTIONS]
    assert median(counts) <= 3


def test_emergencies_told_in_the_first_line_are_asked_nothing(talks: list[Talk]) -> None:
    asked = [t for t in talks if t.level == EMERGENCY and t.questions == 0 and len(t.lines) <= 4]
    assert asked, "no emergency was recognised in the first message"
