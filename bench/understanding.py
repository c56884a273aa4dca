"""How well findings and attributes are read, by the facts each message's label names."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bench.figures import Share
from bench.reading import Outcome
from bench.samples import Sample
from bot.triage.finding import ABSENT, PRESENT, Finding
from bot.triage.known import closed
from bot.triage.model import Protocol

HOURS = "_hours"
SESSION = "session"


def finding_figures(outcomes: Sequence[Outcome], protocol: Protocol) -> dict[str, Share]:
    """Return recall and precision of present and of denied flags; what a fact implies counts as said."""
    totals = {name: [0, 0] for name in ("present_recall", "present_precision", "denied_recall", "denied_precision")}
    for outcome in outcomes:
        for assertion, name in ((PRESENT, "present"), (ABSENT, "denied")):
            labelled, read = _labelled(outcome.sample, assertion), _read(outcome.findings, assertion, protocol)
            _count(totals[f"{name}_recall"], labelled & _closed(read, assertion, protocol), labelled)
            _count(totals[f"{name}_precision"], read & _closed(labelled, assertion, protocol), read)
    return {name: Share(hits, total) for name, (hits, total) in totals.items()}


def _count(total: list[int], hits: set[str], of: set[str]) -> None:
    total[0] += len(hits)
    total[1] += len(of)


def _labelled(sample: Sample, assertion: str) -> set[str]:
    return set(sample.present if assertion == PRESENT else sample.denied)


def _read(findings: Iterable[Finding], assertion: str, protocol: Protocol) -> set[str]:
    flags = (f for f in findings if f.assertion == assertion and protocol.facts[f.finding].kind == "flag")
    return {finding.finding for finding in flags}


def _closed(facts: set[str], assertion: str, protocol: Protocol) -> set[str]:
    said = assertion == PRESENT
    return {fact for fact, value in closed(dict.fromkeys(facts, said), protocol).items() if value is said}


def attribute_figures(outcomes: Iterable[Outcome]) -> dict[str, Share]:
    """Return for each labelled attribute how often it was read rightly; `all` is their sum."""
    counts: dict[str, list[int]] = {"all": [0, 0]}
    for outcome in outcomes:
        for name, labelled in outcome.sample.attributes.items():
            right = _is_read(name, labelled, outcome)
            for key in ("all", _family(name)):
                count = counts.setdefault(key, [0, 0])
                count[0] += right
                count[1] += 1
    return {name: Share(hits, total) for name, (hits, total) in sorted(counts.items())}


def _family(name: str) -> str:
    """Attributes of all symptoms count together: headache.severity as severity."""
    return name.split(".")[-1].removesuffix(HOURS)


def _is_read(name: str, labelled: Any, outcome: Outcome) -> bool:
    fact = name.removesuffix(HOURS)
    values = [f.value for f in outcome.findings if f.finding == fact and f.assertion == PRESENT]
    return any(matches(labelled, value, outcome.sample.now) for value in values)


def matches(labelled: Any, value: Any, now: datetime) -> bool:
    """Whether a value read fits the label: choices equal, sets hold all that is labelled, intervals overlap.

    A labelled time is an interval of hours before `now`; one that was read holds ISO times.
    """
    if not isinstance(labelled, list):
        return bool(labelled == value)
    if not isinstance(value, list):
        return False
    if isinstance(labelled[0], str):
        return set(labelled) <= set(value)
    low, high = _hours_ago(value, now) if isinstance(value[0], str) else value
    return bool(low <= labelled[1] and labelled[0] <= high)


def _hours_ago(interval: Sequence[str], now: datetime) -> tuple[float, float]:
    hour = timedelta(hours=1)
    earliest, latest = (datetime.fromisoformat(moment) for moment in interval)
    return (now - latest) / hour, (now - earliest) / hour


def as_data(shares: Mapping[str, Share]) -> dict[str, Any]:
    """Return shares as plain JSON data."""
    return {name: share.as_dict() for name, share in shares.items()}
