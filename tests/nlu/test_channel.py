import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException
from sanic.compat import Header

from bot.nlu.channel import KEY_HEADER, KEY_VARIABLE, AftercareInput, harmless

KEY = "a-key-of-at-least-sixteen-letters"
TURN = {"understood": {"intent": {"name": "greet", "confidence": 0.9}, "findings": []}, "assessment": {"level": None}}
REPLY = {"kind": "text", "text": "Hello.", "input": None, "options": [], "multiple": False, "result": None}
BODY = {"conversation_id": "c1", "message_id": "m1", "text": "hello", "now": "2026-11-22T10:00:00+00:00"}


class Handled:
    """Stands where Rasa's agent is: notes the message and says what it is told to."""

    def __init__(self, *messages, error=None):
        self.messages, self.error, self.heard = messages, error, []

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.error:
            raise self.error
        for said in self.messages:
            await message.output_channel.send_response(message.sender_id, dict(said))


ANSWER = {"text": "Hello.", "reply": REPLY, "turn": TURN}


@dataclass
class Call:
    """What the channel reads of a web request."""

    json: Any
    headers: Header
    ip: str = "127.0.0.1"


def post(handled, body=BODY, key=KEY, ip="127.0.0.1"):
    headers = Header({KEY_HEADER.lower(): key} if key is not None else {})
    response = asyncio.run(AftercareInput(KEY).receive(Call(body, headers, ip), handled))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", KEY.upper()])
def test_without_the_right_key_nothing_is_run(key):
    handled = Handled(ANSWER)
    assert post(handled, key=key)[0] == 401
    assert handled.heard == []


@pytest.mark.parametrize("key", ["", "short"])
def test_the_channel_does_not_start_without_a_real_key(monkeypatch, key):
    monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(RasaException, match=KEY_VARIABLE):
        AftercareInput.from_credentials(None)


def test_replies_and_understanding_come_back_with_the_message_id():
    assert post(Handled(ANSWER)) == (200, {"message_id": "m1", "replies": [REPLY], **TURN})


def test_a_plain_response_of_the_domain_becomes_a_text_reply():
    status, body = post(Handled({"text": "I did not understand."}, ANSWER))
    assert status == 200 and [reply["text"] for reply in body["replies"]] == ["I did not understand.", "Hello."]


def test_an_action_that_says_nothing_is_a_failure():
    assert post(Handled())[0] == 502


def test_a_reply_without_its_assessment_is_a_failure():
    assert post(Handled({"text": "half an answer", "reply": REPLY}))[0] == 502


def test_a_failing_model_is_a_failure_that_does_not_repeat_the_words(caplog):
    status, body = post(Handled(error=ValueError("hello")))
    assert status == 500 and "hello" not in str(body) and "hello" not in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"conversation_id": None},
        {"message_id": ""},
        {"text": None},
        {"text": "  "},
        {"text": 5},
        {"values": ["yes"]},
        {"text": None, "values": []},
        {"text": None, "values": [1]},
        {"text": None, "values": "yes"},
    ],
)
def test_a_request_that_is_no_message_is_refused(change):
    handled = Handled(ANSWER)
    assert post(handled, {**BODY, **change})[0] == 400
    assert handled.heard == []


def test_a_body_that_is_no_object_is_refused():
    assert post(Handled(ANSWER), ["hello"])[0] == 400


@pytest.mark.parametrize(
    ("typed", "passed"),
    [("/restart", "⁄restart"), ('//inform{"a": 1}', '⁄⁄inform{"a": 1}'), ("  /deny", "⁄deny"), ("and/or", "and/or")],
)
def test_typed_commands_are_only_words(typed, passed):
    assert harmless(typed) == passed


def test_a_typed_command_reaches_the_language_model_as_words():
    handled = Handled(ANSWER)
    post(handled, {**BODY, "text": "/report_chest@1.0"})
    assert handled.heard[0].text == "⁄report_chest@1.0" and handled.heard[0].parse_data is None


def test_findings_and_time_of_the_gateway_travel_with_the_message():
    handled = Handled(ANSWER)
    post(handled, {**BODY, "findings": []})
    assert handled.heard[0].metadata == {"now": BODY["now"], "findings": [], "read_text": "hello"}


def test_tapped_options_are_not_read_by_the_language_model():
    handled = Handled(ANSWER)
    post(handled, {**BODY, "text": None, "values": ["coin"], "findings": [{"finding": "forged"}]})
    message = handled.heard[0]
    assert message.parse_data["intent"]["name"] == "inform" and message.parse_data["entities"] == []
    assert message.metadata == {"now": BODY["now"], "values": ["coin"]}


def test_another_machine_is_refused():
    handled = Handled(ANSWER)
    assert post(handled, ip="192.0.2.7")[0] == 403
    assert handled.heard == []


def test_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert AftercareInput.from_credentials(None).key == KEY.encode()
