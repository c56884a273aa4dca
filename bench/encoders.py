"""Ways to run the sentence encoder, compared for speed and accuracy: `python -m bench.encoders`.

Weights of 32 and of 8 bits, on one thread and on two. Speed: ms a message, the ways in alternation. Accuracy: intents
of held-out examples of data/nlu by logistic regression on the embeddings alone, and how much of it the last layer has
by itself. Writes bench/results/encoders.md.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from onnxruntime.quantization import QuantType, quantize_dynamic
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from bench import RESULTS
from bench.measures import in_turns
from bot.nlu.encoder import Encoder
from bot.nlu.encoder_files import prepare
from bot.paths import ROOT

ROUNDS, MESSAGES, FOLDS = 10, 100, 3
LAYER = 384


def eight_bits(graph: Path, folder: Path) -> Path:
    """Write the graph with weights of 8 bits and return where."""
    small = folder / "int8.onnx"
    quantize_dynamic(str(graph), str(small), weight_type=QuantType.QInt8)
    return small


def accuracy(rows: np.ndarray, intents: list[str]) -> float:
    """Return the share of held-out examples whose intent is found from their embeddings alone."""
    return float(cross_val_score(LogisticRegression(max_iter=60), 8 * rows, intents, cv=FOLDS).mean())


def _alone(encode: Encoder, text: str) -> np.ndarray:
    """One text at a time, as in a conversation."""
    return encode([text])


def report(rounds: int, step: int) -> str:
    """Measure and return a Markdown table. step: every step-th example is used."""
    examples = load_data(str(ROOT / "data" / "nlu")).intent_examples[::step]
    texts, intents = [str(one.get(TEXT)) for one in examples], [str(one.get(INTENT)) for one in examples]
    graph = prepare()
    with tempfile.TemporaryDirectory() as folder:
        small = eight_bits(graph, Path(folder))
        ways = {"32 bits, one thread": Encoder(graph), "32 bits, two threads": Encoder(graph, 2)}
        ways["8 bits, one thread"] = Encoder(small)
        steps = {name: partial(_alone, encode) for name, encode in ways.items()}
        times = in_turns(steps, texts[:: max(1, len(texts) // MESSAGES)], rounds)
        sizes = dict.fromkeys(ways, graph.stat().st_size) | {"8 bits, one thread": small.stat().st_size}
        rows = {bits: ways[f"{bits} bits, one thread"](texts) for bits in ("32", "8")}
    right = {bits: accuracy(found, intents) for bits, found in rows.items()}
    lines = ["# The sentence encoder", "", f"{len(texts)} examples of {len(set(intents))} intents.", ""]
    lines += ["| way | ms a message | MB | intents right, held out |", "|---|---|---|---|"]
    for name, took in times.items():
        found = f"{took.middle:.1f} ({took.low:.1f} to {took.high:.1f})"
        lines.append(f"| {name} | {found} | {sizes[name] / 1e6:.0f} | {right[name.split()[0]]:.1%} |")
    alike = float((rows["32"] * rows["8"]).sum(axis=1).mean())
    last = rows["32"][:, -LAYER:]
    alone = accuracy(last / np.linalg.norm(last, axis=1, keepdims=True), intents)
    lines += ["", f"Mean cosine of 8 bits to 32 bits: {alike:.3f}."]
    return "\n".join([*lines, f"By the last of the three layers alone: {alone:.1%} of intents right.", ""])


def main() -> None:
    """Measure, print, and write the table unless only a part was tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="only see that it works; nothing is written")
    parser.add_argument("--step", type=int, default=1, help="use every so many examples; all of them take long")
    options = parser.parse_args()
    short = options.short
    table = report(1, 20) if short else report(ROUNDS, options.step)
    print(table)
    if not short:
        (RESULTS / "encoders.md").write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
