"""What the gateway says in the clinic's words, and what is left to say when they cannot be loaded."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from bot.gateway.app import create_app
from bot.gateway.rasa import RasaClient
from bot.gateway.startup import Content
from bot.gateway.store import Store
from bot.gateway.words import Words, words_of
from bot.records.contacts import Seal
from bot.records.database import open_database
from bot.triage.content import ProtocolError
from bot.triage.protocol import Protocol
from tests.gateway.conftest import Start, quick
from tests.gateway.standin import served

MONDAY = "2026-11-23T"


@pytest.mark.parametrize(("time", "closed"), [("12:00-08:00", False), ("20:00-08:00", True)])
def test_whoever_asks_for_a_call_at_night_hears_when_the_clinic_opens(
    protocol: Protocol, time: str, closed: bool
) -> None:
    said = words_of(protocol).while_closed(datetime.fromisoformat(MONDAY + time))
    expected = "The clinic is closed now. Someone can call you on Tuesday from 08:00. If you get worse, do not wait"
    assert [reply["text"] for reply in said] == ([f"{expected} for the call."] if closed else [])


def test_a_wish_for_a_call_at_night_is_answered_in_the_chat(
    start: Start, rasa_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = start(rasa_url)
    patient = product.patient()
    night = datetime.fromisoformat(MONDAY + "20:00-08:00")
    monkeypatch.setattr(product.gateway.turns, "clock", lambda: night)
    answer = patient.http.post(patient.path + "/contact", json={"phone": "503 555 0100"}, headers=patient.headers)
    assert answer.status_code == 204
    assert patient.read()["replies"][-1]["text"].startswith("The clinic is closed now.")


def test_refusals_are_the_clinics_words(start: Start, rasa_url: str, protocol: Protocol) -> None:
    product = start(rasa_url, token_days=-1)
    patient = product.patient()
    answer = patient.http.get(patient.path, headers=patient.headers)
    assert answer.json()["detail"] == protocol.text("api.ended")


def test_without_the_clinics_words_an_error_is_still_a_proper_answer(data_dir: Path, rasa_url: str) -> None:
    def broken() -> Words:
        raise ProtocolError("texts.yml, line 1: not valid YAML")

    settings = quick(data_dir)
    store = Store(open_database(data_dir), Seal(data_dir))
    app = create_app(settings, store, RasaClient(rasa_url, ""), Content(broken, lambda: pytest.fail("not needed")))
    with served(app) as url, httpx.Client(base_url=url) as http:
        answer = http.post("/api/conversations", json={})
        assert (answer.status_code, answer.json()["detail"]) == (503, "Service Unavailable")
        assert answer.headers["retry-after"] and http.get("/widget.js").status_code == 200
