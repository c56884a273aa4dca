"""The two servers that are compared, started as they would be for patients, on free loopback ports."""

import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import uuid4

import httpx

from bot.paths import ROOT
from bot.problem import Problem
from bot.supervisor import LOOPBACK, free_port
from bot.training import QUIET

START_SECONDS = 300
PATIENCE = 120
STOP_SECONDS = 30
LOOK_AGAIN = 0.05
ALIVE, OPENS, READY = "alive", "opens", "ready"


class Server(ABC):
    """A running server and its processes; `with server:` starts and stops it.

    seconds: how long after the start it could do what `paths` names.
    """

    name: str
    # What it can do so far, and the path that answers with 200 from then on; `READY` is the last.
    paths: Mapping[str, str]
    # What its processes are told beside the environment of this one.
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.seconds: dict[str, float] = {}
        # One client: each new one would read the system's certificates, and take the processor from what starts.
        self.looks = httpx.Client(base_url=self.url, timeout=5)
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def commands(self) -> list[list[str]]:
        """Return the commands that make up the server."""

    @abstractmethod
    def conversation(self) -> "Talk":
        """Open a conversation."""

    def __enter__(self) -> "Server":
        began = time.monotonic()
        environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), **self.environment}
        with (self.folder / "server.log").open("ab") as log:
            for command in self.commands():
                self.processes.append(
                    subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
                )
        self._wait(began)
        return self

    def _wait(self, began: float) -> None:
        while time.monotonic() - began < START_SECONDS:
            if any(process.poll() is not None for process in self.processes):
                break
            for what, path in self.paths.items():
                if what not in self.seconds and self._answers(path):
                    self.seconds[what] = time.monotonic() - began
            if READY in self.seconds:
                return
            time.sleep(LOOK_AGAIN)
        self.__exit__()
        raise Problem(f"{self.name} did not start; see {self.folder}")

    def _answers(self, path: str) -> bool:
        try:
            return self.looks.get(path).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes = []

    def memory(self) -> dict[str, float]:
        """Return the resident memory of each process in MB, by what it is."""
        return {kind: resident for kind, resident in map(_memory, self._members()) if kind}

    def cpu(self) -> dict[str, float]:
        """Return the seconds of processor time that each process has used, by what it is."""
        return {kind: used for kind, used in map(_cpu, self._members()) if kind}

    def _members(self) -> list[int]:
        return _members({process.pid for process in self.processes})


def _members(sessions: set[int]) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) in sessions:
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found


def _memory(pid: int) -> tuple[str, float]:
    status = _read(pid, "status").splitlines()
    kilobytes = next((int(line.split()[1]) for line in status if line.startswith("VmRSS")), 0)
    return _kind(pid), kilobytes / 1024


def _cpu(pid: int) -> tuple[str, float]:
    counted = _read(pid, "stat").rpartition(")")[2].split()
    return _kind(pid), sum(map(int, counted[11:13])) / os.sysconf("SC_CLK_TCK")


def _kind(pid: int) -> str:
    kinds = {"bot.gateway": "gateway", "rasa_sdk": "actions", "rasa run": "rasa", "bot.cli": "supervisor"}
    command = _read(pid, "cmdline").replace("\0", " ")
    return next((kind for words, kind in kinds.items() if words in command), "")


def _read(pid: int, what: str) -> str:
    """Return one of the kernel's files on a process, "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Ours(Server):
    """The whole product: gateway, Rasa and actions, with its records."""

    name = "ours"
    paths: ClassVar = {ALIVE: "/healthz", OPENS: "/api/clinic", READY: "/readyz"}

    def commands(self) -> list[list[str]]:
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(self.port), "--limits", "off"]
        return [[*command, "--data-dir", str(self.folder)]]

    def conversation(self) -> "Talk":
        return OurTalk(httpx.Client(base_url=self.url, timeout=PATIENCE))


class Stock(Server):
    """Rasa's stock pipeline and policies behind its REST channel, with our actions."""

    name = "stock"
    paths: ClassVar = {READY: "/"}

    def __init__(self, folder: Path, model: Path) -> None:
        super().__init__(folder)
        self.model = model

    def commands(self) -> list[list[str]]:
        actions_port = free_port()
        endpoints, credentials = self.folder / "endpoints.yml", self.folder / "credentials.yml"
        endpoints.write_text(f"action_endpoint:\n  url: http://{LOOPBACK}:{actions_port}/webhook\n")
        credentials.write_text("rest:\n")
        rasa = [sys.executable, "-m", "rasa", "run", "-i", LOOPBACK, "-p", str(self.port), "-m", str(self.model)]
        rasa += ["--endpoints", str(endpoints), "--credentials", str(credentials), "--quiet"]
        actions = [sys.executable, "-m", "rasa_sdk", "--actions", "bench.stock_actions", "--port", str(actions_port)]
        return [actions, rasa]

    def conversation(self) -> "Talk":
        return StockTalk(httpx.Client(base_url=self.url, timeout=PATIENCE))


class Talk(ABC):
    """One conversation."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def say(self, text: str) -> float:
        """Send a message and return the seconds to its answer. Raises Problem when it is not answered."""
        path, body, headers = self.request(text)
        began = time.perf_counter()
        answer = self.http.post(path, json=body, headers=headers)
        seconds = time.perf_counter() - began
        if answer.status_code != httpx.codes.OK or not self.replies(answer.json()):
            raise Problem(f"{text!r} was answered with {answer.status_code} {answer.text[:200]}")
        return seconds

    @abstractmethod
    def request(self, text: str) -> tuple[str, dict[str, Any], Mapping[str, str]]:
        """Return path, body and headers of a message."""

    @abstractmethod
    def replies(self, answer: Any) -> list[Any]:
        """Return the replies of an answer."""


class OurTalk(Talk):
    """A conversation through the chat API."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        opened = http.post("/api/conversations", json={}).raise_for_status().json()
        self.path = f"/api/conversations/{opened['conversation_id']}/messages"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def request(self, text: str) -> tuple[str, dict[str, Any], Mapping[str, str]]:
        return self.path, {"id": str(uuid4()), "text": text}, self.headers

    def replies(self, answer: Any) -> list[Any]:
        return list(answer["replies"])


class StockTalk(Talk):
    """A conversation through Rasa's REST channel."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.sender = str(uuid4())

    def request(self, text: str) -> tuple[str, dict[str, Any], Mapping[str, str]]:
        return "/webhooks/rest/webhook", {"sender": self.sender, "message": text}, {}

    def replies(self, answer: Any) -> list[Any]:
        return list(answer)
