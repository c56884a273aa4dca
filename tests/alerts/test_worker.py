"""From an escalation to the people who are told, over real mail and web servers."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.alerts import channels
from bot.alerts.message import Message
from bot.alerts.settings import AlertSettings, Channel, Contact, Smtp
from bot.alerts.worker import AlertWorker, retry_after, send_test
from bot.paths import ROOT
from bot.records import escalations
from bot.records.database import Database, rows
from bot.records.tables import outbox
from tests.alerts.conftest import Hook, MailBox, by_mail, settings_for
from tests.console import made
from tests.console.conftest import Clock, add_person

Mail = tuple[MailBox, Smtp]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def worker(database: Database, settings: AlertSettings, clock: Clock) -> AlertWorker:
    return AlertWorker(database, settings, clock=clock)


def acknowledge(database: Database, clock: Clock, escalation_id: int = 1) -> None:
    cleo = add_person(database, "cleo", "clinician")
    with database.write() as connection:
        escalations.acknowledge(connection, escalation_id, cleo, clock.now)


def test_an_emergency_is_mailed_with_a_link_and_nothing_about_the_patient(
    database: Database, mailbox: Mail, clock: Clock
) -> None:
    box, smtp = mailbox
    made.emergency(database, clock.now, "sharp pain in my chest when I breathe in")
    worker(database, settings_for(by_mail("desk"), smtp=smtp), clock).work()
    (mail,) = box.mails
    body = mail.get_payload()
    assert mail["To"] == "desk@clinic.example" and "please look now" in mail["Subject"]
    assert "https://clinic.example/staff/escalations/1" in body
    for word in ("chest", "pain", "breathe", "emergency", "RF01", "needl"):
        assert word not in f"{mail['Subject']} {body}".lower()


def test_each_alert_goes_out_once(database: Database, mailbox: Mail, clock: Clock) -> None:
    box, smtp = mailbox
    alerts = worker(database, settings_for(by_mail("desk"), smtp=smtp), clock)
    made.emergency(database, clock.now)
    for _ in range(3):
        alerts.work()
    assert len(box.mails) == 1


def test_an_emergency_that_nobody_takes_goes_to_the_next_contact_and_then_to_all(
    database: Database, mailbox: Mail, clock: Clock
) -> None:
    box, smtp = mailbox
    settings = settings_for(by_mail("desk"), by_mail("doctor"), smtp=smtp, rounds=2)
    alerts = worker(database, settings, clock)
    made.emergency(database, clock.now)
    told = []
    for _ in range(5):
        alerts.work()
        told.append([to.split("@")[0] for to in box.recipients])
        box.mails.clear()
        clock.pass_by(minutes=5)
    assert told == [["desk"], ["doctor"], ["desk", "doctor"], [], []]


def test_an_acknowledged_emergency_goes_no_further(database: Database, mailbox: Mail, clock: Clock) -> None:
    box, smtp = mailbox
    alerts = worker(database, settings_for(by_mail("desk"), by_mail("doctor"), smtp=smtp), clock)
    made.emergency(database, clock.now)
    alerts.work()
    acknowledge(database, clock)
    clock.pass_by(minutes=30)
    alerts.work()
    assert box.recipients == ["desk@clinic.example"]


def test_what_was_settled_before_anyone_was_told_tells_nobody(database: Database, mailbox: Mail, clock: Clock) -> None:
    box, smtp = mailbox
    made.emergency(database, clock.now)
    acknowledge(database, clock)
    worker(database, settings_for(by_mail("desk"), smtp=smtp), clock).work()
    assert box.mails == []


def test_less_than_an_emergency_is_told_once_to_the_first(database: Database, mailbox: Mail, clock: Clock) -> None:
    box, smtp = mailbox
    alerts = worker(database, settings_for(by_mail("desk"), by_mail("doctor"), smtp=smtp), clock)
    made.failed(database, clock.now)
    for _ in range(3):
        alerts.work()
        clock.pass_by(hours=1)
    assert box.recipients == ["desk@clinic.example"] and "is waiting" in box.mails[0]["Subject"]


def test_one_conversation_does_not_ring_twice_for_the_same(database: Database, mailbox: Mail, clock: Clock) -> None:
    """An emergency that nobody has taken yet, and then its assistant fails: one alert."""
    box, smtp = mailbox
    conversation_id = made.emergency(database, clock.now)
    with database.write() as connection:
        escalations.ensure_open(connection, conversation_id, escalations.FAILURE, 2, clock.now, clock.now)
    worker(database, settings_for(by_mail("desk"), smtp=smtp), clock).work()
    assert len(box.mails) == 1


def test_outside_on_call_hours_the_next_one_is_told_and_never_no_one(
    database: Database, mailbox: Mail, clock: Clock
) -> None:
    box, smtp = mailbox
    day = by_mail("day", on_call={"tuesday": ("08:00-17:00",)})
    night = by_mail("night", on_call={"tuesday": ("17:00-24:00",)})
    alerts = worker(database, settings_for(day, night, smtp=smtp), clock)
    made.emergency(database, clock.now)  # Tuesday, 18:00
    alerts.work()
    assert box.recipients == ["night@clinic.example"]
    box.mails.clear()
    clock.pass_by(days=1)
    made.emergency(database, clock.now)  # Wednesday: nobody has hours
    alerts.work()
    assert "day@clinic.example" in box.recipients


def test_a_refused_mail_is_tried_again_until_it_is_taken(database: Database, mailbox: Mail, clock: Clock) -> None:
    box, smtp = mailbox
    alerts = worker(database, settings_for(by_mail("desk"), smtp=smtp), clock)
    made.failed(database, clock.now)
    box.refuse = True
    alerts.work()
    with database.read() as connection:
        (waiting,) = [row for row in rows(connection.execute(outbox.select())) if row["done_at"] is None]
    assert "451" in waiting["error"]
    box.refuse = False
    alerts.work()
    assert box.mails == [], "not before its time"
    clock.pass_by(seconds=6)
    alerts.work()
    assert len(box.mails) == 1


def test_waiting_between_tries_grows_to_ten_minutes() -> None:
    waits = [retry_after(attempts).total_seconds() for attempts in (1, 2, 3, 7, 8, 50)]
    assert waits == [5, 10, 20, 320, 600, 600]


def test_one_broken_channel_does_not_keep_the_other(
    database: Database, mailbox: Mail, hook: Hook, clock: Clock
) -> None:
    box, smtp = mailbox
    box.refuse = True
    ways = (Channel("email", "desk@clinic.example"), Channel("webhook", hook.url, "s"))
    worker(database, settings_for(Contact("desk", ways), smtp=smtp), clock).work()
    made.emergency(database, clock.now)
    worker(database, settings_for(Contact("desk", ways), smtp=smtp), clock).work()
    assert len(hook.taken) == 1


def test_a_webhook_is_signed_and_holds_only_a_link(database: Database, hook: Hook, clock: Clock) -> None:
    made.emergency(database, clock.now)
    contact = Contact("pager", (Channel("webhook", hook.url, "the secret"),))
    worker(database, settings_for(contact), clock).work()
    ((headers, body),) = hook.taken
    stamp, mac = (part.split("=")[1] for part in headers["x-aftercare-signature"].split(","))
    expected = hmac.new(b"the secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(mac, expected)
    assert abs(time.time() - int(stamp)) < 60
    told = json.loads(body)
    assert set(told) == {"id", "urgency", "reference", "link", "opened_at", "again"}
    assert told["urgency"] == "now" and headers["idempotency-key"] == told["id"]


def test_a_webhook_that_answers_with_an_error_was_not_taken(hook: Hook) -> None:
    hook.status = 500
    message = Message("k", "now", "A-1", "https://x.example", datetime.now(timezone.utc))
    with pytest.raises(channels.NotSent, match="answered 500"):
        channels.send_webhook(Channel("webhook", hook.url, "s"), message)


def test_apprise_carries_the_message(hook: Hook) -> None:
    message = Message("k", "now", "A-1", "https://clinic.example/staff/escalations/1", datetime.now(timezone.utc))
    channels.send_apprise(Channel("apprise", hook.url.replace("http://", "json://")), message)
    assert "please look now" in hook.bodies()[0]["title"]
    with pytest.raises(channels.NotSent, match="does not know"):
        channels.send_apprise(Channel("apprise", "nonsense"), message)


def test_the_test_alert_tries_every_way_and_says_what_failed(mailbox: Mail, hook: Hook, clock: Clock) -> None:
    box, smtp = mailbox
    hook.status = 404
    off_duty = by_mail("desk", on_call={})
    pager = Contact("pager", (Channel("webhook", hook.url, "s"),))
    results = send_test(settings_for(off_duty, pager, smtp=smtp), clock.now)
    assert results == [("desk", "email", None), ("pager", "webhook", "webhook: the other side answered 404")]
    assert "test" in box.mails[0]["Subject"]


COUNT = 12
SENDING = """
import sys
from datetime import timedelta
from pathlib import Path
from bot.alerts.settings import Smtp
from bot.alerts.worker import AlertWorker
from bot.records.database import open_database
from tests.alerts.conftest import by_mail, settings_for
smtp = Smtp("127.0.0.1", "aftercare@clinic.example", int(sys.argv[2]), security="none")
settings = settings_for(by_mail("desk"), smtp=smtp)
AlertWorker(open_database(Path(sys.argv[1])), settings, lease=timedelta(seconds=1)).work()
"""


def test_a_killed_worker_neither_loses_nor_doubles_an_alert(database: Database, tmp_path: Path, mailbox: Mail) -> None:
    """Killed in the middle of its work, started again: every alert is there once for whoever reads the mail."""
    box, smtp = mailbox
    now = datetime.now(timezone.utc)
    for _ in range(COUNT):
        made.failed(database, now)
    command = [sys.executable, "-W", "ignore", "-c", SENDING, str(tmp_path), str(smtp.port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert box.arrived.wait(30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(box.mails) < COUNT, "the worker was killed while it had work left"
    deadline = time.monotonic() + 20
    settings = settings_for(by_mail("desk"), smtp=smtp)
    while len({mail["Message-ID"] for mail in box.mails}) < COUNT and time.monotonic() < deadline:
        AlertWorker(database, settings, lease=timedelta(seconds=1)).work()
        time.sleep(0.1)
    ids = [mail["Message-ID"] for mail in box.mails]
    assert len(set(ids)) == COUNT
    assert len(ids) <= COUNT + 1, "only the one under way when it was killed can come again, under the same id"
