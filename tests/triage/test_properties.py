"""What must hold for any facts and any order of answers (design: "Triage: the idea that keeps it simple")."""

from datetime import timedelta
from statistics import median
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.paths import PROTOCOL
from bot.triage.engine import MAX_QUESTIONS, Case
from bot.triage.episode import Episode, merge
from bot.triage.finding import ABSENT, HYPOTHETICAL, OTHER_PERSON, PAST, PRESENT, UNSURE, Finding
from bot.triage.levels import AMBULANCE, HOME
from bot.triage.protocol import load_protocol
from bot.triage.questions import NONE, Question
from bot.triage.turn import QUESTION, Said, Turn, take_turn
from tests.triage.cases import NOW, all_cases, case_facts

RULES = load_protocol(PROTOCOL)
FLAGS = sorted(name for name, fact in RULES.facts.items() if fact.kind == "flag")
# That signs are over is no red flag: old ones are less urgent than those of today (RF06b).
RED_FLAGS = sorted(
    {f for rule in RULES.screen_rules if rule.disposition.rank == AMBULANCE for f in rule.facts if f in FLAGS}
    - {"neuro_gone"}
)


def value_of(name: str) -> st.SearchStrategy[Any]:
    fact = RULES.facts[name]
    if fact.kind == "flag":
        return st.sampled_from([True, False, UNSURE])
    if fact.kind == "choice":
        return st.sampled_from([*fact.values, UNSURE])
    if fact.kind == "set":
        return st.lists(st.sampled_from(fact.values), min_size=1, max_size=2, unique=True).map(sorted)
    if fact.kind == "number":
        return st.integers(int(fact.min or 0), int(fact.max or 10)).map(lambda n: [n, n])
    return st.integers(0, 1000).map(lambda h: [(NOW - timedelta(hours=h)).isoformat()] * 2)


facts_of_patients = st.lists(st.sampled_from(sorted(RULES.facts)), max_size=8, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: value_of(name) for name in names})
)


def rank(facts: dict[str, Any], asked: tuple[str, ...] = (RULES.check.id,)) -> int:
    found = Case(facts, RULES, NOW, asked, facts).assess().rank
    return -1 if found is None else found


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.sampled_from(RED_FLAGS))
def test_adding_a_red_flag_never_lowers_the_level(facts: dict[str, Any], red_flag: str) -> None:
    assert rank({**facts, red_flag: True}) >= rank({**facts, red_flag: False})


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.sampled_from(RED_FLAGS))
def test_unsure_about_a_red_flag_is_never_safer_than_no(facts: dict[str, Any], red_flag: str) -> None:
    assert rank({**facts, red_flag: UNSURE}) >= rank({**facts, red_flag: False})


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.randoms())
def test_the_order_in_which_facts_are_said_does_not_matter(facts: dict[str, Any], random: Any) -> None:
    said = [Finding(name, PRESENT, "", 0, 0, value) for name, value in facts.items() if value not in (False, UNSURE)]
    said += [Finding(name, ABSENT, "", 0, 0) for name, value in facts.items() if value is False]
    shuffled = random.sample(said, len(said))
    one, other = merge(Episode(), said), merge(Episode(), shuffled)
    assert one.assess(RULES, NOW).rank == other.assess(RULES, NOW).rank


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.sampled_from(FLAGS), st.sampled_from([PAST, HYPOTHETICAL, OTHER_PERSON]))
def test_what_is_past_imagined_or_someone_elses_changes_nothing(facts: dict[str, Any], flag: str, kind: str) -> None:
    episode = Episode(facts=facts)
    assert merge(episode, [Finding(flag, kind, "", 0, 0)]).facts == facts


def answer(question: Question, choose: Any) -> list[str]:
    values = [option.value for option in question.options]
    return choose.choice([[value] for value in values] + [[UNSURE]] + ([[NONE]] if question.multiple else []))


def walk(episode: Episode, choose: Any, quiet: bool = False) -> tuple[Turn, list[str]]:
    """Answer every question, at random or as quietly as possible; return the last turn and the questions asked."""
    turn, asked = take_turn(episode, Said(), RULES, NOW), []
    while turn.say == QUESTION:
        question = turn.question
        assert question is not None and question.id not in asked, "a question was asked twice"
        asked.append(question.id)
        chosen = [NONE] if quiet and question.multiple else answer(question, choose)
        turn = take_turn(turn.episode, Said(values=chosen), RULES, NOW)
    return turn, asked


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.randoms())
def test_every_path_ends_with_a_level_after_few_questions(facts: dict[str, Any], random: Any) -> None:
    turn, asked = walk(Episode(facts=facts, mentioned=tuple(facts)), random)
    if turn.assessment.symptoms:
        assert turn.assessment.rank is not None and turn.assessment.final
        follow_ups = [name for name in asked if name in RULES.follow_ups]
        assert len(asked) - len(follow_ups) <= MAX_QUESTIONS + 1


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.randoms())
def test_no_home_care_while_a_red_flag_is_unanswered(facts: dict[str, Any], random: Any) -> None:
    turn, _ = walk(Episode(facts=facts, mentioned=tuple(facts)), random)
    if turn.assessment.rank == HOME:
        open_flags = [flag for flag in RULES.check.facts if turn.episode.facts.get(flag, UNSURE) == UNSURE]
        assert [flag for flag in open_flags if RULES.check.id not in turn.episode.asked] == []


@settings(max_examples=60, deadline=None)
@given(facts_of_patients, st.randoms())
def test_the_level_told_never_falls_without_a_correction(facts: dict[str, Any], random: Any) -> None:
    turn, _ = walk(Episode(facts=facts, mentioned=tuple(facts)), random)
    told = turn.assessment.rank
    better = [Finding(f"{name}.trend", PRESENT, "", 0, 0, "better") for name in turn.assessment.symptoms]
    later = take_turn(turn.episode, Said(findings=better), RULES, NOW + timedelta(hours=1))
    assert told is None or (later.assessment.rank or 0) >= told


def quiet_questions(facts: dict[str, Any]) -> int:
    """How many questions after the safety check a patient with these facts and nothing serious is asked."""
    turn, asked = walk(Episode(facts=facts, mentioned=tuple(facts)), Calm(), quiet=True)
    return len([name for name in asked if name not in (RULES.check.id, *RULES.follow_ups)])


class Calm:
    """Chooses the first answer of a question, which is the calmest."""

    def choice(self, answers: list[list[str]]) -> list[str]:
        return answers[0]


def test_quiet_paths_ask_three_questions_or_fewer_in_the_middle_and_never_more_than_five() -> None:
    cases = [case for case in all_cases() if case.expect["level"] == "self_care" and case.given]
    counts = [quiet_questions(case_facts(case, RULES)) for case in cases]
    assert len(counts) >= 50 and max(counts) <= MAX_QUESTIONS and median(counts) <= 3
