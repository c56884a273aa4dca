"""Sending what the outbox holds: each entry once, again after a failure, never lost in a crash.

An entry is taken for a while (a lease), handled and marked as done. A worker that dies between sending and marking
leaves the entry to be sent again when the lease runs out, with the same Message-ID or Idempotency-Key, by which the
receiver sees that it is the same. So nothing is lost, and what comes twice in that moment counts once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from bot.alerts import channels, planning
from bot.alerts.channels import NotSent
from bot.alerts.message import TEST, Message
from bot.alerts.settings import AlertSettings, Channel
from bot.records import outbox
from bot.records.database import Database, Row

LEASE = timedelta(minutes=2)
"""Longer than any attempt takes: as long as it runs, no other worker takes the same entry."""

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)
Send = Callable[[Channel, Message, AlertSettings], None]
log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(timezone.utc)


class AlertWorker:
    """Works through the outbox of one database. Several may run at once, in threads or processes."""

    def __init__(
        self,
        database: Database,
        settings: AlertSettings,
        send: Send = channels.send,
        clock: Callable[[], datetime] = utc_now,
        lease: timedelta = LEASE,
    ) -> None:
        self.database = database
        self.settings = settings
        self.send = send
        self.clock = clock
        self.lease = lease

    def work(self) -> int:
        """Handle everything that is due, with the deliveries it leads to, and return how many entries that were."""
        handled = 0
        while (entry := self._take()) is not None:
            self._handle(entry)
            handled += 1
        return handled

    def run(self, stop: threading.Event, every: float = 0.5) -> None:
        """Work until told to stop, looking for what is due every so many seconds."""
        while not stop.wait(every):
            try:
                self.work()
            except Exception:
                # Alerts must go on: what failed is taken again when its lease is over, the rest goes on now.
                log.exception("an alert could not be handled")

    def _take(self) -> Row | None:
        with self.database.write() as connection:
            taken = outbox.take(connection, self.clock(), self.lease, limit=1)
        return taken[0] if taken else None

    def _handle(self, entry: Row) -> None:
        if entry["kind"] in planning.PLANNED:
            with self.database.write() as connection:
                planning.plan(connection, entry, self.settings, self.clock())
        elif entry["kind"] == planning.DELIVERY:
            self._deliver(entry)
        else:
            self._put_off(entry, f"nobody knows what to do with {entry['kind']!r}")

    def _deliver(self, entry: Row) -> None:
        """Send one message on one channel. What was settled meanwhile is not sent any more."""
        with self.database.read() as connection:
            row = planning.still_waiting(connection, entry)
        channel = planning.channel_of(self.settings, entry["payload"]["channel"])
        if row is None or channel is None:
            with self.database.write() as connection:
                outbox.take_back(connection, entry["key"], self.clock())
            return
        try:
            self.send(channel, planning.message_of(entry, row, self.settings), self.settings)
        except NotSent as error:
            self._put_off(entry, str(error))
            return
        with self.database.write() as connection:
            outbox.done(connection, entry["id"], self.clock())

    def _put_off(self, entry: Row, reason: str) -> None:
        next_try = self.clock() + retry_after(entry["attempts"] + 1)
        with self.database.write() as connection:
            outbox.failed(connection, entry["id"], reason, next_try)


def retry_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts that failed."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_RETRY)


def send_test(settings: AlertSettings, now: datetime, send: Send = channels.send) -> list[tuple[str, str, str | None]]:
    """Send a test message on every channel of every contact, on call or not.

    Return (contact, kind of channel, None or why it failed) for each.
    """
    results: list[tuple[str, str, str | None]] = []
    for contact in settings.contacts:
        for channel in contact.channels:
            key = f"test:{now.isoformat()}:{planning.channel_key(channel)}"
            message = Message(key, TEST, "test", settings.console_url, now)
            try:
                send(channel, message, settings)
                results.append((contact.name, channel.kind, None))
            except NotSent as error:
                results.append((contact.name, channel.kind, str(error)))
    return results
