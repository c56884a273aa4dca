"""One turn of the conversation: from what a message said to what must be said now.

The Rasa actions and `aftercare assess` both call `take_turn`, so that they cannot differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.triage.engine import Assessment
from bot.triage.episode import Episode, grown_worse, is_new_session, merge, told, withdraw
from bot.triage.finding import ABSENT, PRESENT, UNSURE, Finding
from bot.triage.levels import AMBULANCE
from bot.triage.model import Protocol
from bot.triage.questions import NONE, Question, answer_facts

QUESTION, RESULT, CONFIRM, NO_SYMPTOM = "question", "result", "confirm", "no_symptom"
MAX_TRIES = 2


@dataclass(frozen=True)
class Said:
    """What one message said.

    findings: what the language room understood; answer: findings that answer the question asked, or None;
    values: option values that were tapped; correcting: the message takes something back; yes: True for a plain
    yes, False for a plain no, None for neither.
    """

    findings: Sequence[Finding] = ()
    answer: Sequence[Finding] | None = None
    values: Sequence[str] = ()
    correcting: bool = False
    yes: bool | None = None


@dataclass(frozen=True)
class Turn:
    """What must be said now: `say` is question, result, confirm or no_symptom.

    changed: facts whose value a correction changed in this turn; repeated: the same question is put again;
    given_up: the question before was left as "not sure", because two messages said nothing to it.
    """

    say: str
    episode: Episode
    assessment: Assessment
    question: Question | None = None
    changed: tuple[str, ...] = ()
    repeated: bool = False
    given_up: bool = False


def take_turn(episode: Episode, said: Said, protocol: Protocol, now: datetime) -> Turn:
    """Merge a message into the episode, assess it and decide what to say.

    Danger first: an emergency is answered at once, whatever question is open (D0.2).
    """
    if is_new_session(episode, said.findings):
        episode = Episode()
    if episode.confirming:
        episode = _confirmed(episode, said)
    before = episode
    taken_back = _emergency_taken_back(episode, said, protocol, now)
    if taken_back:
        rest = [finding for finding in said.findings if finding.finding not in taken_back]
        episode = replace(merge(episode, rest), confirming=taken_back)
        return Turn(CONFIRM, episode, episode.assess(protocol, now))
    episode = _merged(episode, said, protocol, now)
    changed = tuple(name for name in episode.corrected if episode.facts[name] != before.facts.get(name))
    if changed:
        episode = replace(episode, reached=None)
    turn = _next(episode, before, changed, protocol, now)
    given_up = not (said.values or said.answer) and before.question in set(episode.asked) - set(before.asked)
    return replace(turn, given_up=given_up)


def _next(episode: Episode, before: Episode, changed: tuple[str, ...], protocol: Protocol, now: datetime) -> Turn:
    assessment = episode.assess(protocol, now)
    if assessment.rank is None:
        return Turn(NO_SYMPTOM, episode, assessment, changed=changed)
    question = episode.case(protocol, now).next_question() if assessment.rank < AMBULANCE else None
    if question is None:
        return Turn(RESULT, told(episode, assessment, now), assessment, changed=changed)
    repeated = question.id == before.question
    unread = repeated and not told_more(before.facts, episode.facts)
    episode = replace(episode, question=question.id, tries=before.tries + 1 if unread else 1)
    return Turn(QUESTION, episode, assessment, question, changed, repeated)


def _merged(episode: Episode, said: Said, protocol: Protocol, now: datetime) -> Episode:
    question = open_question(episode, protocol, now)
    if question is not None:
        episode = _answered(episode, question, said, now)
    episode = merge(episode, said.findings, said.correcting)
    return grown_worse(episode, said.findings)


def told_more(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether anything became known between two states of the facts; being unsure is no news."""
    return any(value != UNSURE and value != before.get(name) for name, value in after.items())


def open_question(episode: Episode, protocol: Protocol, now: datetime) -> Question | None:
    """Return the question waiting for an answer, written out for the symptoms reported, or None."""
    if episode.question is None:
        return None
    if episode.question == protocol.check.id:
        return protocol.check
    question = protocol.questions[episode.question]
    symptoms = [s.id for s in episode.case(protocol, now).symptoms if episode.question in s.ask]
    return question.for_symptoms(symptoms or list(protocol.symptoms))


def _answered(episode: Episode, question: Question, said: Said, now: datetime) -> Episode:
    """Take the answer to the open question; give it up as unsure after two tries that said nothing at all."""
    if said.values:
        return _close(episode, question, answer_facts(question, said.values, now))
    if said.answer is not None:
        return _close(episode, question, _spoken(question, said.answer))
    if episode.tries < MAX_TRIES or any(f.finding in question.facts for f in said.findings):
        return episode
    if told_more(episode.facts, merge(episode, said.findings, said.correcting).facts):
        return episode
    return _close(episode, question, answer_facts(question, [UNSURE], now))


def _spoken(question: Question, answer: Iterable[Finding]) -> dict[str, object]:
    """Facts of a typed answer. What it leaves out of a list of flags is a no, as with the buttons."""
    facts = answer_facts(question, [NONE], _NEVER) if question.multiple else {}
    for finding in answer:
        facts[finding.finding] = {PRESENT: finding.value, ABSENT: False}.get(finding.assertion, UNSURE)
    return facts


_NEVER = datetime.min


def _close(episode: Episode, question: Question, facts: dict[str, object]) -> Episode:
    """Enter an answer. A yes said before stays a yes: only an explicit correction takes it back (D0.4)."""
    known = episode.facts
    kept = {name for name, value in known.items() if value is True} | _lines_said(question, known)
    fresh = {
        name: value for name, value in facts.items() if name not in kept or (value and known.get(name) is not True)
    }
    settled = {n: _narrowed(known.get(n), v) for n, v in fresh.items() if v != UNSURE or known.get(n, UNSURE) == UNSURE}
    asked = tuple(dict.fromkeys((*episode.asked, question.id)))
    return replace(episode, facts={**known, **settled}, asked=asked, question=None, tries=0)


def _narrowed(known: Any, said: Any) -> Any:
    """A range of an answer does not widen what the patient said more exactly: 8 within "up to 8" stays 8."""
    if not (_is_range(known) and _is_range(said)):
        return said
    low, high = max(known[0], said[0]), min(known[1], said[1])
    return [low, high] if low <= high else said


def _is_range(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(n, (int, float)) for n in value)


def _lines_said(question: Question, known: Mapping[str, Any]) -> set[str]:
    """Facts of the lines that the patient named before: leaving such a line unticked denies none of its signs."""
    said = [option.set for option in question.options if any(known.get(fact) is True for fact in option.set)]
    return {fact for line in said if question.multiple for fact in line}


def _emergency_taken_back(episode: Episode, said: Said, protocol: Protocol, now: datetime) -> tuple[str, ...]:
    """Facts an emergency rests on that this message denies; they need one confirming yes first (D0.2).

    Any denial counts, with or without a "sorry, mistyped": the question that follows makes it explicit.
    """
    if episode.reached != AMBULANCE:
        return ()
    denied = {f.finding for f in said.findings if f.assertion == ABSENT and episode.facts.get(f.finding) is True}
    deciding = _deciding(episode, protocol, now)
    taken_back = denied & {fact for facts in deciding.values() for fact in facts}
    if not taken_back:
        return ()
    # "Chest pain, or pain on breathing in": one mistake noted both, and the question names both.
    left = _deciding(replace(episode, facts={**episode.facts, **dict.fromkeys(taken_back, False)}), protocol, now)
    said_again = {f.finding for f in said.findings if f.assertion == PRESENT}
    same_sign = {f for rule, facts in left.items() if denied & facts for f in facts if episode.facts.get(f) is True}
    return tuple(sorted(taken_back | same_sign - said_again))


def _deciding(episode: Episode, protocol: Protocol, now: datetime) -> dict[str, frozenset[str]]:
    """The rules that decide the level, with their facts."""
    return {fired.rule.id: fired.rule.facts for fired in episode.assess(protocol, now).deciding if fired.rule}


def _confirmed(episode: Episode, said: Said) -> Episode:
    if said.yes:
        return withdraw(episode, episode.confirming)
    return replace(episode, confirming=())
