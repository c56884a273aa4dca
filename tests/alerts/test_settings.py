"""alerts.yml: what is read from it, and the one line that says what is wrong with it."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.alerts import settings as settings_module
from bot.alerts.settings import SettingsError, load_settings, read_settings

GOOD: dict[str, Any] = {
    "console_url": "https://clinic.example/staff/",
    "time_zone": "America/Los_Angeles",
    "smtp": {"host": "mail.example", "sender": "aftercare@clinic.example", "password_env": "MAIL_PASSWORD"},
    "contacts": [
        {"name": "desk", "email": "desk@clinic.example", "on_call": {"tuesday": ["08:00-18:00", "20:00-24:00"]}},
        {"name": "pager", "webhook": {"url": "https://pager.example/in", "secret_env": "PAGER_SECRET"}},
        {"name": "phone", "apprise": "PHONE_URL"},
    ],
    "next_contact_minutes": 3,
    "deadline_minutes": {"emergency": 2},
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAIL_PASSWORD", "PAGER_SECRET", "PHONE_URL"):
        monkeypatch.setenv(name, f"json://secret-{name}")


def test_everything_is_read() -> None:
    settings = read_settings(GOOD)
    assert settings.console_url == "https://clinic.example/staff"
    assert [contact.channels[0].kind for contact in settings.contacts] == ["email", "webhook", "apprise"]
    assert settings.next_contact == timedelta(minutes=3)
    assert settings.deadlines.emergency == timedelta(minutes=2)
    assert settings.deadlines.urgent_today == timedelta(hours=1)


def test_secrets_come_from_the_environment_and_are_never_printed() -> None:
    settings = read_settings(GOOD)
    assert settings.smtp is not None and settings.smtp.password == "json://secret-MAIL_PASSWORD"
    assert settings.contacts[1].channels[0].secret == "json://secret-PAGER_SECRET"
    assert "secret-" not in repr(settings.smtp) + repr(settings.contacts[1])


@pytest.mark.parametrize(
    ("local", "reachable"),
    [("07:59", False), ("08:00", True), ("17:59", True), ("18:00", False), ("20:00", True), ("23:59", True)],
)
def test_on_call_hours_are_the_clinics(local: str, reachable: bool) -> None:
    settings = read_settings(GOOD)
    moment = datetime.fromisoformat(f"2026-11-24T{local}:00").replace(tzinfo=settings.zone)
    assert settings.contacts[0].reachable(moment.astimezone(timezone.utc), settings.zone) is reachable


def test_a_day_without_hours_is_off() -> None:
    settings = read_settings(GOOD)
    wednesday = datetime(2026, 11, 25, 12, tzinfo=settings.zone)
    assert not settings.contacts[0].reachable(wednesday, settings.zone)
    assert settings.contacts[1].reachable(wednesday, settings.zone), "no hours given means always"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contact": []}, "unknown key 'contact'"),
        ({"contacts": []}, "at least one contact"),
        ({"console_url": "clinic.example"}, "is not a web address"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"smtp": None}, "there is no `smtp`"),
        ({"smtp": {"sender": "a@b.example"}}, "host is missing"),
        ({"smtp": {"host": "x", "sender": "a@b.example", "security": "maybe"}}, "starttls, tls or none"),
        ({"contacts": [{"name": "x", "email": "not an address"}]}, "is not an e-mail address"),
        ({"contacts": [{"name": "x", "email": "a@b.example\nBcc: evil@x.example"}]}, "is not an e-mail address"),
        ({"contacts": [{"name": "x"}]}, "an email, a webhook or an apprise address"),
        ({"contacts": [{"email": "a@b.example"}]}, "needs a name"),
        ({"contacts": [{"name": "x", "email": "a@b.example", "on_call": {"monday": "8-18"}}]}, "08:00-18:00"),
        ({"contacts": [{"name": "x", "webhook": {"url": "https://x.example"}}]}, "environment variable None"),
        ({"contacts": [{"name": "x", "apprise": "NOT_SET"}]}, "'NOT_SET'"),
        ({"rounds": 0}, "whole number"),
        ({"next_contact_minutes": "soon"}, "number of minutes"),
        ({"deadline_minutes": {"never": 1}}, "unknown key 'never'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        read_settings({**GOOD, **change})
    assert "\n" not in str(caught.value).replace("\\n", "")


def test_no_file_means_no_alerts(tmp_path: Path) -> None:
    assert load_settings(tmp_path) is None


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: [", "\x00"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "alerts.yml").write_text(text)
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


def test_the_example_file_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example = Path(settings_module.__file__).with_name("alerts.example.yml")
    for name in ("AFTERCARE_PAGER_SECRET", "AFTERCARE_DOCTOR_APPRISE", "AFTERCARE_SMTP_PASSWORD"):
        monkeypatch.setenv(name, "json://x")
    (tmp_path / "alerts.yml").write_text(example.read_text())
    settings = load_settings(tmp_path)
    assert settings is not None and [contact.name for contact in settings.contacts] == ["front desk", "doctor on call"]
    assert set(yaml.safe_load(example.read_text())) == set(settings_module.TOP), "the example shows every setting"
