"""One message, from its arrival to everything that is said to it."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.gateway.check_in_turns import CheckInTurns
from bot.gateway.check_ins import chosen_moment, said_by
from bot.gateway.clock import Clock, utc_now
from bot.gateway.events import Hub
from bot.gateway.locks import Locks
from bot.gateway.metrics import Metrics
from bot.gateway.problems import ApiProblem
from bot.gateway.rasa import RasaClient, RasaFailed, RasaReply
from bot.gateway.screen import Screened, nothing_seen
from bot.gateway.settings import Settings
from bot.gateway.startup import Content, Loaded, RasaWatch
from bot.gateway.store import Store
from bot.records import check_ins, messages
from bot.records.database import Connection, Row
from bot.records.turns import Answer, Failure
from bot.triage.levels import EMERGENCY

log = logging.getLogger(__name__)
STARTING_RETRY_S = 2


class Turns:
    """Takes messages, one at a time in each conversation, and answers each exactly once."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        rasa: RasaClient,
        watch: RasaWatch,
        content: Content,
        hub: Hub,
        metrics: Metrics,
        clock: Clock = utc_now,
    ) -> None:
        self.settings = settings
        self.store = store
        self.rasa = rasa
        self.watch = watch
        self.content = content
        self.hub = hub
        self.metrics = metrics
        self.clock = clock
        self.locks = Locks()

    async def take(
        self, conversation_id: str, message_id: str, text: str | None, chosen: list[str] | None
    ) -> list[Row]:
        """Take a patient's message and return what is said to it.

        The same id again waits for the first and returns the same. Raises ApiProblem: 404 when the conversation
        is gone, 409 when the id was used for other words, 503 while the product starts (nothing is kept then).
        """
        # A patient who leaves must not stop the turn: the message is written, so it is answered too.
        return await asyncio.shield(self._take(conversation_id, message_id, text, chosen))

    async def _take(
        self, conversation_id: str, message_id: str, text: str | None, chosen: list[str] | None
    ) -> list[Row]:
        async with self.locks.of(conversation_id):
            loaded = await self.loaded()
            await self._wait_for_start(loaded, text)
            message, earlier = await self._receive(conversation_id, message_id, text, chosen)
            if (message["text"], message["chosen"]) != (text, chosen):
                raise ApiProblem(409, "This message id was used for another message.")
            if message["replies"]:
                return list(message["replies"])
            screened = await self._screen(loaded, message)
            if not screened.emergency:
                await self._catch_up(loaded, earlier)
            return await self._answer(loaded, message, screened)

    async def retry(self, conversation_id: str, message_id: str) -> bool:
        """Try again to answer a message that waits; say whether it is answered now."""
        loaded = self.content.now
        async with self.locks.of(conversation_id):
            message = await self.store.read(messages.find, conversation_id, message_id)
            if loaded is None or message is None or message["state"] == messages.ANSWERED:
                return message is not None and message["state"] == messages.ANSWERED
            await self._answer(loaded, message, await self._screen(loaded, message))
            again = await self.store.read(messages.find, conversation_id, message_id)
            return again is not None and again["state"] == messages.ANSWERED

    # --- before the answer ---------------------------------------------------------------------------

    async def loaded(self) -> Loaded:
        """Return the words and the screen. Raises ApiProblem 503 while they are still being loaded."""
        loaded = await self.content.wait(self.settings.start_hold)
        if loaded is None:
            raise ApiProblem(503, key="starting", retry_after=STARTING_RETRY_S)
        return loaded

    async def _wait_for_start(self, loaded: Loaded, text: str | None) -> None:
        """While Rasa starts for the first time, hold the message for a moment; an emergency is never held."""
        if not self.watch.starting:
            return
        if text is not None and (await self._looked_at(loaded, text)).emergency:
            return
        if not await self.watch.wait(self.settings.start_hold) and self.watch.starting:
            raise ApiProblem(503, key="answer_late", retry_after=STARTING_RETRY_S)

    async def _receive(
        self, conversation_id: str, message_id: str, text: str | None, chosen: list[str] | None
    ) -> tuple[Row, list[Row]]:
        try:
            return await self.store.write(_arrive, conversation_id, message_id, self.clock(), text, chosen)
        except KeyError:
            raise ApiProblem(404, key="no_conversation") from None

    async def _screen(self, loaded: Loaded, message: Row) -> Screened:
        return await self._looked_at(loaded, message["text"]) if message["text"] else nothing_seen()

    def _check_ins(self, loaded: Loaded) -> CheckInTurns:
        return CheckInTurns(loaded.words, self.store.seal)

    async def _looked_at(self, loaded: Loaded, text: str) -> Screened:
        now = self.clock().astimezone(loaded.words.zone)
        return await asyncio.to_thread(loaded.screen, text, now)

    async def _catch_up(self, loaded: Loaded, earlier: list[Row]) -> None:
        """Answer earlier messages first, so that Rasa hears them in order; give up at the first that fails."""
        for waiting in earlier:
            if not self.watch.ready or waiting["attempts"] >= self.settings.max_attempts:
                return
            await self._answer(loaded, waiting, await self._screen(loaded, waiting))
            again = await self.store.read(messages.find, waiting["conversation_id"], waiting["uuid"])
            if again is None or again["state"] != messages.ANSWERED:
                return

    # --- the answer ------------------------------------------------------------------------------------

    async def _answer(self, loaded: Loaded, message: Row, screened: Screened) -> list[Row]:
        moment = chosen_moment(message["chosen"])
        if moment is not None:
            return await self._written(self._check_ins(loaded).choice, message, moment, self.clock())
        began = time.monotonic()
        patience = self.settings.emergency_timeout if screened.emergency else self.settings.rasa_timeout
        try:
            answer = await self.rasa.ask(self._request(loaded, message, screened), patience)
        except RasaFailed as failure:
            self.watch.doubt()
            return await self._fail(loaded, message, screened, failure, began)
        return await self._finish(loaded, message, screened, answer, began)

    def _request(self, loaded: Loaded, message: Row, screened: Screened) -> dict[str, Any]:
        # The time of the message, not of the attempt: "yesterday" means the day before it was written.
        received = message["received_at"].astimezone(loaded.words.zone)
        how_it_is = said_by(message["chosen"], loaded.words.protocol)
        return {
            "conversation_id": message["conversation_id"],
            "message_id": message["uuid"],
            "text": how_it_is or message["text"],
            "values": None if how_it_is else message["chosen"],
            "now": received.isoformat(),
            "findings": screened.findings,
        }

    async def _finish(
        self, loaded: Loaded, message: Row, screened: Screened, answer: RasaReply, began: float
    ) -> list[Row]:
        now = self.clock()
        replies = [_dated(reply, now) for reply in answer.replies]
        missed = screened.card is not None and not any(_is_emergency(reply) for reply in replies)
        if missed and screened.card is not None:
            log.warning("barriers disagree on message %s: the emergency card was added", message["uuid"])
            self.metrics.disagreements.inc()
            replies = [_dated(screened.card, now), *replies]
        if message["state"] == messages.FAILED:
            late = {"kind": "notice", "text": loaded.words.answered_late}
            replies = [_dated(late, now), *replies]
        written = Answer(replies, answer.understood, answer.assessment, screened.as_dict(), missed, _passed_ms(began))
        return await self._judged(self._check_ins(loaded).answer, message, written, now)

    async def _fail(
        self, loaded: Loaded, message: Row, screened: Screened, failure: RasaFailed, began: float
    ) -> list[Row]:
        now = self.clock()
        log.error("message %s not answered (%s)", message["uuid"], failure)
        self.metrics.failures.labels(failure.kind).inc()
        seen = screened
        if message["chosen"]:
            seen = await self._chosen_words(loaded, message) or screened
        card = [seen.card] if seen.card else loaded.words.safety_card()
        replies = [_dated(reply, now) for reply in card]
        written = Failure(replies, str(failure), seen.as_dict(), _passed_ms(began))
        return await self._judged(self._check_ins(loaded).failure, message, written, now)

    async def _chosen_words(self, loaded: Loaded, message: Row) -> Screened | None:
        """Screen the labels of chosen buttons: a ticked danger sign counts even when nobody else can answer."""
        asked = await self.store.read(messages.last_replies, message["conversation_id"], message["sequence"])
        options = [option for reply in asked for option in reply.get("options") or ()]
        labels = [option["label"] for option in options if option["value"] in message["chosen"]]
        return await self._looked_at(loaded, ". ".join(labels)) if labels else None

    async def _judged(
        self, record: Callable[..., list[Row]], message: Row, outcome: Answer | Failure, now: datetime
    ) -> list[Row]:
        self.metrics.turn_seconds.observe((outcome.latency_ms or 0) / 1000)
        return await self._written(record, message, outcome, now, self.store.deadlines)

    async def _written(self, record: Callable[..., list[Row]], message: Row, *outcome: Any) -> list[Row]:
        """Write what is said to a message, and wake whoever listens."""
        try:
            replies = await self.store.write(record, message, *outcome)
        except KeyError:
            raise ApiProblem(404, key="no_conversation") from None
        self.hub.nudge(message["conversation_id"])
        return replies


def _arrive(
    connection: Connection,
    conversation_id: str,
    message_id: str,
    now: datetime,
    text: str | None,
    chosen: list[str] | None,
) -> tuple[Row, list[Row]]:
    """Write a message; return it, and those before it that still have no answer."""
    message, new = messages.receive(connection, conversation_id, message_id, now, text, chosen)
    if new:
        check_ins.answered(connection, conversation_id, now)
    return message, messages.unanswered_in(connection, conversation_id, message["sequence"])


def _dated(reply: Row, now: datetime) -> Row:
    plain: Row = {"input": None, "options": [], "multiple": False, "result": None}
    return {**plain, **reply, "id": reply.get("id") or str(uuid4()), "at": now.isoformat()}


def _is_emergency(reply: Row) -> bool:
    return (reply.get("result") or {}).get("level") == EMERGENCY


def _passed_ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
