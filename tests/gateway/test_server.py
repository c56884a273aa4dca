"""The gateway as the process that `aftercare serve` starts, with the real language room and staff console."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from bot.paths import ROOT
from bot.records.database import FILE
from tests.gateway.standin import eventually, free_port

COMMAND = [sys.executable, "-m", "bot.gateway"]


@contextmanager
def process(data_dir: Path) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]"]]:
    port = free_port()
    environment = {**os.environ, "AFTERCARE_RASA_URL": "http://127.0.0.1:1", "OMP_NUM_THREADS": "1"}
    command = [*COMMAND, "--port", str(port), "--data-dir", str(data_dir), "--limits", "off"]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            eventually(lambda: answers(http), 20)
            yield http, running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def test_an_emergency_gets_its_card_before_rasa_was_ever_there(data_dir: Path) -> None:
    with process(data_dir) as (http, running):
        created = http.post("/api/conversations", json={}).json()
        path, headers = (
            f"/api/conversations/{created['conversation_id']}",
            {"Authorization": f"Bearer {created['token']}"},
        )
        body = {"id": str(uuid4()), "text": "I can't breathe and my chest hurts, they needled my upper back"}
        eventually(lambda: http.get("/readyz").json()["content"], 60)
        answer = http.post(path + "/messages", json=body, headers=headers)
        assert answer.status_code == 200
        card = answer.json()["replies"][0]
        assert card["result"]["level"] == "emergency" and card["result"]["call"]["tel"]
        eventually(lambda: http.get("/staff/", follow_redirects=True).status_code == 200, 20)
        with http.stream("GET", path + "/events", headers=headers) as stream:
            next(stream.iter_lines())
            began = time.monotonic()
            running.send_signal(signal.SIGTERM)
            running.wait(15)
        assert time.monotonic() - began < 10
    assert {path.stat().st_mode & 0o077 for path in data_dir.glob("*.key")} == {0}


def test_a_data_directory_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "--data-dir" in reason_to_stop(tmp_path / "file")


def test_a_database_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("not a database, whatever it is called, and long enough to be read as one" * 9)
    assert "--data-dir" in reason_to_stop(tmp_path)


def reason_to_stop(data_dir: Path) -> str:
    """The last line a gateway writes that cannot start."""
    command = [*COMMAND, "--port", str(free_port()), "--data-dir", str(data_dir)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("aftercare: ")
    return last
