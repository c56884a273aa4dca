"""Corrections and the files made from them, and the reading of quiet conversations."""

import re
from typing import Any

import pytest
import yaml

from bot.console import training_data
from bot.console.statistics import Share
from bot.console.training_data import DataError, example, nlu_yaml
from bot.records import messages, review_sample
from tests.console import made
from tests.console.conftest import INTENTS, Browser, Place

PHRASE = "me noggin is pounding since the needles, ring 0171 555 0123"


def correct(place: Place, browser: Browser, text: str = PHRASE, **fields: str) -> Any:
    conversation_id = made.start(place.database, place.clock.now)
    judged = made.assessment("self_care", ["SOR-0"], symptoms=["soreness"])
    message_id = made.say(place.database, conversation_id, text, judged, place.clock.now)
    browser.get(f"/conversations/{conversation_id}")
    return browser.post(f"/conversations/{conversation_id}/messages/{message_id}/correct", fields)


def test_a_corrected_intent_becomes_a_training_example_and_a_test(place: Place) -> None:
    browser = place.as_("cleo")
    assert correct(place, browser, kind="intent", intent="report_headache").status_code == 303
    data = yaml.safe_load(browser.get("/improve/nlu.yml").text)
    line = "me noggin is pounding since the needles, ring"
    assert data == {"version": "3.1", "nlu": [{"intent": "report_headache", "examples": f"- {line}\n"}]}
    (test,) = yaml.safe_load(browser.get("/improve/tests.yml").text)
    assert test["turns"] == [line] and test["expect"] == {"intent": "report_headache"}


def test_a_corrected_finding_becomes_a_test(place: Place) -> None:
    browser = place.as_("cleo")
    fields = {"kind": "finding", "finding": "headache", "assertion": "present", "words": "Noggin is pounding"}
    assert correct(place, browser, **fields).status_code == 303
    assert "Corrected by Cleo" in browser.get(browser.last.headers["location"].removeprefix("/staff")).text
    (test,) = yaml.safe_load(browser.get("/improve/tests.yml").text)
    assert test["expect"]["findings"] == [{"finding": "headache", "assertion": "present", "text": "Noggin is pounding"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "intent", "intent": "no_such_intent"},
        {"kind": "finding", "finding": "no_such", "assertion": "present", "words": "noggin"},
        {"kind": "finding", "finding": "headache", "assertion": "maybe", "words": "noggin"},
        {"kind": "finding", "finding": "headache", "assertion": "present", "words": "not there"},
        {"kind": "other"},
    ],
)
def test_a_correction_that_cannot_be_is_refused(place: Place, fields: dict[str, str]) -> None:
    assert correct(place, place.as_("cleo"), **fields).status_code == 400


def test_a_message_of_another_conversation_cannot_be_corrected(place: Place) -> None:
    browser = place.as_("cleo")
    here, there = made.quiet(place.database, place.clock.now), made.quiet(place.database, place.clock.now)
    with place.database.read() as connection:
        message = messages.transcript(connection, there)[-1]["uuid"]
    browser.get(f"/conversations/{here}")
    path = f"/conversations/{here}/messages/{message}/correct"
    assert browser.post(path, {"kind": "intent", "intent": "report_bruise"}).status_code == 404


def test_words_that_are_an_example_of_another_intent_are_not_exported(place: Place) -> None:
    taken = sorted(INTENTS["report_bruise"])[0]
    browser = place.as_("cleo")
    correct(place, browser, text=taken, kind="intent", intent="report_headache")
    answer = browser.get("/improve/nlu.yml")
    assert answer.status_code == 409 and "report_bruise already" in answer.text
    assert "cannot be exported as they are" in browser.get("/improve").text


def test_exported_corrections_are_not_exported_again(place: Place) -> None:
    browser = place.as_("cleo")
    correct(place, browser, kind="intent", intent="report_headache")
    newest = re.search(r'name="newest" value="(\d+)"', browser.get("/improve").text)
    assert newest is not None
    browser.post("/improve/exported", {"newest": newest.group(1)})
    assert yaml.safe_load(browser.get("/improve/nlu.yml").text)["nlu"] == []
    assert len(yaml.safe_load(browser.get("/improve/nlu.yml?all=1").text)["nlu"]) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("my [head](symptom) hurts", "my head (symptom) hurts"),
        ("call me\non +1 503 555 0199 please", "call me on please"),
        ("see www.x.example or a.b@c.example ok", "see or ok"),
        ("- - # my neck", "my neck"),
        ('/report_bruise{"a": 1}', 'report_bruise "a": 1'),
        ("🤕 12", ""),
    ],
)
def test_examples_are_one_plain_line_without_numbers_to_call(typed: str, kept: str) -> None:
    assert example(typed) == kept


@pytest.mark.parametrize("text", ["a: b: c", "yes", "'quoted\" - x", "%TAG", "key: [1", "  padded  ", "null", "# no"])
def test_any_words_survive_the_file(text: str) -> None:
    correction = {"kind": "intent", "after": "greet", "message_uuid": "m"}
    read = yaml.safe_load(nlu_yaml([correction], {"m": text}, {"greet": frozenset()}))  # type: ignore[list-item]
    assert read["nlu"][0]["examples"] == f"- {example(text)}\n"


def test_an_unknown_intent_is_an_error_of_the_export() -> None:
    with pytest.raises(DataError, match="no intent"):
        nlu_yaml([{"kind": "intent", "after": "gone", "message_uuid": "m"}], {"m": "hello"}, INTENTS)


def test_the_projects_own_intents_are_known() -> None:
    assert "report_headache" in INTENTS and len(INTENTS["report_headache"]) > 10
    assert training_data.INTENT == "intent"


def read_all(place: Place, name: str, level: str) -> int:
    browser, count = place.as_(name), 0
    while found := re.search(r"/staff/sample/(\d+)", browser.get("/improve").text):
        page = browser.get(f"/sample/{found.group(1)}").text
        assert "Self-care</span>" not in page and "SOR-0" not in page, "the reading is blind"
        assert browser.post(f"/sample/{found.group(1)}", {"level": level}).status_code == 303
        count += 1
    return count


def test_quiet_conversations_are_read_by_two_who_do_not_see_the_level(place: Place) -> None:
    for _ in range(3):
        made.quiet(place.database, place.clock.now)
    made.emergency(place.database, place.clock.now)
    browser = place.as_("cleo")
    browser.get("/improve")
    browser.post("/sample")
    assert read_all(place, "cleo", "self_care") == 3, "the emergency is not quiet"
    assert read_all(place, "cleo", "self_care") == 0, "nobody reads twice"
    assert read_all(place, "carl", "urgent") == 3
    html = " ".join(place.as_("vera").get("/improve").text.split())
    assert "50.0 % (3 of 6;" in html and "0.0 % (0 of 3;" in html
    assert "Urgent: see a doctor instead of Self-care" in html


def test_a_conversation_is_sampled_once(place: Place) -> None:
    made.quiet(place.database, place.clock.now)
    browser = place.as_("cleo")
    browser.get("/improve")
    browser.post("/sample")
    browser.post("/sample")
    with place.database.read() as connection:
        assert len(review_sample.open_for(connection, place.people["cleo"])) == 1


def test_a_third_reading_is_not_taken(place: Place) -> None:
    made.quiet(place.database, place.clock.now)
    with place.database.write() as connection:
        review_sample.draw(connection, 5, place.clock.now, place.clock.now)
        given = [
            review_sample.record(connection, 1, place.people[name], "self_care", "", place.clock.now)
            for name in ("cleo", "carl")
        ]
    assert given == [True, False], "a reading that is given belongs to who gave it"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "a")] * 4, 1.0),
        ([("a", "a"), ("b", "b")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),
        # Two readers, 50 cases: 20 both yes, 15 both no, 5 and 10 apart: agreement 0.7, chance 0.5.
        ([("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10, 0.4),
        ([], None),
    ],
)
def test_kappa(pairs: list[tuple[str, str]], expected: float | None) -> None:
    assert review_sample.kappa(pairs) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # Values of Wilson's interval from Newcombe 1998, table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals(count: int, total: int, low: float, high: float) -> None:
    share = Share.of(count, total)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_of_nothing_everything_is_possible() -> None:
    assert (Share.of(0, 0).low, Share.of(0, 0).high) == (0.0, 1.0)
    assert Share.of(20, 20).high == 1.0
