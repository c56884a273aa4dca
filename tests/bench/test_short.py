"""The short form of the evaluation, with the real model: does it measure, and is the page whole?"""

import json
from pathlib import Path

import pytest

from bench import encoders, evaluate
from bench.figures import LEVELS
from bench.report import of_others
from bench.samples import DEVELOPMENT
from bot.problem import Problem


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "SHORT_RESULTS", folder)
        evaluate.run(short=True, misses=True)
    return folder


def test_every_message_is_counted_once(written: Path) -> None:
    data = json.loads((written / "evaluation.json").read_text())
    [ours] = data["sets"]
    assert (ours["name"], ours["arm"]) == (DEVELOPMENT, "ours")
    assert sum(sum(ours["confusion"][label].values()) for label in LEVELS) == ours["messages"]
    assert data["intents"]["examples"] > 0


def test_the_page_stands_alone_and_names_every_miss(written: Path) -> None:
    page = (written / "evaluation.html").read_text()
    assert "<script" not in page and "http" not in page
    [ours] = json.loads((written / "evaluation.json").read_text())["sets"]
    assert all(miss["id"] in page for found in ours["misses"].values() for miss in found)


def test_what_was_measured_of_others_is_kept_with_its_day_for_the_same_messages_only(tmp_path: Path) -> None:
    ours = {"name": DEVELOPMENT, "arm": "ours", "figures": {"safe": {"total": 3}}}
    stock = {**ours, "arm": "stock Rasa, 20 epochs"}
    (tmp_path / "evaluation.json").write_text(json.dumps({"made": "1 May 2026", "sets": [ours, stock]}))
    (kept,) = of_others(tmp_path, ours)
    assert kept == {**stock, "arm": "stock Rasa, 20 epochs, of 1 May 2026"}
    assert of_others(tmp_path, {**ours, "figures": {"safe": {"total": 4}}}) == []
    (tmp_path / "evaluation.json").write_text(json.dumps({"made": "2 May 2026", "sets": [ours, kept]}))
    assert of_others(tmp_path, ours) == [kept]


def test_the_newest_model_is_asked_for_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MODELS", tmp_path)
    with pytest.raises(Problem, match="aftercare train"):
        evaluate.newest_model()


def test_ways_to_run_the_encoder_are_compared() -> None:
    table = encoders.report(rounds=1, step=40)
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "thread" in line]
    assert len(rows) == 3 and all(float(row[1].split()[0]) > 0 for row in rows)
    assert float(rows[2][2]) < float(rows[0][2])
    assert "last of the three layers alone" in table
