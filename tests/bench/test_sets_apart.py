"""No message of the evaluation sets is a training example, or nearly one."""

import json

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process

from bench.samples import DATA, DEVELOPMENT, EXAM
from bot.paths import ROOT

ALIKE = 92
FEWEST_WORDS = 5


def training_examples() -> list[str]:
    files = sorted((ROOT / "data" / "nlu").glob("*.yml"))
    blocks = [block for file in files for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]]
    lines = [line for block in blocks for line in block["examples"].splitlines()]
    return [line.removeprefix("- ").strip().lower() for line in lines if line.startswith("- ")]


SETS = [name for name in (DEVELOPMENT, EXAM) if name == DEVELOPMENT or (DATA / f"{name}.jsonl").exists()]


@pytest.mark.parametrize("name", SETS)
def test_no_message_is_nearly_a_training_example(name: str) -> None:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"].lower() for line in lines if line.strip()]
    long_enough = [text for text in texts if len(text.split()) >= FEWEST_WORDS]
    examples = training_examples()
    assert len(examples) > 4000
    likeness = process.cdist(long_enough, examples, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    found = [(long_enough[row], examples[column]) for row, column in zip(*likeness.nonzero(), strict=True)]
    assert found == []
