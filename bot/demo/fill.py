"""`aftercare demo`: a folder of its own with made-up conversations, held with the real product."""

import os
import secrets
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from types import FrameType
from zoneinfo import ZoneInfo

from bot.demo import clinic, dates
from bot.demo.person import Person, read_people
from bot.demo.running import RunningProduct
from bot.demo.talk import Talk, converse
from bot.paths import PROTOCOL
from bot.problem import Problem
from bot.records import retention, review_sample
from bot.records.database import FILE, URL_VARIABLE, Database, open_database
from bot.records.escalations import Deadlines
from bot.triage.model import Protocol
from bot.triage.protocol import load_protocol

PEOPLE = Path(__file__).resolve().parent / "people.yml"
STAFF = "demo"
IDLE = timedelta(minutes=30)
SAMPLE_SIZE = 6
SEED = 3
Tell = Callable[[str], None]


def make(data_dir: Path, count: int | None, tell: Tell) -> str:
    """Fill a new or empty folder with the demo and return the password of its staff user.

    count: only so many of the people, the last ones; None takes all. Raises Problem for a folder that holds
    anything. Whatever stops it half-way (Ctrl-C too), no process runs on and the folder is as it was.
    """
    check_folder(data_dir)
    everyone = read_people(PEOPLE)
    chosen, protocol = everyone[-count:] if count else everyone, load_protocol(PROTOCOL)
    with _undone_on_failure(data_dir), _stopped_by_terminate():
        tell(f"{len(chosen)} made-up people talk to the assistant; the product takes half a minute to start")
        talks = _hold_conversations(data_dir, chosen, protocol, tell)
        password = secrets.token_urlsafe(12)
        with closing(open_database(data_dir)) as database:
            _make_believable(database, talks, protocol, password)
    return password


def check_folder(data_dir: Path) -> None:
    """Raise Problem unless a folder is new or empty, and the records will be kept in it and nowhere else."""
    if os.environ.get(URL_VARIABLE):
        raise Problem(f"the demo keeps its records in its own folder; run it without {URL_VARIABLE}")
    if not data_dir.exists():
        return
    if not data_dir.is_dir():
        raise Problem(f"{data_dir} is not a folder; choose another one with --data-dir")
    if held := _conversations(data_dir / FILE):
        raise Problem(f"{data_dir} holds {held} conversations already; choose another folder with --data-dir")
    if any(data_dir.iterdir()):
        raise Problem(f"{data_dir} is not empty; choose a new folder with --data-dir")


def _conversations(file: Path) -> int:
    """Return how many conversations a database holds, without changing it; 0 when it is none."""
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM conversations").fetchone()[0])
    except sqlite3.Error:
        return 0


def _hold_conversations(data_dir: Path, people: list[Person], protocol: Protocol, tell: Tell) -> list[Talk]:
    talks = []
    with RunningProduct(data_dir) as product:
        for number, person in enumerate(people, start=1):
            talks.append(converse(product.url, person, protocol))
            tell(f"{number:>3} of {len(people)}: {person.name} ({talks[-1].level or 'no level'})")
    return talks


def _make_believable(database: Database, talks: list[Talk], protocol: Protocol, password: str) -> None:
    """Spread the conversations over the last weeks and let staff do what the scripts say."""
    now, chance = datetime.now(timezone.utc), Random(SEED)
    zone = ZoneInfo(protocol.clinic["time_zone"])
    with database.write() as connection:
        team = clinic.hire(connection, STAFF, password, now)
        for talk in talks:
            dates.move(connection, talk.id, dates.meant(talk.person, now, zone), chance)
    retention.flag_broken_off(database, IDLE, now, Deadlines())
    with database.write() as connection:
        clinic.work(connection, [(talk.id, talk.person.clinic) for talk in talks], team)
        review_sample.draw(connection, SAMPLE_SIZE, now - clinic.FIRST_DAY, now)


@contextmanager
def _undone_on_failure(data_dir: Path) -> Iterator[None]:
    """Take away what was written when it could not be finished; the folder was new or empty."""
    was_there = data_dir.exists()
    try:
        yield
    except BaseException:
        shutil.rmtree(data_dir, ignore_errors=True)
        if was_there:
            data_dir.mkdir(parents=True, exist_ok=True)
        raise


@contextmanager
def _stopped_by_terminate() -> Iterator[None]:
    """Let SIGTERM stop the command as Ctrl-C does: in order, with every process it started."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
