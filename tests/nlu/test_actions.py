"""The actions, run as the action server runs them: a tracker in, replies and events out."""

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.utils import all_subclasses

from actions import talk, triage
from actions.conversation import ConversationAction, protocol
from bot.nlu.files import ROOT
from bot.triage.content import read_yaml
from bot.triage.dialogue import ASK

NOW = "2026-11-23T10:00:00-08:00"
DOMAIN = read_yaml(ROOT / "domain.yml")
FORM = {"name": "triage_form"}
ACTIONS = {kind().name(): kind for kind in all_subclasses(ConversationAction)}


def entity(fact, assertion="present"):
    return {"entity": "finding", "value": fact, "start": 0, "end": 1, "assertion": assertion, "fact_value": True}


def run(action, intent="inform", *facts, slots=None, form=None, values=None, events=(), danger=None):
    """Run one action on a message; return replies, the slots it sets, its other events and the turn."""
    metadata = {"now": NOW, "values": values} if values else {"now": NOW}
    message = {
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [entity(fact) for fact in facts],
        "text": "words",
        "metadata": metadata,
        "danger": danger or {},
    }
    history = [{"event": "user"}, *events]
    tracker = Tracker("patient", slots or {}, message, history, False, None, form or {}, "action_listen")
    dispatcher = CollectingDispatcher()
    returned = ACTIONS[action]().run(dispatcher, tracker, {})
    kept = {event["name"]: event["value"] for event in returned if event["event"] == "slot"}
    others = [event for event in returned if event["event"] != "slot"]
    turns = [message["turn"] for message in dispatcher.messages if message.get("turn")]
    return [message.get("reply") for message in dispatcher.messages], kept, others, turns


def texts(replies):
    return [reply["text"] for reply in replies]


def test_every_action_of_the_domain_exists_and_every_action_is_in_the_domain():
    assert set(DOMAIN["actions"]) == set(ACTIONS)


def test_every_general_question_has_an_answer_and_every_answer_its_intent():
    intents = {intent.removeprefix(ASK) for intent in DOMAIN["intents"] if intent.startswith(ASK)}
    assert intents - {"why", "who_are_you", "privacy", "summary"} == set(protocol().faq)


@pytest.mark.parametrize("intent, key", talk.TALK.items())
def test_every_small_talk_has_its_words(intent, key):
    replies, _, _, turns = run("action_talk", intent)
    assert replies[0]["text"] and "{" not in replies[0]["text"]
    assert turns[0]["assessment"]["level"] is None


def test_the_same_sentence_never_comes_twice_in_a_row():
    first, kept, _, _ = run("action_talk", "thanks")
    second, _, _, _ = run("action_talk", "thanks", slots=kept)
    assert texts(first) != texts(second)


def test_an_emergency_is_one_card_and_ends_the_form():
    replies, kept, events, turns = run("action_emergency", "report_chest", "breathless", form=FORM)
    assert [reply["kind"] for reply in replies] == ["result"]
    assert replies[0]["result"]["call"]["tel"] == "911"
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    assert "requested_slot" in kept and kept["requested_slot"] is None
    assert turns[0]["assessment"]["level"] == "emergency"


def test_small_talk_after_the_card_keeps_the_number_in_sight():
    _, kept, _, _ = run("action_emergency", "report_chest", "breathless")
    replies, _, _, _ = run("action_talk", "thanks", slots=kept)
    assert "911" in replies[-1]["text"]


def test_a_symptom_is_taken_and_the_next_question_asked():
    _, kept, events, _ = run("validate_triage_form", "report_headache", "headache")
    assert kept["episode"]["facts"] == {"headache": True} and "requested_slot" not in kept and not events
    replies, _, _, turns = run("action_ask_triage_form_answer", "report_headache", "headache", slots=kept, form=FORM)
    assert replies[0]["kind"] == "question" and replies[0]["options"]
    assert turns[0]["assessment"]["final"] is False and turns[0]["understood"]["intent"]["name"] == "report_headache"


def test_an_aside_is_left_to_its_rule():
    _, kept, _, _ = run("validate_triage_form", "report_headache", "headache")
    _, slots, events, _ = run("validate_triage_form", "ask_water", slots=kept, form=FORM)
    assert [event["event"] for event in events] == ["action_execution_rejected"] and not slots


def test_after_an_aside_the_message_is_not_taken_again():
    _, kept, _, _ = run("validate_triage_form", "report_headache", "headache")
    answered = [{"event": "action", "name": "action_answer_question"}]
    _, slots, _, _ = run("validate_triage_form", "ask_water", slots=kept, form=FORM, events=answered)
    assert slots == {"answer": None}


def test_options_that_are_not_of_the_open_question_are_ignored():
    _, kept, _, _ = run("validate_triage_form", "report_headache", "headache")
    _, slots, _, _ = run("validate_triage_form", slots=kept, form=FORM, values=["forged"])
    assert slots["episode"]["facts"] == {"headache": True}


def test_start_over_forgets_the_episode():
    _, kept, _, _ = run("validate_triage_form", "report_headache", "headache")
    replies, slots, events, _ = run("action_start_over", "start_over", slots=kept, form=FORM)
    assert slots["episode"]["facts"] == {} and slots["requested_slot"] is None
    assert events[0]["event"] == "active_loop" and texts(replies) == [protocol().text("talk.start_over")]


def test_a_call_is_asked_for_after_the_answer_and_not_before():
    _, kept, _, _ = run("validate_triage_form", "report_bruise", "bruise")
    replies, called, _, turns = run("action_call_back", "call_me_back", slots=kept, form=FORM)
    assert texts(replies) == [protocol().text("talk.call_back_later")]
    assert turns[0]["assessment"]["notes_for_staff"] == ["asked_for_a_call"]
    slots = {**kept, **called}
    _, stopped, _, _ = run("action_stop", "stop", slots=slots, form=FORM)
    replies, _, _, _ = run("action_assess", slots={**slots, **stopped})
    assert [reply["input"] for reply in replies] == [None, "contact"]


@pytest.mark.parametrize(("sign", "asked"), [("chest_pain", [None, "contact"]), ("suicidal", [None, None])])
def test_a_call_after_an_emergency_card_never_replaces_the_number_and_a_crisis_keeps_its_card(sign, asked):
    _, kept, _, _ = run("action_emergency", "inform", sign)
    replies, _, _, _ = run("action_call_back", "call_me_back", slots=kept)
    assert "911" in replies[0]["text"] and [reply["input"] for reply in replies] == asked


def test_only_slots_that_change_are_set():
    _, kept, _, _ = run("validate_triage_form", "report_bruise", "bruise")
    tracker = Tracker("patient", kept, {"metadata": {"now": NOW}}, [], False, None, {}, "action_listen")
    again = ACTIONS["action_talk"]().run(CollectingDispatcher(), tracker, {})
    assert [event["name"] for event in again if event["event"] == "slot"] == ["last_talk"]


def test_a_general_question_in_the_middle_announces_the_way_back():
    replies, _, _, _ = run("action_answer_question", "ask_water", form=FORM)
    assert texts(replies)[-1] == protocol().text("talk.answer_then_question")


def test_the_fallback_always_says_something_with_the_number():
    replies, _, _, turns = run("action_default_fallback", "nlu_fallback")
    assert "911" in replies[-1]["text"] and turns


def test_form_steps_alone_do_not_count_as_an_answer():
    tracker = Tracker("p", {}, {}, [{"event": "user"}, {"event": "action", "name": "triage_form"}], False, None, {}, "")
    assert not triage.is_handled(tracker)
