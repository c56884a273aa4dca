"""Turning corrections into training examples and conversation tests, checked before anyone gets them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.records.database import Row
from bot.triage.finding import ASSERTIONS

INTENT, FINDING = "intent", "finding"
MARKUP = re.compile(r"[\[\]{}<>`|]")
PRIVATE = (
    re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"https?://\S+|www\.\S+"),
    re.compile(r"(?<!\w)\+?\d[\d ()/.-]{6,}\d"),
)
LIST = "nlu"


class DataError(ValueError):
    """Corrections that cannot be exported as they are; the message says which and why."""


@lru_cache(maxsize=4)
def known_intents(folder: Path) -> Mapping[str, frozenset[str]]:
    """Return the examples of every intent in a folder of Rasa training files, in lower case; read once."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for entry in content.get(LIST) or ():
            if "intent" in entry:
                found.setdefault(entry["intent"], set()).update(_examples(entry))
    return {intent: frozenset(examples) for intent, examples in found.items()}


def example(text: str) -> str:
    """Return a patient's words as one line for training: no markup, no telephone numbers or addresses.

    Returns "" when nothing is left to learn from.
    """
    for private in PRIVATE:
        text = private.sub(" ", text)
    line = " ".join(MARKUP.sub(" ", text).split()).lstrip("-#/!? ")
    return line if re.search(r"[^\W\d_]", line) else ""


def nlu_yaml(corrections: Iterable[Row], texts: Mapping[str, str], known: Mapping[str, frozenset[str]]) -> str:
    """Return the corrected intents as a Rasa training file.

    texts: what the patient wrote, by message id. known: `known_intents` of the project. Raises DataError for an
    intent that does not exist, and for words that are an example of another intent already.
    """
    wanted: dict[str, str] = {}
    for correction in corrections:
        if correction["kind"] == INTENT:
            line = example(texts.get(correction["message_uuid"], ""))
            if line:
                wanted[line] = str(correction["after"])
    by_intent: dict[str, list[str]] = {}
    for line, intent in wanted.items():
        _check_example(line, intent, known)
        if line.lower() not in known[intent]:
            by_intent.setdefault(intent, []).append(line)
    written = [f"  - intent: {intent}\n    examples: |\n{_lines(lines)}" for intent, lines in sorted(by_intent.items())]
    text = 'version: "3.1"\n\n' + ("nlu:\n" + "\n".join(written) if written else "nlu: []\n")
    _read_back(text, by_intent)
    return text


def tests_yaml(conversations: Iterable[tuple[str, list[str], list[Row]]]) -> str:
    """Return corrected conversations as tests: what the patient wrote, and what must be understood.

    conversations: (id, the patient's messages up to the corrected one, its corrections). The turns go into
    `aftercare assess` as they are.
    """
    tests = []
    for conversation_id, turns, corrections in conversations:
        expected: dict[str, Any] = {}
        for correction in corrections:
            if correction["kind"] == INTENT:
                expected["intent"] = correction["after"]
            else:
                expected.setdefault("findings", []).append(correction["after"])
        lines = [line for line in (example(turn) for turn in turns) if line]
        if lines:
            tests.append({"id": f"corrected-{conversation_id[:8]}", "turns": lines, "expect": expected})
    return yaml.safe_dump(tests, sort_keys=False, allow_unicode=True, width=120)


def checked_finding(name: str, assertion: str, words: str, text: str, facts: Iterable[str]) -> dict[str, str]:
    """Return a corrected finding. Raises DataError for an unknown one or words that are not in the message."""
    if name not in set(facts):
        raise DataError(f"there is no finding {name!r}")
    if assertion not in ASSERTIONS:
        raise DataError(f"a finding is one of {', '.join(ASSERTIONS)}")
    if words.lower() not in text.lower():
        raise DataError("the words must be written as they are in the message")
    return {"finding": name, "assertion": assertion, "text": words}


def _examples(entry: Mapping[str, Any]) -> Iterable[str]:
    lines = str(entry.get("examples") or "").splitlines()
    return (line.strip().removeprefix("- ").strip().lower() for line in lines if line.strip())


def _check_example(line: str, intent: str, known: Mapping[str, frozenset[str]]) -> None:
    if intent not in known:
        raise DataError(f"there is no intent {intent!r}")
    others = sorted(name for name, examples in known.items() if name != intent and line.lower() in examples)
    if others:
        raise DataError(f"“{line}” is an example of {others[0]} already; decide which is right in data/nlu")


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"      - {line}\n" for line in lines)


def _read_back(text: str, by_intent: Mapping[str, list[str]]) -> None:
    """Read the file as Rasa will; what comes back must be what went in."""
    found = {entry["intent"]: list(_examples(entry)) for entry in yaml.safe_load(text)[LIST]}
    if found != {intent: [line.lower() for line in lines] for intent, lines in by_intent.items()}:
        raise DataError("the examples do not survive being written as YAML")
