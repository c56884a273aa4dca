"""Finding conversations by their words and by filters, and what leaves as files."""

import csv
import io
import json
from datetime import timedelta

import pytest

from bot.console.sheets import csv_response
from bot.records import remarks, retention, review_filters, review_search
from bot.records.review_filters import Filters
from tests.console import made
from tests.console.conftest import Place


def found(place: Place, **asked: object) -> list[str]:
    with place.database.read() as connection:
        rows, _ = review_search.find(connection, Filters(**asked), 50)  # type: ignore[arg-type]
    return [row["id"] for row in rows]


@pytest.fixture
def day(place: Place) -> dict[str, str]:
    return made.a_day(place.database, place.seal, place.clock.now)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chest", ["emergency"]),
        ("CHEST breathe", ["emergency"]),
        ('"sharp pain"', ["emergency"]),
        ('"pain sharp"', []),
        ("bruis*", ["call_back"]),
        ("bruis", []),
        ("chest bruise", []),
        ("nosuchword", []),
    ],
)
def test_words_phrases_and_endings(place: Place, day: dict[str, str], text: str, expected: list[str]) -> None:
    assert found(place, text=text) == [day[name] for name in expected]


@pytest.mark.parametrize("text", ['"', "''", "NEAR(", "a OR", "*", "text:x", "-", "^a", "\x00", "🤕", "x" * 5000])
def test_no_text_breaks_the_search(place: Place, day: dict[str, str], text: str) -> None:
    assert place.as_("vera").get("/search", params={"text": text}).status_code == 200


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"level": "contact_clinic"}, {"call_back"}),
        ({"status": "failed"}, {"failed"}),
        ({"rule": "BRU-2"}, {"call_back"}),
        ({"finding": "soreness"}, {"quiet"}),
        ({"symptom": "chest"}, {"emergency"}),
        ({"intent": "report_soreness"}, {"quiet", "disagreement"}),
        ({"area": "upper_back"}, {"emergency"}),
        ({"treatment": "dry_needling"}, {"emergency"}),
        ({"less_sure_than": 0.5}, {"disagreement"}),
        ({"disagreement": True}, {"disagreement"}),
        ({"for_review": True}, {"disagreement"}),
        ({"assignee": "nobody", "level": "emergency"}, {"emergency", "disagreement"}),
        ({"intent": "report_soreness", "text": "sore"}, {"quiet"}),
    ],
)
def test_each_filter(place: Place, day: dict[str, str], filters: dict[str, object], expected: set[str]) -> None:
    assert set(found(place, **filters)) == {day[name] for name in expected}


def test_tags_feedback_and_dates(place: Place, day: dict[str, str]) -> None:
    with place.database.write() as connection:
        remarks.set_tags(connection, day["quiet"], place.people["cleo"], {"nice one"}, place.clock.now)
        remarks.add_feedback(connection, day["failed"], "not_helpful", place.clock.now, None, None)
    assert found(place, tag="Nice one") == [day["quiet"]]
    assert found(place, feedback="not_helpful") == [day["failed"]]
    assert found(place, since=place.clock.now - timedelta(minutes=5)) == [day["emergency"]]
    assert found(place, until=place.clock.now - timedelta(minutes=40)) == [day["quiet"]]


def test_pages_hold_every_conversation_once(place: Place) -> None:
    ids = [made.quiet(place.database, place.clock.pass_by(seconds=1)) for _ in range(7)]
    for text in ("", "sore"):
        seen, cursor = [], ""
        while True:
            with place.database.read() as connection:
                rows, cursor = review_search.find(connection, Filters(text=text), 3, cursor)
            seen += [row["id"] for row in rows]
            if not cursor:
                break
        assert seen == ids[::-1]


WAYS = {"listed": (2000, 4000), "walked": (0, 4000), "gathered": (0, 0), "gathered late": (0, 3)}


@pytest.mark.parametrize("way", WAYS)
def test_frequent_and_rare_filters_find_the_same(place: Place, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    rare, window = WAYS[way]
    monkeypatch.setattr(review_filters, "RARE", rare)
    monkeypatch.setattr(review_search, "WINDOW", window)
    made.disagreement(place.database, place.clock.pass_by(seconds=1))
    ids = [made.quiet(place.database, place.clock.pass_by(seconds=1)) for _ in range(9)]
    made.emergency(place.database, place.clock.pass_by(seconds=1))
    for asked in ({"intent": "report_soreness"}, {"symptom": "soreness", "less_sure_than": 0.7}):
        seen, cursor = [], ""
        while cursor or not seen:
            with place.database.read() as connection:
                rows, cursor = review_search.find(connection, Filters(level="self_care", **asked), 4, cursor)
            seen += [row["id"] for row in rows]
        assert seen == ids[::-1], asked
    both = {"symptom": "soreness", "finding": "soreness"}
    assert found(place, **both, less_sure_than=0.7) and not found(place, **both, less_sure_than=0.5)
    assert found(place, disagreement=True, less_sure_than=0.5) and not found(place, symptom="chest", finding="soreness")


def test_a_search_has_a_stable_address_that_fills_in_the_form(place: Place, day: dict[str, str]) -> None:
    html = place.as_("vera").get("/search?text=chest&level=emergency&since=2026-01-01").text
    assert 'value="chest"' in html and '<option value="emergency" selected>' in html
    assert 'value="2026-01-01"' in html and day["emergency"] in html


@pytest.mark.parametrize("query", ["since=tomorrow", "assignee=me", "less_sure_than=lots", "since=0000-99-99"])
def test_a_filter_that_cannot_be_is_said_so(place: Place, query: str) -> None:
    assert place.as_("vera").get(f"/search?{query}").status_code == 400


def test_an_erased_conversation_is_not_found(place: Place, day: dict[str, str]) -> None:
    with place.database.write() as connection:
        retention.erase(connection, day["emergency"], place.clock.now)
    assert found(place, text="chest") == [] and day["emergency"] not in found(place)


def test_a_table_cannot_carry_a_formula(place: Place) -> None:
    """CSV injection: a cell that a spreadsheet would run is quoted."""
    conversation_id = made.start(place.database, place.clock.now)
    evil = ["=cmd|'/c calc'!A1", "+1", "-2+3", "@SUM(1)", "\t=1", " =1", "＝1"]
    judged = made.assessment("self_care", [], symptoms=evil, facts={"area": evil[:1], "treatment": "@here"})
    made.say(place.database, conversation_id, "hello", judged, place.clock.now)
    answer = place.as_("cleo").get("/search.csv")
    table = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.headers["content-disposition"] == 'attachment; filename="conversations.csv"'
    assert table[0]["symptoms"].startswith("'=") and table[0]["area"].startswith("'=")
    assert table[0]["treatment"] == "'@here" and "hello" not in answer.text


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1"])
def test_every_beginning_of_a_formula_is_quoted(cell: str) -> None:
    line = csv_response("x.csv", ["a"], [[cell]]).body.decode().split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")


def test_json_lines_hold_whole_conversations(place: Place, day: dict[str, str]) -> None:
    lines = place.as_("cleo").get("/search.jsonl?level=contact_clinic").text.splitlines()
    entry = json.loads(lines[0])
    assert len(lines) == 1 and entry["id"] == day["call_back"]
    assert entry["messages"][1]["text"] == "my bruise is bigger than my palm"
    assert "0199" not in lines[0], "contact details are not exported"
