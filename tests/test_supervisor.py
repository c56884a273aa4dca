"""The product's processes: who starts when, and what is started again."""

import asyncio
import sys
from pathlib import Path

from bot.supervisor import LOOPBACK, Child, Supervisor, free_port

ANSWER_LATE = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
asked, _ = server.accept()
time.sleep(0.5)
asked.sendall(b"HTTP/1.1 503 Service Unavailable\\r\\n\\r\\n")
"""
NOTE = "open(sys.argv[2], 'a').write(sys.argv[3] + '\\n'); time.sleep(60)"


def child(folder: Path, name: str, port: int, code: str) -> Child:
    """A process that notes its name, once it has answered if it does so at all."""
    command = [sys.executable, "-c", code, str(port), str(folder / "started"), name]
    return Child(name, command, {}, folder / f"{name}.log")


async def run_until(supervisor: Supervisor, lines: int, noted: Path) -> list[str]:
    running = asyncio.create_task(supervisor.run())
    for _ in range(200):
        if noted.exists() and len(noted.read_text().split()) >= lines:
            break
        await asyncio.sleep(0.05)
    supervisor.stopping.set()
    await running
    return noted.read_text().split()


def test_what_patients_reach_answers_before_the_rest_starts(tmp_path: Path) -> None:
    port = free_port()
    gateway = child(tmp_path, "gateway", port, ANSWER_LATE + NOTE)
    gateway.listens = LOOPBACK, port
    rasa = child(tmp_path, "rasa", port, "import sys, time; " + NOTE)
    supervisor = Supervisor([gateway, rasa])
    assert asyncio.run(run_until(supervisor, 2, tmp_path / "started")) == ["gateway", "rasa"]
    assert supervisor.listening.is_set()
    assert all(one.process is not None and one.process.returncode is not None for one in supervisor.children)


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    short = child(tmp_path, "actions", 0, "import sys, time; " + NOTE.replace("60", "0"))
    assert asyncio.run(run_until(Supervisor([short]), 2, tmp_path / "started")) == ["actions", "actions"]
    assert short.restarts >= 1
