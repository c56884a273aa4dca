"""The whole product, started as a clinic would start it: gateway, Rasa and actions, on free ports."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bot.paths import ROOT
from bot.supervisor import free_port

START_SECONDS = 400  # includes training, where nothing was trained yet
PASSWORD = "a long password for tests"  # noqa: S105
STAFF = "nurse"


@dataclass
class Product:
    """A running product and the ways in that the tests use."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Product":
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(self.port), "--limits", "off"]
        command += ["--data-dir", str(self.data_dir)]
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process is None or self.process.poll() is None, self.log("serve")
            if self._status("/readyz") == 200:
                return
            time.sleep(0.3)
        raise AssertionError(f"not ready after {START_SECONDS} s:\n{self.log('serve')}\n{self.log('logs/rasa')}")

    def _status(self, path: str) -> int | None:
        try:
            return httpx.get(self.url + path, timeout=5).status_code
        except httpx.HTTPError:
            return None

    def log(self, name: str) -> str:
        path = self.data_dir / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else f"no {path}"

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def pids(self, name: str) -> list[int]:
        """Process ids of a child by a word of its command: "bot.gateway", "rasa_sdk", "rasa run"."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace") if entry.exists() else ""
            if name in words and self._is_ours(int(entry.parent.name)):
                found.append(int(entry.parent.name))
        return found

    def _is_ours(self, pid: int) -> bool:
        assert self.process is not None
        try:
            return os.getsid(pid) == os.getsid(self.process.pid)
        except ProcessLookupError:
            return False

    def kill(self, name: str) -> None:
        pids = self.pids(name)
        assert pids, f"no process {name!r} runs"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def add_staff(self, name: str = STAFF, role: str = "clinician") -> None:
        command = [sys.executable, "-m", "bot.cli", "staff", "add-user", name, "--role", role, "--password-stdin"]
        command += ["--data-dir", str(self.data_dir)]
        subprocess.run(command, cwd=ROOT, input=f"{PASSWORD}\n".encode(), check=True, capture_output=True)

    def patient(self) -> "Patient":
        return Patient(self)


class Patient:
    """One conversation through the chat API, as another program would hold it."""

    def __init__(self, product: Product) -> None:
        self.http = httpx.Client(base_url=product.url, timeout=60)
        answer = self.http.post("/api/conversations", json={})
        answer.raise_for_status()
        opened = answer.json()
        self.id: str = opened["conversation_id"]
        self.greeting: list[dict[str, Any]] = opened["replies"]
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def post(self, body: dict[str, Any]) -> httpx.Response:
        return self.http.post(f"/api/conversations/{self.id}/messages", json=body, headers=self.headers)

    def send(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.post({"id": str(uuid4()), **body})
        assert answer.status_code == 200, answer.text
        replies: list[dict[str, Any]] = answer.json()["replies"]
        assert replies, "a message was answered with nothing"
        return replies

    def say(self, text: str) -> list[dict[str, Any]]:
        return self.send({"text": text})

    def tap(self, *values: str) -> list[dict[str, Any]]:
        return self.send({"values": list(values)})

    def transcript(self) -> dict[str, Any]:
        answer = self.http.get(f"/api/conversations/{self.id}", headers=self.headers)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body


def results(replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the result cards among replies."""
    return [reply["result"] for reply in replies if reply["result"]]


def question(replies: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the question the replies end with, or None."""
    return next((reply for reply in reversed(replies) if reply["kind"] == "question"), None)
