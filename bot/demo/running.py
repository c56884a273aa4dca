"""The whole product, started as a clinic would start it, on a free port of this machine and without rate limits."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from bot.paths import ROOT
from bot.problem import Problem
from bot.supervisor import LOOPBACK, free_port

START_SECONDS = 400  # includes training, where nothing was trained yet
STOP_SECONDS = 30
LOG_TAIL = 4000


@dataclass
class RunningProduct:
    """Gateway, Rasa and actions over a data directory; a context that starts them and leaves none behind."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The product's address."""
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> "RunningProduct":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the processes and wait until they can answer. Raises Problem when they do not."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.data_dir / "serve.log").open("ab") as log:
            # A session of its own: Ctrl-C reaches only the program that started it, which then stops it in order.
            self.process = subprocess.Popen(self.command(), cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_ready()

    def command(self) -> list[str]:
        """Return the command that runs the product."""
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(self.port), "--limits", "off"]
        return [*command, "--data-dir", str(self.data_dir)]

    def wait_until_ready(self) -> None:
        """Wait until the product can answer. Raises Problem when it stopped or takes too long."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise Problem(f"the product stopped while starting: {self.log('serve')}")
            if self._status("/readyz") == 200:
                return
            time.sleep(0.3)
        raise Problem(f"not ready after {START_SECONDS} s:\n{self.log('serve')}\n{self.log('logs/rasa')}")

    def stop(self) -> int:
        """Stop every process and return the exit code of the first; what does not stop in time is ended."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait()

    def log(self, name: str) -> str:
        """Return the end of a log file of the data directory, such as "serve" or "logs/rasa"."""
        path = self.data_dir / f"{name}.log"
        return path.read_text(errors="replace")[-LOG_TAIL:] if path.exists() else f"no {path}"

    def _status(self, path: str) -> int | None:
        try:
            return httpx.get(self.url + path, timeout=5).status_code
        except httpx.HTTPError:
            return None
