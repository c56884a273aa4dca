"""The card: personal times, the clinic closed, advice that fits, and an emergency that says one thing first."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.triage.answer import question_reply, result_reply
from bot.triage.episode import Episode
from bot.triage.hours import Hours
from bot.triage.model import Protocol

CLINIC = ZoneInfo("America/Los_Angeles")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=CLINIC)
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 0, tzinfo=CLINIC)
EARLY_TUESDAY = datetime(2026, 11, 24, 6, 0, tzinfo=CLINIC)


def card(protocol: Protocol, now: datetime, hours: float = 10, **facts: Any) -> dict[str, Any]:
    session = [(now - timedelta(hours=hours)).isoformat()] * 2
    named = {name.replace("__", "."): value for name, value in facts.items()}
    known = {**dict.fromkeys(protocol.check.facts, False), "session": session, **named}
    episode = Episode(facts=known, mentioned=tuple(named), asked=(protocol.check.id,))
    return result_reply(episode.assess(protocol, now), episode, protocol, now)


def sore(protocol: Protocol, now: datetime, **more: Any) -> dict[str, Any]:
    facts = {"soreness": True, "pain_kind": "dull", "soreness__severity": [3, 3], "soreness__trend": "same"}
    return card(protocol, now, **{**facts, **more})


def test_it_says_until_when_this_is_usual(protocol: Protocol) -> None:
    expect = sore(protocol, TUESDAY)["result"]["expect"]
    assert "Thursday 26 November, about 00:00" in expect


def test_the_time_is_said_in_the_patients_zone(protocol: Protocol) -> None:
    expect = sore(protocol, TUESDAY.astimezone(ZoneInfo("Europe/London")))["result"]["expect"]
    assert "Thursday 26 November, about 08:00" in expect


def test_what_is_past_its_usual_course_says_so(protocol: Protocol) -> None:
    result = sore(protocol, TUESDAY, hours=72)["result"]
    assert result["level"] == "contact_clinic" and "longer" in result["expect"]


@pytest.mark.parametrize(
    ("now", "words", "tel"),
    [
        (TUESDAY, "18:00", "+15035550142"),
        (EARLY_TUESDAY, "when it opens, Tuesday at 08:00", "+15035550142"),
        (SATURDAY_NIGHT, "closed until Monday at 08:00", "+15035550188"),
    ],
)
def test_today_depends_on_when_the_clinic_is_open(protocol: Protocol, now: datetime, words: str, tel: str) -> None:
    reply = sore(protocol, now, soreness__severity=[8, 8])
    assert reply["result"]["within"] == "today" and words in reply["text"]
    assert reply["result"]["call"]["tel"] == tel


def test_the_next_working_day_skips_a_holiday(protocol: Protocol) -> None:
    wednesday_night = datetime(2026, 11, 25, 20, 0, tzinfo=CLINIC)
    opening = Hours(protocol.clinic, wednesday_night).next_opening()
    assert opening is not None and opening.begins == datetime(2026, 11, 27, 8, 0, tzinfo=CLINIC)


def test_the_clinic_is_open_by_its_own_clock(protocol: Protocol) -> None:
    assert Hours(protocol.clinic, TUESDAY.astimezone(timezone.utc)).is_open()
    assert not Hours(protocol.clinic, SATURDAY_NIGHT.astimezone(timezone.utc)).is_open()


def test_an_emergency_has_the_number_first_and_no_home_care(protocol: Protocol) -> None:
    reply = card(protocol, TUESDAY, chest_pain=True, soreness=True, area=["upper_back"])
    result = reply["result"]
    assert reply["text"].startswith("Call 911") and result["call"] == {"label": "Call 911", "tel": "911"}
    assert result["avoid"] == [] and result["expect"] is None
    home = {item.text for item in protocol.advice.values()}
    assert not home & set(result["do"])
    assert any("upper back" in line for line in result["do"])


def test_a_crisis_card_holds_nothing_else(protocol: Protocol) -> None:
    result = card(protocol, TUESDAY, suicidal=True, soreness=True)["result"]
    assert result["crisis"] and result["call"]["tel"] == "988"
    assert (result["why"], result["avoid"], result["get_help_if"], result["expect"]) == ([], [], [], None)


def test_danger_from_others_has_its_own_line(protocol: Protocol) -> None:
    reply = card(protocol, TUESDAY, harm_from_others=True)
    assert reply["result"]["crisis"] and reply["result"]["call"]["tel"] == "911"
    assert protocol.numbers["abuse_line"] in reply["text"]


def words(result: dict[str, Any], *keys: str) -> str:
    return " ".join(line for key in keys for line in result[key]).lower()


@pytest.mark.parametrize("skin", ["redness", "site_warm", "numbness"])
def test_no_heat_on_red_warm_or_numb_skin(protocol: Protocol, skin: str) -> None:
    result = sore(protocol, TUESDAY, **{skin: True})["result"]
    assert "warm cloth" not in words(result, "do") and "heat pad" not in words(result, "do")


def test_no_ibuprofen_is_offered_with_a_blood_thinner(protocol: Protocol) -> None:
    facts = {"headache": True, "headache__severity": [3, 3], "headache__hours": [TUESDAY.isoformat()] * 2}
    result = card(protocol, TUESDAY, blood_thinner=True, **facts)["result"]
    assert "ibuprofen" not in words(result, "do")


def test_nobody_told_to_limit_fluids_is_told_to_drink(protocol: Protocol) -> None:
    assert "drink" in words(sore(protocol, TUESDAY)["result"], "do")
    assert "drink" not in words(sore(protocol, TUESDAY, fluid_limit=True)["result"], "do")


def test_nobody_drowsy_or_dizzy_is_told_that_they_may_drive(protocol: Protocol) -> None:
    tired = card(protocol, TUESDAY, fatigue=True, manages_usual=True)["result"]
    dizzy = card(protocol, TUESDAY, dizziness=True, dizziness__trend="gone")["result"]
    for result in (tired, dizzy):
        assert "do not drive" in words(result, "avoid", "do")


def test_every_source_names_a_document_or_says_that_it_was_added(protocol: Protocol) -> None:
    for source in sore(protocol, TUESDAY)["result"]["sources"]:
        assert source["section"] and (source["added"] or source["document"] in protocol.documents.values())


def test_a_question_offers_none_and_not_sure(protocol: Protocol) -> None:
    values = [option["value"] for option in question_reply(protocol.check, protocol)["options"]]
    assert values[-2:] == ["none", "unsure"]
