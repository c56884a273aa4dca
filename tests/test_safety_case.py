"""The safety documents: current, complete, and honest about what has no home."""

import shutil
from pathlib import Path

import pytest

from bot import rule_change, safety_case
from bot.paths import PROTOCOL
from bot.problem import Problem
from bot.triage.content import Entry, ProtocolError
from bot.triage.model import Protocol


def test_the_documents_in_docs_say_what_the_protocol_says() -> None:
    assert safety_case.stale() == [], "run: make docs"


def test_every_rule_names_where_it_comes_from_and_its_cases() -> None:
    rows = list(safety_case.rule_rows(safety_case.load_protocol(PROTOCOL)))
    assert [row.rule.id for row in rows if not (row.origin and row.rule.hazard and row.fires and row.misses)] == []


def test_a_statement_without_a_home_is_refused(protocol: Protocol) -> None:
    homeless = {"coverage": {"statements": [Entry(id="S1-99")]}, "conflicts": {"conflicts": []}}
    with pytest.raises(ProtocolError, match="S1-99: nothing carries this"):
        safety_case.check_carriers(protocol, homeless)  # type: ignore[arg-type]


def test_a_statement_carried_by_an_unknown_rule_is_refused(protocol: Protocol) -> None:
    wrong = {"coverage": {"statements": [Entry(id="S1-99", rules=["HEA-99"])]}, "conflicts": {"conflicts": []}}
    with pytest.raises(ProtocolError, match="HEA-99"):
        safety_case.check_carriers(protocol, wrong)  # type: ignore[arg-type]


def test_a_changed_threshold_shows_which_cases_go_up(tmp_path: Path) -> None:
    changed = Path(shutil.copytree(PROTOCOL, tmp_path / "new"))
    clinic = changed / "clinic.yml"
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(
        text.replace("soreness_hours:\n    {value: 48", "soreness_hours:\n    {value: 24"), encoding="utf-8"
    )
    found = rule_change.changes(PROTOCOL, changed)
    assert found and {change.direction for change in found} == {"up"}
    assert "Lower: 0" in rule_change.in_words(found) and "SOR-8" in rule_change.in_words(found)


def test_the_same_protocol_changes_nothing() -> None:
    assert rule_change.changes(PROTOCOL, PROTOCOL) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="is not a folder"):
        rule_change.changes(PROTOCOL, tmp_path / "nowhere")
