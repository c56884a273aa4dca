"""The gateway as a process that starts at once: the real application on a real port, without the language room.

python -m tests.widget.gateway_process PORT FOLDER
"""

import os
import sys
from pathlib import Path

import uvicorn

from bot.gateway.app import create_app
from bot.gateway.product import load_words
from bot.gateway.rasa import RasaClient
from bot.gateway.screen import make_screen
from bot.gateway.settings import from_environment
from bot.gateway.startup import Content
from bot.gateway.store import Store
from bot.paths import PROTOCOL
from bot.records.contacts import Seal
from bot.records.database import open_database
from bot.triage.protocol import load_protocol
from tests.gateway.conftest import understand


def main() -> None:
    """Serve until killed."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    settings = from_environment(os.environ, port=port, data_dir=folder, limits=False)
    store = Store(open_database(folder), Seal(folder))
    content = Content(load_words, lambda: make_screen(understand, load_protocol(PROTOCOL)))
    app = create_app(settings, store, RasaClient(settings.rasa_url, settings.channel_key), content)
    uvicorn.run(app, port=port, log_level="warning", ws="none", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
