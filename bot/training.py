"""Training the language model when, and only when, something it depends on has changed."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.nlu import encoder_files
from bot.paths import MODELS, ROOT
from bot.problem import Problem

# Everything a trained model depends on; the actions and texts are read when the product starts.
INPUTS = ("config.yml", "domain.yml", "requirements.lock", "data", "protocol", "bot/language", "bot/nlu", "bot/triage")
SUFFIXES = (".yml", ".yaml", ".py", ".lock", ".json", ".txt")
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
}


def input_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield, in a fixed order, every file that a trained model depends on."""
    for name in INPUTS:
        path = root / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.suffix in SUFFIXES and "__pycache__" not in file.parts)


def model_path(root: Path = ROOT) -> Path:
    """Return where the model trained from today's files belongs; its name is their content."""
    digest = hashlib.sha256()
    for file in input_files(root):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return root / MODELS.name / f"{digest.hexdigest()[:16]}.tar.gz"


def trained_model(root: Path = ROOT) -> Path:
    """Return the model for today's files. Raises Problem when it has not been trained."""
    path = model_path(root)
    if not path.exists():
        raise Problem("the language model is missing or older than the files it is trained from; run: aftercare train")
    return path


def train(root: Path = ROOT, force: bool = False) -> Path:
    """Train the model unless the one for today's files is there; return its path. Raises Problem when it fails."""
    encoder_files.prepare()  # kept apart from the model, and gone when only the data directory was removed
    path = model_path(root)
    if path.exists() and not force:
        return path
    command = [sys.executable, "-m", "rasa", "train", "--out", str(path.parent), "--fixed-model-name", path.stem[:16]]
    log = root / "var" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=root, env={**os.environ, **QUIET}, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode or not path.exists():
        raise Problem(f"training failed; the reason is at the end of {log}")
    return path
