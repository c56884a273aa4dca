"""What staff do with a conversation. Each deed and its audit entry are one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from starlette.responses import Response

from bot.console import words
from bot.console.pages.conversation import conversation_of
from bot.console.visit import Refused, Visit, not_found
from bot.records import conversations, escalations, remarks, review, review_deeds
from bot.records.database import Connection, Row

MOST_TAGS = 12
LONGEST_TAG = 40


def acknowledge(visit: Visit) -> Response:
    """Take an escalation; the patient is told, and by when somebody calls if that was chosen."""
    call_by = _call_by(visit)
    details: dict[str, object] | None = {"call_by": call_by.isoformat()} if call_by else None
    with _deed(visit, "acknowledge", details) as connection, _first_come(visit, connection):
        escalations.acknowledge(connection, _escalation(visit, connection)["id"], visit.member.id, visit.now, call_by)
    return _back(visit, "acknowledged")


def close(visit: Visit) -> Response:
    """Close an escalation with an outcome and a reason."""
    outcome, reason = visit.field("outcome", 40), visit.field("reason")
    if outcome not in words.OUTCOMES or not reason:
        raise Refused(400, "To close this, choose an outcome and write the reason. Nothing was changed.")
    with _deed(visit, "close", {"outcome": outcome}) as connection, _first_come(visit, connection):
        row = _escalation(visit, connection)
        escalations.close(connection, row["id"], visit.member.id, outcome, reason, visit.now)
    return _back(visit, "closed")


def call(visit: Visit) -> Response:
    """Write down that the patient was rung."""
    outcome, text = visit.field("outcome", 40), visit.field("text")
    if outcome not in words.CALLS:
        raise Refused(400, "Choose how the call ended. Nothing was changed.")
    with _deed(visit, "call", {"outcome": outcome}) as connection:
        conversation_id = conversation_of(visit, connection)["id"]
        review_deeds.record_call(connection, conversation_id, outcome, visit.member.id, visit.now)
        if text:
            remarks.add_note(connection, conversation_id, visit.member.id, text, visit.now)
    return _back(visit, "called")


def assign(visit: Visit) -> Response:
    """Give the conversation to someone, unless someone else did so since this page was opened."""
    before, after = _person(visit, "before"), _person(visit, "assignee")
    with _deed(visit, "assign", {"to": after}) as connection:
        conversation_id = conversation_of(visit, connection)["id"]
        try:
            done = review_deeds.assign(connection, conversation_id, before, after)
        except ValueError:
            raise Refused(400, "That colleague's account is not active. Nothing was changed.") from None
        if not done:
            raise Refused(409, "Somebody else assigned this conversation meanwhile. Nothing was changed.")
    return _back(visit, "assigned")


def note(visit: Visit) -> Response:
    """Keep a note beside the conversation."""
    text = visit.field("text", 5000)
    if not text:
        raise Refused(400, "The note is empty. Nothing was saved.")
    with _deed(visit, "note") as connection:
        conversation_id = conversation_of(visit, connection)["id"]
        remarks.add_note(connection, conversation_id, visit.member.id, text, visit.now)
    return _back(visit, "noted")


def tag(visit: Visit) -> Response:
    """Set the tags, unless someone else changed them since this page was opened."""
    before, wanted = _tags(visit, "before"), _tags(visit, "tags")
    if len(wanted) > MOST_TAGS:
        raise Refused(400, f"A conversation can have {MOST_TAGS} tags. Nothing was changed.")
    with _deed(visit, "tag") as connection:
        conversation_id = conversation_of(visit, connection)["id"]
        now = {row["tag"] for row in remarks.of_conversation(connection, conversation_id)["tags"]}
        if now != before:
            raise Refused(409, "Somebody else changed the tags meanwhile. Nothing was changed.")
        remarks.set_tags(connection, conversation_id, visit.member.id, wanted, visit.now)
    return _back(visit, "tagged")


def flag(visit: Visit) -> Response:
    """Ask colleagues to read the conversation, saying why."""
    reason = visit.field("reason", 200)
    if not reason:
        raise Refused(400, "Write why it should be reviewed. Nothing was changed.")
    with _deed(visit, "flag") as connection:
        conversations.flag(connection, conversation_of(visit, connection)["id"], reason)
    return _back(visit, "flagged")


def unflag(visit: Visit) -> Response:
    """Note that the conversation has been read, unless a reason was added since this page was opened."""
    seen = [reason for reason in visit.form.get("seen", "").split("\n") if reason]
    with _deed(visit, "review") as connection:
        if not review_deeds.mark_reviewed(connection, conversation_of(visit, connection)["id"], seen):
            raise Refused(409, "There is a new reason to read this conversation. Nothing was changed; reload the page.")
    return _back(visit, "unflagged")


def hold(visit: Visit) -> Response:
    """Switch the legal hold: while it is on, neither the patient nor the retention rule erases the conversation."""
    on = visit.field("hold") == "on"
    with _deed(visit, "legal hold", {"on": on}) as connection:
        conversations.change(connection, conversation_of(visit, connection)["id"], legal_hold=on)
    return _back(visit, "held")


@contextmanager
def _deed(visit: Visit, action: str, details: dict[str, object] | None = None) -> Iterator[Connection]:
    """One transaction with the deed and its entry in the audit log: both or neither."""
    with visit.desk.database.write() as connection:
        yield connection
        if "escalation_id" in visit.request.path_params:
            details = {**(details or {}), "escalation": visit.number("escalation_id")}
        visit.audit(connection, action, "conversation", visit.path("conversation_id"), details)


@contextmanager
def _first_come(visit: Visit, connection: Connection) -> Iterator[None]:
    """Tell the second of two people who did the same at once who was first."""
    try:
        yield
    except escalations.Conflict as conflict:
        raise Refused(409, _who_was_first(visit, connection, conflict.row)) from None


def _who_was_first(visit: Visit, connection: Connection, row: Row) -> str:
    names = review.staff_names(connection)
    done, who, at = "Acknowledged", row["acknowledged_by"], row["acknowledged_at"]
    if row["closed_at"]:
        done, who, at = "Closed", row["closed_by"], row["closed_at"]
    when: datetime = at
    shown = words.clock(when, visit.desk.zone, visit.now)
    return f"{done} by {names.get(who, 'the program')} at {shown}, just before you. Nothing was changed by you."


def _escalation(visit: Visit, connection: Connection) -> Row:
    """Return the escalation of the address; one of another conversation is not there."""
    row = escalations.find(connection, visit.number("escalation_id"))
    if row is None or row["conversation_id"] != conversation_of(visit, connection)["id"]:
        raise not_found()
    return row


def _person(visit: Visit, name: str) -> int | None:
    value = visit.field(name, 12)
    if value and not value.isdecimal():
        raise Refused(400, "There is no such colleague. Nothing was changed.")
    return int(value) if value else None


def _call_by(visit: Visit) -> datetime | None:
    minutes = visit.field("call_within", 4)
    if minutes and minutes not in words.CALL_WITHIN:
        raise Refused(400, "Choose from the list by when somebody calls. Nothing was changed.")
    return visit.now + timedelta(minutes=int(minutes)) if minutes else None


def _tags(visit: Visit, name: str) -> set[str]:
    parts = (" ".join(part.split())[:LONGEST_TAG] for part in visit.form.get(name, "").lower().split(","))
    return {part for part in parts if part}


def _back(visit: Visit, said: str) -> Response:
    return visit.go(f"/conversations/{visit.path('conversation_id')}", said)
