"""Sentence embeddings that one training leaves for the next, which then encodes only what is new."""

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def encode(texts: Sequence[str], encoder: Callable[[Sequence[str]], Vectors], path: Path) -> Vectors:
    """Return one row for each text, and leave the rows of all of them at `path` without the texts themselves.

    What decides a row besides its text belongs into the name of the file.
    """
    known, keys = _read(path), list(map(_key, texts))
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known.update(zip(new, encoder(list(new.values())), strict=True))
        _write(path, {key: known[key] for key in keys})
    return np.array([known[key] for key in keys], np.float32)


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> dict[str, Vectors]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            return dict(zip(kept["keys"].tolist(), kept["rows"], strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # none yet, or not whole: all are encoded again
        return {}


def _write(path: Path, rows: dict[str, Vectors]) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as file:
        np.savez(file, keys=np.array(list(rows)), rows=np.stack(list(rows.values())))
    unfinished.replace(path)
    for earlier in set(path.parent.glob(f"{path.stem.partition('-')[0]}-*{path.suffix}")) - {path}:
        earlier.unlink(missing_ok=True)
