"""Being asked again: chosen by the patient, kept through a restart, in their own time zone, ended in one word."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.message import Message as Mail
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from bot.alerts.settings import Smtp
from bot.gateway import check_ins
from bot.gateway.mail import PatientMail
from bot.gateway.moments import DAY, GONE, MORNING, QuietHours, moments, zone_of
from bot.records import check_ins as kept
from bot.records import outbox
from bot.triage.protocol import Protocol
from tests.gateway.conftest import Patient, Product, quick, running
from tests.gateway.standin import StandIn, assessment, eventually, free_port, reply

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
NOON = datetime(2026, 11, 23, 12, tzinfo=BERLIN)
QUIET = QuietHours.of({})
SORE = {
    "symptoms": ["soreness"],
    "facts": {"soreness": True, "session": [(NOON - timedelta(hours=h)).isoformat() for h in (25, 24)]},
}


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(timezone.utc)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@contextmanager
def at_work(data_dir: Path, protocol: Protocol, rasa_url: str, clock: Clock, mails: bool = False) -> Iterator[Product]:
    """A gateway that looks often for who is to be asked."""
    with running(quick(data_dir, check_in_every=0.05), protocol, rasa_url, clock, mails) as product:
        yield product


@pytest.fixture
def product(data_dir: Path, protocol: Protocol, rasa_url: str, clock: Clock) -> Iterator[Product]:
    with at_work(data_dir, protocol, rasa_url, clock, mails=True) as found:
        yield found


@pytest.fixture
def patient(product: Product, standin: StandIn) -> Patient:
    """Somebody who was told to look after their soreness at home."""
    return sore(product, standin)


def sore(product: Product, standin: StandIn) -> Patient:
    standin.answers["sore"] = (reply("Rest.", "self_care"), {**assessment("self_care", None, 0), **SORE})
    patient = product.patient(ZONE)
    patient.send("sore")
    return patient


def plan(patient: Patient, when: str, **more: Any) -> Any:
    return patient.http.post(patient.path + "/check-ins", json={"when": when, **more}, headers=patient.headers)


def shown(patient: Patient) -> dict[str, Any]:
    found: dict[str, Any] = patient.http.get(patient.path + "/check-ins", headers=patient.headers).json()
    return found


def planned_at(patient: Patient) -> datetime | None:
    found = shown(patient)["planned_at"]
    return datetime.fromisoformat(found.replace("Z", "+00:00")) if found else None


def last(patient: Patient) -> dict[str, Any]:
    """The newest thing that was said."""
    found: dict[str, Any] = patient.read()["messages"][-1]["replies"][-1]
    return found


def is_asked(patient: Patient) -> bool:
    return last(patient)["text"] == "You told us about your soreness. How is it now?"


class TestMoments:
    def test_nobody_is_asked_at_night(self) -> None:
        def allowed(hour: int, minute: int = 0) -> datetime:
            return QUIET.after(datetime(2026, 11, 23, hour, minute, tzinfo=BERLIN))

        assert [allowed(8).hour, allowed(20, 59).minute, allowed(7, 59).hour] == [8, 59, 8]
        assert allowed(21) == datetime(2026, 11, 24, 8, tzinfo=BERLIN)
        assert allowed(3) == datetime(2026, 11, 23, 8, tzinfo=BERLIN)

    def test_a_clinic_can_have_other_quiet_hours(self) -> None:
        midday = QuietHours.of({"quiet_hours": "12:00-14:00"})
        assert midday.after(NOON).hour == 14 and midday.after(NOON.replace(hour=22)).hour == 22

    @pytest.mark.parametrize(("hour", "day"), [(4, 23), (8, 24), (12, 24), (23, 24)])
    def test_the_morning_is_the_next_one_that_is_not_too_near(self, hour: int, day: int) -> None:
        morning = moments(NOON.replace(hour=hour), None, QUIET)[MORNING]
        assert (morning.day, morning.hour) == (day, 9)

    def test_in_a_day_means_so_many_hours_also_when_the_clocks_change(self) -> None:
        before = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
        assert moments(before, None, QUIET)[DAY].hour == 11

    def test_when_it_should_be_gone_is_only_there_when_it_is_known_and_to_come(self) -> None:
        assert GONE not in moments(NOON, None, QUIET) and GONE not in moments(NOON, NOON, QUIET)
        assert moments(NOON, NOON + timedelta(hours=34), QUIET)[GONE] == datetime(2026, 11, 25, 8, tzinfo=BERLIN)

    @pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd", "Europe", "\x00"])
    def test_a_zone_that_is_none_is_the_clinics(self, name: str | None) -> None:
        assert zone_of(name, BERLIN) == BERLIN


class TestPlanning:
    def test_what_is_offered_has_times_in_the_patients_zone(self, patient: Patient) -> None:
        found = shown(patient)
        assert {one["when"]: datetime.fromisoformat(one["due_at"]) for one in found["offers"]} == {
            "morning": datetime(2026, 11, 24, 9, tzinfo=BERLIN),
            "day": datetime(2026, 11, 24, 12, tzinfo=BERLIN),
            "gone": datetime(2026, 11, 24, 11, tzinfo=BERLIN),
        }
        assert found["offers"][0]["label"] == "In the morning: Tuesday 24 November, about 09:00"
        assert (found["planned_at"], found["by_email"]) == (None, True)

    def test_one_is_planned_in_place_of_another_and_said_in_the_chat(self, patient: Patient) -> None:
        assert plan(patient, "morning").status_code == 201
        planned = plan(patient, "day")
        assert datetime.fromisoformat(planned.json()["due_at"]) == NOON + timedelta(days=1)
        assert last(patient)["text"] == planned.json()["text"]
        assert planned_at(patient) == NOON + timedelta(days=1)

    def test_it_can_be_taken_back(self, patient: Patient, product: Product, clock: Clock) -> None:
        plan(patient, "day")
        for _ in range(2):
            assert patient.http.delete(patient.path + "/check-ins", headers=patient.headers).status_code == 204
        assert last(patient)["text"] == "I will not ask you again. You can write to me at any time."
        assert planned_at(patient) is None
        with product.database.read() as connection:
            assert kept.due(connection, NOON + timedelta(days=9)) == []

    def test_there_is_nothing_to_ask_again_before_an_answer(self, product: Product) -> None:
        patient = product.patient()
        assert shown(patient)["offers"] == [] and plan(patient, "day").status_code == 409

    def test_nothing_is_offered_to_somebody_who_was_sent_to_a_doctor(self, patient: Patient, standin: StandIn) -> None:
        standin.answers["pus"] = (reply("See a doctor.", "urgent"), assessment("urgent", "today", 3))
        patient.send("pus")
        assert shown(patient)["offers"] == [] and plan(patient, "day").status_code == 409

    def test_a_moment_that_is_not_offered_is_refused(self, product: Product, standin: StandIn) -> None:
        standin.answers["hm"] = (reply("Rest.", "self_care"), assessment("self_care", None, 0))
        patient = product.patient(ZONE)
        patient.send("hm")
        assert plan(patient, "gone").status_code == 409 and plan(patient, "never").status_code == 400

    def test_nobody_can_have_mails_without_end(self, patient: Patient) -> None:
        assert [plan(patient, "day").status_code for _ in range(check_ins.MOST_PLANNED + 1)][-2:] == [201, 409]

    @pytest.mark.parametrize(
        "address", ["ada", "a@b", "a b@c.org", "a@c.org\r\nBcc: x@y.org", "<a@c.org>", "a@c.org,b@c.org"]
    )
    def test_an_address_that_is_none_is_refused(self, patient: Patient, address: str) -> None:
        assert plan(patient, "day", email=address).status_code == 400


class TestAsking:
    def test_it_is_asked_after_a_restart_that_lay_between(
        self, data_dir: Path, protocol: Protocol, rasa_url: str, clock: Clock, standin: StandIn
    ) -> None:
        with at_work(data_dir, protocol, rasa_url, clock) as before:
            patient = sore(before, standin)
            plan(patient, "day")
        clock.now = NOON + timedelta(days=1, minutes=1)
        with at_work(data_dir, protocol, rasa_url, clock) as after:
            patient = after.again(patient)
            eventually(lambda: is_asked(patient))
            whole = patient.read()
        assert [option["label"] for option in last_of(whole)["options"]] == ["Better", "The same", "Worse", "Gone"]
        assert whole["waiting"] == 1

    def test_it_comes_once_on_the_event_stream(self, patient: Patient, clock: Clock) -> None:
        plan(patient, "day")
        seen = patient.read()["last_event_id"]
        clock.now = NOON + timedelta(days=1)
        with patient.http.stream(
            "GET", patient.path + "/events", headers={**patient.headers, "Last-Event-ID": seen}
        ) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    assert "How is it now?" in line
                    break
        assert sum("How is it now?" in said for texts in patient.texts() for said in texts) == 1

    def test_what_fell_due_at_night_waits_for_the_morning(
        self, patient: Patient, product: Product, clock: Clock
    ) -> None:
        plan(patient, "morning")
        clock.now = NOON + timedelta(days=1, hours=10)
        eight = datetime(2026, 11, 25, 8, tzinfo=BERLIN)
        eventually(lambda: planned_at(patient) == eight)
        assert not is_asked(patient)
        clock.now = eight
        eventually(lambda: is_asked(patient))

    def test_the_answer_goes_to_the_dialogue_as_words(self, patient: Patient, clock: Clock, standin: StandIn) -> None:
        plan(patient, "day")
        clock.now = NOON + timedelta(days=1)
        eventually(lambda: is_asked(patient))
        patient.send(values=[last(patient)["options"][2]["value"]])
        assert (standin.heard[-1]["text"], standin.heard[-1]["values"]) == ("It is getting worse.", None)
        assert patient.read()["waiting"] == 0

    def test_somebody_who_got_worse_meanwhile_is_not_asked(
        self, patient: Patient, clock: Clock, standin: StandIn, product: Product
    ) -> None:
        plan(patient, "day")
        patient.send("I cannot breathe")
        clock.now = NOON + timedelta(days=1)
        eventually(lambda: planned_at(patient) is None)
        assert not is_asked(patient)

    def test_an_erased_conversation_is_never_asked(self, patient: Patient, clock: Clock, product: Product) -> None:
        plan(patient, "day", email="ada@example.org")
        patient.http.delete(patient.path, headers=patient.headers)
        with product.database.read() as connection:
            assert kept.due(connection, NOON + timedelta(days=9)) == []


class TestInTheChat:
    def ask_for_one(self, patient: Patient, standin: StandIn) -> dict[str, Any]:
        standin.intent = "request_check_in"
        patient.send("can you check on me tomorrow")
        return last(patient)

    def test_asked_for_in_words_it_is_offered_and_chosen_with_a_button(
        self, patient: Patient, standin: StandIn
    ) -> None:
        offer = self.ask_for_one(patient, standin)
        assert (offer["kind"], offer["text"]) == ("question", "When shall I ask you again?")
        heard = len(standin.heard)
        patient.send(values=[offer["options"][0]["value"]])
        assert last(patient)["text"] == "Good. I will ask you again Tuesday 24 November, about 09:00."
        assert len(standin.heard) == heard and planned_at(patient) is not None

    def test_no_thank_you_plans_nothing(self, patient: Patient, standin: StandIn) -> None:
        patient.send(values=[self.ask_for_one(patient, standin)["options"][-1]["value"]])
        assert last(patient)["text"] == "That is fine. You can write to me at any time."
        assert planned_at(patient) is None

    def test_asking_for_it_again_is_not_answered_with_the_same_question(
        self, patient: Patient, standin: StandIn
    ) -> None:
        self.ask_for_one(patient, standin)
        assert self.ask_for_one(patient, standin)["text"].startswith("Good. I will ask you again")

    @pytest.mark.parametrize(("words", "mode"), [("stop", "ok"), ("STOP.", "ok"), ("Stop", "error")])
    def test_one_word_ends_it_even_when_rasa_is_down(
        self, patient: Patient, standin: StandIn, words: str, mode: str
    ) -> None:
        plan(patient, "day")
        standin.mode = mode
        patient.send(words)
        assert planned_at(patient) is None
        if mode == "ok":
            assert last(patient)["text"] == "I will not ask you again. You can write to me at any time."

    def test_other_words_end_it_when_they_are_understood_so(self, patient: Patient, standin: StandIn) -> None:
        plan(patient, "day")
        standin.intent = "stop_check_ins"
        patient.send("no more of these, please")
        assert planned_at(patient) is None


class TestMail:
    @pytest.fixture
    def mails(self) -> Iterator[tuple[int, list[Mail]]]:
        """A mail server's port, and what it has taken."""
        taken: list[Mail] = []

        class Keep(MailHandler):
            def handle_message(self, message: Mail) -> None:
                taken.append(message)

        server = Controller(Keep(), hostname="127.0.0.1", port=free_port())
        server.start()
        yield server.port, taken
        server.stop()

    def worker(self, product: Product, protocol: Protocol, clock: Clock, port: int) -> PatientMail:
        smtp = Smtp("127.0.0.1", "aftercare@clinic.example", port, "none")
        store = product.gateway.store
        return PatientMail(store.database, store.seal, smtp, lambda: protocol, clock)

    def asked(self, patient: Patient, clock: Clock) -> None:
        plan(patient, "day", email=" ada@example.org ")
        clock.now = NOON + timedelta(days=1)
        eventually(lambda: is_asked(patient))

    def test_it_says_that_there_is_a_question_and_nothing_of_what_was_told(
        self, patient: Patient, product: Product, protocol: Protocol, clock: Clock, mails: tuple[int, list[Mail]]
    ) -> None:
        self.asked(patient, clock)
        worker = self.worker(product, protocol, clock, mails[0])
        assert (worker.work(), worker.work()) == (1, 0)
        (mail,) = mails[1]
        body = mail.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert mail["To"] == "ada@example.org" and str(protocol.clinic["website"]) in body.decode()
        told = (str(mail["Subject"]) + body.decode()).lower()
        assert not any(secret in told for secret in ("sore", patient.id, patient.token.lower()))

    def test_a_mail_server_that_is_away_is_tried_again_later(
        self, patient: Patient, product: Product, protocol: Protocol, clock: Clock, mails: tuple[int, list[Mail]]
    ) -> None:
        self.asked(patient, clock)
        assert self.worker(product, protocol, clock, free_port()).work() == 0
        clock.now += timedelta(minutes=1)
        assert self.worker(product, protocol, clock, mails[0]).work() == 1

    def test_whoever_has_answered_gets_no_mail(
        self, patient: Patient, product: Product, protocol: Protocol, clock: Clock, mails: tuple[int, list[Mail]]
    ) -> None:
        self.asked(patient, clock)
        patient.send("better")
        assert self.worker(product, protocol, clock, mails[0]).work() == 0 and mails[1] == []

    def test_staff_are_not_sent_what_is_for_patients(self, patient: Patient, product: Product, clock: Clock) -> None:
        self.asked(patient, clock)
        with product.database.write() as connection:
            for_staff = outbox.take(connection, clock() + timedelta(days=1), timedelta(minutes=1))
            for_patients = outbox.take(connection, clock(), timedelta(minutes=1), for_patients=True)
        assert [entry["kind"] for entry in for_patients] == [outbox.PATIENT_MAIL]
        assert all(entry["kind"] != outbox.PATIENT_MAIL for entry in for_staff)


def last_of(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["messages"][-1]["replies"][-1]
    return found
