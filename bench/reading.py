"""What the assistant makes of a labelled message: the real model and the real turn, in this process."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.samples import Sample, rank_of
from bot.nlu.assess import Assessor
from bot.nlu.messages import FACTS
from bot.triage.dialogue import SUSPECTED, State
from bot.triage.episode import merge
from bot.triage.finding import PRESENT, Finding
from bot.triage.levels import AMBULANCE, EMERGENCY
from bot.triage.summary import SYMPTOM, summary


@dataclass(frozen=True)
class Outcome:
    """The answer to one labelled message.

    asked_first: no emergency was seen, and the assistant asks a yes/no question whose yes is one.
    seconds: how long reading and deciding took.
    """

    sample: Sample
    level: str | None
    within: str | None
    crisis: bool
    scope: str
    intent: str
    confidence: float
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    asks: tuple[str, ...]
    asked_first: bool
    seconds: float

    @property
    def rank(self) -> int:
        return rank_of(self.level, self.within)

    @property
    def caught(self) -> bool:
        """Whether an emergency is answered as one, or asked about before anything else."""
        return self.level == EMERGENCY or self.asked_first

    @property
    def as_symptom(self) -> bool:
        """Whether the message was treated as the report of a symptom."""
        return self.scope == SYMPTOM


def read_all(assessor: Assessor, samples: Iterable[Sample]) -> Iterator[Outcome]:
    """Yield the outcome of each message, each in a conversation of its own."""
    for sample in samples:
        yield read(assessor, sample)


def read(assessor: Assessor, sample: Sample) -> Outcome:
    """Return what the assistant makes of one message."""
    began = time.perf_counter()
    state, understood = assessor.turn(State(), sample.text, sample.now)
    assessment = state.episode.assess(assessor.protocol, sample.now)
    seconds = time.perf_counter() - began
    intent: dict[str, Any] = understood["intent"]
    told = summary(state, assessment, intent["name"], assessor.protocol)
    return Outcome(
        sample=sample,
        level=told["level"],
        within=told["within"],
        crisis=told["crisis"],
        scope=told["scope"],
        intent=intent["name"],
        confidence=intent["confidence"],
        findings=tuple(Finding.from_dict(entry) for entry in understood.get(FACTS) or []),
        rules=tuple(told["rules"]),
        asks=tuple(told["asks"]),
        asked_first=assessment.rank != AMBULANCE and _asks_for_an_emergency(assessor, state, sample),
        seconds=seconds,
    )


def _asks_for_an_emergency(assessor: Assessor, state: State, sample: Sample) -> bool:
    waiting = state.waiting_for or {}
    if waiting.get("kind") != SUSPECTED:
        return False
    yes = [Finding(fact, PRESENT, "", 0, 0) for fact in waiting["facts"]]
    return merge(state.episode, yes).assess(assessor.protocol, sample.now).rank == AMBULANCE
