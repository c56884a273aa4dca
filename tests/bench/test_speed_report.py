"""The speed report: tables with and without stock Rasa beside ours, and the picture."""

from pathlib import Path
from typing import Any

import pytest

from bench import RESULTS
from bench.speed import check, understood
from bench.speed_report import in_words, write
from bot.problem import Problem

SPREAD = {"middle": 2.0, "low": 1.5, "high": 2.5}
TIMES = {"p50": 20.0, "p95": 40.0, "p99": 60.0, "messages": 20}


def figures(*arms: str) -> dict[str, Any]:
    compared = SPREAD if len(arms) > 1 else None
    crowd = {"patients": 50, "every_s": 10.0, "errors": 0, **TIMES}
    return {
        "made": "1 December 2026",
        "machine": {"cores": 2, "memory_gb": 8, "python": "3.10", "load_before": 0.1},
        "training": {arm: {"wall": 100.0, "cpu": 90.0} for arm in arms},
        "start": {
            "ready_s": dict.fromkeys(arms, SPREAD),
            "gateway_answers_s": SPREAD,
            "conversation_opens_s": SPREAD,
            "ratio": compared,
        },
        "conversations": {
            "latency_ms": dict.fromkeys(arms, TIMES),
            "messages_per_second": dict.fromkeys(arms, SPREAD),
            "cpu_ms": {arm: {"rasa": 20.0, "actions": 8.0, "all": 28.0} for arm in arms},
            "p50_ratio": compared,
            "throughput_ratio": compared,
        },
        "emergency_ms": TIMES,
        "crowd": dict.fromkeys(arms, crowd),
        "by_turn_ms": {arm: {"3": 20.0, "300": 25.0} for arm in arms},
        "memory_mb": {arm: {"rasa": 500.0, "actions": 60.0} for arm in arms},
        "stored": {"conversations": 100_000, "p50_ms": {"full": SPREAD, "empty": SPREAD}, "ratio": SPREAD},
        "one_message_ms": {"bare spaCy": SPREAD},
        "understanding": understood(RESULTS / "evaluation.json"),
    }


def test_ours_stands_beside_stock_with_the_ratio_and_its_spread() -> None:
    written = in_words(figures("ours", "stock"))
    assert "| messages a second | 2.00 (1.50 to 2.50) | 2.00 (1.50 to 2.50) | 2.00 (1.50 to 2.50) |" in written
    assert "| ours | 20.0 | 25.0 | 1.25 |" in written
    assert "| processor time a message, ms, stock | – | 20.0 | 8.0 | – | 28.0 |" in written


def test_how_well_each_understands_stands_beside_how_fast_it_is() -> None:
    written = in_words(figures("ours", "stock"))
    assert "- Development set, ours (evaluation.md): emergencies caught " in written


def measured(**changed: Any) -> dict[str, Any]:
    """Figures of ours that a run could have."""
    ready = {"gateway_answers_s": {"middle": 0.5}, "ready_s": {"ours": {"middle": 20.0}}}
    seen = {"memory_mb": {"ours": {"gateway": 1.0, "rasa": 1.0, "actions": 1.0}}, "start": ready}
    return {**seen, "crowd": {"ours": {"errors": 0, "messages": 3}}, **changed}


def test_figures_of_a_run_that_worked_are_believed() -> None:
    check(measured())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"crowd": {"ours": {"errors": 1, "messages": 3}}}, "no answer"),
        ({"crowd": {"ours": {"errors": 0, "messages": 0}}}, "no answer"),
        ({"memory_mb": {"ours": {"gateway": 1.0, "actions": 1.0}}}, "process"),
        ({"start": {"gateway_answers_s": {"middle": 30.0}, "ready_s": {"ours": {"middle": 20.0}}}}, "before Rasa"),
    ],
)
def test_figures_of_a_run_that_cannot_be_right_are_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Problem, match=reason):
        check(measured(**changed))


def test_without_stock_its_column_is_empty() -> None:
    assert "| p95, ms | 40.0 | – | – |" in in_words(figures("ours"))


@pytest.mark.parametrize("arms", [("ours",), ("ours", "stock")])
def test_the_three_files_are_written(arms: tuple[str, ...], tmp_path: Path) -> None:
    paths = write(figures(*arms), tmp_path)
    assert [path.name for path in paths] == ["speed.json", "speed.md", "speed.png"]
    assert all(path.stat().st_size > 100 for path in paths)
