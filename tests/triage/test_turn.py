"""Turns of a conversation: danger first, corrections, getting worse, not sure, and a new session."""

from datetime import timedelta
from typing import Any

import pytest

from bot.triage.episode import Episode
from bot.triage.finding import ABSENT, POSSIBLE, PRESENT, UNSURE, Finding
from bot.triage.levels import AMBULANCE, CLINIC_TODAY, DOCTOR_TODAY, HOME
from bot.triage.model import Protocol
from bot.triage.questions import NONE
from bot.triage.turn import CONFIRM, NO_SYMPTOM, QUESTION, RESULT, Said, Turn, take_turn
from tests.triage.cases import NOW


def says(*present: str, no: tuple[str, ...] = (), **values: Any) -> list[Finding]:
    found = [Finding(name, PRESENT, name, 0, 1) for name in present]
    found += [Finding(name, ABSENT, name, 0, 1) for name in no]
    return found + [Finding(name.replace("__", "."), PRESENT, name, 0, 1, value) for name, value in values.items()]


def ago(hours: float) -> list[str]:
    return [(NOW - timedelta(hours=hours)).isoformat()] * 2


def quiet_soreness(protocol: Protocol) -> Turn:
    """A conversation about plain soreness that has been answered with home care."""
    said = says("soreness", pain_kind="dull", soreness__severity=[3, 3], soreness__trend="same", session=ago(20))
    turn = take_turn(Episode(), Said(findings=said), protocol, NOW)
    while turn.say == QUESTION:
        assert turn.question is not None
        answer = NONE if turn.question.multiple else turn.question.options[0].value
        turn = take_turn(turn.episode, Said(values=[answer]), protocol, NOW)
    assert (turn.say, turn.assessment.rank) == (RESULT, HOME)
    return turn


def test_nothing_said_is_no_symptom_and_no_level(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(), protocol, NOW)
    assert (turn.say, turn.assessment.level) == (NO_SYMPTOM, None)


def test_a_symptom_brings_the_safety_check_first(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    assert turn.question is not None and turn.question.id == protocol.check.id


def test_an_emergency_is_answered_at_once_and_asks_nothing(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("breathless")), protocol, NOW)
    assert (turn.say, turn.assessment.rank, turn.question) == (RESULT, AMBULANCE, None)


def test_an_emergency_in_the_answer_to_a_question_is_answered_at_once(protocol: Protocol) -> None:
    asked = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    turn = take_turn(asked.episode, Said(findings=says("chest_pain")), protocol, NOW)
    assert (turn.say, turn.assessment.rank) == (RESULT, AMBULANCE)


def test_what_was_said_is_not_asked_again(protocol: Protocol) -> None:
    said = says("soreness", no=tuple(protocol.check.facts))
    turn = take_turn(Episode(), Said(findings=said), protocol, NOW)
    assert turn.question is not None and turn.question.id != protocol.check.id


def test_a_denial_does_not_take_an_emergency_back(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("chest_pain")), protocol, NOW)
    later = take_turn(turn.episode, Said(findings=says(no=("chest_pain",))), protocol, NOW)
    assert later.assessment.rank == AMBULANCE


@pytest.mark.parametrize(("yes", "rank"), [(True, CLINIC_TODAY), (False, AMBULANCE), (None, AMBULANCE)])
def test_an_explicit_correction_needs_one_yes_and_leaves_the_clinic_today(
    protocol: Protocol, yes: bool | None, rank: int
) -> None:
    turn = take_turn(Episode(), Said(findings=says("chest_pain", "soreness")), protocol, NOW)
    taken_back = Said(findings=says(no=("chest_pain",)), correcting=True)
    confirm = take_turn(turn.episode, taken_back, protocol, NOW)
    assert confirm.say == CONFIRM and confirm.episode.confirming == ("chest_pain",)
    assert confirm.assessment.rank == AMBULANCE, "the advice stands until the yes"
    after = take_turn(confirm.episode, Said(yes=yes), protocol, NOW)
    assert after.assessment.rank == rank
    assert ("chest_pain" in after.episode.corrected) is (yes is True)


def test_an_emergency_taken_back_alone_stays_for_the_clinic_today(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("chest_pain")), protocol, NOW)
    confirm = take_turn(turn.episode, Said(findings=says(no=("chest_pain",)), correcting=True), protocol, NOW)
    after = take_turn(confirm.episode, Said(yes=True), protocol, NOW)
    assert after.assessment.rank == CLINIC_TODAY and "D0.2" in after.assessment.rules


def test_a_corrected_time_lowers_the_level_and_is_named(protocol: Protocol) -> None:
    said = says("soreness", pain_kind="dull", soreness__severity=[3, 3], soreness__trend="same", session=ago(96))
    turn = take_turn(Episode(), Said(findings=said), protocol, NOW)
    assert (turn.assessment.rank or 0) > HOME
    fixed = take_turn(turn.episode, Said(findings=says(session=ago(20)), correcting=True), protocol, NOW)
    assert fixed.changed == ("session",) and fixed.assessment.rank == HOME


def test_an_answered_symptom_that_gets_worse_goes_up(protocol: Protocol) -> None:
    turn = quiet_soreness(protocol)
    worse = take_turn(turn.episode, Said(findings=says(soreness__trend="worse")), protocol, NOW + timedelta(hours=2))
    assert (worse.assessment.rank or 0) >= CLINIC_TODAY and "D0.6" in worse.assessment.rules


def test_worse_again_ends_at_a_doctor_today(protocol: Protocol) -> None:
    turn = quiet_soreness(protocol)
    for _ in range(3):
        turn = take_turn(turn.episode, Said(findings=says(soreness__trend="worse")), protocol, NOW)
        while turn.say == QUESTION:
            turn = take_turn(turn.episode, Said(values=[UNSURE]), protocol, NOW)
    assert (turn.assessment.rank or 0) >= DOCTOR_TODAY


def test_still_sore_the_same_day_is_not_worse(protocol: Protocol) -> None:
    turn = quiet_soreness(protocol)
    again = take_turn(turn.episode, Said(findings=says("soreness", soreness__trend="same")), protocol, NOW)
    assert again.assessment.rank == HOME


def test_a_new_session_starts_a_new_episode(protocol: Protocol) -> None:
    emergency = take_turn(Episode(), Said(findings=says("chest_pain")), protocol, NOW)
    later = NOW + timedelta(days=14)
    new = [(later - timedelta(hours=3)).isoformat()] * 2
    turn = take_turn(emergency.episode, Said(findings=says("bruise", session=new)), protocol, later)
    assert turn.episode.facts.get("chest_pain") is None and turn.assessment.rank == HOME


def test_not_sure_to_the_whole_check_asks_which_line(protocol: Protocol) -> None:
    asked = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    which = take_turn(asked.episode, Said(values=[UNSURE]), protocol, NOW)
    assert which.question is not None and which.question.text == protocol.text("unsure_check.which")
    cleared = take_turn(which.episode, Said(values=[NONE]), protocol, NOW)
    assert cleared.assessment.rank == HOME


def test_still_not_sure_of_a_danger_sign_is_for_a_doctor_today(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    for values in ([UNSURE], ["breathing"], [UNSURE]):
        turn = take_turn(turn.episode, Said(values=values), protocol, NOW)
    assert (turn.assessment.rank or 0) >= DOCTOR_TODAY and "D0.3" in turn.assessment.rules


def test_unsure_about_self_harm_is_a_crisis(protocol: Protocol) -> None:
    said = [Finding("suicidal", POSSIBLE, "maybe", 0, 5), *says("distress")]
    assessment = take_turn(Episode(), Said(findings=said), protocol, NOW).assessment
    assert assessment.crisis and assessment.rank == AMBULANCE


def test_two_tries_that_say_nothing_end_as_not_sure(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("soreness", no=tuple(protocol.check.facts))), protocol, NOW)
    first = turn.question
    assert first is not None
    again = take_turn(turn.episode, Said(), protocol, NOW)
    assert again.repeated and again.question is not None and again.question.id == first.id
    after = take_turn(again.episode, Said(), protocol, NOW)
    assert after.question is None or after.question.id != first.id


def test_an_episode_survives_being_written_down(protocol: Protocol) -> None:
    episode = quiet_soreness(protocol).episode
    again = Episode.from_dict(episode.to_dict())
    assert again.to_dict() == episode.to_dict()
    assert again.assess(protocol, NOW) == episode.assess(protocol, NOW)


@pytest.mark.parametrize(("said", "stays"), [([7, 8], [7, 8]), ([2, 3], [2, 3])])
def test_a_range_of_an_answer_does_not_widen_what_was_said_more_exactly(
    protocol: Protocol, said: list[int], stays: list[int]
) -> None:
    known = {"headache": True, "headache.severity": said}
    episode = Episode(facts=known, mentioned=("headache",), asked=(protocol.check.id,), question="pain", tries=1)
    turn = take_turn(episode, Said(values=["sharp"]), protocol, NOW)
    assert list(turn.episode.facts["headache.severity"]) == stays


def test_a_message_that_tells_something_else_is_no_failed_answer(protocol: Protocol) -> None:
    asked = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    for symptom in ("bruise", "fatigue", "itch"):
        asked = take_turn(asked.episode, Said(findings=says(symptom)), protocol, NOW)
        assert asked.repeated and not asked.given_up and asked.episode.tries == 1
    assert take_turn(asked.episode, Said(), protocol, NOW).episode.tries == 2


def test_a_question_given_up_is_told_as_such(protocol: Protocol) -> None:
    turn = take_turn(Episode(), Said(findings=says("soreness")), protocol, NOW)
    for given_up in (False, True):
        turn = take_turn(turn.episode, Said(), protocol, NOW)
        assert turn.given_up is given_up


def test_one_mistake_that_noted_two_signs_is_taken_back_with_one_question(protocol: Protocol) -> None:
    card = take_turn(Episode(), Said(findings=says("chest_pain", "pain_on_breathing")), protocol, NOW)
    turn = take_turn(card.episode, Said(findings=says("soreness", no=("chest_pain",))), protocol, NOW)
    assert turn.say == CONFIRM and turn.episode.confirming == ("chest_pain", "pain_on_breathing")
    after = take_turn(turn.episode, Said(yes=True), protocol, NOW)
    assert after.say == QUESTION and after.episode.facts["soreness"] is True
