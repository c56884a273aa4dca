"""The application of the product, with everything real behind it."""

import threading
from functools import cache

from starlette.applications import Starlette

from bot.alerts.settings import AlertSettings, SettingsError, load_settings
from bot.gateway.app import Beside, create_app
from bot.gateway.clock import Clock, utc_now
from bot.gateway.rasa import RasaClient
from bot.gateway.screen import Screen, make_screen
from bot.gateway.settings import Settings
from bot.gateway.startup import Content
from bot.gateway.store import Store
from bot.gateway.words import Words, words_of
from bot.paths import PROTOCOL
from bot.problem import Problem
from bot.records.contacts import Seal
from bot.records.database import DatabaseError, open_database
from bot.triage.model import Protocol
from bot.triage.protocol import load_protocol


def build(settings: Settings, clock: Clock = utc_now) -> Starlette:
    """Return the application of the product, with its database open. Raises Problem when it cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        alerts = load_settings(settings.data_dir)
        database, seal = open_database(settings.data_dir), Seal(settings.data_dir)
    except (OSError, DatabaseError, SettingsError) as error:
        raise Problem(f"{error}; see --data-dir") from error
    store = Store(database, seal, alerts.deadlines if alerts else None)
    return create_app(
        settings,
        store,
        RasaClient(settings.rasa_url, settings.channel_key, settings.actions_url),
        Content(load_words, load_screen),
        clock,
        console=lambda: load_console(store, alerts_ready=alerts is not None),
        beside=_beside(store, alerts, settings) if alerts else [],
        mails=alerts is not None and alerts.smtp is not None,
    )


def load_words() -> Words:
    """Load what the gateway says."""
    return words_of(_protocol())


def load_screen() -> Screen:
    """Load the language room for the red-flag screen; takes seconds."""
    from bot.language.understand import Understanding

    return make_screen(Understanding(), _protocol())


def load_console(store: Store, alerts_ready: bool) -> Starlette:
    """Load the staff console. alerts_ready: whether anybody is told of an emergency outside it."""
    from bot.console.app import create_console
    from bot.console.settings import ConsoleSettings

    return create_console(store.database, _protocol(), store.seal, ConsoleSettings(alerts_ready=alerts_ready))


def _beside(store: Store, alerts: AlertSettings, settings: Settings) -> list[Beside]:
    """Return what sends alerts to staff and, with a mail server, mails to patients."""
    # Only an installation that tells somebody needs the libraries for it; without them the start is quicker.
    from bot.alerts.worker import AlertWorker
    from bot.gateway.mail import PatientMail

    workers: list[Beside] = [AlertWorker(store.database, alerts).run]
    if alerts.smtp is not None:
        mail = PatientMail(store.database, store.seal, alerts.smtp, _protocol, utc_now, settings.chat_url)
        workers.append(mail.run)
    return workers


def _protocol() -> Protocol:
    with _LOADING:
        return _load_protocol()


_LOADING = threading.Lock()


@cache
def _load_protocol() -> Protocol:
    return load_protocol(PROTOCOL)
