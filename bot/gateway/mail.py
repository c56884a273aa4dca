"""Mails to patients who left an address: that there is a question for them, and nothing of what they told."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts import channels
from bot.alerts.channels import NotSent
from bot.alerts.message import SOON, Message
from bot.alerts.settings import Smtp
from bot.alerts.worker import LEASE, retry_after
from bot.records import check_ins, outbox
from bot.records.contacts import KeyLost, Seal
from bot.records.database import Database, Row
from bot.triage.model import Protocol

log = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
TOO_OLD = timedelta(days=2)
"""A mail that could not be sent for so long is not sent any more: the question in it is out of date."""


@dataclass(frozen=True)
class CheckInMail(Message):
    """A mail to a patient. Its words are the clinic's."""

    words: tuple[str, str] = ("", "")

    @property
    def subject(self) -> str:
        return self.words[0]

    @property
    def text(self) -> str:
        return self.words[1]


class PatientMail:
    """Sends what the outbox holds for patients: each mail once, again after a failure, never lost in a crash."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        smtp: Smtp,
        protocol: Callable[[], Protocol],
        clock: Callable[[], datetime],
        chat_url: str = "",
    ) -> None:
        """protocol: loads the clinic's words when the first mail is sent. chat_url: where the chat is."""
        self.database = database
        self.seal = seal
        self.smtp = smtp
        self.protocol = protocol
        self.clock = clock
        self.chat_url = chat_url

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.work()
            except Exception:
                log.exception("a mail to a patient could not be handled")

    def work(self) -> int:
        """Send everything that is due and return how many mails went out."""
        sent = 0
        while (entry := self._take()) is not None:
            sent += self._send(entry)
        return sent

    def _take(self) -> Row | None:
        with self.database.write() as connection:
            taken = outbox.take(connection, self.clock(), LEASE, limit=1, for_patients=True)
        return taken[0] if taken else None

    def _send(self, entry: Row) -> bool:
        address, reason = self._address(entry), None
        if address is not None:
            try:
                channels.send_mail(self.smtp, address, self.mail(entry))
            except NotSent as error:
                reason = _plain(error)
        now = self.clock()
        with self.database.write() as connection:
            if address is None:
                outbox.take_back(connection, entry["key"], now)
            elif reason is not None:
                outbox.failed(connection, entry["id"], reason, now + retry_after(entry["attempts"] + 1))
            else:
                outbox.done(connection, entry["id"], now)
        return address is not None and reason is None

    def _address(self, entry: Row) -> str | None:
        """Return where to write to; None when it was answered, erased or is out of date meanwhile."""
        with self.database.read() as connection:
            row = check_ins.find(connection, entry["payload"]["check_in_id"])
        if row is None or row["answered_at"] or self.clock() - entry["created_at"] > TOO_OLD:
            return None
        try:
            return self.seal.open(row["sealed_email"])
        except KeyLost:
            log.error("the address of check-in %s cannot be opened with the key of this data directory", row["id"])
            return None

    def mail(self, entry: Row) -> CheckInMail:
        """Return the mail of an outbox entry."""
        protocol = self.protocol()
        link = self.chat_url or str(protocol.clinic["website"])
        lines = [protocol.text("check_in_later.mail_text", link=link), protocol.text("check_in_later.mail_stop")]
        subject = protocol.text("check_in_later.mail_subject")
        words = (subject, "\n\n".join(lines) + "\n")
        return CheckInMail(entry["key"], SOON, "", link, entry["created_at"], words=words)


def _plain(error: NotSent) -> str:
    """Return why a mail did not go out without the address, which some servers repeat."""
    return str(error).partition(":")[0] + f": {type(error.__cause__).__name__}"
