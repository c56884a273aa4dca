"""The arithmetic of the evaluation: bounds, counts, and which failure a message belongs to."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bench.figures import Share, confusion, figures, misses, wilson
from bench.reading import Outcome
from bench.samples import DEVELOPMENT, Sample, read_samples
from bench.understanding import attribute_figures, finding_figures, matches
from bot.problem import Problem
from bot.triage.finding import Finding
from bot.triage.protocol import Protocol

NOW = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)


def sample(level: str | None, within: str | None = None, **said: Any) -> Sample:
    written: dict[str, Any] = {"id": "s", "text": "words", "crisis": False, "kind": "home", "present": (), "denied": ()}
    return Sample(**{**written, "level": level, "within": within, "attributes": {}, "now": NOW, **said})


def outcome(labelled: Sample, level: str | None, within: str | None = None, **read: Any) -> Outcome:
    answered: dict[str, Any] = {"crisis": False, "scope": "symptom", "intent": "i", "confidence": 0.5, "findings": ()}
    answered |= {"rules": (), "asks": (), "asked_first": False, "seconds": 0.01}
    return Outcome(**{**answered, "sample": labelled, "level": level, "within": within, **read})


EMERGENCY = sample("emergency", "now", kind="emergency")
CLINIC = sample("contact_clinic", "today", kind="contact")
HOME = sample("self_care")
TALK = sample(None, kind="smalltalk")


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_bounds_are_those_of_the_literature(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_value() -> None:
    assert Share(0, 0).as_dict() == {"hits": 0, "total": 0, "value": None, "bounds": [0.0, 1.0]}


def test_an_emergency_asked_about_first_is_caught_but_counted_apart() -> None:
    asked = outcome(EMERGENCY, None, asked_first=True)
    counted = figures([asked, outcome(EMERGENCY, "emergency", "now"), outcome(EMERGENCY, "urgent", "now")])
    assert (counted["emergency_recall"].hits, counted["emergency_recall"].total) == (2, 3)
    assert counted["emergency_at_once"].hits == 1
    assert counted["emergency_asked_first"].hits == 1
    assert counted["safe"].hits == 2
    assert counted["safe_at_once"].hits == 1


def test_levels_are_counted_over_messages_about_health_only() -> None:
    counted = figures([outcome(HOME, "self_care"), outcome(TALK, None, scope="smalltalk")])
    assert counted["exact_level"].total == 1
    assert counted["talk_not_a_symptom"] == Share(1, 1)


def test_over_triage_counts_among_what_can_be_raised() -> None:
    raised = [outcome(HOME, "emergency", "now"), outcome(CLINIC, "contact_clinic", "next_working_day")]
    counted = figures([*raised, outcome(EMERGENCY, "emergency", "now")])
    assert counted["over_triage"] == Share(1, 2)
    assert counted["false_emergency"] == Share(1, 2)


def test_the_same_level_at_another_time_is_exact_in_level_only() -> None:
    counted = figures([outcome(CLINIC, "contact_clinic", "next_working_day")])
    assert counted["exact_level"].hits == 1
    assert counted["exact_level_and_time"].hits == 0


def test_every_failure_is_named_once_and_by_its_gravest_kind() -> None:
    outcomes = [
        outcome(EMERGENCY, "urgent", "now"),
        outcome(EMERGENCY, None, asked_first=True),
        outcome(CLINIC, None),
        outcome(HOME, "emergency", "now"),
        outcome(HOME, "urgent", "today"),
        outcome(TALK, "self_care"),
        outcome(HOME, "self_care"),
    ]
    named = {kind: len(found) for kind, found in misses(outcomes).items()}
    assert list(named.values()) == [1] * 6


def test_the_confusion_matrix_counts_every_message() -> None:
    outcomes = [outcome(EMERGENCY, None, asked_first=True), outcome(HOME, "urgent", "today"), outcome(TALK, None)]
    counted = confusion(outcomes)
    assert counted["emergency"]["asked_first"] == counted["self_care"]["urgent"] == counted["none"]["none"] == 1
    assert sum(sum(row.values()) for row in counted.values()) == 3


def finding(fact: str, assertion: str = "present", value: Any = True) -> Finding:
    return Finding(fact, assertion, "words", 0, 5, value)


def test_what_a_finding_implies_counts_as_read(protocol: Protocol) -> None:
    labelled = sample("self_care", present=("dizziness",), denied=("chest_pain",))
    read = (finding("spinning"), finding("chest_pain", "absent"), finding("fever", "absent"))
    counted = finding_figures([outcome(labelled, "self_care", findings=read)], protocol)
    assert counted["present_recall"] == Share(1, 1)
    assert counted["present_precision"] == Share(0, 1)
    assert counted["denied_recall"] == Share(1, 1)
    assert counted["denied_precision"] == Share(1, 2)


def test_an_attribute_counts_when_it_fits_and_is_bound_to_the_right_fact() -> None:
    labelled = sample("self_care", attributes={"headache.severity": [4, 4], "session_hours": [20, 30]})
    session = [(NOW - timedelta(hours=26)).isoformat(), (NOW - timedelta(hours=24)).isoformat()]
    read = (finding("soreness.severity", value=[4, 4]), finding("session", value=session))
    counted = attribute_figures([outcome(labelled, "self_care", findings=read)])
    assert (counted["severity"].hits, counted["session"].hits) == (0, 1)
    assert counted["all"] == Share(1, 2)


@pytest.mark.parametrize(
    ("labelled", "value", "fits"),
    [
        ("worse", "worse", True),
        ("worse", "better", False),
        (["neck"], ["jaw", "neck"], True),
        (["neck", "jaw"], ["neck"], False),
        ([3, 5], [5, 6], True),
        ([3, 5], [6, 7], False),
        ([3, 5], "unsure", False),
    ],
)
def test_values_fit_when_equal_contained_or_overlapping(labelled: Any, value: Any, fits: bool) -> None:
    assert matches(labelled, value, NOW) is fits


def test_the_development_set_is_readable_and_its_ids_unique() -> None:
    ids = [sample.id for sample in read_samples(DEVELOPMENT)]
    assert ids and len(ids) == len(set(ids))


def test_a_line_that_is_no_sample_is_named(tmp_path: Any) -> None:
    (tmp_path / "odd.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(Problem, match="odd.jsonl, line 1"):
        read_samples("odd", tmp_path)
