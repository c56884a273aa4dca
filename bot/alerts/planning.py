"""Who is told of an escalation, in which order, and for how long it goes on."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.message import NOW, SOON, Message
from bot.alerts.settings import AlertSettings, Channel, Contact
from bot.records import escalations, outbox
from bot.records.database import Connection, Row
from bot.triage import levels

ESCALATION, NEXT_CONTACT, DELIVERY = "escalation", "next_contact", "delivery"
"""Kinds of outbox entries: something was opened; nobody took it in time; one message on one channel."""

PLANNED = (ESCALATION, NEXT_CONTACT)


@dataclass(frozen=True)
class Step:
    """One turn of telling: which contacts, and whether there is another after it."""

    contacts: tuple[Contact, ...]
    last: bool


def plan(connection: Connection, entry: Row, settings: AlertSettings, now: datetime) -> None:
    """Turn an escalation, or its time running out, into deliveries and the next turn; all in this transaction."""
    row = still_waiting(connection, entry)
    if row is not None and not _told_already(connection, row):
        number = int(entry["payload"].get("step", 0))
        step = step_of(settings, number, now)
        for contact in step.contacts:
            for channel in contact.channels:
                _put_delivery(connection, row, number, channel, now)
        if row["rank"] == levels.AMBULANCE and not step.last:
            _put_next(connection, row, number + 1, now, settings)
    outbox.done(connection, entry["id"], now)


def step_of(settings: AlertSettings, number: int, now: datetime) -> Step:
    """Return whom to tell in a turn: one contact after the other; when the list is through, all of them again.

    Only those on call now count; when nobody is, everybody does: an alert never goes to no one.
    """
    on_call = [one for one in settings.contacts if one.reachable(now, settings.zone)] or list(settings.contacts)
    if number < len(on_call):
        return Step((on_call[number],), last=settings.rounds == 1 and number == len(on_call) - 1)
    return Step(tuple(on_call), last=number >= len(on_call) + settings.rounds - 2)


def still_waiting(connection: Connection, entry: Row) -> Row | None:
    """Return the escalation of an outbox entry if nobody has taken or closed it yet."""
    row = escalations.find(connection, int(entry["payload"]["escalation_id"]))
    if row is None or row["acknowledged_at"] or row["closed_at"]:
        return None
    return row


def _told_already(connection: Connection, row: Row) -> bool:
    """Whether staff are being called to this conversation for something as urgent that nobody has taken yet."""
    return any(
        other["id"] < row["id"] and other["rank"] >= row["rank"]
        for other in escalations.of_conversation(connection, row["conversation_id"])
        if not other["acknowledged_at"] and not other["closed_at"]
    )


def message_of(entry: Row, row: Row, settings: AlertSettings) -> Message:
    """Return what a delivery says about an escalation."""
    return Message(
        key=entry["key"],
        urgency=NOW if row["rank"] >= levels.DOCTOR_NOW else SOON,
        reference=f"A-{row['id']}",
        link=f"{settings.console_url}/escalations/{row['id']}",
        opened_at=row["opened_at"],
        again=int(entry["payload"]["step"]) > 0,
    )


def channel_key(channel: Channel) -> str:
    """Return a name for a channel that is stable, and tells nothing of an address or a secret."""
    return f"{channel.kind}-{hashlib.sha256(channel.target.encode()).hexdigest()[:12]}"


def channel_of(settings: AlertSettings, key: str) -> Channel | None:
    """Return the channel of that name, None when it is no longer in the settings."""
    channels = (channel for contact in settings.contacts for channel in contact.channels)
    return next((channel for channel in channels if channel_key(channel) == key), None)


def _put_delivery(connection: Connection, row: Row, step: int, channel: Channel, now: datetime) -> None:
    name = channel_key(channel)
    payload = {"escalation_id": row["id"], "step": step, "channel": name}
    key = f"escalation:{row['id']}:{step}:{name}"
    outbox.put(connection, DELIVERY, key, payload, now, row["conversation_id"])


def _put_next(connection: Connection, row: Row, step: int, now: datetime, settings: AlertSettings) -> None:
    payload = {"escalation_id": row["id"], "step": step}
    key, due_at = f"escalation:{row['id']}:{step}", now + settings.next_contact
    outbox.put(connection, NEXT_CONTACT, key, payload, now, row["conversation_id"], due_at)
