"""Conditions: what can be shown in which world, and which sentences are refused."""

from datetime import datetime, timedelta, timezone

import pytest

from bot.triage.conditions import ConditionError, Vocabulary, World, parse
from bot.triage.finding import UNSURE

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=timezone.utc)
VOCABULARY = Vocabulary(
    facts={
        "fever": ("flag", ()),
        "headache": ("flag", ()),
        "headache.severity": ("number", ()),
        "session": ("time", ()),
        "area": ("set", ("neck", "calf", "upper_back")),
        "bruise_size": ("choice", ("coin", "palm", "larger")),
    },
    thresholds={"soreness_hours": 48},
    groups={"chest_risk": frozenset({"neck", "upper_back"})},
)


def hours_ago(earliest: float, latest: float) -> list[str]:
    return [(NOW - timedelta(hours=hours)).isoformat() for hours in (earliest, latest)]


@pytest.mark.parametrize(
    ("text", "facts", "true", "false"),
    [
        ("fever", {"fever": True}, True, False),
        ("fever", {"fever": False}, False, True),
        ("fever", {}, False, False),
        ("fever", {"fever": UNSURE}, False, False),
        ("not fever", {"fever": False}, True, False),
        ("fever or headache", {"headache": True}, True, False),
        ("fever and headache", {"headache": True}, False, False),
        ("fever and headache", {"headache": False}, False, True),
        ("headache.severity >= 7", {"headache.severity": [7, 7]}, True, False),
        ("headache.severity >= 7", {"headache.severity": [6, 6.9]}, False, True),
        ("headache.severity < 7", {"headache.severity": [6, 6]}, True, False),
        ("session > soreness_hours", {"session": hours_ago(60, 50)}, True, False),
        ("session > soreness_hours", {"session": hours_ago(48, 24)}, False, True),
        ("area in chest_risk", {"area": ["calf", "neck"]}, True, False),
        ("area == calf", {"area": ["neck"]}, False, True),
        ("bruise_size in [palm, larger]", {"bruise_size": "larger"}, True, False),
        ("bruise_size != coin", {"bruise_size": "coin"}, False, True),
    ],
)
def test_what_known_facts_show(text: str, facts: dict[str, object], true: bool, false: bool) -> None:
    condition, world = parse(text, VOCABULARY), World(facts, NOW)
    assert (condition.shows(True, world), condition.shows(False, world)) == (true, false)


def test_a_straddling_time_shows_nothing_while_it_can_be_asked_and_the_worse_side_after() -> None:
    condition = parse("session > soreness_hours", VOCABULARY)
    facts = {"session": hours_ago(72, 24)}
    assert not condition.shows(True, World(facts, NOW, pending=frozenset({"session"})))
    assert condition.shows(True, World(facts, NOW))


def test_a_fact_not_asked_yet_may_be_either_only_where_that_is_assumed() -> None:
    condition, pending = parse("fever", VOCABULARY), frozenset({"fever"})
    assert condition.shows(True, World({}, NOW, pending, assume_pending=True))
    assert condition.shows(False, World({}, NOW, pending, assume_pending=True))
    assert not condition.shows(True, World({}, NOW, pending))


def test_unsure_counts_only_for_the_facts_it_is_assumed_for() -> None:
    condition, facts = parse("fever or headache", VOCABULARY), {"fever": UNSURE, "headache": False}
    assert condition.shows(True, World(facts, NOW, assume_unsure=None))
    assert condition.shows(True, World(facts, NOW, assume_unsure=frozenset({"fever"})))
    assert not condition.shows(True, World(facts, NOW, assume_unsure=frozenset({"headache"})))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fevre", "unknown fact 'fevre'"),
        ("headache.severity", "is a number, here a flag is needed"),
        ("fever > 3", "is a flag"),
        ("headache.severity > sorenes_hours", "unknown threshold 'sorenes_hours'"),
        ("area in chest_rsk", "has no value 'chest_rsk'"),
        ("fever +", "cannot be read"),
        ("__import__('os')", "is not allowed"),
        ("1 < headache.severity < 3", "is not allowed"),
        ("fever is headache", "unknown fact|is a flag|not allowed"),
    ],
)
def test_a_bad_condition_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(ConditionError, match=reason):
        parse(text, VOCABULARY)
