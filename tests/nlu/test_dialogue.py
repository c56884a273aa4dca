"""What the conversation waits for, with the real protocol and without Rasa."""

from datetime import datetime, timezone

import pytest
import yaml

from bot.nlu.files import PROTOCOL
from bot.paths import ROOT
from bot.triage import dialogue
from bot.triage.dialogue import HAVE_NOW, NOTICE, SUSPECTED, Heard, State
from bot.triage.finding import ABSENT, HYPOTHETICAL, POSSIBLE, PRESENT, Finding
from bot.triage.levels import AMBULANCE
from bot.triage.protocol import load_protocol
from bot.triage.turn import NO_SYMPTOM, QUESTION, RESULT

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def protocol():
    return load_protocol(PROTOCOL)


def said(fact, assertion=PRESENT, value=True):
    return Finding(fact, assertion, fact, 0, len(fact), value)


def heard(intent="inform", *findings, **details):
    return Heard(intent, NOW, "words", findings=findings, **details)


def hear(protocol, state, *messages):
    for message in messages:
        state, turn = dialogue.hear(state, message, protocol)
    return state, turn


def headache(protocol):
    """A conversation in which the safety check is open."""
    return hear(protocol, State(), heard("report_headache", said("headache"), reports=True))[0]


def question(protocol, state):
    return dialogue.open_question(state, protocol, NOW)


def test_a_symptom_is_met_with_the_safety_check(protocol):
    assert question(protocol, headache(protocol)).id == protocol.check.id


def test_a_conversation_survives_being_stored(protocol):
    state = headache(protocol)
    assert State.from_dict(state.to_dict()).to_dict() == state.to_dict()
    assert State.from_dict(None) == State()


def test_danger_in_answer_to_another_question_is_an_emergency_at_once(protocol):
    state, turn = hear(protocol, headache(protocol), heard("report_chest", said("breathless"), reports=True))
    assert (turn.say, turn.assessment.rank) == (RESULT, AMBULANCE)
    assert question(protocol, state) is None


def test_suspected_danger_is_asked_about_before_anything_else(protocol):
    state, _ = hear(protocol, headache(protocol), heard(suspected="breathless"))
    assert question(protocol, state).text == protocol.text("confirm_now.breathless")


@pytest.mark.parametrize("answer", [{"values": ["yes"]}, {"answer": [said("breathless")]}])
def test_a_yes_to_it_is_an_emergency(protocol, answer):
    _, turn = hear(protocol, State(), heard(suspected="breathless"), heard("affirm", **answer))
    assert turn.assessment.rank == AMBULANCE


def test_a_no_to_it_lets_triage_go_on(protocol):
    state, turn = hear(protocol, headache(protocol), heard(suspected="breathless"), heard(values=["no"]))
    assert turn.say == QUESTION and state.waiting_for is None
    assert state.episode.facts["breathless"] is False


@pytest.mark.parametrize("answer", [{"values": ["unsure"]}, {}])
def test_unsure_and_no_answer_to_it_are_never_safer_than_no(protocol, answer):
    state, turn = hear(protocol, State(), heard(suspected="breathless"), heard("thanks", **answer))
    assert state.episode.facts["breathless"] == "unsure"
    assert turn.assessment.rank is not None


def test_what_is_known_is_not_suspected(protocol):
    known = heard("report_soreness", said("soreness"), said("breathless", ABSENT), reports=True)
    state, _ = hear(protocol, State(), known, heard(suspected="breathless"))
    assert state.waiting_for is None


def test_nothing_named_is_met_with_what_did_you_notice(protocol):
    state, turn = hear(protocol, State(), heard())
    assert turn.say == NO_SYMPTOM and question(protocol, state).id == NOTICE


@pytest.mark.parametrize("symptom", ["headache", "chest", "infection"])
def test_every_kind_of_button_reports_its_symptom(protocol, symptom):
    _, turn = hear(protocol, State(), heard(), heard(values=[symptom]))
    assert symptom in turn.assessment.symptoms


def test_words_that_stay_unclear_end_after_two_tries(protocol):
    state, _ = hear(protocol, State(), heard(), heard())
    again = question(protocol, state).text
    assert again == protocol.text("notice.unclear_again")
    assert question(protocol, hear(protocol, state, heard())[0]) is None


def test_guesses_are_offered_by_their_names(protocol):
    state, _ = hear(protocol, State(), heard("nlu_fallback", guesses=["report_headache", "ask_driving", "greet"]))
    assert [option.value for option in question(protocol, state).options] == ["report_headache", "ask_driving"]


def test_asking_about_a_symptom_is_answered_by_whether_they_have_it(protocol):
    state = dialogue.after_aside(State(), heard("is_this_normal", said("bruise", HYPOTHETICAL)), protocol)
    assert state.waiting_for["kind"] == HAVE_NOW
    _, yes = hear(protocol, state, heard(values=["yes"]))
    after_no, no = hear(protocol, state, heard(values=["no"]))
    assert yes.assessment.symptoms == ("bruise",)
    assert no.say == NO_SYMPTOM and question(protocol, after_no) is None


def test_what_is_only_asked_about_is_not_kept_as_a_symptom(protocol):
    state = dialogue.after_aside(State(), heard("ask_how_long_bruise", said("bruise", POSSIBLE)), protocol)
    assert state.episode.assess(protocol, NOW).rank is None


def test_a_medicine_named_in_a_question_is_kept(protocol):
    state = dialogue.after_aside(State(), heard("ask_painkillers", said("blood_thinner")), protocol)
    assert state.episode.facts["blood_thinner"] is True


@pytest.mark.parametrize("intent", sorted(dialogue.COMMANDS))
def test_commands_work_whatever_the_words_seem_to_answer(protocol, intent):
    message = heard(intent, answer=[said("bleeding_not_stopping")])
    assert dialogue.is_aside(message, protocol.check)


@pytest.mark.parametrize(
    "details", [{"values": ["none"]}, {"answer": []}, {"reports": True}, {"suspected": "breathless"}]
)
def test_an_answer_or_a_symptom_is_never_an_aside(protocol, details):
    assert not dialogue.is_aside(heard("ask_driving", **details), protocol.check)


def test_back_asks_the_question_before_again(protocol):
    start = headache(protocol)
    answered, _ = hear(protocol, start, heard(values=["none"]))
    returned = dialogue.back(answered, protocol, NOW)
    assert question(protocol, returned).id == protocol.check.id
    assert returned.episode.facts == start.episode.facts
    assert dialogue.back(start, protocol, NOW) is None


def test_stopping_keeps_the_level_reached(protocol):
    state, turn = dialogue.conclude(headache(protocol), protocol, NOW)
    assert turn.assessment.level == "self_care" and question(protocol, state) is None


def test_worse_after_the_answer_speaks_of_what_was_answered(protocol):
    told, _ = dialogue.conclude(headache(protocol), protocol, NOW)
    state, _ = hear(protocol, told, heard("feeling_worse"))
    assert state.episode.facts["headache.trend"] == "worse"


@pytest.mark.parametrize(
    "text, values, taken",
    [("Ann 503 555 0199", (), True), ("no thanks", (), False), ("at 5", (), False), ("", ("call",), True)],
)
def test_only_a_number_is_taken_for_one(text, values, taken):
    waiting = dialogue.ask_whether(State().episode, dialogue.CONTACT)
    assert dialogue.gives_contact(waiting, text, values) is taken
    assert not dialogue.gives_contact(State(), text, values)


def test_a_suspicion_is_one_question_of_yes_and_no(protocol):
    state = dialogue.ask_whether(State().episode, SUSPECTED, ["breathless"])
    assert [option.value for option in question(protocol, state).options] == ["yes", "no"]


def test_what_the_classifier_is_unsure_of_is_no_aside(protocol):
    assert dialogue.is_aside(heard("thanks", confidence=0.9), protocol.check)
    assert not dialogue.is_aside(heard("thanks", confidence=0.2), protocol.check)


def test_one_sign_taken_back_leaves_the_other_to_be_confirmed_on_its_own(protocol):
    signs = heard("report_chest", said("breathless"), said("seizure"), reports=True)
    state, _ = hear(protocol, State(), signs, heard("deny", said("seizure", ABSENT)))
    assert state.episode.confirming == ("seizure",)


def test_naming_any_symptom_reports_only_what_is_yes_or_no(protocol):
    intents = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    names = [name.removeprefix("report_") for name in intents if name.startswith("report_")]
    assert len(names) > 15
    found = {finding.finding for name in names for finding in dialogue.reported(name, "words", protocol)}
    assert {fact for fact in found if protocol.facts[fact].kind != "flag"} == set()
