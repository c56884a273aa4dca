"""The chat API: what a patient's browser can ask for."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.gateway import wire
from bot.gateway.access import as_json, gateway_of, must_exist, opened, words_of
from bot.gateway.events import stream
from bot.gateway.openapi import operation
from bot.gateway.problems import ApiProblem
from bot.gateway.requests import address_of, check_rate, read_body
from bot.gateway.text import checked, clean
from bot.records import check_ins, contacts, conversations, messages, remarks, retention
from bot.records.contacts import Contact
from bot.records.database import Connection, Row

if TYPE_CHECKING:
    from bot.gateway.app import Gateway


@operation("Start a conversation", body=wire.NewConversation, status=201, answer=wire.Created)
async def create(request: Request) -> Response:
    """Start a conversation; the token opens it and no other."""
    gateway = gateway_of(request)
    check_rate(request, gateway.limits.new_conversations, address_of(request))
    wanted = await read_body(request, wire.NewConversation)
    words = await words_of(gateway)
    now = gateway.turns.clock()
    replies = [{**reply, "at": now.isoformat()} for reply in words.greet()]
    conversation_id = await gateway.store.write(_begin, now, wanted.zone, replies)
    token, expires_at = gateway.tokens.issue(conversation_id, now)
    created = {"conversation_id": conversation_id, "token": token, "expires_at": expires_at, "replies": replies}
    return as_json(created, 201)


@operation("Send a message", body=wire.PatientMessage, answer=wire.Answered, errors=(404, 409))
async def send(request: Request) -> Response:
    """Answer a message. The same id again returns the same replies and changes nothing."""
    gateway, conversation_id = opened(request)
    refusals = (await words_of(gateway)).refusals
    check_rate(request, gateway.limits.messages, conversation_id, "too_many")
    message = await read_body(request, wire.PatientMessage)
    message_id, (text, chosen) = str(message.id), _said(message, refusals)
    replies = await gateway.turns.take(conversation_id, message_id, text, chosen)
    return as_json({"message_id": message_id, "replies": replies})


@operation("Read the whole conversation", answer=wire.Conversation, errors=(404,))
async def read(request: Request) -> Response:
    """Return everything that was said, in order."""
    gateway, conversation_id = opened(request)
    found = await gateway.store.read(_transcript, conversation_id)
    if found is None:
        raise ApiProblem(404, key="no_conversation")
    return as_json(found)


@operation("Erase the conversation", status=204, errors=(404, 409))
async def erase(request: Request) -> Response:
    """Remove every word of a conversation."""
    gateway, conversation_id = opened(request)
    async with gateway.turns.locks.of(conversation_id):
        try:
            erased = await gateway.store.write(retention.erase, conversation_id, gateway.turns.clock())
        except retention.OnHold:
            raise ApiProblem(409, key="on_hold") from None
    if not erased:
        raise ApiProblem(404, key="no_conversation")
    await gateway.rasa.forget(conversation_id)
    gateway.hub.nudge(conversation_id)
    return Response(status_code=204)


@operation("Listen for events", media_type="text/event-stream", errors=(404,))
async def listen(request: Request) -> Response:
    """Stream what happens from now on, and what happened since the event named in Last-Event-ID."""
    gateway, conversation_id = opened(request)
    after = _last_event(request.headers.get("last-event-id"))
    if await gateway.store.read(conversations.find, conversation_id) is None:
        raise ApiProblem(404, key="no_conversation")
    if not gateway.hub.has_room(conversation_id):
        raise ApiProblem(429, key="too_many_places", retry_after=30)
    events = stream(gateway.store, gateway.hub, conversation_id, after)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@operation("Say whether a reply helped", body=wire.Feedback, status=204, errors=(404,))
async def give_feedback(request: Request) -> Response:
    """Keep a patient's opinion of a reply."""
    gateway, conversation_id = opened(request)
    given = await read_body(request, wire.Feedback)
    if given.helpful is None and not given.misunderstood:
        raise ApiProblem(400, key="opinion_missing")
    await gateway.store.write(_keep_feedback, conversation_id, given, gateway.turns.clock())
    return Response(status_code=204)


@operation("Ask to be called back", body=wire.ContactDetails, status=204, errors=(404,))
async def ask_for_call(request: Request) -> Response:
    """Keep sealed how to reach the patient, and put the call on the clinic's list."""
    gateway, conversation_id = opened(request)
    given = await read_body(request, wire.ContactDetails)
    contact = Contact(clean(given.name), clean(given.phone), clean(given.best_time))
    if not any(character.isdigit() for character in contact.phone):
        raise ApiProblem(400, key="phone_missing")
    closed = (await words_of(gateway)).while_closed(gateway.turns.clock())
    await gateway.store.write(_keep_contact, conversation_id, contact, gateway, closed)
    gateway.hub.nudge(conversation_id)
    return Response(status_code=204)


@operation("What to show of the clinic", answer=wire.Clinic, needs_token=False)
async def clinic(request: Request) -> Response:
    """Return the clinic's name, its numbers and the signs of danger."""
    words = await words_of(gateway_of(request))
    response = as_json(words.clinic)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _said(message: wire.PatientMessage, refusals: dict[str, str]) -> tuple[str | None, list[str] | None]:
    if (message.text is None) == (message.values is None):
        raise ApiProblem(400, "A message has either text or values.")
    if message.text is not None:
        return checked(message.text, refusals), None
    chosen = [clean(value) for value in message.values or ()]
    if not all(chosen):
        raise ApiProblem(400, refusals["empty"])
    return None, chosen


def _last_event(given: str | None) -> int:
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise ApiProblem(400, "Last-Event-ID must be the id of an event.")
    return int(given)


def _begin(connection: Connection, now: datetime, zone: str | None, replies: list[Row]) -> str:
    conversation_id = conversations.create(connection, now, zone)
    messages.say(connection, conversation_id, replies, now)
    return conversation_id


def _transcript(connection: Connection, conversation_id: str) -> Row | None:
    row = conversations.find(connection, conversation_id)
    if row is None:
        return None
    greeting: list[Row] = []
    said: list[dict[str, Any]] = []
    for message in messages.transcript(connection, conversation_id):
        if message["sender"] == messages.PATIENT:
            said.append(_shown(message))
        else:
            # What nobody asked for stands where it was said: under the message before it.
            (said[-1]["replies"] if said else greeting).extend(message["replies"] or ())
    return {
        "conversation_id": conversation_id,
        "started_at": row["started_at"],
        "last_event_id": str(row["event_count"]),
        "replies": greeting,
        "messages": said,
        "waiting": check_ins.unanswered(connection, conversation_id),
    }


def _shown(message: Row) -> dict[str, Any]:
    return {
        "id": message["uuid"],
        "at": message["received_at"],
        "text": message["text"],
        "values": message["chosen"],
        "state": message["state"],
        "replies": list(message["replies"] or ()),
    }


def _keep_feedback(connection: Connection, conversation_id: str, given: wire.Feedback, now: datetime) -> None:
    must_exist(connection, conversation_id)
    kind = remarks.HELPFUL if given.helpful else remarks.NOT_HELPFUL
    if given.misunderstood:
        kind = remarks.NOT_WHAT_I_MEANT
    word = clean(given.word) if given.word else None
    remarks.add_feedback(connection, conversation_id, kind, now, given.reply_id, word)


def _keep_contact(
    connection: Connection, conversation_id: str, contact: Contact, gateway: "Gateway", closed: list[Row]
) -> None:
    must_exist(connection, conversation_id)
    store, now = gateway.store, gateway.turns.clock()
    contacts.ask_for_call(connection, conversation_id, contact, store.seal, now, store.deadlines)
    if closed:
        messages.say(connection, conversation_id, [{**reply, "at": now.isoformat()} for reply in closed], now)
