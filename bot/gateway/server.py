"""Running the gateway as a process."""

import logging

import uvicorn
from starlette.applications import Starlette

from bot.gateway.app import create_app
from bot.gateway.rasa import RasaClient
from bot.gateway.settings import Settings
from bot.gateway.startup import Loaded
from bot.gateway.store import Store
from bot.paths import PROTOCOL
from bot.problem import Problem
from bot.records.contacts import Seal
from bot.records.database import DatabaseError, open_database

LAST_WORDS_S = 3
"""How long open event streams may keep a gateway that stops."""


def run(settings: Settings) -> None:
    """Serve until told to stop. Raises Problem when the data directory or the database cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    uvicorn.run(
        build(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_WORDS_S,
    )


def build(settings: Settings) -> Starlette:
    """Return the application of the product, with its database open. Raises Problem when it cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store(open_database(settings.data_dir), Seal(settings.data_dir))
    except (OSError, DatabaseError) as error:
        raise Problem(f"{error}; see --data-dir") from error
    return create_app(settings, store, RasaClient(settings.rasa_url, settings.channel_key), load)


def load() -> Loaded:
    """Load the protocol and the language room; takes seconds and is done once, after the server listens."""
    from bot.gateway.screen import make_screen
    from bot.gateway.words import words_of
    from bot.language.understand import Understanding
    from bot.triage.protocol import load_protocol

    protocol = load_protocol(PROTOCOL)
    return Loaded(words_of(protocol), make_screen(Understanding(), protocol))
