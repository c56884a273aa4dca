"""The arrows between the rooms: who may import whom, and where Rasa and its old libraries may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.paths import ROOT

OLD = {"rasa", "rasa_sdk", "tensorflow", "pydantic", "sanic", "keras"}
WEB = {"starlette", "uvicorn", "httpx", "sqlalchemy", "alembic", "spacy", "medspacy"}
ROOMS = {
    "bot/triage": set(),
    "bot/language": {"triage"},
    "bot/nlu": {"triage", "language"},
    "bot/records": {"triage"},
    "bot/alerts": {"records", "triage"},
    "bot/console": {"records", "triage", "alerts"},
    "bot/gateway": {"triage", "language", "records", "alerts", "console"},
    "bot/demo": {"triage", "records", "gateway", "supervisor"},
    "actions": {"triage", "language", "nlu"},
}
# bot/*.py beside the rooms: small things that any room may use.
COMMON = {"paths", "problem", "training"}


def imports(path: Path) -> Iterator[str]:
    """Yield every module name that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            if node.module == "bot":
                yield from (f"bot.{alias.name}" for alias in node.names)


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    allowed = ROOMS[room] | COMMON | {room.removeprefix("bot/")}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.startswith("bot.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS.keys() - {"bot/nlu", "actions"})
def test_only_nlu_and_actions_know_rasa(room: str) -> None:
    wrong = [f"{path.name}: {name}" for path in modules(room) for name in imports(path) if name.split(".")[0] in OLD]
    assert wrong == []


def test_triage_is_pure() -> None:
    wrong = [(path.name, name) for path in modules("bot/triage") for name in imports(path) if name.split(".")[0] in WEB]
    assert wrong == []


def test_every_room_is_there() -> None:
    assert [room for room in ROOMS if not modules(room)] == []


def test_the_gateway_listens_before_what_only_its_later_work_needs_is_loaded() -> None:
    code = "import sys, bot.gateway.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"sqlalchemy", "yaml", "httpx", "rich", "spacy", "apprise"}.isdisjoint(loaded.split())


def test_the_language_room_does_without_what_it_never_uses() -> None:
    code = "import sys, bot.language.understand; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "medspacy" in loaded.split()
    assert {"nltk", "scipy.stats", "sklearn", "tensorflow"}.isdisjoint(loaded.split())
