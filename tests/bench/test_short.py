"""The short form of the evaluation, with the real model: does it measure, and is the page whole?"""

import json
from pathlib import Path

import pytest
import yaml

from bench import encoders, evaluate, speed
from bench.figures import LEVELS
from bench.samples import DEVELOPMENT
from bench.speed_report import in_words
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


def test_the_newest_model_is_asked_for_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MODELS", tmp_path)
    with pytest.raises(Problem, match="aftercare train"):
        evaluate.newest_model()


def test_ways_to_run_the_encoder_are_compared() -> None:
    table = encoders.report(rounds=1, step=40)
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "thread" in line]
    assert len(rows) == 3 and all(float(row[1].split()[0]) > 0 for row in rows)
    assert float(rows[2][2]) < float(rows[0][2])


def test_the_speed_of_the_whole_product_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "FOLDER", tmp_path)
    # Training anew takes minutes, and the session's model was trained the same way.
    monkeypatch.setattr(speed, "_training", lambda stock: {"ours": {"cpu": 1.0}})
    script = yaml.safe_load(speed.SCRIPT.read_text(encoding="utf-8"))
    data = speed.measure(speed.SHORT, script["turns"], script["emergency"], stock=False)
    assert 0 < data["start"]["gateway_answers_s"]["middle"] < data["start"]["ready_s"]["ours"]["middle"]
    assert data["crowd"]["ours"]["errors"] == 0 and data["crowd"]["ours"]["messages"] > 0
    assert set(data["memory_mb"]["ours"]) >= {"gateway", "rasa", "actions"}
    assert "messages a second" in in_words(data)
