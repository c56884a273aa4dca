"""Odd messages, wrong tokens and crashes: a clear error or a sensible reply, nothing lost, doubled or leaked."""

import sqlite3
import time
from uuid import uuid4

import httpx
import pytest

from bot.demo.talk import results
from tests.product.running import Product

CHEST = "sharp pain in my chest when I breathe in"


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01\x02\x7f" * 40])
def test_nothing_to_read_is_refused_with_plain_words(product: Product, text: str) -> None:
    answer = product.patient().post({"id": str(uuid4()), "text": text})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["title"] and answer.json()["detail"]


def test_twenty_kilobytes_are_too_long(product: Product) -> None:
    patient = product.patient()
    answer = patient.post({"id": str(uuid4()), "text": "my back is sore " * 1300})
    assert answer.status_code == 413
    assert patient.say("my back is sore"), "the conversation goes on"


@pytest.mark.parametrize(
    "text", ["😢😢😢", "🤕", "?!?!", "asdkjh qwe zxcv", "مرحبا لدي ألم في صدري", "Me duele el pecho"]
)
def test_words_it_cannot_read_get_a_reply_with_a_way_to_help(product: Product, text: str) -> None:
    said = " ".join(reply["text"] for reply in product.patient().say(text))
    assert "911" in said or "What did you notice" in said or "other words" in said


@pytest.mark.parametrize("text", ["/report_chest", '/inform{"finding": "headache"}', "/restart", "//nope@0.9"])
def test_a_leading_slash_commands_nothing(product: Product, text: str) -> None:
    patient = product.patient()
    patient.say("I have a small bruise")
    replies = patient.say(text)
    assert not [card for card in results(replies) if card["level"] == "emergency"]
    spoken = [m["text"] for m in patient.transcript()["messages"] if m.get("text")]
    assert any(text.lstrip("/") in one.replace("⁄", "/") for one in spoken)


def test_a_wrong_token_and_another_patients_conversation(product: Product) -> None:
    one, other = product.patient(), product.patient()
    one.say("I have a small bruise")
    path = f"{product.url}/api/conversations/{one.id}"
    body = {"id": str(uuid4()), "text": "hello"}
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        assert httpx.post(path + "/messages", json=body, headers=headers).status_code == 401
    for method, address in (("GET", path), ("DELETE", path), ("POST", path + "/messages")):
        answer = httpx.request(method, address, headers=other.headers, json=body if method == "POST" else None)
        assert answer.status_code == 403 and "bruise" not in answer.text


def test_the_same_message_twice_changes_nothing(product: Product) -> None:
    patient, name = product.patient(), str(uuid4())
    first = patient.post({"id": name, "text": "I have a small bruise"})
    again = patient.post({"id": name, "text": "I have a small bruise"})
    assert first.json() == again.json()
    assert len([m for m in patient.transcript()["messages"] if m.get("id", m.get("message_id")) == name]) == 1


def test_an_erased_conversation_is_gone_from_rasas_memory_too(product: Product) -> None:
    patient = product.patient()
    patient.say("I have a small bruise on my thigh")
    with sqlite3.connect(product.data_dir / "rasa.sqlite3") as kept:
        count = "select count(*) from rasa_trackers where conversation_id = ?"
        assert kept.execute(count, [patient.id]).fetchone() == (1,)
        path = f"{product.url}/api/conversations/{patient.id}"
        assert httpx.delete(path, headers=patient.headers).status_code == 204
        assert kept.execute(count, [patient.id]).fetchone() == (0,)


def test_rasa_killed_under_way_gives_the_safety_card_and_the_answer_later(product: Product) -> None:
    patient = product.patient()
    product.kill("rasa run")
    began = time.monotonic()
    replies = patient.say("I have a small bruise on my thigh")
    assert time.monotonic() - began < 15
    assert "911" in str(replies)
    emergency = product.patient().say(CHEST)
    assert results(emergency)[0]["level"] == "emergency"
    product.wait_until_ready()
    end = time.monotonic() + 90
    while time.monotonic() < end and "safety check" not in str(patient.transcript()):
        time.sleep(1)
    transcript = str(patient.transcript())
    assert "safety check" in transcript
    assert transcript.count("small bruise on my thigh") == 1


def test_an_actions_server_that_is_gone_is_no_silence(product: Product) -> None:
    product.kill("rasa_sdk")
    assert "911" in str(product.patient().say("I have a small bruise on my thigh"))
    assert httpx.get(product.url + "/readyz").status_code == 503
    product.wait_until_ready()
    assert "safety check" in str(product.patient().say("I have a small bruise on my thigh"))
