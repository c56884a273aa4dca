"""The console's own queries on PostgreSQL: every page, every filter, the whole-text search and the charts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.alerts.worker import AlertWorker
from bot.console import dashboard
from bot.console.app import create_console
from bot.console.settings import ConsoleSettings
from bot.records import review_filters, review_sample, review_search
from bot.records.contacts import Seal
from bot.records.database import open_database
from bot.records.review_filters import Filters
from bot.triage.protocol import Protocol
from tests.alerts.conftest import by_mail, settings_for
from tests.console import made
from tests.console.conftest import Clock, Place, add_person
from tests.records.conftest import create_on, postgres

__all__ = ["postgres"]


@pytest.fixture
def place(postgres: str, tmp_path: Path, protocol: Protocol) -> Iterator[Place]:  # noqa: F811
    database, clock, seal = open_database(create_on(postgres)), Clock(), Seal(tmp_path)
    people = {name: add_person(database, name, role) for name, role in (("cleo", "clinician"), ("ada", "admin"))}
    console = create_console(database, protocol, seal, ConsoleSettings(), clock)
    yield Place(Starlette(routes=[Mount("/staff", console)]), database, seal, clock, people)
    database.close()


def test_every_page_and_query_works_there_too(place: Place) -> None:
    ids = made.a_day(place.database, place.seal, place.clock.now)
    browser = place.as_("ada")
    paths = ["/", "/live", "/search", "/search.csv", "/search.jsonl", "/improve", "/learn", "/people", "/audit"]
    paths += [f"/learn/{chart}.csv" for chart in dashboard.CHARTS]
    paths += [f"/conversations/{ids['emergency']}{part}" for part in ("", "/print", "/export.json", "/fhir.json")]
    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


@pytest.mark.parametrize(("rare", "window"), [(2000, 4000), (0, 4000), (0, 0)])
def test_words_and_filters_find_the_same_there(
    place: Place, monkeypatch: pytest.MonkeyPatch, rare: int, window: int
) -> None:
    monkeypatch.setattr(review_filters, "RARE", rare)
    monkeypatch.setattr(review_search, "WINDOW", window)
    ids = made.a_day(place.database, place.seal, place.clock.now)
    expected = {
        Filters(text="CHEST breathe"): {"emergency"},
        Filters(text='"sharp pain"'): {"emergency"},
        Filters(text='"pain sharp"'): set(),
        Filters(text="bruis*"): {"call_back"},
        Filters(text="bruis & | ! :* ('"): set(),
        Filters(less_sure_than=0.5): {"disagreement"},
        Filters(disagreement=True): {"disagreement"},
        Filters(less_sure_than=0.7, symptom="soreness"): {"disagreement", "quiet"},
        Filters(intent="report_soreness", text="sore"): {"quiet"},
    }
    for filters, names in expected.items():
        with place.database.read() as connection:
            found, _ = review_search.find(connection, filters, 50)
        assert {row["id"] for row in found} == {ids[name] for name in names}, filters


def test_pages_go_on_there(place: Place) -> None:
    ids = [made.quiet(place.database, place.clock.pass_by(seconds=1)) for _ in range(5)]
    for text in ("", "sore"):
        seen, cursor = [], ""
        while cursor or not seen:
            with place.database.read() as connection:
                found, cursor = review_search.find(connection, Filters(text=text), 2, cursor)
            seen += [row["id"] for row in found]
        assert seen == ids[::-1]


def test_samples_and_alerts_work_there(place: Place) -> None:
    made.quiet(place.database, place.clock.now)
    made.emergency(place.database, place.clock.now)
    sent: list[str] = []
    worker = AlertWorker(
        place.database, settings_for(by_mail("desk")), lambda _, message, __: sent.append(message.link), place.clock
    )
    worker.work()
    assert sent == ["https://clinic.example/staff/escalations/1"]
    with place.database.write() as connection:
        assert review_sample.draw(connection, 5, place.clock.now, place.clock.now) == 1
        (one,) = review_sample.open_for(connection, place.people["cleo"])
        assert review_sample.record(connection, one["id"], place.people["cleo"], "self_care", "", place.clock.now)
