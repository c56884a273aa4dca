"""Sentence embeddings of all-MiniLM-L6-v2, on one thread and without torch."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.nlu.encoder_files import CACHE, EncoderError, graph_path, model_folder
from bot.nlu.wordpiece import WordPiece

WIDTH = 3 * 384
BATCH = 32


class Encoder:
    """Texts in, one unit vector of 1152 numbers each out: three layers of 384."""

    def __init__(self, graph: Path, threads: int = 1) -> None:
        """threads: one is best where other processes share the cores (bench/threads.py)."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokenize = WordPiece(model_folder() / "vocab.txt")

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array (len(texts), 1152); each row has length 1."""
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


def load(folder: Path = CACHE) -> Encoder:
    """Open the encoder for serving, once in a process. It never builds: EncoderError says to train first."""
    path = graph_path(folder)
    if not path.exists():
        raise EncoderError(f"{path} is missing; run `aftercare train`")
    return _opened(path)


@cache
def _opened(path: Path) -> Encoder:
    return Encoder(path, int(os.environ.get("AFTERCARE_ENCODER_THREADS", "1")))
