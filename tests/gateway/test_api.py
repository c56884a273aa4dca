"""The contract of the chat API: who may ask, what is refused and how, and what is never leaked."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bot.gateway.problems import MEDIA_TYPE
from bot.gateway.rasa import RasaClient
from bot.records import contacts, conversations, escalations, events, messages, remarks, staff
from bot.records.database import FILE
from bot.triage.protocol import Protocol
from tests.gateway.conftest import Patient, Product, Start, quick, running
from tests.gateway.standin import StandIn, assessment, eventually, reply, served


@pytest.fixture(scope="module")
def shared_standin() -> StandIn:
    return StandIn()


@pytest.fixture
def standin(shared_standin: StandIn) -> StandIn:
    """In Rasa's place for every test of this file, as if fresh for each."""
    shared_standin.mode = "ok"
    shared_standin.heard.clear()
    shared_standin.forgotten.clear()
    shared_standin.answers.clear()
    return shared_standin


@pytest.fixture(scope="module")
def rasa_url(shared_standin: StandIn) -> Iterator[str]:
    with served(shared_standin.app) as url:
        yield url


@pytest.fixture(scope="module")
def product(
    rasa_url: str, protocol: Protocol, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """One gateway for the tests of this file; each brings its own patient."""
    data_dir = tmp_path_factory.mktemp("api")
    shutil.copy(migrated / FILE, data_dir / FILE)
    with running(quick(data_dir), protocol, rasa_url) as found:
        yield found


@pytest.fixture
def patient(product: Product, standin: StandIn) -> Patient:
    return product.patient()


def is_problem(answer: httpx.Response, status: int) -> bool:
    """Whether an answer is a problem document of that status, and says nothing of our insides."""
    body = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    assert "Traceback" not in answer.text and "sqlalchemy" not in answer.text.lower()
    return bool(answer.status_code == status == body["status"] and body["title"] and body["type"] == "about:blank")


def post(patient: Patient, content: bytes | str, path: str = "/messages", **headers: str) -> httpx.Response:
    sent = {**patient.headers, "Content-Type": "application/json", **headers}
    return patient.http.post(patient.path + path, content=content, headers=sent)


class TestTokens:
    def test_every_conversation_path_needs_its_token(self, patient: Patient) -> None:
        asks = [("GET", ""), ("DELETE", ""), ("POST", "/messages"), ("GET", "/events"), ("POST", "/feedback")]
        asks += [("GET", "/check-ins"), ("POST", "/check-ins"), ("DELETE", "/check-ins"), ("GET", "/summary")]
        for method, rest in [*asks, ("POST", "/contact")]:
            answer = patient.http.request(method, patient.path + rest, json={} if method == "POST" else None)
            assert is_problem(answer, 401) and answer.headers["WWW-Authenticate"] == "Bearer", (method, rest)

    @pytest.mark.parametrize("header", ["Bearer", "Bearer x.y.z", "Basic abc", "Bearer \u00e9", ""])
    def test_what_is_no_token_opens_nothing(self, patient: Patient, header: str) -> None:
        answer = patient.http.get(patient.path, headers={"Authorization": header.encode("latin-1")})
        assert is_problem(answer, 401)

    def test_a_token_opens_its_own_conversation_only(self, product: Product) -> None:
        mine, theirs = product.patient(), product.patient()
        theirs.send("secret words")
        for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/events"), ("POST", "/messages")):
            body = {"id": str(uuid4()), "text": "hi"} if method == "POST" else None
            answer = mine.http.request(method, theirs.path + rest, headers=mine.headers, json=body)
            assert is_problem(answer, 403) and "secret" not in answer.text
        assert len(theirs.read()["messages"]) == 1

    def test_a_token_expires(self, start: Start, rasa_url: str) -> None:
        patient = start(rasa_url, token_days=-1).patient()
        assert is_problem(patient.http.get(patient.path, headers=patient.headers), 401)

    def test_a_token_of_another_installation_opens_nothing(self, patient: Patient) -> None:
        body, signature = patient.token.rsplit(".", 1)
        forged = f"{body}.{signature[::-1]}"
        answer = patient.http.get(patient.path, headers={"Authorization": f"Bearer {forged}"})
        assert is_problem(answer, 401)


class TestBadInput:
    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"id": "1", "text": "hi"}',
            b'{"text": "hi"}', b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11"}',
            b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11", "text": "hi", "values": ["a"]}',
            b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11", "text": 7}',
            b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11", "values": []}',
            b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11", "values": [""]}',
            b'{"id": "6c7c1f6e-0d07-4d2c-9d3b-3b1d6a0f7c11", "text": "hi", "sender": "clinic"}',
        ],
    )  # fmt: skip
    def test_a_body_that_is_no_message(self, patient: Patient, body: bytes) -> None:
        assert is_problem(post(patient, body), 400)
        assert patient.read()["messages"] == []

    @pytest.mark.parametrize(
        "text", ["", "   ", "\n\t", "\u200b\u200e", "\x00\x01\x02PNG\x1a\x00\x00", "\ufffd\ufffd\ufffdIHDR\ufffd"]
    )
    def test_a_text_without_words(self, patient: Patient, text: str, protocol: Any) -> None:
        answer = patient.send(text)
        assert is_problem(answer, 400) and answer.json()["detail"] == protocol.text("notice.empty")
        assert patient.read()["messages"] == []

    def test_a_text_that_is_too_long(self, patient: Patient) -> None:
        for text in ("a" * 5001, "b" * 20_000):
            answer = patient.send(text)
            assert is_problem(answer, 413) and "5000" in answer.json()["detail"]
        assert patient.send("c" * 5000).status_code == 200

    def test_the_longest_text_in_its_longest_writing_is_taken(self, patient: Patient) -> None:
        body = json.dumps({"id": str(uuid4()), "text": "\U0001f642" * 5000})
        assert len(body) > 60_000
        assert post(patient, body).status_code == 200

    def test_a_body_without_end_is_cut_off(self, patient: Patient) -> None:
        def pieces() -> Any:
            for _ in range(100):
                yield b" " * 10_000

        sent = {**patient.headers, "Content-Type": "application/json"}
        answer = patient.http.post(patient.path + "/messages", content=pieces(), headers=sent)
        assert is_problem(answer, 413)
        assert is_problem(post(patient, b" " * 70_000), 413)

    def test_another_content_type(self, patient: Patient) -> None:
        body = json.dumps({"id": str(uuid4()), "text": "hi"})
        assert is_problem(post(patient, body, **{"Content-Type": "text/plain"}), 415)
        assert post(patient, body, **{"Content-Type": "application/json; charset=utf-8"}).status_code == 200

    def test_emoji_only_is_a_message(self, patient: Patient) -> None:
        assert patient.send("😖👨‍👩‍👧").json()["replies"][0]["text"] == "You said 😖👨‍👩‍👧"

    def test_control_and_direction_characters_are_taken_out(self, patient: Patient, standin: StandIn) -> None:
        patient.send("my\u202eneck\x00 hurts\u2066 a lot \x1b[31m\r\nsince Monday")
        assert standin.heard[0]["text"] == "myneck hurts a lot [31m\nsince Monday"
        assert patient.read()["messages"][0]["text"] == standin.heard[0]["text"]

    def test_a_typed_intent_reaches_rasa_as_words(self, patient: Patient, standin: StandIn) -> None:
        patient.send('/report_crisis{"finding": "x"}')
        assert standin.heard[0]["text"] == '/report_crisis{"finding": "x"}' and standin.heard[0]["values"] is None

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404), ("GET", "/api/nothing", 404), ("PUT", "/api/conversations", 405),
            ("GET", "/api/conversations", 405), ("DELETE", "/openapi.json", 405), ("GET", "/widget/../cli.py", 404),
            ("GET", "/widget/%2e%2e/cli.py", 404), ("GET", "/widget/missing.js", 404),
        ],
    )  # fmt: skip
    def test_paths_and_methods_that_are_not_there(self, product: Product, method: str, path: str, status: int) -> None:
        assert is_problem(product.http.request(method, path), status)

    def test_a_conversation_that_never_was(self, product: Product, patient: Patient) -> None:
        unknown = str(uuid4())
        token, _ = product.gateway.tokens.issue(unknown, product.gateway.turns.clock())
        ghost = Patient(patient.http, unknown, token, [])
        assert is_problem(ghost.send("hi"), 404)
        for rest in ("", "/events"):
            assert is_problem(ghost.http.get(ghost.path + rest, headers=ghost.headers), 404)


class TestLimits:
    def test_too_many_messages_are_put_off_and_none_is_kept(self, start: Start, rasa_url: str) -> None:
        patient = start(rasa_url, limits=True).patient()
        answers = [patient.send("hi") for _ in range(20)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and is_problem(refused[0], 429) and int(refused[0].headers["Retry-After"]) >= 1
        assert len(patient.read()["messages"]) == 20 - len(refused)

    def test_too_many_conversations_from_one_address(self, start: Start, rasa_url: str) -> None:
        http = start(rasa_url, limits=True).http
        statuses = [http.post("/api/conversations", json={}).status_code for _ in range(25)]
        assert statuses[:20] == [201] * 20 and 429 in statuses[20:]

    def test_limits_off_lets_everything_through(self, patient: Patient) -> None:
        assert {patient.send("hi").status_code for _ in range(40)} == {200}


class TestHostPages:
    CLINIC = "https://clinic.example"

    @pytest.fixture
    def embedded(self, start: Start, rasa_url: str) -> Product:
        return start(rasa_url, host_pages=(self.CLINIC,))

    def test_a_page_of_the_clinic_may_use_the_api(self, embedded: Product) -> None:
        answer = embedded.http.post("/api/conversations", json={}, headers={"Origin": self.CLINIC})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (201, self.CLINIC)
        asked = {"Origin": self.CLINIC, "Access-Control-Request-Method": "POST"}
        preflight = embedded.http.options("/api/conversations/x/messages", headers=asked)
        assert preflight.status_code == 204
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        assert f"frame-ancestors 'self' {self.CLINIC}" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://clinic.example.evil.example"])
    def test_no_other_page_may(self, embedded: Product, origin: str) -> None:
        for method in ("POST", "OPTIONS"):
            answer = embedded.http.request(method, "/api/conversations", headers={"Origin": origin})
            assert is_problem(answer, 403) and "Access-Control-Allow-Origin" not in answer.headers
        with embedded.database.read() as connection:
            assert connection.execute(conversations.sa.select(conversations.conversations)).all() == []

    def test_our_own_pages_may_always(self, embedded: Product) -> None:
        answer = embedded.http.post("/api/conversations", json={}, headers={"Origin": embedded.url})
        assert answer.status_code == 201

    def test_any_page_may_load_the_widget(self, product: Product) -> None:
        answer = product.http.get("/widget.js", headers={"Origin": "https://anywhere.example"})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert product.http.get("/widget/theme.css").headers["Access-Control-Allow-Origin"] == "*"

    def test_every_answer_carries_the_security_headers(self, product: Product) -> None:
        for path in ("/", "/api/clinic", "/nothing", "/healthz"):
            headers = product.http.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy


class TestErasing:
    def test_it_is_gone_for_everybody(self, product: Product, patient: Patient) -> None:
        patient.send("I was at Dr Miller's")
        with patient.http.stream("GET", patient.path + "/events", headers=patient.headers) as stream:
            lines = stream.iter_lines()
            assert patient.http.delete(patient.path, headers=patient.headers).status_code == 204
            assert any(line == "event: erased" for line in lines)
        for method in ("GET", "DELETE"):
            assert is_problem(patient.http.request(method, patient.path, headers=patient.headers), 404)
        assert is_problem(patient.send("again"), 404)
        with product.database.read() as connection:
            assert messages.transcript(connection, patient.id) == []

    def test_rasa_forgets_it_too(self, patient: Patient, standin: StandIn) -> None:
        patient.send("I was at Dr Miller's")
        assert patient.http.delete(patient.path, headers=patient.headers).status_code == 204
        assert standin.forgotten == [patient.id]

    def test_a_legal_hold_is_said(self, product: Product, patient: Patient) -> None:
        with product.database.write() as connection:
            conversations.change(connection, patient.id, legal_hold=True)
        assert is_problem(patient.http.delete(patient.path, headers=patient.headers), 409)
        assert patient.read()["conversation_id"] == patient.id


class TestEvents:
    def read_until(self, patient: Patient, wanted: int, after: str | None = None) -> list[dict[str, Any]]:
        headers = {**patient.headers, **({"Last-Event-ID": after} if after else {})}
        found: list[dict[str, Any]] = []
        event: dict[str, Any] = {}
        with patient.http.stream("GET", patient.path + "/events", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = json.loads(value) if name == "data" else value
                if not line and "data" in event:
                    found.append(event)
                    event = {}
                if len(found) == wanted:
                    return found
        raise AssertionError(found)

    def test_answers_are_mirrored_and_can_be_resumed(self, patient: Patient) -> None:
        answer = patient.send("one").json()["replies"][0]
        patient.send("two")
        whole = self.read_until(patient, len(patient.greeting) + 2)
        assert whole[-2]["data"]["id"] == answer["id"] and whole[-2]["event"] == "reply"
        resumed = self.read_until(patient, 1, after=whole[-2]["id"])
        assert [event["data"]["text"] for event in resumed] == ["You said two"]
        assert patient.read()["last_event_id"] == whole[-1]["id"]

    def test_a_late_answer_and_the_clinics_look_arrive_while_listening(
        self, product: Product, patient: Patient, standin: StandIn
    ) -> None:
        after = patient.read()["last_event_id"]
        standin.answers["pain"] = (reply("See a doctor", "urgent"), assessment("urgent", "today", 3))
        standin.mode = "error"
        patient.send("pain")
        standin.mode = "ok"
        found = self.read_until(patient, 5, after)
        kinds = [(event["event"], event["data"].get("late")) for event in found]
        assert kinds[0] == ("reply", False) and ("reply", True) in kinds and ("sent_to_clinic", None) in kinds

    def test_what_staff_do_elsewhere_is_told_within_moments(
        self, product: Product, patient: Patient, standin: StandIn
    ) -> None:
        standin.answers["pain"] = (reply("See a doctor", "urgent"), assessment("urgent", "today", 3))
        patient.send("pain")
        after = patient.read()["last_event_id"]
        with product.database.write() as connection:
            now = product.gateway.turns.clock()
            staff_id = staff.add(connection, "maria", staff.CLINICIAN, "a hash", now)
            opened = escalations.of_conversation(connection, patient.id)[0]
            escalations.acknowledge(connection, opened["id"], staff_id, now)
        assert [event["event"] for event in self.read_until(patient, 1, after)] == ["clinic_seen"]

    def test_what_is_for_the_clinic_does_not_travel(self, product: Product, patient: Patient) -> None:
        now = product.gateway.turns.clock()
        with product.database.write() as connection:
            events.add(connection, patient.id, events.SAFETY_CARD, {"reason": "inner reason"}, now)
        patient.send("hi")
        whole = self.read_until(patient, len(patient.greeting) + 1)
        assert "inner reason" not in json.dumps(whole)

    @pytest.mark.parametrize("after", ["abc", "-1", "1e9", "9" * 40])
    def test_an_event_id_that_is_none(self, patient: Patient, after: str) -> None:
        headers = {**patient.headers, "Last-Event-ID": after}
        assert is_problem(patient.http.get(patient.path + "/events", headers=headers), 400)

    def test_streams_end_with_their_readers(self, product: Product, patient: Patient) -> None:
        for _ in range(10):
            self.read_until(patient, 1)
        patient.send("wake them")
        eventually(lambda: product.gateway.hub.streams == 0)


class TestWishes:
    def test_a_call_back_is_sealed_and_on_the_list(self, product: Product, patient: Patient) -> None:
        answer = post(patient, b'{"phone": "+44 20 7946 0999", "name": "Ada"}', "/contact")
        assert answer.status_code == 204
        with product.database.read() as connection:
            found = contacts.of_conversation(connection, patient.id, product.gateway.store.seal)
            assert found == contacts.Contact("Ada", "+44 20 7946 0999", "")
            assert patient.id in [row["id"] for row in escalations.queue(connection)]
        assert "7946 0999" not in json.dumps(patient.read())

    @pytest.mark.parametrize("body", [b"{}", b'{"phone": "no digits"}', b'{"phone": "1"}', b'{"phone": "123", "x": 1}'])
    def test_a_call_back_needs_a_number(self, patient: Patient, body: bytes) -> None:
        assert is_problem(post(patient, body, "/contact"), 400)

    def test_feedback_is_kept(self, product: Product, patient: Patient) -> None:
        body = b'{"reply_id": "r1", "helpful": false, "misunderstood": false, "word": "too long"}'
        assert post(patient, body, "/feedback").status_code == 204
        with product.database.read() as connection:
            kept = remarks.of_conversation(connection, patient.id)["feedback"]
        assert [(row["kind"], row["text"]) for row in kept] == [(remarks.NOT_HELPFUL, "too long")]
        assert is_problem(post(patient, b'{"reply_id": "r1"}', "/feedback"), 400)


class TestHealth:
    def test_alive_and_ready(self, product: Product) -> None:
        assert product.http.get("/healthz").json() == {"status": "alive"}
        eventually(lambda: product.http.get("/readyz").status_code == 200)

    @pytest.mark.parametrize(("actions", "alive"), [("", True), ("http://127.0.0.1:1", False)])
    def test_rasa_without_its_actions_cannot_answer(self, rasa_url: str, actions: str, alive: bool) -> None:
        async def look() -> bool:
            client = RasaClient(rasa_url, "", actions)
            try:
                return await client.alive()
            finally:
                await client.close()

        assert asyncio.run(look()) is alive

    def test_not_ready_without_rasa(self, start: Start) -> None:
        answer = start("http://127.0.0.1:1").http.get("/readyz")
        assert (answer.status_code, answer.json()["rasa"]) == (503, False)

    def test_metrics_count_without_naming_a_patient(self, start: Start, rasa_url: str, standin: StandIn) -> None:
        product = start(rasa_url)
        patient = product.patient()
        patient.send("hello")
        standin.mode = "error"
        patient.send("hello")
        figures = product.http.get("/metrics").text
        assert 'aftercare_requests_total{endpoint="send",status="200"} 2.0' in figures
        assert 'aftercare_failed_turns_total{reason="status"}' in figures
        assert patient.id not in figures and "hello" not in figures

    def test_the_clinic_before_anything_is_asked(self, product: Product, protocol: Any) -> None:
        shown = product.http.get("/api/clinic").json()
        assert shown["name"] == protocol.clinic["name"] and len(shown["calls"]) == 2 and shown["red_flags"]
