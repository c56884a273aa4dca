"""A console on a real database, visited by a client that behaves like a browser."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from bot.console import training_data
from bot.console.app import create_console
from bot.console.settings import ConsoleSettings
from bot.paths import ROOT
from bot.records import staff
from bot.records.contacts import Seal
from bot.records.database import FILE, Database, database_url, open_database
from bot.triage.protocol import Protocol

PASSWORD = "a long enough password"
# A cheap hash: these tests log in hundreds of times. `test_people.py` makes real ones.
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
INTENTS = training_data.known_intents(ROOT / "data" / "nlu")
START = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)


@dataclass
class Clock:
    """Time that stands still until a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **length: float) -> datetime:
        """Move on by a length of time."""
        self.now += timedelta(**length)
        return self.now


@dataclass
class Browser:
    """A client with cookies that fills in the forms of the pages it was shown."""

    client: TestClient
    csrf: str = ""
    base: str = "/staff"
    last: Any = field(default=None, repr=False)

    def get(self, path: str, **options: Any) -> Any:
        self.last = self.client.get(self.base + path, **options)
        self._remember()
        return self.last

    def post(self, path: str, fields: dict[str, str] | None = None, **options: Any) -> Any:
        """Send a form with the token that was last seen."""
        self.last = self.client.post(self.base + path, data={"csrf": self.csrf, **(fields or {})}, **options)
        self._remember()
        return self.last

    def log_in(self, name: str, password: str = PASSWORD, next: str = "") -> Any:
        self.get("/login")
        answer = self.post("/login", {"name": name, "password": password, "next": next})
        if answer.status_code == 303:
            self.get("/", follow_redirects=True)
        return answer

    def _remember(self) -> None:
        found = re.search(r'name="csrf" value="([^"]+)"', self.last.text)
        self.csrf = found.group(1) if found else self.csrf


@dataclass
class Place:
    """The console of one test with its database and clock."""

    app: Starlette
    database: Database
    seal: Seal
    clock: Clock
    people: dict[str, int]

    def browser(self) -> Browser:
        return Browser(TestClient(self.app, base_url="https://clinic.example", follow_redirects=False))

    def as_(self, name: str) -> Browser:
        browser = self.browser()
        assert browser.log_in(name).status_code == 303
        return browser


def add_person(database: Database, name: str, role: str, now: datetime = START) -> int:
    with database.write() as connection:
        return staff.add(connection, name, role, HASH, now, name.capitalize())


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated empty database; each test gets a copy instead of migrating its own."""
    folder = tmp_path_factory.mktemp("migrated")
    open_database(folder).close()
    return folder / FILE


@pytest.fixture
def make_place(tmp_path: Path, protocol: Protocol, migrated: Path) -> Iterator[Callable[..., Place]]:
    opened: list[Database] = []

    def make(**settings: Any) -> Place:
        shutil.copy(migrated, tmp_path / FILE)
        database, clock, seal = Database(database_url(tmp_path)), Clock(), Seal(tmp_path)
        opened.append(database)
        roles = {"vera": "viewer", "cleo": "clinician", "carl": "clinician", "ada": "admin"}
        people = {name: add_person(database, name, role) for name, role in roles.items()}
        console = create_console(database, protocol, seal, ConsoleSettings(**settings), clock)
        return Place(Starlette(routes=[Mount("/staff", console)]), database, seal, clock, people)

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()
