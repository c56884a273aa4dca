"""The triage engine: which level the facts call for, and which question could still raise it.

Pure functions of facts, protocol and `now`; the engine rules are those of protocol section D0.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.triage.conditions import World
from bot.triage.finding import UNSURE
from bot.triage.known import known_facts, reported_symptoms
from bot.triage.levels import (
    AMBULANCE,
    CLINIC_TODAY,
    HOME,
    NEXT_DAY_CLINIC,
    ORDER,
    UNSURE_COUNTS_AS,
    Disposition,
)
from bot.triage.model import Protocol, Rule, Symptom
from bot.triage.questions import WHICH, Question

UNSURE_RULE = "D0.3"
TOTALITY_RULE = "D0.12"
MAX_QUESTIONS = 5
COUNTED_FACT = "symptoms_at_contact_clinic"
# What a fact may be about so that being unsure of it does not raise a rule for the clinic (D0.3).
FREQUENCY = "frequency"
SOFT = ("size", "trend", FREQUENCY)


@dataclass(frozen=True)
class Fired:
    """A rule that decides something: its id, the rank it calls for, and the rule (None for engine rules)."""

    id: str
    rank: int
    rule: Rule | None
    symptom: str | None = None


@dataclass(frozen=True)
class Assessment:
    """The most urgent level any rule calls for, with every rule that fired.

    rank is None when nothing was reported: silence of the rules is not self-care.
    asks: facts still open that could raise the level; final is True when there are none.
    unsure: facts whose "not sure" raised the level (D0.3).
    """

    rank: int | None
    crisis: bool
    fired: tuple[Fired, ...]
    symptoms: tuple[str, ...]
    asks: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def disposition(self) -> Disposition | None:
        return None if self.rank is None else ORDER[self.rank]

    @property
    def level(self) -> str | None:
        return self.disposition.level if self.disposition else None

    @property
    def within(self) -> str | None:
        return self.disposition.within if self.disposition else None

    @property
    def final(self) -> bool:
        return not self.asks

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that fired, the most urgent first, each once."""
        ordered = sorted(self.fired, key=lambda fired: -fired.rank)
        return tuple(dict.fromkeys(fired.id for fired in ordered))

    @property
    def deciding(self) -> tuple[Fired, ...]:
        """The fired rules that call for the level reached."""
        return tuple(fired for fired in self.fired if fired.rank == self.rank)


class Case:
    """One set of facts looked at with one protocol at one moment."""

    def __init__(
        self,
        facts: Mapping[str, Any],
        protocol: Protocol,
        now: datetime,
        asked: Iterable[str] = (),
        mentioned: Iterable[str] = (),
    ) -> None:
        self.protocol = protocol
        self.now = now
        self.asked = tuple(asked)
        self.facts = known_facts(facts, protocol, now)
        self.symptoms = reported_symptoms(self.facts, frozenset(mentioned), protocol, now)
        self.questions = tuple(self._open_questions())
        self.pending = frozenset(fact for question in self.questions for fact in question.facts)

    def assess(self) -> Assessment:
        """Return the level by what is known; questions not asked yet count neither way."""
        fired = [*self._fired_rules(), *self._totality()]
        fired += self._counted(fired)
        rank = max((one.rank for one in fired), default=HOME if self.symptoms else None)
        crisis = any(one.rule is not None and one.rule.crisis for one in fired)
        names = tuple(symptom.id for symptom in self.symptoms)
        assessment = Assessment(rank, crisis, tuple(fired), names, unsure=self._unsure_facts(fired))
        asks = tuple(dict.fromkeys(fact for _, facts in self._raising(assessment) for fact in facts))
        if rank == HOME and not asks:
            fired += self._not_shown()
            rank = max(one.rank for one in fired) if fired else HOME
        return Assessment(rank, crisis, tuple(fired), names, asks, assessment.unsure)

    def next_question(self) -> Question | None:
        """Return the open question that could raise the level most (D0.11), or None when none could."""
        raising = self._raising(self.assess())
        return next((question for question, _ in raising), None)

    # --- which rules hold ----------------------------------------------------------------------------

    def _world(self, **assume: Any) -> World:
        return World(self.facts, self.now, self.pending, **assume)

    def _rules(self) -> Iterator[tuple[Rule, Symptom | None]]:
        for rule in self.protocol.screen_rules + self.protocol.combination_rules:
            yield rule, None
        if self.symptoms:
            for rule in self.protocol.modifier_rules:
                yield rule, None
        for symptom in self.symptoms:
            for rule in symptom.rules:
                yield rule, symptom

    def _fired_rules(self) -> Iterator[Fired]:
        certain = self._world()
        for rule, symptom in self._rules():
            name = symptom.id if symptom else None
            if rule.when.shows(True, certain):
                yield Fired(rule.id, rule.disposition.rank, rule, name)
            elif rule.when.shows(True, self._world(assume_unsure=self._unsure_that_counts(rule))):
                rank = AMBULANCE if rule.crisis else UNSURE_COUNTS_AS[rule.disposition.rank]
                if rank > HOME:
                    yield Fired(UNSURE_RULE, rank, rule, name)

    def _unsure_that_counts(self, rule: Rule) -> frozenset[str] | None:
        """D0.3: unsure about a size, a trend or how often does not raise an L1 rule; unsure about time does."""
        if rule.disposition.rank > CLINIC_TODAY:
            return None
        return frozenset(f for f in rule.facts if self._about(f) not in SOFT)

    def _about(self, fact: str) -> str:
        declared = self.protocol.facts.get(fact)
        return declared.about if declared else ""

    def _unsure_facts(self, fired: Iterable[Fired]) -> tuple[str, ...]:
        rules = [one.rule for one in fired if one.id == UNSURE_RULE and one.rule]
        return tuple(sorted({f for rule in rules for f in rule.facts if self.facts.get(f) == UNSURE}))

    def _totality(self) -> Iterator[Fired]:
        """D0.12: a reported symptom whose home-care conditions cannot all hold is for the clinic today.

        Unsure counts against home care, except unsure about how often.
        """
        world = self._world(assume_unsure=frozenset(f for f in self.facts if self._about(f) != FREQUENCY))
        for symptom in self._quiet_symptoms():
            home = _home_rules(symptom)
            if all(not self._shown(rule) and rule.when.shows(False, world) for rule in home):
                yield Fired(TOTALITY_RULE, CLINIC_TODAY, None, symptom.id)

    def _not_shown(self) -> list[Fired]:
        """D0.12 at the end: nothing is left to ask, so home care must have been shown, not only not ruled out."""
        world = self._world(assume_unsure=frozenset(f for f in self.facts if self._about(f) == FREQUENCY))
        quiet = [s for s in self._quiet_symptoms() if not any(r.when.shows(True, world) for r in _home_rules(s))]
        return [Fired(TOTALITY_RULE, CLINIC_TODAY, None, symptom.id) for symptom in quiet]

    def _quiet_symptoms(self) -> list[Symptom]:
        """The reported symptoms of which no rule above home care holds."""
        raised = [s for s in self.symptoms if any(self._shown(r) for r in s.rules if r.disposition.rank > HOME)]
        return [symptom for symptom in self.symptoms if symptom not in raised]

    def _shown(self, rule: Rule) -> bool:
        return rule.when.shows(True, self._world())

    def _counted(self, fired: Iterable[Fired]) -> list[Fired]:
        """Rules over counts of other rules' results, such as T11: several symptoms for the clinic."""
        names = {one.symptom for one in fired if one.rank == NEXT_DAY_CLINIC and one.symptom}
        world = World({**self.facts, COUNTED_FACT: [len(names), len(names)]}, self.now)
        rules = (rule for rule in self.protocol.combination_rules if COUNTED_FACT in rule.facts)
        return [Fired(rule.id, rule.disposition.rank, rule) for rule in rules if rule.when.shows(True, world)]

    # --- which questions matter ----------------------------------------------------------------------

    def _open_questions(self) -> Iterator[Question]:
        """The questions that may still be asked, in the order the symptoms give them."""
        check = self.protocol.check
        if check.id not in self.asked:
            yield check
        for name in (*self.protocol.follow_ups, *(asked + WHICH for asked in self.asked)):
            question = self.protocol.questions.get(name)
            if question and name not in self.asked and self._is_to_split(question):
                yield question.for_symptoms(symptom.id for symptom in self.symptoms)
        if self._asked_after_check() < MAX_QUESTIONS:
            yield from self._symptom_questions()

    def _is_to_split(self, question: Question) -> bool:
        """Whether an unsure answer opened this follow-up; "which one" needs a whole list left unsure."""
        unsure = [fact for fact in question.facts if self.facts.get(fact) == UNSURE]
        return len(unsure) > len(question.facts) / 2 if question.id.endswith(WHICH) else bool(unsure)

    def _asked_after_check(self) -> int:
        of_the_check = {self.protocol.check.id, *self.protocol.follow_ups}
        return len([name for name in self.asked if name not in of_the_check and not name.endswith(WHICH)])

    def _symptom_questions(self) -> Iterator[Question]:
        longest = max((len(symptom.ask) for symptom in self.symptoms), default=0)
        names = [s.ask[place] for place in range(longest) for s in self.symptoms if place < len(s.ask)]
        for name in dict.fromkeys(names):
            if name not in self.asked:
                askers = [symptom.id for symptom in self.symptoms if name in symptom.ask]
                yield self.protocol.questions[name].for_symptoms(askers)

    def _raising(self, assessment: Assessment) -> list[tuple[Question, tuple[str, ...]]]:
        """Questions that could raise the level, the one that could raise it most first, each with its facts."""
        if not self.symptoms or assessment.rank == AMBULANCE:
            return []
        rules = list(self._open_rules(assessment.rank or HOME))
        found: list[tuple[int, Question, tuple[str, ...]]] = []
        for question in self.questions:
            facts = [f for f in sorted(question.facts) if self._is_open(f)]
            gain = max((rank for rank, used in rules if used & set(facts)), default=0)
            if gain:
                useful = tuple(f for f in facts if any(f in used for _, used in rules))
                found.append((gain if question is not self.protocol.check else AMBULANCE + 1, question, useful))
        found.sort(key=lambda entry: -entry[0])
        return [(question.without_known(self.facts), facts) for _, question, facts in found]

    def _is_open(self, fact: str) -> bool:
        """Whether a question could still tell something: a range is open while a threshold lies inside it."""
        if self.facts.get(fact, UNSURE) == UNSURE:
            return True
        interval = self._world().interval(fact) if self.protocol.facts[fact].kind in ("number", "time") else None
        if interval is None:
            return False
        low, high = interval
        return low < high and any(low <= limit <= high for limit in self.protocol.limits.get(fact, ()))

    def _open_rules(self, rank: int) -> Iterator[tuple[int, frozenset[str]]]:
        """Rank and facts of the rules above `rank` that a question could still bring about."""
        possible = self._world(assume_pending=True, assume_unsure=None)
        modifiers = set(self.protocol.modifier_rules)
        for rule, _ in self._rules():
            above = rule.disposition.rank > rank and rule not in modifiers
            if above and not self._shown(rule) and rule.when.shows(True, possible):
                yield rule.disposition.rank, rule.facts
        if rank < CLINIC_TODAY:
            yield from self._open_totality(possible)

    def _open_totality(self, possible: World) -> Iterator[tuple[int, frozenset[str]]]:
        for symptom in self.symptoms:
            home = _home_rules(symptom)
            if home and all(rule.when.shows(False, possible) for rule in home):
                yield CLINIC_TODAY, frozenset(fact for rule in home for fact in rule.facts)


def _home_rules(symptom: Symptom) -> list[Rule]:
    return [rule for rule in symptom.rules if rule.disposition.rank == HOME]


def assess(
    facts: Mapping[str, Any],
    protocol: Protocol,
    now: datetime,
    asked: Iterable[str] = (),
    mentioned: Iterable[str] = (),
) -> Assessment:
    """Return the level the facts call for, and why.

    facts: fact id to value; asked: ids of the questions already asked, which are not asked again;
    mentioned: facts the patient spoke of unasked; now: with a time zone.
    """
    return Case(facts, protocol, now, asked, mentioned).assess()
