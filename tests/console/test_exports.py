"""One conversation as a file."""

import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from bot.records import escalations
from tests.console import made
from tests.console.conftest import Place


@pytest.mark.parametrize("kind", ["quiet", "failed", "call_back", "disagreement", "emergency"])
def test_every_kind_of_conversation_is_a_valid_fhir_bundle(place: Place, kind: str) -> None:
    conversation_id = made.a_day(place.database, place.seal, place.clock.now)[kind]
    answer = place.as_("cleo").get(f"/conversations/{conversation_id}/fhir.json")
    assert answer.headers["content-type"] == "application/fhir+json"
    bundle = Bundle.parse_raw(answer.text)
    references = {entry.fullUrl for entry in bundle.entry}
    assert len(references) == len(bundle.entry), "every resource has its own id"
    for found in answer.text.split('"reference": "')[1:]:
        assert found.split('"')[0] in references, "no reference leads nowhere"


def test_a_closed_emergency_has_all_four_resources_with_what_happened(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    with place.database.write() as connection:
        escalations.acknowledge(connection, 1, place.people["cleo"], place.clock.pass_by(minutes=2))
        escalations.close(connection, 1, place.people["cleo"], "sent_to_care", "is in hospital", place.clock.now)
    text = place.as_("cleo").get(f"/conversations/{conversation_id}/fhir.json").text
    by_kind = {entry["resource"]["resourceType"]: entry["resource"] for entry in json.loads(text)["entry"]}
    assert set(by_kind) == {"Device", "Communication", "RiskAssessment", "Flag", "Task"}
    assert by_kind["RiskAssessment"]["prediction"][0]["qualitativeRisk"]["text"] == "Emergency, now"
    assert by_kind["Flag"]["status"] == "inactive"
    task = by_kind["Task"]
    assert (task["status"], task["priority"], task["owner"]["display"]) == ("completed", "stat", "Cleo")
    assert task["note"][0]["text"] == "is in hospital" and task["restriction"]["period"]["end"]


def test_json_holds_everything_but_how_to_reach_the_patient(place: Place) -> None:
    conversation_id = made.call_back(place.database, place.seal, place.clock.now)
    text = place.as_("cleo").get(f"/conversations/{conversation_id}/export.json").text
    entry = json.loads(text)
    assert entry["id"] == conversation_id and entry["escalations"][0]["kind"] == "call_back"
    assert "0199" not in text and "Jordan" not in text


def test_the_print_view_shows_everything_unfolded(place: Place) -> None:
    conversation_id = made.emergency(place.database, place.clock.now)
    html = place.as_("vera").get(f"/conversations/{conversation_id}/print").text
    assert html.count("<details") == html.count(" open>") > 0
    assert "Reference " + conversation_id in html and "<textarea" not in html
