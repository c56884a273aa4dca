"""`aftercare demo`: a filled folder, conversations at the time of the script, and nothing left running."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from bot.console.app import create_console
from bot.paths import ROOT
from bot.records.contacts import Seal
from bot.records.database import open_database
from bot.triage.protocol import Protocol
from tests.console.conftest import Browser

COMMAND = [sys.executable, "-m", "bot.cli", "demo"]
PEOPLE = 6


def processes_of(folder: Path) -> list[str]:
    """Return the commands of running processes that name a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and str(os.getpid()) != entry.parent.name:
            found.append(words)
    return found


def test_a_demo_is_made_looked_at_and_not_made_twice(tmp_path: Path, protocol: Protocol) -> None:
    folder = tmp_path / "demo"
    command = [*COMMAND, "--data-dir", str(folder), "--patients", str(PEOPLE)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert made.returncode == 0, made.stderr
    assert f"aftercare serve --data-dir {folder}" in made.stdout and processes_of(folder) == []
    password = re.search(r"password (\S+) ", made.stdout).group(1)

    database = open_database(folder)
    console = Starlette(routes=[Mount("/staff", create_console(database, protocol, Seal(folder)))])
    browser = Browser(TestClient(console, base_url="https://clinic.example", follow_redirects=False))
    assert browser.log_in("demo", password).status_code == 303
    queue = browser.get("/").text
    levels = re.findall(r'data-level="([^"]+)"', queue)
    assert levels[0] == "Emergency" and {"Doctor today", "Clinic today"} <= set(levels)
    assert "Stopped before the end" in queue and "Asked to be called back" in queue and "Robin Park" in queue
    for path in ("/search", "/learn", "/improve", "/people", "/audit"):
        assert browser.get(path).status_code == 200
    with database.read() as connection:
        begun = connection.exec_driver_sql("SELECT min(started_at), max(started_at) FROM conversations").one()
    database.close()
    first, last = (datetime.fromisoformat(text).replace(tzinfo=timezone.utc) for text in begun)
    assert timedelta(minutes=90) < last - first < timedelta(hours=3)

    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 1 and f"holds {PEOPLE} conversations already" in again.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_half_way_it_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "demo"
    command = [*COMMAND, "--data-dir", str(folder)]
    # A runner that was started in the background hands down that Ctrl-C is ignored.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    output: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, preexec_fn=heard, **output) as running:
        end = time.monotonic() + 120
        while len(processes_of(folder)) < 3 and time.monotonic() < end:
            time.sleep(0.2)
        running.send_signal(number)
        said, _ = running.communicate(timeout=60)
    assert running.returncode != 0 and "Traceback" not in said, said
    assert processes_of(folder) == [] and not folder.exists()
