"""`aftercare assess` with the real model."""

import json

import pytest

from bench.invariance import measure
from bench.samples import DEVELOPMENT, read_samples
from bot import training
from bot.nlu.assess import Assessor, LanguageModel, _entry, assess_lines
from bot.problem import Problem

pytestmark = pytest.mark.product
KEYS = {"id", "level", "within", "crisis", "scope", "intent", "findings", "asks", "rules"}


@pytest.fixture(scope="module")
def assessor():
    return Assessor(LanguageModel(training.train()))


def test_the_contract_of_one_line():
    entry = {"id": "a", "text": "bruise bigger than my hand, I take warfarin", "now": "2026-11-23T10:00:00Z"}
    lines = list(assess_lines([json.dumps(entry), "\n", json.dumps({"id": "b", "turns": ["hello", "thanks"]})]))
    first, second = map(json.loads, lines)
    assert set(first) == set(second) == KEYS and (first["id"], second["id"]) == ("a", "b")
    assert first["level"] == "urgent" and first["rules"]
    assert {"finding": "blood_thinner", "assertion": "present", "text": "warfarin"} in first["findings"]


@pytest.mark.parametrize(
    "text, level, scope",
    [
        ("I have a headache", "self_care", "symptom"),
        ("hello", None, "smalltalk"),
        ("can I drive home?", None, "question"),
        ("no chest pain, no trouble breathing, just sore", "self_care", "symptom"),
    ],
)
def test_level_and_scope_of_a_first_message(assessor, text, level, scope):
    found = assessor([text])
    assert (found["level"], found["scope"]) == (level, scope)
    assert bool(found["asks"]) is (level is not None)


def test_turns_are_one_conversation_and_each_call_a_fresh_one(assessor):
    together = assessor(["I have a headache", "sharp pain in my chest when I breathe in"])
    assert together["level"] == "emergency"
    assert assessor(["thanks"])["level"] is None


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "5", '{"id": 1}', '{"text": 5}', '{"turns": "a"}', '{"turns": [1]}', '{"text": "a", "now": "x"}'],
)
def test_a_line_that_is_none_is_named(line):
    with pytest.raises(Problem, match="line 7"):
        _entry(7, line)


def test_what_must_not_matter_does_not(assessor):
    samples = read_samples(DEVELOPMENT)
    emergencies = [sample for sample in samples if sample.is_emergency]
    tallies = measure(assessor, emergencies[::10] + [sample for sample in samples if not sample.is_emergency][::20])
    assert {name: tally.missed for name, tally in tallies.items() if tally.missed} == {}
    changed = {name: tally.changed for name, tally in tallies.items() if len(tally.changed) > 0.01 * tally.messages}
    assert changed == {}
