"""What the product needs to run, looked at one by one."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.paths import PROTOCOL
from bot.problem import Problem
from bot.supervisor import check_port
from bot.training import trained_model


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, and what was found or must be done."""

    what: str
    well: bool
    note: str


def examine(data_dir: Path) -> Iterator[Finding]:
    """Look at Python, protocol, sentence encoder, language model, database and port, one finding each."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        ("protocol", _protocol),
        ("sentence encoder", _encoder),
        ("language model", lambda: trained_model().name),
        ("database", lambda: _database(data_dir)),
        ("port 8000", _port),
    ]
    for what, check in checks:
        try:
            yield Finding(what, True, check())
        except (Problem, ValueError, OSError, RuntimeError, ImportError) as problem:
            yield Finding(what, False, str(problem))


def _python() -> str:
    if sys.version_info[:2] != (3, 10):
        raise Problem(f"Rasa needs Python 3.10, this is {sys.version.split()[0]}; run make setup")
    return sys.version.split()[0]


def _protocol() -> str:
    from bot.triage.protocol import load_protocol

    protocol = load_protocol(PROTOCOL)
    return f"version {protocol.version}, {len(protocol.symptoms)} symptoms, {len(protocol.rules)} rules"


def _encoder() -> str:
    from bot.nlu import encoder

    return f"a sentence becomes {len(encoder.load()(['hello'])[0])} numbers"


def _database(data_dir: Path) -> str:
    from bot.records.database import database_url, open_database

    data_dir.mkdir(parents=True, exist_ok=True)
    open_database(database_url(data_dir)).close()
    return str(data_dir)


def _port() -> str:
    check_port("127.0.0.1", 8000)
    return "free"
