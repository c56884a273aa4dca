"""Times that take back one told before."""

from datetime import timedelta

import pytest

from bot.language.answers import is_question
from bot.language.corrections import read_new_time
from bot.triage.finding import PRESENT, Finding
from bot.triage.model import Protocol
from tests.language.conftest import NOW


def ago(most: float, least: float) -> list[str]:
    return [(NOW - timedelta(hours=hours)).isoformat() for hours in (most, least)]


TOLD = {"bruise": True, "bruise.hours": ago(38, 14), "session": ago(38, 14)}


@pytest.mark.parametrize(
    "text", ["no, four days ago", "no, 4 days", "sorry, it was four days ago", "4 days ago, not yesterday"]
)
def test_a_bare_time_corrects_what_was_told_last(protocol: Protocol, text: str) -> None:
    found = read_new_time(text, TOLD, [], NOW, protocol.facts)
    assert {finding.finding for finding in found} == {"bruise.hours", "session"}
    assert all(ago(108, 84)[0] <= finding.value[0] <= ago(84, 84)[0] for finding in found)


def test_a_time_told_elsewhere_stays(protocol: Protocol) -> None:
    told = {**TOLD, "headache.hours": ago(3, 2)}
    assert [finding.finding for finding in read_new_time("no, an hour", told, [], NOW, protocol.facts)] == [
        "headache.hours"
    ]


@pytest.mark.parametrize(
    "text", ["no", "four days is long", "I will come in four days and bring my husband along for his own session too"]
)
def test_other_words_correct_no_time(protocol: Protocol, text: str) -> None:
    assert read_new_time(text, TOLD, [], NOW, protocol.facts) == []


def test_nothing_told_and_times_understood_are_left_alone(protocol: Protocol) -> None:
    assert read_new_time("no, four days ago", {"bruise": True}, [], NOW, protocol.facts) == []
    understood = Finding("session", PRESENT, "monday", 0, 6, ago(158, 134))
    assert read_new_time("no, on monday", TOLD, [understood], NOW, protocol.facts) == []


def test_what_a_question_is() -> None:
    assert is_question("how long do bruises last") and is_question("I'm sore. Can I swim?")
    assert not is_question("my daughter is 12 and has a bruise")
