"""One sentence in, findings out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.language.understand import Understanding
from tests.language.conftest import NOW, rows

EMERGENCIES = [(fact, text) for fact, texts in rows("emergencies.yml").items() for text in texts]
# Said in a question or a booking too, and no symptom.
HARMLESS = {"treatment", "area", "sides", "session", "age", "manages_usual", "migraine_history"}


@pytest.mark.parametrize(("fact", "text"), EMERGENCIES)
def test_an_emergency_is_understood_without_the_textbook_word(
    understanding: Understanding, fact: str, text: str
) -> None:
    found = understanding(text, NOW)
    assert (fact, "present") in {(f.finding, f.assertion) for f in found}


@pytest.mark.parametrize("text", rows("lookalikes.yml"))
def test_a_look_alike_reports_nothing(understanding: Understanding, text: str) -> None:
    found = understanding(text, NOW)
    assert not [f for f in found if f.assertion in ("present", "possible") and f.finding not in HARMLESS]


@pytest.mark.parametrize("row", rows("assertions.yml"), ids=lambda row: row["text"])
def test_who_when_and_whether(understanding: Understanding, row: dict[str, str]) -> None:
    found = {(f.finding, f.assertion) for f in understanding(row["text"], NOW)}
    expected = {(fact, assertion) for fact, assertion in row.items() if fact not in ("text", "not")}
    assert expected <= found
    assert not {fact for fact, _ in found} & set(row.get("not", ()))


@pytest.mark.parametrize("row", rows("attributes.yml"), ids=lambda row: f"{row['text']} {row['fact']}")
def test_an_attribute_is_bound_to_its_finding(understanding: Understanding, row: dict[str, object]) -> None:
    values = [f.value for f in understanding(str(row["text"]), NOW) if f.finding == row["fact"]]
    if "hours" not in row:
        assert values == [row["value"]]
        return
    assert len(values) == 1
    ago = [(NOW - datetime.fromisoformat(moment)).total_seconds() / 3600 for moment in values[0]]
    assert sorted(ago) == pytest.approx(row["hours"], abs=0.02)


@pytest.mark.parametrize(("fact", "text"), EMERGENCIES[::4])
@pytest.mark.parametrize("change", [str.upper, str.lower, "Hi there, hope you are well. {}. Probably nothing.".format])
def test_case_and_chatter_change_nothing(
    understanding: Understanding, fact: str, text: str, change: Callable[[str], str]
) -> None:
    found = understanding(change(text), NOW)
    assert (fact, "present") in {(f.finding, f.assertion) for f in found}


def test_offsets_point_into_the_message_as_typed(understanding: Understanding) -> None:
    text = "Hello,my chest   hurts — and I’m light-headed since 3days"
    found = understanding(text, NOW)
    assert {"chest_pain", "dizziness"} <= {f.finding for f in found}
    assert all(text[f.start : f.end] == f.text and f.text for f in found)


def test_times_are_absolute_and_keep_the_zone(understanding: Understanding) -> None:
    (hours,) = [f.value for f in understanding("headache for 3 hours", NOW) if f.finding == "headache.hours"]
    assert hours == [(NOW - timedelta(hours=ago)).isoformat() for ago in (3.5, 2.5)]


def test_a_message_of_full_length_is_read(understanding: Understanding) -> None:
    text = "I had a nice day and nothing to report. " * 130
    found = understanding(text[:4900] + " I can't breathe", NOW)
    assert "breathless" in {f.finding for f in found}


@pytest.mark.parametrize("text", ["", " ", "\n\n", "???", "🤕🤕", "1", "'", "(((", "a" * 5000])
def test_noise_is_no_finding(understanding: Understanding, text: str) -> None:
    assert understanding(text, NOW) == []
