"""`aftercare demo`: a folder of its own with made-up conversations, held with the real product."""

import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from bot.demo import clinic
from bot.demo.folder import check_folder, stopped_by_terminate, undone_on_failure
from bot.demo.gateway import CLOCK_FILE, set_clock
from bot.demo.person import Person, read_people
from bot.demo.running import RunningProduct
from bot.demo.talk import Talk, converse
from bot.gateway.clock import utc_now
from bot.paths import PROTOCOL
from bot.records import retention, review_sample
from bot.records.database import Database, open_database
from bot.records.escalations import Deadlines
from bot.triage.protocol import load_protocol

PEOPLE = Path(__file__).resolve().parent / "people.yml"
STAFF = "demo"
IDLE = timedelta(minutes=30)
NOTICED = timedelta(hours=1)
SAMPLE_SIZE = 6
PAUSE_SECONDS = (9, 48)
"""How long the made-up people read and think before they write again."""
Tell = Callable[[str], None]


class DemoProduct(RunningProduct):
    """The product on the demo's clock."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bot.demo.serve", str(self.port), str(self.data_dir)]


def make(data_dir: Path, count: int | None, tell: Tell) -> str:
    """Fill a new or empty folder with the demo and return the password of its staff user.

    count: only so many of the people, the last ones; None takes all. Raises Problem for a folder that holds
    anything. Whatever stops it half-way (Ctrl-C too), no process runs on and the folder is as it was.
    """
    check_folder(data_dir)
    everyone = read_people(PEOPLE)
    chosen, password = everyone[-count:] if count else everyone, secrets.token_urlsafe(12)
    with undone_on_failure(data_dir), stopped_by_terminate():
        tell(f"{len(chosen)} made-up people talk to the assistant; the product takes half a minute to start")
        talks = hold_conversations(data_dir.resolve(), chosen, tell)
        (data_dir / CLOCK_FILE).unlink()
        with closing(open_database(data_dir)) as database:
            _let_staff_work(database, talks, password)
    return password


class _Watch:
    """The time of one person: it stands where the script puts it, and goes on while they think."""

    def __init__(self, data_dir: Path, moment: datetime, chance: Random) -> None:
        self._data_dir, self._moment, self._chance = data_dir, moment, chance
        set_clock(data_dir, moment)

    def think(self) -> None:
        self._moment += timedelta(seconds=self._chance.uniform(*PAUSE_SECONDS))
        set_clock(self._data_dir, self._moment)


def hold_conversations(data_dir: Path, people: list[Person], tell: Tell) -> list[Talk]:
    """Let people talk to a product over a data directory, each at the time of the script."""
    protocol, chance, talks = load_protocol(PROTOCOL), Random(3), []
    zone = ZoneInfo(protocol.clinic["time_zone"])
    with DemoProduct(data_dir) as product:
        for number, person in enumerate(people, start=1):
            watch = _Watch(data_dir, meant(person, utc_now(), zone), chance)
            talks.append(converse(product.url, person, protocol, watch.think))
            tell(f"{number:>3} of {len(people)}: {person.name} ({talks[-1].level or 'no level'})")
    return talks


def meant(person: Person, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the script lets a person's conversation begin."""
    if "minutes_ago" in person.when:
        return now - timedelta(minutes=person.when["minutes_ago"])
    day = now.astimezone(zone).date() - timedelta(days=person.when["days_ago"])
    return datetime.combine(day, time.fromisoformat(person.when["at"]), zone)


def _let_staff_work(database: Database, talks: list[Talk], password: str) -> None:
    now = utc_now()
    retention.flag_broken_off(database, IDLE, now - NOTICED, Deadlines())
    with database.write() as connection:
        team = clinic.hire(connection, STAFF, password, now)
        clinic.work(connection, [(talk.id, talk.person.clinic) for talk in talks], team)
        review_sample.draw(connection, SAMPLE_SIZE, now - clinic.FIRST_DAY, now)
