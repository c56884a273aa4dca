"""`aftercare assess` with the real model."""

import json
import time

import pytest

from bot import training
from bot.nlu.assess import _entry, assess_lines
from bot.problem import Problem

pytestmark = pytest.mark.product
KEYS = {"id", "level", "within", "crisis", "scope", "intent", "findings", "asks", "rules"}


@pytest.fixture(scope="module")
def assess():
    training.train()

    def assess(*entries):
        lines = [json.dumps({"id": number, **entry}) for number, entry in enumerate(entries)]
        return [json.loads(line) for line in assess_lines(lines)]

    return assess


def test_the_contract_of_one_line(assess):
    (found,) = assess({"text": "bruise bigger than my hand, I take warfarin"})
    assert set(found) == KEYS and found["level"] == "urgent" and found["rules"]
    assert {"finding": "blood_thinner", "assertion": "present", "text": "warfarin"} in found["findings"]


def test_levels_and_scopes_of_first_messages(assess):
    said = ["I have a headache", "hello", "can I drive home?", "no chest pain, no trouble breathing, just sore"]
    found = assess(*({"text": text} for text in said))
    assert [one["id"] for one in found] == [0, 1, 2, 3]
    assert [one["level"] for one in found] == ["self_care", None, None, "self_care"]
    assert [one["scope"] for one in found] == ["symptom", "smalltalk", "question", "symptom"]
    assert found[0]["asks"]


def test_turns_are_one_conversation_and_lines_are_not(assess):
    turns = ["I have a headache", "sharp pain in my chest when I breathe in"]
    together, apart = assess({"turns": turns}, {"text": "thanks"})
    assert together["level"] == "emergency" and apart["level"] is None


def test_at_least_twenty_messages_a_second(assess):
    started = time.perf_counter()
    assess({"text": "hello"})
    loading = time.perf_counter() - started
    started = time.perf_counter()
    assess(*[{"text": "I have a dull headache since yesterday"}] * 100)
    assert 100 / (time.perf_counter() - started - loading) >= 20


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "5", '{"id": 1}', '{"text": 5}', '{"turns": "a"}', '{"turns": [1]}', '{"text": "a", "now": "x"}'],
)
def test_a_line_that_is_none_is_named(line):
    with pytest.raises(Problem, match="line 7"):
        _entry(7, line)
