"""What a patient can tell whoever helps them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.triage.handover import handover
from bot.triage.protocol import Protocol
from tests.gateway.conftest import Patient, Product
from tests.gateway.standin import StandIn, assessment, reply

NOW = datetime(2026, 11, 23, 15, tzinfo=ZoneInfo("America/Los_Angeles"))


def hours_ago(most: float, least: float) -> list[str]:
    return [(NOW - timedelta(hours=hours)).isoformat() for hours in (most, least)]


FACTS = {
    "headache": True,
    "headache.severity": [7, 7],
    "headache.hours": hours_ago(6, 4),
    "headache.trend": "worse",
    "treatment": "dry_needling",
    "session": hours_ago(24, 23),
    "area": ["neck", "shoulder_top"],
    "sides": ["left"],
    "blood_thinner": False,
    "pregnant": True,
    "breathless": False,
    "chest_pain": False,
    "stiff_neck": "unsure",
}
URGENT = {"level": "urgent", "within": "today", "crisis": False, "symptoms": ["headache"], "facts": FACTS}


def test_it_says_what_was_done_what_is_wrong_and_what_is_not(protocol: Protocol) -> None:
    assert handover(URGENT, protocol, NOW) == [
        "Treatment: dry needling",
        "When it was: Sunday 22 November, about 15:00",
        "Where the needles were: neck and top of the shoulder (left)",
        "Now: a headache",
        "headache: it began about 5 hours ago, it is 7 out of 10, it is worse",
        "Blood thinners or a bleeding problem: no",
        "Also important: pregnant, or gave birth in the last 6 weeks",
        "Does not have: new trouble breathing; chest pain or tightness",
        "Not sure about: a stiff neck",
        "The clinic's assistant said: See a doctor today",
        f"Clinic: {protocol.clinic['name']}",
        f"Its phone number: {protocol.clinic['phone']}",
        "Written down Monday 23 November, about 15:00",
    ]


def test_what_is_not_known_is_said_to_be_so(protocol: Protocol) -> None:
    lines = handover({"level": "emergency", "within": "now", "facts": {"breathless": True}}, protocol, NOW)
    assert lines is not None and lines[:5] == [
        "Treatment: dry needling or acupuncture",
        "When it was: not known",
        "Where the needles were: not known",
        "Now: new trouble breathing",
        "Blood thinners or a bleeding problem: not known",
    ]


def test_what_grows_is_denied_only_of_what_is_there(protocol: Protocol) -> None:
    """A bruise that does "not grow" denies all that could; the note speaks of the bruise."""
    facts = {"bruise": True, "bruise_growing": False, "lump_growing": False, "site_growing": False}
    lines = handover({**URGENT, "symptoms": ["bruise"], "facts": facts}, protocol, NOW)
    assert lines is not None and "Does not have: the bruise is still growing" in lines


@pytest.mark.parametrize(
    "assessed", [{}, {"level": None}, {"level": "self_care", "within": None}, {**URGENT, "crisis": True}]
)
def test_at_home_in_a_crisis_or_without_an_answer_there_is_nobody_to_tell(protocol: Protocol, assessed: dict) -> None:  # type: ignore[type-arg]
    assert handover(assessed, protocol, NOW) is None


def ask(patient: Patient) -> httpx.Response:
    return patient.http.get(patient.path + "/summary", headers=patient.headers)


def test_it_is_there_once_an_answer_sends_the_patient_to_somebody(product: Product, standin: StandIn) -> None:
    patient = product.patient("America/Los_Angeles")
    assert ask(patient).status_code == 404
    standin.answers["head"] = (reply("See a doctor.", "urgent"), {**assessment("urgent", "today", 3), **URGENT})
    patient.send("head")
    patient.send("thanks")
    found = ask(patient).json()
    assert found["title"] == "What to tell them" and "Now: a headache" in found["lines"]


def test_what_only_the_screen_saw_is_told_too(patient: Patient, standin: StandIn) -> None:
    standin.mode = "error"
    patient.send("I cannot breathe")
    assert "Now: new trouble breathing" in ask(patient).json()["lines"]
