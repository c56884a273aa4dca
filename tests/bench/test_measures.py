"""The arithmetic of the speed benchmark, and what it takes from stock Rasa's entities."""

from typing import Any

import pytest
import yaml

from bench.load import by_turn, repeated
from bench.measures import in_turns, percentile, ratio, spread
from bench.speed import SCRIPT
from bench.stock_entities import findings_of
from bench.stock_project import entities
from bot.triage.finding import Finding
from bot.triage.protocol import Protocol


def test_a_spread_is_middle_lowest_and_highest() -> None:
    assert spread([3.0, 1.0, 2.0]).as_dict() == {"middle": 2.0, "low": 1.0, "high": 3.0}


def test_a_ratio_is_taken_round_by_round() -> None:
    assert ratio([1.0, 10.0], [2.0, 20.0]).as_dict() == {"middle": 0.5, "low": 0.5, "high": 0.5}


def test_steps_are_taken_in_turns_and_the_first_round_only_warms_up() -> None:
    taken: list[str] = []
    steps = {name: taken.append for name in ("ours", "stock")}
    found = in_turns(steps, ["a", "b"], rounds=2)
    assert taken == ["a", "b"] * 2 * 3 and list(found) == ["ours", "stock"]
    assert all(took.low <= took.middle <= took.high for took in found.values())


@pytest.mark.parametrize(("part", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentiles_are_values_that_were_measured(part: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), part) == value


def test_the_time_at_a_turn_is_the_middle_of_those_around_it() -> None:
    seconds = [1.0, 9.0, 2.0, 3.0, 2.0, 2.0, 50.0]
    assert by_turn(seconds, [3]) == {3: 2.0}


def test_a_script_begins_again_after_its_last_turn() -> None:
    assert repeated(["a", "b"], 5) == ["a", "b", "a", "b", "a"]


def test_the_script_is_a_conversation_of_20_turns() -> None:
    script = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    assert len(script["turns"]) == 20 and all(isinstance(text, str) for text in [*script["turns"], script["emergency"]])


def finding(fact: str, start: int, end: int, value: Any = True, assertion: str = "present") -> Finding:
    return Finding(fact, assertion, "w" * (end - start), start, end, value)


def test_findings_become_entities_that_read_back_as_present(protocol: Protocol) -> None:
    said = [
        finding("chest_pain", 0, 10, assertion="absent"),
        finding("area", 12, 16, value=["neck"]),
        finding("headache.trend", 20, 25, value="worse"),
        finding("temperature", 30, 34, value=[38.0, 38.0]),
    ]
    read = list(findings_of(entities(said, protocol.facts), protocol.facts))
    assert [(f.finding, f.assertion, f.value) for f in read] == [
        ("chest_pain", "present", True),
        ("headache.trend", "present", "worse"),
        ("area", "present", ["neck"]),
    ]


def test_of_overlapping_findings_the_longest_is_the_entity(protocol: Protocol) -> None:
    found = list(entities([finding("soreness", 5, 9), finding("chest_pain", 0, 12)], protocol.facts))
    assert [entity["entity"] for entity in found] == ["chest_pain"]


def test_an_entity_whose_words_no_synonym_knows_counts_only_where_its_kind_says_the_fact(protocol: Protocol) -> None:
    read = [{"entity": "bruise", "value": "purple patch"}, {"entity": "finding", "value": "purple patch"}]
    assert [f.finding for f in findings_of(read, protocol.facts)] == ["bruise"]
