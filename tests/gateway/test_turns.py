"""One message through the gateway: answered once, and never met with silence."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from bot.records import conversations, escalations, events, messages
from tests.gateway.conftest import EMERGENCY_WORDS, IMPATIENT, Patient, Product, Start
from tests.gateway.standin import StandIn, assessment, eventually, free_port, reply, served

CARD = "I cannot answer right now"


def levels(answer: dict[str, Any]) -> list[str]:
    return [one["result"]["level"] for one in answer["replies"] if one["result"]]


def escalated(product: Product, patient: Patient) -> list[tuple[str, str | None]]:
    with product.database.read() as connection:
        found = escalations.of_conversation(connection, patient.id)
    return [(row["kind"], row["level"]) for row in found]


def test_a_message_is_answered_and_kept(patient: Patient, standin: StandIn) -> None:
    message_id = str(uuid4())
    answer = patient.send("Sore neck", message_id).json()
    assert answer["message_id"] == message_id
    assert [(r["kind"], r["text"]) for r in answer["replies"]] == [("text", "You said Sore neck")]
    whole = patient.read()
    assert [r["text"] for r in whole["replies"]] == [r["text"] for r in patient.greeting]
    assert [(m["id"], m["text"], m["state"]) for m in whole["messages"]] == [(message_id, "Sore neck", "answered")]
    assert whole["messages"][0]["replies"] == answer["replies"]
    assert standin.keys == ["shared secret"]


def test_rasa_gets_what_was_agreed(patient: Patient, standin: StandIn) -> None:
    patient.send("Sore neck")
    patient.send(values=["none", "not_sure"])
    first, second = standin.heard
    assert set(first) == {"conversation_id", "message_id", "text", "values", "now", "findings"}
    assert (first["text"], first["values"], second["text"], second["values"]) == (
        "Sore neck", None, None, ["none", "not_sure"],
    )  # fmt: skip
    assert first["conversation_id"] == patient.id and first["now"][-6] in "+-"


def test_the_same_id_again_returns_the_same_and_changes_nothing(patient: Patient, standin: StandIn) -> None:
    message_id = str(uuid4())
    first = patient.send("Sore neck", message_id).json()
    assert patient.send("Sore neck", message_id).json() == first
    assert len(standin.heard) == 1 and len(patient.read()["messages"]) == 1


def test_the_same_id_while_the_first_is_under_way_waits_for_it(patient: Patient, standin: StandIn) -> None:
    standin.delay, message_id = 0.2, str(uuid4())
    with ThreadPoolExecutor() as tabs:
        answers = [tabs.submit(patient.send, "Sore neck", message_id) for _ in range(4)]
        bodies = [answer.result().json() for answer in answers]
    assert all(body == bodies[0] for body in bodies) and len(standin.heard) == 1


def test_the_same_id_with_other_words_is_a_conflict(patient: Patient) -> None:
    message_id = str(uuid4())
    patient.send("Sore neck", message_id)
    assert patient.send("Chest pain", message_id).status_code == 409
    assert len(patient.read()["messages"]) == 1


def test_one_message_at_a_time_and_in_order(patient: Patient, standin: StandIn) -> None:
    standin.delay = 0.05
    with ThreadPoolExecutor() as tabs:
        sent = []
        for number in range(5):
            sent.append(tabs.submit(patient.send, f"message {number}"))
            eventually(lambda: len(patient.read()["messages"]) == len(sent))
        assert {one.result().status_code for one in sent} == {200}
    assert [heard["text"] for heard in standin.heard] == [f"message {number}" for number in range(5)]
    assert standin.most_at_once == {patient.id: 1}


def test_conversations_do_not_wait_for_each_other(product: Product, standin: StandIn) -> None:
    standin.delay = 0.3
    patients = [product.patient() for _ in range(5)]
    with ThreadPoolExecutor() as all_at_once:
        answers = list(all_at_once.map(lambda one: one.send("hello").status_code, patients))
    assert answers == [200] * 5 and max(standin.most_at_once.values()) > 1


@pytest.mark.parametrize("mode", ["slow", "error", "empty", "list", "garbage", "wrong_id", "silent_reply"])
def test_every_failure_shows_the_safety_card_and_is_answered_later(
    start: Start, rasa_url: str, standin: StandIn, mode: str
) -> None:
    product = start(rasa_url, **(IMPATIENT if mode == "slow" else {}))
    patient = product.patient()
    standin.mode, message_id = mode, str(uuid4())
    answer = patient.send("Sore neck", message_id)
    assert answer.status_code == 200 and CARD in answer.json()["replies"][0]["text"]
    assert ("failure", None) in escalated(product, patient)
    standin.mode = "ok"
    eventually(lambda: patient.read()["messages"][0]["state"] == "answered")
    told = patient.texts()[0]
    assert CARD in told[0] and told[-1] == "You said Sore neck" and len(told) == 3
    time.sleep(0.3)
    assert patient.texts()[0] == told
    assert len(patient.send("Sore neck", message_id).json()["replies"]) == 3


def test_the_safety_card_names_numbers_and_danger_signs(patient: Patient, standin: StandIn, protocol: Any) -> None:
    standin.mode = "error"
    card = patient.send("Sore neck").json()["replies"][0]["text"]
    assert protocol.numbers["emergency_number"] in card and protocol.clinic["phone"] in card
    assert all(sign in card for sign in protocol.texts["safety_card"]["red_flags"])
    assert "{" not in card


def test_rasa_killed_and_back(start: Start, standin: StandIn) -> None:
    port = free_port()
    product = start(f"http://127.0.0.1:{port}")
    patient = product.patient()
    assert CARD in patient.send("first").json()["replies"][0]["text"]
    assert CARD in patient.send("second").json()["replies"][0]["text"]
    with served(standin.app, port):
        eventually(lambda: [m["state"] for m in patient.read()["messages"]] == ["answered"] * 2)
        assert [heard["text"] for heard in standin.heard] == ["first", "second"]
        assert escalated(product, patient) == [("failure", None)]
        with product.database.read() as connection:
            assert escalations.queue(connection) == []


def test_a_new_message_lets_the_waiting_one_go_first(product: Product, patient: Patient, standin: StandIn) -> None:
    standin.mode = "error"
    patient.send("first")
    standin.mode = "ok"
    eventually(lambda: product.gateway.watch.ready)
    assert patient.send("second").status_code == 200
    texts = [heard["text"] for heard in standin.heard]
    assert texts.index("second") > texts.index("first") and texts.count("second") == 1
    assert texts[-1] == "second" and patient.read()["messages"][0]["state"] == "answered"


def test_a_message_that_always_fails_is_given_up(start: Start, rasa_url: str, standin: StandIn) -> None:
    product = start(rasa_url, max_attempts=3, retry_pause=0.01)
    patient, other = product.patient(), product.patient()
    standin.mode = "error"
    patient.send("poison")
    eventually(lambda: len(standin.heard) >= 3)
    time.sleep(0.3)
    assert len(standin.heard) == 3
    standin.mode = "ok"
    assert other.send("hello").json()["replies"][0]["text"] == "You said hello"
    assert patient.send("next").json()["replies"][0]["text"] == "You said next"
    assert ("failure", None) in escalated(product, patient)


def test_an_emergency_gets_its_card_when_nobody_answers(start: Start, rasa_url: str, standin: StandIn) -> None:
    product = start(rasa_url, **{**IMPATIENT, "rasa_timeout": 15.0})
    patient = product.patient()
    standin.mode = "slow"
    answer = patient.send(f"Help, {EMERGENCY_WORDS}").json()
    assert standin.at_once == 1, "it waited for who does not answer"
    assert levels(answer) == ["emergency"] and answer["replies"][0]["result"]["call"]["tel"]
    assert ("result", "emergency") in escalated(product, patient)


def test_a_ticked_danger_sign_counts_when_nobody_answers(product: Product, patient: Patient, standin: StandIn) -> None:
    check = {**reply("Do you have any of these?"), "kind": "question", "input": "choice", "multiple": True}
    check["options"] = [{"label": "Trouble breathing", "value": "air"}, {"label": "A fever", "value": "fever"}]
    standin.answers["hello"] = (check, assessment())
    patient.send("hello")
    standin.mode = "error"
    assert levels(patient.send(values=["fever"]).json()) == []
    assert CARD in patient.texts()[-1][0]


def test_the_emergency_among_ticked_signs_is_found(product: Product, patient: Patient, standin: StandIn) -> None:
    check = {**reply("Do you have any of these?"), "kind": "question", "input": "choice", "multiple": True}
    check["options"] = [{"label": "Trouble breathing", "value": "air"}, {"label": "A fever", "value": "fever"}]
    standin.answers["hello"] = (check, assessment())
    patient.send("hello")
    standin.mode = "error"
    assert levels(patient.send(values=["air", "fever"]).json()) == ["emergency"]
    assert ("result", "emergency") in escalated(product, patient)


def test_a_missed_emergency_is_added_and_recorded(product: Product, patient: Patient) -> None:
    answer = patient.send(EMERGENCY_WORDS).json()
    assert levels(answer) == ["emergency"] and answer["replies"][-1]["text"] == f"You said {EMERGENCY_WORDS}"
    assert escalated(product, patient) == [("result", "emergency")]
    with product.database.read() as connection:
        row = conversations.find(connection, patient.id)
        assert row is not None and row["review_reasons"] == ["disagreement"]
        assert len(events.after(connection, patient.id, 0, (events.DISAGREEMENT,))) == 1


def test_an_emergency_both_saw_has_one_card(product: Product, patient: Patient, standin: StandIn) -> None:
    card = (reply("Call now", "emergency"), assessment("emergency", "now", 5))
    standin.answers[EMERGENCY_WORDS] = card
    assert levels(patient.send(EMERGENCY_WORDS).json()) == ["emergency"]
    with product.database.read() as connection:
        message = messages.transcript(connection, patient.id)[-1]
    assert message["disagreement"] is False and message["screen"]["assessment"]["level"] == "emergency"
    assert escalated(product, patient) == [("result", "emergency")]


def test_what_a_crash_left_unanswered_is_answered_at_the_next_start(start: Start, rasa_url: str) -> None:
    product = start(free_address())
    patient = product.patient()
    with product.database.write() as connection:
        messages.receive(connection, patient.id, str(uuid4()), product.gateway.turns.clock(), text="Sore neck")
    again = start(rasa_url)
    seen = Patient(again.http, patient.id, patient.token, [])
    eventually(lambda: seen.texts() == [["You said Sore neck"]])


def test_a_patient_who_leaves_is_answered_all_the_same(patient: Patient, standin: StandIn) -> None:
    standin.delay = 1.0
    with pytest.raises(Exception, match="timed out"):
        patient.http.post(
            patient.path + "/messages", json={"id": str(uuid4()), "text": "hi"}, headers=patient.headers, timeout=0.5
        )
    eventually(lambda: patient.texts() == [["You said hi"]])


def free_address() -> str:
    return f"http://127.0.0.1:{free_port()}"


class TestStarting:
    """While Rasa has not been seen yet."""

    @pytest.fixture
    def starting(self, start: Start) -> Callable[[], tuple[Product, int]]:
        def begin() -> tuple[Product, int]:
            port = free_port()
            return start(f"http://127.0.0.1:{port}", start_grace=60, start_hold=0.4), port

        return begin

    def test_a_message_is_held_then_sent_back_unsaved(self, starting: Callable[[], tuple[Product, int]]) -> None:
        product, _ = starting()
        patient = product.patient()
        answer = patient.send("Sore neck")
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
        assert patient.read()["messages"] == []

    def test_a_message_is_answered_when_rasa_comes_in_time(
        self, starting: Callable[[], tuple[Product, int]], standin: StandIn
    ) -> None:
        product, port = starting()
        patient = product.patient()
        answers: list[int] = []
        sender = threading.Thread(target=lambda: answers.append(self._until_taken(patient)))
        sender.start()
        with served(standin.app, port):
            sender.join(10)
            assert answers == [200] and patient.texts() == [["You said Sore neck"]]

    def test_an_emergency_is_never_held(self, starting: Callable[[], tuple[Product, int]]) -> None:
        product, _ = starting()
        answer = product.patient().send(EMERGENCY_WORDS)
        assert answer.status_code == 200 and levels(answer.json()) == ["emergency"]

    def _until_taken(self, patient: Patient) -> int:
        message_id, status = str(uuid4()), 503
        while status == 503:
            status = patient.send("Sore neck", message_id).status_code
        return status
