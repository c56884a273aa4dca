"""An episode: what is known of one session's aftermath, and how a message changes it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from bot.triage.engine import Assessment, Case, Fired
from bot.triage.finding import ABSENT, POSSIBLE, PRESENT, UNSURE, Finding
from bot.triage.levels import CLINIC_TODAY, DOCTOR_TODAY, HOME, NEXT_DAY_CLINIC
from bot.triage.model import Protocol

WITHDRAWN_RULE = "D0.2"
NEVER_FALLS_RULE = "D0.4"
REPEAT_RULE = "D0.6"
WORSE_THAN_ANSWERED = {HOME: CLINIC_TODAY, NEXT_DAY_CLINIC: DOCTOR_TODAY, CLINIC_TODAY: DOCTOR_TODAY}


@dataclass(frozen=True)
class Episode:
    """Everything a conversation knows about one session's aftermath. Plain data, kept between messages.

    facts: fact id to value; mentioned: facts the patient spoke of unasked.
    asked: questions answered or given up, in order; question: the one waiting for an answer; tries: how often
        it was put; confirming: facts whose withdrawal waits for a yes (D0.2).
    reached: the highest rank told to the patient; answered: symptom to the rank told, worse: rank called for
        because an answered symptom got worse (D0.6); withdrawn: an emergency was taken back.
    corrected: facts the patient changed explicitly; told_at: ISO time of the last answer.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    mentioned: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    question: str | None = None
    tries: int = 0
    confirming: tuple[str, ...] = ()
    reached: int | None = None
    answered: Mapping[str, int] = field(default_factory=dict)
    worse: int | None = None
    withdrawn: bool = False
    corrected: tuple[str, ...] = ()
    told_at: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the episode as plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any] | None) -> "Episode":
        """Read what `to_dict` wrote; None gives a fresh episode. Keys of other versions are left out."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in (entry or {}).items() if key in known}
        arguments: Any = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return cls(**arguments)

    def case(self, protocol: Protocol, now: datetime) -> Case:
        """Return the facts as the engine looks at them."""
        return Case(self.facts, protocol, now, self.asked, self.mentioned)

    def assess(self, protocol: Protocol, now: datetime) -> Assessment:
        """Assess the facts, and add what the course of the conversation calls for (D0.2, D0.4, D0.6)."""
        assessment = self.case(protocol, now).assess()
        if assessment.rank is None and not self.withdrawn:
            return assessment
        reached = HOME if assessment.rank is None else assessment.rank
        withdrawn = CLINIC_TODAY if self.withdrawn else None
        extra: list[Fired] = []
        rank = reached
        # What was told before is a reason of its own only where no other reaches as high.
        for name, floor in ((REPEAT_RULE, self.worse), (WITHDRAWN_RULE, withdrawn), (NEVER_FALLS_RULE, self.reached)):
            if floor is not None and floor > (rank if name == NEVER_FALLS_RULE else reached):
                extra.append(Fired(name, floor, None))
                rank = max(rank, floor)
        return replace(assessment, rank=rank, fired=(*assessment.fired, *extra))


def merge(episode: Episode, findings: Iterable[Finding], correcting: bool = False) -> Episode:
    """Add what a message says to what is known.

    A yes stays a yes until the patient corrects it in so many words (`correcting`, D0.4); numbers, times and
    choices follow the newest message. Past, hypothetical and other people's findings change nothing.
    """
    facts = dict(episode.facts)
    corrected = list(episode.corrected)
    mentioned = list(episode.mentioned)
    for finding in sorted(findings, key=_weight):
        name, before = finding.finding, facts.get(finding.finding)
        after = _merged(before, finding, correcting)
        if after is None or after == before:
            continue
        facts[name] = after
        if after is not False:
            mentioned.append(name)
        if correcting and before not in (None, UNSURE):
            corrected.append(name)
    return replace(
        episode,
        facts=facts,
        mentioned=tuple(dict.fromkeys(mentioned)),
        corrected=tuple(dict.fromkeys(corrected)),
    )


def _weight(finding: Finding) -> int:
    """Within one message a yes is heard last, so that it wins: "never fainted before, but I fainted today"."""
    return {ABSENT: 0, POSSIBLE: 1}.get(finding.assertion, 2)


def _merged(before: Any, finding: Finding, correcting: bool) -> Any:
    """The fact's new value, or None when the finding does not change it."""
    if finding.assertion == PRESENT:
        if isinstance(before, list) and _is_set(before) and _is_set(finding.value) and not correcting:
            return sorted({*before, *finding.value})
        return finding.value
    if finding.assertion == ABSENT and finding.value is True:
        return False if before is not True or correcting else None
    if finding.assertion == POSSIBLE:
        return UNSURE if before in (None, False) else None
    return None


def _is_set(value: Any) -> bool:
    """Sets of areas are lists of words; intervals hold numbers or ISO times, which begin with a digit."""
    return isinstance(value, list) and all(isinstance(one, str) and not one[:1].isdigit() for one in value)


def withdraw(episode: Episode, names: Iterable[str]) -> Episode:
    """Take back facts after the confirming question; the conversation stays at least contact_clinic (D0.2)."""
    names = tuple(names)
    facts = {**episode.facts, **dict.fromkeys(names, False)}
    corrected = tuple(dict.fromkeys((*episode.corrected, *names)))
    return replace(episode, facts=facts, corrected=corrected, withdrawn=True, reached=None, confirming=())


def told(episode: Episode, assessment: Assessment, now: datetime) -> Episode:
    """Note that the patient was given this answer."""
    if assessment.rank is None:
        return episode
    answered = {**episode.answered, **dict.fromkeys(assessment.symptoms, assessment.rank)}
    reached = max(assessment.rank, episode.reached or HOME)
    return replace(episode, reached=reached, answered=answered, question=None, tries=0, told_at=now.isoformat())


def grown_worse(episode: Episode, findings: Iterable[Finding]) -> Episode:
    """D0.6: a symptom that was answered and is worse now goes one level up, to urgent at the most."""
    worse = {f.finding.removesuffix(".trend") for f in findings if f.finding.endswith(".trend") and f.value == "worse"}
    ranks = [WORSE_THAN_ANSWERED.get(episode.answered[s]) for s in worse & episode.answered.keys()]
    raised = [rank for rank in ranks if rank is not None]
    return replace(episode, worse=max([*raised, episode.worse or HOME])) if raised else episode


def is_new_session(episode: Episode, findings: Iterable[Finding]) -> bool:
    """Whether the message tells of a session after the last answer: that starts a new episode (D0.4)."""
    times = [f.value[0] for f in findings if f.finding == "session" and f.assertion == PRESENT]
    told_at = episode.told_at
    return bool(told_at and times and datetime.fromisoformat(times[0]) > datetime.fromisoformat(told_at))
