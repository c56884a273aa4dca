"""A gateway on a real port, with a real database, and a stand-in for Rasa."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bot.gateway.app import Gateway, create_app
from bot.gateway.clock import Clock, utc_now
from bot.gateway.rasa import RasaClient
from bot.gateway.screen import make_screen
from bot.gateway.settings import Settings
from bot.gateway.startup import Content
from bot.gateway.store import Store
from bot.gateway.words import words_of
from bot.records.contacts import Seal
from bot.records.database import FILE, Database, open_database
from bot.triage.finding import Finding
from bot.triage.protocol import Protocol
from tests.gateway.standin import StandIn, served

EMERGENCY_WORDS = "I cannot breathe"


def understand(text: str, _now: datetime) -> Sequence[Finding]:
    """Finds breathlessness, said in one way or by the label of a button. The language room has its own tests."""
    for words in (EMERGENCY_WORDS, "Trouble breathing"):
        at = text.find(words)
        if at >= 0:
            return [Finding("breathless", "present", words, at, at + len(words))]
    return []


@dataclass
class Patient:
    """A browser with one conversation."""

    http: httpx.Client
    id: str
    token: str
    greeting: list[dict[str, Any]]

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str | None = None, message_id: str | None = None, **more: Any) -> httpx.Response:
        body = {"id": message_id or str(uuid4()), **({} if text is None else {"text": text}), **more}
        return self.http.post(self.path + "/messages", json=body, headers=self.headers)

    def read(self) -> dict[str, Any]:
        found = self.http.get(self.path, headers=self.headers)
        assert found.status_code == 200, found.text
        whole: dict[str, Any] = found.json()
        return whole

    def texts(self) -> list[list[str]]:
        """What was said to each message."""
        return [[reply["text"] for reply in message["replies"]] for message in self.read()["messages"]]


@dataclass
class Product:
    """A running gateway and what is behind it."""

    url: str
    http: httpx.Client
    database: Database
    gateway: Gateway

    def patient(self, zone: str | None = None) -> Patient:
        created = self.http.post("/api/conversations", json={"zone": zone} if zone else {})
        assert created.status_code == 201, created.text
        found = created.json()
        return Patient(self.http, found["conversation_id"], found["token"], found["replies"])

    def again(self, patient: Patient) -> Patient:
        """The same browser, on this gateway."""
        return replace(patient, http=self.http)


Start = Callable[..., Product]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a database that has its tables."""
    folder = tmp_path_factory.mktemp("gateway")
    open_database(folder).close()
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, migrated: Path) -> Path:
    """A data directory of this test alone."""
    shutil.copy(migrated / FILE, tmp_path / FILE)
    return tmp_path


IMPATIENT = {"rasa_timeout": 0.3, "emergency_timeout": 0.3}


def quick(data_dir: Path, **changed: Any) -> Settings:
    """Settings under which what failed is tried again soon; a busy machine is no failure."""
    usual = {"rasa_timeout": 15.0, "emergency_timeout": 15.0, "start_hold": 2.0, "start_grace": 0, "retry_pause": 0.05}
    return Settings(data_dir=data_dir, **{"limits": False, "channel_key": "shared secret", **usual, **changed})


@contextmanager
def running(
    settings: Settings, protocol: Protocol, rasa_url: str, clock: Clock = utc_now, mails: bool = False
) -> Iterator[Product]:
    """Run the real application; only the understanding of language is replaced."""
    store = Store(open_database(settings.data_dir), Seal(settings.data_dir))
    rasa = RasaClient(rasa_url, settings.channel_key)
    content = Content(lambda: words_of(protocol), lambda: make_screen(understand, protocol))
    app = create_app(settings, store, rasa, content, clock, mails=mails)
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield Product(url, http, store.database, app.state.gateway)


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
def start(data_dir: Path, protocol: Protocol) -> Iterator[Start]:
    """Starts gateways on one data directory, with settings changed by name; they all end with the test."""
    with ExitStack() as stack:

        def begin(rasa_url: str, **changed: Any) -> Product:
            return stack.enter_context(running(quick(data_dir, **changed), protocol, rasa_url))

        yield begin


@pytest.fixture
def rasa_url(standin: StandIn) -> Iterator[str]:
    with served(standin.app) as url:
        yield url


@pytest.fixture
def product(start: Start, rasa_url: str) -> Product:
    """A gateway with the stand-in running."""
    return start(rasa_url)


@pytest.fixture
def patient(product: Product) -> Patient:
    return product.patient()
