"""Running the product's three processes: start, watch, restart what dies, and stop cleanly."""

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.paths import ROOT
from bot.problem import Problem
from bot.training import QUIET

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 10
LONGEST_WAIT = 30.0
STEADY_SECONDS = 60
ALONE_SECONDS = 10
ANSWER_SECONDS = 1


@dataclass
class Child:
    """One supervised process; its output goes to a log file only its owner may read.

    listens: its address; the others start when something answers there.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    listens: tuple[str, int] | None = None
    process: asyncio.subprocess.Process | None = None
    restarts: int = field(default=0)

    async def start(self) -> asyncio.subprocess.Process:
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, cwd=ROOT, env=dict(self.environment), stdout=output, stderr=output
            )
        finally:
            os.close(output)
        return self.process

    async def stop(self) -> None:
        """Ask the process to stop, and end it when it does not within STOP_SECONDS."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = asyncio.Event()
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Start every child and restart those that die, until SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        watchers: list[asyncio.Task[None]] = []
        for child in self.children:
            watchers.append(asyncio.create_task(self._watch(child)))
            await self._let_begin(child)
        self.listening.set()
        await self.stopping.wait()
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in self.children))

    async def _let_begin(self, child: Child) -> None:
        """Leave the machine to one child until it answers, for ALONE_SECONDS at most."""
        end = time.monotonic() + ALONE_SECONDS
        while child.listens and time.monotonic() < end and not self.stopping.is_set():
            try:
                await asyncio.wait_for(_answer(*child.listens), ANSWER_SECONDS)
            except (OSError, asyncio.TimeoutError):
                await asyncio.sleep(0.05)
            else:
                return

    async def _watch(self, child: Child) -> None:
        wait = 1.0
        while True:
            began = time.monotonic()
            process = await child.start()
            code = await process.wait()
            wait = 1.0 if time.monotonic() - began > STEADY_SECONDS else min(wait * 2, LONGEST_WAIT)
            child.restarts += 1
            print(f"aftercare: {child.name} stopped (exit {code}), starting it again; see {child.log}", flush=True)
            await asyncio.sleep(wait)


async def _answer(host: str, port: int) -> None:
    """Ask a web server whether it is ready; whatever it says, it has loaded what answers."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the connection was closed without an answer") from error
    finally:
        writer.close()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(host: str, port: int) -> None:
    """Raise Problem when the port is taken or may not be used."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(f"cannot listen on {host}:{port} ({error.strerror}); choose another with --port") from None


def product(
    host: str, port: int, data_dir: Path, model: Path, limits: bool, module: str = "bot.gateway"
) -> list[Child]:
    """Return the three processes of the product: gateway, Rasa's actions, Rasa; the last two on loopback only.

    module: runs as the gateway.
    """
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    rasa_port, actions_port = free_port(), free_port()
    endpoints = _endpoints(data_dir, actions_port)
    environment = {
        **os.environ,
        **QUIET,
        "AFTERCARE_CHANNEL_KEY": secrets.token_urlsafe(32),
        "AFTERCARE_DATA_DIR": str(data_dir),
        "AFTERCARE_RASA_URL": f"http://{LOOPBACK}:{rasa_port}",
        "AFTERCARE_ACTIONS_URL": f"http://{LOOPBACK}:{actions_port}",
        "SANIC_HOST": LOOPBACK,
    }
    python = sys.executable
    gateway = [python, "-m", module, "--host", host, "--port", str(port), "--data-dir", str(data_dir)]
    actions = [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions_port)]
    rasa = [python, "-m", "rasa", "run", "-i", LOOPBACK, "-p", str(rasa_port), "-m", str(model)]
    rasa += ["--endpoints", str(endpoints), "--response-timeout", "30", "--quiet"]
    commands = {"gateway": [*gateway, *([] if limits else ["--limits", "off"])], "actions": actions, "rasa": rasa}
    children = [Child(name, command, environment, logs / f"{name}.log") for name, command in commands.items()]
    # A patient who comes while Rasa loads is answered, so the gateway comes first.
    children[0].listens = host, port
    return children


def _endpoints(data_dir: Path, actions_port: int) -> Path:
    """Write the endpoints file of this run: the project's own, with the port the actions got."""
    path = data_dir / "endpoints.yml"
    written = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    path.write_text(written.replace("http://localhost:5055", f"http://{LOOPBACK}:{actions_port}"), encoding="utf-8")
    return path
