"""Rasa's stock pipeline on our training data, with our triage behind it: what the assistant is compared with."""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bench.stock_entities import findings_of
from bench.stock_project import EPOCHS, content_key, write_project
from bot.nlu.assess import LanguageModel
from bot.nlu.intent_classifier import PROBABILITIES
from bot.nlu.messages import DANGER, FACTS, METADATA
from bot.nlu.red_flag_gate import RedFlagGate
from bot.paths import DATA_DIR, PROTOCOL, ROOT
from bot.problem import Problem
from bot.training import QUIET
from bot.triage.protocol import load_protocol

FOLDER = DATA_DIR / "bench" / "stock"
GATE = "bot.nlu.red_flag_gate.RedFlagGate"


def trained_stock(short: bool = False) -> Path:
    """Return the stock model of today's examples and stories; it is trained when missing, which takes long.

    short: a model that has learned next to nothing, in a minute.
    """
    folder = FOLDER / "short" if short else FOLDER
    model = folder / "models" / f"{content_key()}.tar.gz"
    if not model.exists():
        project = folder / "project"
        write_project(project, short)
        cost = train_project(project, model, folder / "train.log", folder / "cache")
        cost_of(model).write_text(json.dumps({**cost, "epochs": 1 if short else EPOCHS}))
    return model


def cost_of(model: Path) -> Path:
    """Return the file that says how long the training of a stock model took."""
    return model.with_name(model.name.replace(".tar.gz", ".json"))


def train_project(project: Path, model: Path, log: Path, cache: Path) -> dict[str, float]:
    """Run `rasa train` on a project folder with a training cache of its own; return the seconds it took.

    Returns {"wall", "cpu"}: on a busy machine the second says more. Raises Problem when the training fails.
    """
    command = [sys.executable, "-m", "rasa", "train", "--out", str(model.parent)]
    command += ["--fixed-model-name", model.name.removesuffix(".tar.gz")]
    model.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "RASA_CACHE_DIRECTORY": str(cache)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=project, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or not model.exists():
        raise Problem(f"training failed; the reason is at the end of {log}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": round(time.monotonic() - began, 1), "cpu": round(cpu, 1)}


class StockModel(LanguageModel):
    """The stock pipeline read as our own is: its entities as findings that are always present.

    Our red-flag gate looks at its message too, with the likeliest intents the pipeline gives, so that everything
    after the understanding is the same. The second barrier rests on our sentence embeddings, so stock has none.
    """

    def __init__(self, archive: Path) -> None:
        super().__init__(archive)
        self.protocol = load_protocol(PROTOCOL)
        self.gate = RedFlagGate({**RedFlagGate.get_default_config(), **_gate_settings()}, self.protocol)

    def __call__(self, text: str, now: datetime) -> dict[str, Any]:
        """Return what the stock pipeline reads in a message: `intent`, `findings`, `danger`."""
        read = super().__call__(text, now)
        findings = list(findings_of(read.get(ENTITIES) or [], self.protocol.facts))
        message = Message(
            data={
                TEXT: text,
                INTENT: read[INTENT],
                FACTS: [finding.as_dict() for finding in findings],
                PROBABILITIES: {one["name"]: one["confidence"] for one in read[INTENT_RANKING_KEY]},
                METADATA: {"now": now.isoformat()},
            }
        )
        self.gate.look_at(message)
        return {key: message.get(key) for key in (INTENT, FACTS, DANGER)}


def _gate_settings() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = next(entry for entry in config["pipeline"] if entry["name"] == GATE)
    return settings


if __name__ == "__main__":
    print(trained_stock("--short" in sys.argv))
