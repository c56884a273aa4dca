"""The dashboard: each chart's numbers, its table and its CSV, and the scoreboard."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import pytest

from bot.console import dashboard, measured
from bot.console.charts import Interval, bars, stacked, whiskers
from bot.records import escalations, remarks
from tests.console import made
from tests.console.conftest import Place


@pytest.fixture
def busy(place: Place) -> Place:
    """Four quiet ones, one of each other kind, one emergency taken after three minutes and one after eight."""
    for _ in range(3):
        made.quiet(place.database, place.clock.now)
    made.a_day(place.database, place.seal, place.clock.now)
    early, late = made.emergency(place.database, place.clock.now), made.emergency(place.database, place.clock.now)
    for conversation_id, minutes in ((early, 3), (late, 5)):
        with place.database.write() as connection:
            (row,) = escalations.of_conversation(connection, conversation_id)
            escalations.acknowledge(connection, row["id"], place.people["cleo"], place.clock.pass_by(minutes=minutes))
            remarks.add_feedback(connection, conversation_id, "helpful", place.clock.now, None, None)
    return place


def table(place: Place, chart: str, query: str = "") -> list[dict[str, str]]:
    text = place.as_("vera").get(f"/learn/{chart}.csv{query}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_levels_are_counted(busy: Place) -> None:
    counts = {line["Level"]: int(line["Conversations"]) for line in table(busy, "levels")}
    assert counts == {"Emergency": 4, "Clinic today": 1, "Self-care": 4, "No level yet": 1}


def test_every_day_of_the_period_has_its_line(busy: Place) -> None:
    days = table(busy, "conversations", "?days=7")
    assert len(days) == 7 and days[-1]["Day"] == "2026-11-24" and days[-1]["Emergency"] == "4"


def test_the_time_until_somebody_took_it(busy: Place) -> None:
    (line,) = table(busy, "taking")
    assert (line["Level"], line["Taken"], line["Half within (min)"]) == ("Emergency", "2", "5.5")
    assert line["In time"].startswith("50.0 % (1 of 2;")


def test_symptoms_by_area_and_treatment(busy: Place) -> None:
    assert table(busy, "areas")[0] == {"Area": "upper back", "Symptom": "chest", "Conversations": "3"}
    assert table(busy, "treatments")[0]["Treatment"] == "dry needling"


def test_own_frequencies_stand_beside_the_published_ones(busy: Place) -> None:
    lines = table(busy, "effects", "?treatments=50")
    own = next(line for line in lines if line["Effect"] == "bruise" and line["Who"] == "this clinic")
    assert (own["Counted"], own["Of"], own["Percent"]) == ("treatments given", "50", "2.0")
    assert float(own["From"]) < 2.0 < float(own["To"])
    brady = next(line for line in lines if line["Effect"] == "bruise" and line["Who"] == "Brady 2014")
    assert (brady["Percent"], brady["Of"]) == ("7.5", "7629") or brady["Percent"] == "7.6"
    assert {line["Who"] for line in lines if line["Effect"] == "fatigue"} >= {"Tolbert 2025", "Brady 2014"}


def test_only_studies_of_the_chosen_treatment_are_compared(busy: Place) -> None:
    who = {line["Who"] for line in table(busy, "effects", "?treatment=acupuncture")}
    assert who == {"this clinic", "MacPherson and Thomas 2005"}


def test_what_did_not_go_well_and_opinions(busy: Place) -> None:
    shares = {line["What"]: line["Conversations"] for line in table(busy, "understanding")}
    assert shares["Safety checks disagreed"] == "1" and shares["Assistant could not answer"] == "1"
    assert table(busy, "opinions")[0]["Times"] == "2"


def test_the_scoreboard_says_what_must_be_nought(busy: Place) -> None:
    html = " ".join(busy.as_("vera").get("/learn").text.split())
    assert "<strong>2</strong>" in html and "overdue" in html
    assert "<strong>1</strong>" in html and "messages without an answer" in html


def test_every_chart_has_its_table_and_its_csv_even_when_empty(place: Place) -> None:
    browser = place.as_("vera")
    html = browser.get("/learn").text
    for chart in dashboard.CHARTS:
        assert f'id="c-{chart}"' in html
        assert browser.get(f"/learn/{chart}.csv").status_code == 200
    assert browser.get("/learn/nothing.csv").status_code == 404


@pytest.mark.parametrize("query", ["days=8", "days=x", "treatments=-1", "treatments=1e9", "treatment=other"])
def test_a_question_that_cannot_be_is_refused(place: Place, query: str) -> None:
    assert place.as_("vera").get(f"/learn?{query}").status_code == 400


def test_what_lies_outside_the_period_does_not_count(place: Place) -> None:
    made.quiet(place.database, place.clock.now - timedelta(days=10))
    assert table(place, "levels", "?days=7") == []
    assert len(table(place, "levels", "?days=30")) == 1


def test_pictures_are_well_formed_and_escaped() -> None:
    evil = "<script>&\"'"
    pictures = [
        bars(evil, [(evil, 3, "a"), ("zero", 0, "a")]),
        whiskers(evil, [Interval(evil, 5, 1, 9, own=True)]),
        bars("none", []),
    ]
    for picture in pictures:
        assert ET.fromstring(str(picture)).tag == "svg"
        assert "<script" not in picture
    both = stacked(evil, ["2026-11-24"], [(evil, "a", {"2026-11-24": 3})])
    assert "<script" not in both and both.count("<rect") == 1


def test_the_recall_of_dangers_is_that_of_the_last_evaluation(tmp_path: Path) -> None:
    share = {"hits": 19, "total": 20, "value": 0.95, "bounds": [0.764, 0.991]}
    sets = [{"name": "exam", "arm": arm, "figures": {"emergency_recall": share}} for arm in ("ours", "stock Rasa")]
    report = tmp_path / "evaluation.json"
    report.write_text(json.dumps({"made": "1 May 2026", "sets": sets}))
    assert measured.red_flag_recall(report) == [measured.Recall("exam", "1 May 2026", 19, 20, 0.764, 0.991)]


@pytest.mark.parametrize("content", [None, "", "[]", '{"sets": [{"arm": "ours"}], "made": "today"}'])
def test_what_was_not_measured_is_no_recall(tmp_path: Path, content: str | None) -> None:
    report = tmp_path / "evaluation.json"
    if content is not None:
        report.write_text(content)
    assert measured.red_flag_recall(report) == []


def test_the_scoreboard_says_whether_dangers_were_measured(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.pages.learn.red_flag_recall", list)
    assert "Not measured yet" in place.as_("vera").get("/learn").text
    one = measured.Recall("exam", "1 May 2026", 19, 20, 0.764, 0.991)
    monkeypatch.setattr("bot.console.pages.learn.red_flag_recall", lambda: [one])
    assert "19 of 20 emergencies" in place.as_("vera").get("/learn").text
