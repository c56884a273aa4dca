"""Running the gateway as a process: it listens first, and loads the rest while it already answers."""

import logging
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette

from bot.gateway.clock import Clock, utc_now
from bot.gateway.front import Front
from bot.gateway.settings import Settings

LAST_WORDS_S = 3
"""How long open event streams may keep a gateway that stops."""


def run(settings: Settings, clock: Clock = utc_now) -> None:
    """Serve until told to stop. Raises Problem when the data directory or the database cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)

    def build() -> Starlette:
        from bot.gateway.product import build

        return build(settings, clock)

    def give_up() -> None:
        server.should_exit = True

    front = Front(build, settings.start_hold, give_up)
    server = uvicorn.Server(
        uvicorn.Config(
            front,
            host=settings.host,
            port=settings.port,
            log_config=None,
            ws="none",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LAST_WORDS_S,
        )
    )
    with suppress(KeyboardInterrupt):
        server.run()
    if front.error is not None:
        raise front.error
