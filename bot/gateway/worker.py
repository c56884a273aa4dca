"""What runs beside the requests: late answers, and the housekeeping of the log."""

import asyncio
import logging
import time
from datetime import datetime, timedelta

from bot.gateway.check_ins import ask_now
from bot.gateway.turns import Turns
from bot.records import messages
from bot.records.check_ins import due
from bot.records.database import refresh_statistics
from bot.records.retention import delete_older_than, flag_broken_off

log = logging.getLogger(__name__)
LONGEST_PAUSE_S = 60.0
STATISTICS_EVERY = timedelta(hours=24)


class Retries:
    """Answers the messages that wait, the oldest first, each with a growing pause between its attempts."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Keep at it until cancelled; what a crash left unanswered is found at the first look."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("looking for unanswered messages failed")
            await asyncio.sleep(self._turns.settings.retry_pause)

    async def once(self) -> None:
        """Try every message whose pause is over, if Rasa listens."""
        turns = self._turns
        waiting = await turns.store.read(messages.unanswered, turns.settings.max_attempts)
        turns.metrics.waiting.set(len(waiting))
        self._forget_all_but({message_id for _, message_id in waiting})
        if turns.content.now is None:
            return
        for conversation_id, message_id in waiting:
            if turns.watch.ready and time.monotonic() >= self._not_before.get(message_id, 0.0):
                await self._try(conversation_id, message_id)

    async def _try(self, conversation_id: str, message_id: str) -> None:
        if await self._turns.retry(conversation_id, message_id):
            log.info("message %s is answered after all", message_id)
            return
        message = await self._turns.store.read(messages.find, conversation_id, message_id)
        attempts = message["attempts"] if message else 0
        pause = min(self._turns.settings.retry_pause * 2 ** min(attempts, 10), LONGEST_PAUSE_S)
        self._not_before[message_id] = time.monotonic() + pause

    def _forget_all_but(self, waiting: set[str]) -> None:
        for message_id in self._not_before.keys() - waiting:
            del self._not_before[message_id]


class CheckIns:
    """Asks patients again when the time that they chose has come."""

    def __init__(self, turns: Turns, mails: bool) -> None:
        """mails: whether whoever left an address is written to as well."""
        self._turns = turns
        self._mails = mails

    async def run(self) -> None:
        """Keep at it until cancelled; what fell due while nothing ran is asked at the first look."""
        while True:
            try:
                await self.once()
            except Exception:
                log.exception("asking patients again failed")
            await asyncio.sleep(self._turns.settings.check_in_every)

    async def once(self) -> None:
        """Ask everybody whose time has come."""
        turns = self._turns
        words, now = turns.content.words.now, turns.clock()
        if words is None:
            return
        for check_in in await turns.store.read(due, now):
            async with turns.locks.of(check_in["conversation_id"]):
                if await turns.store.write(ask_now, check_in, words, now, self._mails):
                    turns.hub.nudge(check_in["conversation_id"])


async def keep_house(turns: Turns) -> None:
    """Put broken-off conversations on the clinic's list, delete outdated ones, keep searches quick; until cancelled."""
    settings, store = turns.settings, turns.store
    idle = timedelta(seconds=settings.broken_off_after)
    looked: datetime | None = None
    while True:
        try:
            now = turns.clock()
            if looked is None or now - looked > STATISTICS_EVERY:
                await store.call(refresh_statistics, store.database)
                looked = now
            await store.call(flag_broken_off, store.database, idle, now, store.deadlines)
            if turns.content.now is not None:
                await store.call(delete_older_than, store.database, turns.content.now.words.retention_days, now)
        except Exception:
            log.exception("housekeeping failed")
        await asyncio.sleep(settings.housekeeping_every)
