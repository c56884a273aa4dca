"""The chat API after the answer: to be asked again later, and what to tell whoever helps."""

import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.gateway import check_ins, wire
from bot.gateway.access import as_json, must_exist, opened, words_of
from bot.gateway.check_ins import NotOffered
from bot.gateway.moments import zone_of
from bot.gateway.openapi import operation
from bot.gateway.problems import ApiProblem
from bot.gateway.requests import read_body
from bot.gateway.words import Words
from bot.records import check_ins as kept
from bot.records import conversations, messages
from bot.records.contacts import Seal
from bot.records.database import Connection
from bot.triage.handover import handover

ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+")


@operation("When the patient can be asked again", answer=wire.CheckIns, errors=(404,))
async def show_check_ins(request: Request) -> Response:
    """Return the moments that can be chosen and what is planned."""
    gateway, conversation_id = opened(request)
    words = await words_of(gateway)
    found = await gateway.store.read(_check_ins, conversation_id, words, gateway.turns.clock(), gateway.mails)
    return as_json(found)


@operation(
    "Ask to be asked again",
    body=wire.CheckInRequest,
    status=201,
    answer=wire.CheckInPlanned,
    errors=(404, 409),
    needs_token=True,
)
async def plan_check_in(request: Request) -> Response:
    """Plan one check-in, in place of one that is still to come, and say so in the conversation."""
    gateway, conversation_id = opened(request)
    words = await words_of(gateway)
    wanted = await read_body(request, wire.CheckInRequest)
    if wanted.email is not None and not ADDRESS.fullmatch(wanted.email.strip()):
        raise ApiProblem(400, key="mail_not_valid")
    async with gateway.turns.locks.of(conversation_id):
        planned = await gateway.store.write(
            _plan, conversation_id, wanted, words, gateway.store.seal, gateway.turns.clock()
        )
    gateway.hub.nudge(conversation_id)
    return as_json(planned, 201)


@operation("Ask not to be asked again", status=204, errors=(404,))
async def stop_check_ins(request: Request) -> Response:
    """Cancel what is planned; asking again when nothing is planned changes nothing."""
    gateway, conversation_id = opened(request)
    words = await words_of(gateway)
    await gateway.store.write(_stop, conversation_id, words, gateway.turns.clock())
    gateway.hub.nudge(conversation_id)
    return Response(status_code=204)


@operation("What to tell whoever helps", answer=wire.Handover, errors=(404,))
async def show_summary(request: Request) -> Response:
    """Return a short note to read out. 404 while no answer sends the patient to anybody."""
    gateway, conversation_id = opened(request)
    words = await words_of(gateway)
    lines = await gateway.store.read(_handover, conversation_id, words, gateway.turns.clock())
    if lines is None:
        raise ApiProblem(404, key="nothing_to_tell")
    return as_json(wire.Handover(words.protocol.text("handover.title"), lines))


def _check_ins(connection: Connection, conversation_id: str, words: Words, now: datetime, mails: bool) -> wire.CheckIns:
    must_exist(connection, conversation_id)
    try:
        offered = check_ins.offers(connection, conversation_id, words, now)
    except NotOffered:
        offered = {}
    labels = check_ins.labels(offered, words.protocol)
    choices = [wire.CheckInOffer(name, labels[name], due) for name, due in offered.items()]
    planned = kept.planned(connection, conversation_id)
    return wire.CheckIns(choices, planned["due_at"] if planned else None, mails)


def _plan(
    connection: Connection, conversation_id: str, wanted: wire.CheckInRequest, words: Words, seal: Seal, now: datetime
) -> wire.CheckInPlanned:
    must_exist(connection, conversation_id)
    email = wanted.email.strip() if wanted.email else None
    try:
        due, said = check_ins.plan(connection, conversation_id, wanted.when, words, seal, now, email)
    except NotOffered:
        raise ApiProblem(409, words.protocol.text("check_in_later.not_now")) from None
    messages.say(connection, conversation_id, [check_ins.reply_of(said, now)], now)
    return wire.CheckInPlanned(due, said)


def _stop(connection: Connection, conversation_id: str, words: Words, now: datetime) -> None:
    must_exist(connection, conversation_id)
    said = check_ins.stop(connection, conversation_id, words, now)
    if said is not None:
        messages.say(connection, conversation_id, [check_ins.reply_of(said, now)], now)


def _handover(connection: Connection, conversation_id: str, words: Words, now: datetime) -> list[str] | None:
    row = conversations.find(connection, conversation_id)
    if row is None:
        raise ApiProblem(404, key="no_conversation")
    assessment = check_ins.last_answer(connection, conversation_id)
    return handover(assessment, words.protocol, now.astimezone(zone_of(row["zone"], words.zone)))
