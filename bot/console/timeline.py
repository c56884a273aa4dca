"""The timeline of a conversation: what happened around the messages, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.console import words
from bot.records import events
from bot.records.database import Row
from bot.records.review_deeds import CALL_ATTEMPT

TOLD = (events.REPLY, events.SEEN, events.CLOSED, events.SENT_TO_CLINIC)
"""Events that the messages or the escalations show already."""

EVENTS = {
    events.CALL_BACK: "The patient left a number and asked to be called",
    events.DISAGREEMENT: "The two safety checks disagreed; the more careful one counts",
    events.SAFETY_CARD: "The assistant could not answer; the patient was shown the safety card",
}


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    text: str
    detail: str = ""


def timeline(conversation: Row, escalations: list[Row], happened: list[Row], names: Mapping[int, str]) -> list[Moment]:
    """Return every moment in the order of time. names: staff by id."""
    found = [Moment(conversation["started_at"], "The conversation began")]
    for row in escalations:
        found += _of_escalation(row, names)
    found += [_of_event(event, names) for event in happened]
    return sorted(found, key=lambda moment: moment.at)


def _of_escalation(row: Row, names: Mapping[int, str]) -> list[Moment]:
    kind = words.KINDS.get(row["kind"], row["kind"])
    name = f"{kind} ({words.badge(row['rank'], row['crisis'])[2]})"
    found = [Moment(row["opened_at"], f"Sent to the clinic: {name}")]
    if row["acknowledged_at"]:
        who = names.get(row["acknowledged_by"], "someone")
        found.append(Moment(row["acknowledged_at"], f"Acknowledged by {who}: {name}", "The patient was told."))
    if row["closed_at"]:
        who = names.get(row["closed_by"], "the program")
        found.append(Moment(row["closed_at"], f"Closed by {who}: {words.outcome(row['outcome'])}", row["reason"] or ""))
    return found


def _of_event(event: Row, names: Mapping[int, str]) -> Moment:
    if event["kind"] == CALL_ATTEMPT:
        who = names.get(event["data"].get("staff_id"), "Someone")
        outcome = event["data"].get("outcome", "")
        return Moment(event["at"], f"{who} rang the patient: {words.CALLS.get(outcome, outcome)}")
    return Moment(event["at"], EVENTS.get(event["kind"], words.plain(event["kind"])))
