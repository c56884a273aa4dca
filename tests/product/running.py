"""The running product with the ways in that only tests use: its processes, and staff with a known password."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.demo.running import RunningProduct
from bot.demo.talk import Patient
from bot.paths import ROOT

PASSWORD = "a long password for tests"  # noqa: S105
STAFF = "nurse"


class Product(RunningProduct):
    """A running product whose processes can be found and killed."""

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

    def patient(self, zone: str | None = None) -> Patient:
        return Patient(self.url, zone)
