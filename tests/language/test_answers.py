"""Typed answers to a question."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from bot.language.answers import read_answer
from bot.paths import PROTOCOL
from bot.triage.protocol import load_protocol
from bot.triage.questions import Option, Question
from tests.language.conftest import NOW, rows


def _question(name: str, kind: str, multiple: bool, options: list[tuple[str, str, dict[str, Any]]]) -> Question:
    made = tuple(Option(value, label, facts) for value, label, facts in options)
    return Question(name, "?", "", kind, multiple, made, frozenset(fact for o in made for fact in o.set))


QUESTIONS = {
    "eases": _question(
        "eases",
        "choice",
        False,
        [("yes", "Yes", {"nothing_eases": False}), ("no", "No, nothing", {"nothing_eases": True})],
    ),
    "skin": _question(
        "skin",
        "choice",
        True,
        [
            ("warm", "Warm or hot", {"site_warm": True}),
            ("itch", "Itchy", {"itch": True}),
            ("pus", "Pus or fluid comes out", {"pus": True}),
        ],
    ),
    "how_bad": _question(
        "how_bad",
        "scale",
        False,
        [
            ("mild", "0 to 3, mild", {"soreness.severity": [0, 3]}),
            ("moderate", "4 to 6, it bothers me", {"soreness.severity": [4, 6]}),
            ("severe", "7 or 8, severe", {"soreness.severity": [7, 8]}),
            ("extreme", "9 or 10, the worst", {"soreness.severity": [9, 10]}),
        ],
    ),
    "session": _question(
        "session",
        "choice",
        False,
        [
            ("day_1", "In the last 24 hours", {"session": {"hours_ago": [0, 23]}}),
            ("day_2", "1 to 2 days ago", {"session": {"hours_ago": [24.1, 47]}}),
            ("day_3", "2 to 3 days ago", {"session": {"hours_ago": [48.1, 71]}}),
            ("week_1", "3 to 7 days ago", {"session": {"hours_ago": [72.1, 167]}}),
        ],
    ),
}


@pytest.mark.parametrize("row", rows("answers.yml"), ids=lambda row: f"{row['question']}: {row['text']}")
def test_typed_answers(row: dict[str, Any]) -> None:
    found = read_answer(row["text"], QUESTIONS[row["question"]], NOW)
    expected = {fact: value for fact, value in row.items() if fact not in ("question", "text")}
    if not expected:
        assert found is None
        return
    assert found is not None
    said = {f.finding: f.value if isinstance(f.value, list) else f.assertion for f in found}
    assert said == {fact: _as_time(value) if fact == "session" else value for fact, value in expected.items()}


def _as_time(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [(NOW - timedelta(hours=ago)).isoformat() for ago in reversed(value)]


def test_a_long_story_is_no_answer() -> None:
    assert read_answer("yes " + "and then something else happened " * 10, QUESTIONS["eases"], NOW) is None


def test_answers_need_no_spacy() -> None:

    code = "import sys, bot.language.answers; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text", ["forgot to say, I'm on warfarin", "hang on, kettle's boiling", "just a bit of bruising"]
)
def test_a_message_that_is_about_something_else_denies_nothing(text: str) -> None:
    protocol = load_protocol(PROTOCOL)
    for question in (protocol.check, protocol.questions["bruise_also"]):
        assert read_answer(text, question, NOW) is None


def test_none_of_them_and_then_something_else_is_none() -> None:
    check = load_protocol(PROTOCOL).check
    found = read_answer("None of them. Actually, it's bigger than my palm", check, NOW)
    assert found and {finding.assertion for finding in found} == {"absent"}
