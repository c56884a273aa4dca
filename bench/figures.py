"""Shares with their bounds, and the figures of a labelled set."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from bench.reading import Outcome
from bench.samples import TALK
from bot.triage.levels import CONTACT_CLINIC, EMERGENCY, SELF_CARE, URGENT

Z95 = 1.959964
NONE, ASKED_FIRST = "none", "asked_first"
LEVELS = (NONE, SELF_CARE, CONTACT_CLINIC, URGENT, EMERGENCY)


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """hits / total; not a number when there is nothing to count."""
        return self.hits / self.total if self.total else float("nan")

    @property
    def bounds(self) -> tuple[float, float]:
        """The Wilson score interval at 95 %: where the true share lies, given how few were counted."""
        return wilson(self.hits, self.total)

    def as_dict(self) -> dict[str, float | int | list[float] | None]:
        """Return plain JSON data; nulls where nothing was counted."""
        if not self.total:
            return {"hits": 0, "total": 0, "value": None, "bounds": [0.0, 1.0]}
        return {
            "hits": self.hits,
            "total": self.total,
            "value": round(self.value, 4),
            "bounds": [round(bound, 4) for bound in self.bounds],
        }


def wilson(hits: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson score interval of hits out of total; (0, 1) when nothing was counted."""
    if not total:
        return 0.0, 1.0
    share, weight = hits / total, z * z / total
    centre = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)


def share(outcomes: Iterable[Outcome], hit: Callable[[Outcome], bool]) -> Share:
    """Return how many of the outcomes are hits."""
    hits = [hit(outcome) for outcome in outcomes]
    return Share(sum(hits), len(hits))


def level_of(outcome: Outcome) -> int:
    """Return the position of the answered level in LEVELS."""
    return LEVELS.index(outcome.level or NONE)


def label_of(outcome: Outcome) -> int:
    """Return the position of the labelled level in LEVELS."""
    return LEVELS.index(outcome.sample.level or NONE)


def is_safe(outcome: Outcome) -> bool:
    """Whether the level is not below the label, an emergency that is asked about first counting as caught."""
    return level_of(outcome) >= label_of(outcome) or (outcome.sample.is_emergency and outcome.caught)


def is_raised(outcome: Outcome) -> bool:
    """Whether the level is above the label."""
    return level_of(outcome) > label_of(outcome)


def is_exact(outcome: Outcome) -> bool:
    """Whether the level is that of the label."""
    return level_of(outcome) == label_of(outcome)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """Return the figures of a set by name.

    Levels are counted over messages about the writer's health, look-alikes included; messages that are talk or
    general questions have a figure of their own, because there are many of them and they are easily right.
    """
    health = [outcome for outcome in outcomes if not outcome.sample.is_talk]
    emergencies = [outcome for outcome in health if outcome.sample.is_emergency]
    others = [outcome for outcome in health if not outcome.sample.is_emergency]
    return {
        "emergency_recall": share(emergencies, lambda o: o.caught),
        "emergency_at_once": share(emergencies, lambda o: o.level == EMERGENCY),
        "emergency_asked_first": share(emergencies, lambda o: o.asked_first),
        "crisis_recall": share([o for o in emergencies if o.sample.crisis], lambda o: o.crisis),
        "safe": share(health, is_safe),
        "safe_at_once": share(health, lambda o: level_of(o) >= label_of(o)),
        "exact_level": share(health, is_exact),
        "exact_level_and_time": share(health, lambda o: o.rank == o.sample.rank),
        "self_care_kept": share([o for o in health if o.sample.level == SELF_CARE], is_exact),
        "over_triage": share(others, is_raised),
        "false_emergency": share(others, lambda o: o.level == EMERGENCY),
        "false_alarm_question": share(others, lambda o: o.asked_first),
        "lookalikes_exact": share([o for o in health if o.sample.kind == "lookalike"], is_exact),
        "talk_not_a_symptom": share([o for o in outcomes if o.sample.is_talk], lambda o: not o.as_symptom),
        **{f"{kind}_not_a_symptom": _talk(outcomes, kind) for kind in sorted(TALK)},
    }


def _talk(outcomes: Iterable[Outcome], kind: str) -> Share:
    return share([o for o in outcomes if o.sample.kind == kind], lambda o: not o.as_symptom)


def confusion(outcomes: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """Return label to answer to count. An emergency question before any emergency has a column of its own."""
    counted: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        answer = ASKED_FIRST if outcome.asked_first else outcome.level or NONE
        counted[outcome.sample.level or NONE, answer] += 1
    columns = (*LEVELS, ASKED_FIRST)
    return {label: {answer: counted[label, answer] for answer in columns} for label in LEVELS}


def misses(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """Return what went wrong by kind of failure, the gravest first; each message once."""
    health = [outcome for outcome in outcomes if not outcome.sample.is_talk]
    return {
        "emergency missed": [o for o in health if o.sample.is_emergency and not o.caught],
        "below the label": [o for o in health if not o.sample.is_emergency and not is_safe(o)],
        "emergency asked about first": [o for o in health if o.sample.is_emergency and o.asked_first],
        "false emergency": [o for o in health if not o.sample.is_emergency and o.level == EMERGENCY],
        "above the label": [o for o in health if is_raised(o) and o.level != EMERGENCY],
        "talk taken for a symptom": [o for o in outcomes if o.sample.is_talk and o.as_symptom],
    }
