"""The script of the demo: everything it names exists, and its people come one after the other."""

from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.console import training_data, words
from bot.demo import clinic
from bot.demo.fill import PEOPLE, meant
from bot.demo.folder import check_folder
from bot.demo.person import Person, read_people
from bot.paths import ROOT
from bot.problem import Problem
from bot.records import conversations
from bot.records.database import URL_VARIABLE, open_database
from bot.triage.protocol import Protocol

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)
EVERYONE = read_people(PEOPLE)


def test_there_are_about_forty_people_over_four_weeks(protocol: Protocol) -> None:
    zone = ZoneInfo(protocol.clinic["time_zone"])
    begins = [meant(person, NOW, zone) for person in EVERYONE]
    assert len(EVERYONE) >= 40 and begins == sorted(begins) and begins[-1] < NOW
    assert 21 <= (begins[-1] - begins[0]).days <= 30


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person.name)
def test_what_a_script_names_exists(person: Person, protocol: Protocol) -> None:
    assert {name.split(".")[0] for name in person.facts} <= protocol.facts.keys() | protocol.symptoms.keys()
    assert person.after.get("feedback") in (None, *words.FEEDBACK)
    intents = training_data.known_intents(ROOT / "data" / "nlu")
    for deed in person.clinic:
        assert deed["do"] in clinic.DEEDS and deed["by"] in clinic.COLLEAGUES
        known = {"call": words.CALLS, "close": words.OUTCOMES}.get(deed["do"])
        assert known is None or deed["outcome"] in known
        assert deed["do"] != "correct" or deed["intent"] in intents


def test_telephone_numbers_are_those_kept_for_fiction() -> None:
    numbers = [person.after["call_back"]["phone"] for person in EVERYONE if "call_back" in person.after]
    assert numbers and all(number.startswith("+1 503 555 01") for number in numbers)


def test_a_folder_with_conversations_is_refused(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    with database.write() as connection:
        conversations.create(connection, NOW)
    database.close()
    with pytest.raises(Problem, match="holds 1 conversations already"):
        check_folder(tmp_path)


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "new")
    (tmp_path / "alerts.yml").write_text("")
    with pytest.raises(Problem, match="not empty"):
        check_folder(tmp_path)


def test_the_records_of_a_server_are_never_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "postgresql://clinic")
    with pytest.raises(Problem, match=URL_VARIABLE):
        check_folder(tmp_path)
