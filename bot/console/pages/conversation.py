"""One conversation: all that was said, understood and decided, and what staff can do about it."""

from typing import Any

from starlette.responses import JSONResponse, Response

from bot.console.timeline import TOLD, timeline
from bot.console.transcript import turns
from bot.console.visit import Visit, not_found
from bot.records import contacts, conversations, escalations, messages, remarks, review, staff
from bot.records.database import Connection, Row


def conversation(visit: Visit) -> Response:
    """Show a conversation; how to reach the patient stays covered."""
    with visit.desk.database.read() as connection:
        return visit.page("conversation.html", **content(visit, connection), printing=False)


def news(visit: Visit) -> Response:
    """Return how many messages the patient has sent by now, for a page that is open."""
    with visit.desk.database.read() as connection:
        found = conversation_of(visit, connection)
        return JSONResponse({"messages": messages.count(connection, found["id"])})


def printed(visit: Visit) -> Response:
    """Show a conversation for paper: every word, no buttons."""
    with visit.desk.database.read() as connection:
        return visit.page("print.html", **content(visit, connection), printing=True)


def contact(visit: Visit) -> Response:
    """Uncover how to reach the patient. That someone looked is written down before it is shown."""
    with visit.desk.database.write() as connection:
        visit.audit(connection, "unmask contact", "conversation", visit.path("conversation_id"))
        shown = content(visit, connection)
        try:
            uncovered = contacts.of_conversation(connection, visit.path("conversation_id"), visit.desk.seal)
        except contacts.KeyLost as error:
            shown["key_lost"] = str(error)
            uncovered = None
    return visit.page("conversation.html", **{**shown, "contact": uncovered}, printing=False)


def conversation_of(visit: Visit, connection: Connection) -> Row:
    """Return the conversation that the address names. Raises Refused (404) when there is none."""
    found = conversations.find(connection, visit.path("conversation_id"))
    if found is None:
        raise not_found()
    return found


def content(visit: Visit, connection: Connection) -> dict[str, Any]:
    """Return everything the page of a conversation shows."""
    found = conversation_of(visit, connection)
    conversation_id = found["id"]
    names = review.staff_names(connection)
    said = remarks.of_conversation(connection, conversation_id)
    opened = escalations.of_conversation(connection, conversation_id)
    happened = review.clinic_events(connection, conversation_id, TOLD)
    transcript = messages.transcript(connection, conversation_id)
    return {
        "conversation": found,
        "turns": turns(transcript, visit.desk.protocol, names, said["corrections"]),
        "seen": messages.count(connection, conversation_id),
        "open": [row for row in opened if row["closed_at"] is None],
        "escalated": {row["message_uuid"] for row in opened},
        "closed": [row for row in opened if row["closed_at"] is not None],
        "timeline": timeline(found, opened, happened, names),
        "names": names,
        "people": [one for one in staff.everyone(connection) if one["active"] and one["role"] != staff.VIEWER],
        "notes": said["notes"],
        "tags": [row["tag"] for row in said["tags"]],
        "feedback": said["feedback"],
        "deeds": review.deeds(connection, conversation_id),
        "has_contact": review.has_contact(connection, conversation_id),
        "contact": None,
        "key_lost": None,
    }
