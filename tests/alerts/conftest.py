"""A real mail server, a real web server for webhooks, and a database with conversations."""

import json
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from bot.alerts.settings import AlertSettings, Channel, Contact, Smtp
from bot.records.database import Database, open_database


class MailBox:
    """Keeps what the mail server takes; refuses everything while `refuse` is set."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refuse = False
        self.arrived = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content))
        self.arrived.set()
        return "250 taken"

    @property
    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]


@pytest.fixture
def mailbox() -> Iterator[tuple[MailBox, Smtp]]:
    box = MailBox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, Smtp("127.0.0.1", "aftercare@clinic.example", port, security="none")
    controller.stop()


class Hook(ThreadingHTTPServer):
    """Keeps what is posted to it and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]


class _Taker(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path)
    yield database
    database.close()


def settings_for(*contacts: Contact, smtp: Smtp | None = None, **more: Any) -> AlertSettings:
    return AlertSettings("https://clinic.example/staff", contacts, ZoneInfo("UTC"), smtp, **more)


def by_mail(name: str, **more: Any) -> Contact:
    return Contact(name, (Channel("email", f"{name}@clinic.example"),), **more)
