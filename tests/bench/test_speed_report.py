"""The speed report: tables with and without stock Rasa beside ours, and the picture."""

from pathlib import Path
from typing import Any

import pytest

from bench import RESULTS
from bench.speed import understood
from bench.speed_report import in_words, write

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


def test_without_stock_its_column_is_empty() -> None:
    assert "| p95, ms | 40.0 | – | – |" in in_words(figures("ours"))


@pytest.mark.parametrize("arms", [("ours",), ("ours", "stock")])
def test_the_three_files_are_written(arms: tuple[str, ...], tmp_path: Path) -> None:
    paths = write(figures(*arms), tmp_path)
    assert [path.name for path in paths] == ["speed.json", "speed.md", "speed.png"]
    assert all(path.stat().st_size > 100 for path in paths)
