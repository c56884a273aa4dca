"""By when a symptom should be gone."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.triage.known import known_facts
from bot.triage.model import Protocol, Symptom


def gone_by(symptom: Symptom, facts: Mapping[str, Any], protocol: Protocol, now: datetime) -> datetime | None:
    """Return the moment by which a symptom should be gone, counted from the earliest time it may have begun.

    facts: with what follows from them (`known_facts`). None when the documents give no time, when nobody knows
    since when the patient has it, or when it is gone already. The moment is in the time zone of `now`.
    """
    limit = symptom.normal.get("gone_by")
    counted = "session" if symptom.normal.get("counted_from") == "session" else f"{symptom.id}.hours"
    began = facts.get(counted) or facts.get("session")
    gone = facts.get(f"{symptom.id}.trend") == "gone"
    if limit is None or gone or not isinstance(began, list):
        return None
    hours = timedelta(hours=protocol.thresholds[limit])
    return (datetime.fromisoformat(began[0]) + hours).astimezone(now.tzinfo)


def all_gone_by(
    symptoms: Iterable[str], facts: Mapping[str, Any], protocol: Protocol, now: datetime
) -> datetime | None:
    """Return the moment by which the last of several symptoms (by id) should be gone; None when none has one."""
    known = known_facts(facts, protocol, now)
    there = [protocol.symptoms[name] for name in symptoms if name in protocol.symptoms]
    moments = [gone_by(symptom, known, protocol, now) for symptom in there]
    return max((moment for moment in moments if moment is not None), default=None)
