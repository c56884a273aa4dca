"""The folder of the demo: nothing else is touched, and what is left half-way is taken away."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

from bot.problem import Problem
from bot.records.database import FILE, URL_VARIABLE


def check_folder(data_dir: Path) -> None:
    """Raise Problem unless a folder is new or empty, and the records will be kept in it and nowhere else."""
    if os.environ.get(URL_VARIABLE):
        raise Problem(f"the demo keeps its records in its own folder; run it without {URL_VARIABLE}")
    if not data_dir.exists():
        return
    if not data_dir.is_dir():
        raise Problem(f"{data_dir} is not a folder; choose another one with --data-dir")
    if held := _conversations(data_dir / FILE):
        raise Problem(f"{data_dir} holds {held} conversations already; choose another folder with --data-dir")
    if any(data_dir.iterdir()):
        raise Problem(f"{data_dir} is not empty; choose a new folder with --data-dir")


def _conversations(file: Path) -> int:
    """Return how many conversations a database holds, without changing it; 0 when it is none."""
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM conversations").fetchone()[0])
    except sqlite3.Error:
        return 0


@contextmanager
def undone_on_failure(data_dir: Path) -> Iterator[None]:
    """Take away what was written when it could not be finished; the folder was new or empty."""
    was_there = data_dir.exists()
    try:
        yield
    except BaseException:
        shutil.rmtree(data_dir, ignore_errors=True)
        if was_there:
            data_dir.mkdir(parents=True, exist_ok=True)
        raise


@contextmanager
def stopped_by_terminate() -> Iterator[None]:
    """Let SIGTERM stop the command as Ctrl-C does: in order, with every process it started."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
