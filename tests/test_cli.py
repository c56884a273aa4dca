"""The commands: bad input gets one clear line that says what to do, and a non-zero exit."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.paths import ROOT

LINKED = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "requirements.lock", "data", "actions")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project without a trained model, to be broken by tests."""
    root = Path(tmp_path_factory.mktemp("project"))
    shutil.copytree(ROOT / "bot", root / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "protocol", root / "protocol")
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    return root


def aftercare(*arguments: str, root: Path = ROOT, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bot.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        command, cwd=root, env=environment, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def the_line(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line of an error; anything else, such as a traceback, fails."""
    assert done.returncode != 0, done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("aftercare: "), done.stderr
    return lines[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_in_use(taken_port: int, tmp_path: Path) -> None:
    line = the_line(aftercare("serve", "--port", str(taken_port), "--data-dir", str(tmp_path)))
    assert f"127.0.0.1:{taken_port}" in line and "--port" in line


def test_limits_cannot_be_switched_off_for_the_world(tmp_path: Path) -> None:
    line = the_line(aftercare("serve", "--host", "0.0.0.0", "--limits", "off", "--data-dir", str(tmp_path)))
    assert "127.0.0.1" in line


def test_limits_take_on_or_off(tmp_path: Path) -> None:
    assert "'maybe'" in the_line(aftercare("serve", "--limits", "maybe", "--data-dir", str(tmp_path)))


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = the_line(aftercare("retention", "--data-dir", str(tmp_path / "file" / "below")))
    assert "cannot write" in line and "--data-dir" in line


def test_a_missing_model(project: Path) -> None:
    line = the_line(aftercare("assess", "-", root=project, given='{"id": "1", "text": "sore"}\n'))
    assert "aftercare train" in line


@pytest.mark.parametrize("command", ["train", "doctor", "retention"])
def test_a_broken_protocol_file(project: Path, command: str, tmp_path: Path) -> None:
    file = project / "protocol" / "symptoms" / "headache.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("level: emergency", "level: emergancy", 1), encoding="utf-8")
    try:
        arguments = [] if command == "train" else ["--data-dir", str(tmp_path)]
        done = aftercare(command, *arguments, root=project)
    finally:
        file.write_text(text, encoding="utf-8")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "headache.yml, line " in done.stdout + done.stderr and "'emergancy'" in done.stdout + done.stderr


def test_a_file_that_is_not_there() -> None:
    assert "nowhere.jsonl" in the_line(aftercare("assess", "nowhere.jsonl"))


@pytest.mark.parametrize(("password", "reason"), [("short", "at least 12"), ("", "at least 12")])
def test_a_weak_password(password: str, reason: str, tmp_path: Path) -> None:
    arguments = ("staff", "add-user", "ann", "--password-stdin", "--data-dir", str(tmp_path))
    assert reason in the_line(aftercare(*arguments, given=password + "\n"))


def test_a_staff_user_is_made_once(tmp_path: Path) -> None:
    arguments = ("staff", "add-user", "ann", "--role", "admin", "--password-stdin", "--data-dir", str(tmp_path))
    made = aftercare(*arguments, given="a long enough password\n")
    assert made.returncode == 0 and "ann" in made.stdout
    assert "already" in the_line(aftercare(*arguments, given="a long enough password\n"))


def test_alerts_that_are_not_set_up(tmp_path: Path) -> None:
    assert "alerts.example.yml" in the_line(aftercare("alerts", "test", "--data-dir", str(tmp_path)))


def test_an_unknown_role(tmp_path: Path) -> None:
    arguments = ("staff", "add-user", "ann", "--role", "king", "--password-stdin", "--data-dir", str(tmp_path))
    assert "king" in the_line(aftercare(*arguments, given="a long enough password\n"))


def test_every_command_explains_itself() -> None:
    commands = (
        "serve",
        "train",
        "assess",
        "doctor",
        "demo",
        "retention",
        "staff add-user",
        "protocol diff",
        "alerts test",
    )
    for command in commands:
        done = aftercare(*command.split(), "--help")
        assert done.returncode == 0 and "--help" in done.stdout
