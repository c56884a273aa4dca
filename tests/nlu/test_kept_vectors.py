import numpy as np
import pytest

from bot.nlu.kept_vectors import encode

TEXTS = ["sore", "dizzy and sick", "sore", "itchy"]


class Encoder:
    """Gives a text its length, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vectors-1.npz"


def again(texts, path):
    encoder = Encoder()
    rows = encode(texts, encoder, path)
    assert rows[:, 0].tolist() == list(map(len, texts)), "each text has its own row"
    return encoder.asked


def test_only_what_is_new_is_encoded(path):
    assert again(TEXTS, path) == ["sore", "dizzy and sick", "itchy"], "a text that comes twice is encoded once"
    assert again(TEXTS[::-1], path) == []
    assert again([*TEXTS, "bruise"], path) == ["bruise"]


def test_what_is_no_example_any_more_is_forgotten(path):
    again(TEXTS, path)
    again(["sore", "bruise"], path)
    assert again(TEXTS, path) == ["dizzy and sick", "itchy"]


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04 cut short"])
def test_a_broken_file_counts_as_none(path, content):
    path.write_bytes(content)
    assert again(TEXTS, path) == ["sore", "dizzy and sick", "itchy"]
    assert again(TEXTS, path) == []


def test_another_encoder_takes_the_place_of_the_earlier(path):
    again(TEXTS, path)
    later = path.with_name("vectors-2.npz")
    assert len(again(TEXTS, later)) == 3
    assert [kept.name for kept in path.parent.iterdir()] == [later.name]


def test_texts_are_not_kept(path):
    again(["My name is Ann and it is sore"], path)
    assert b"Ann" not in path.read_bytes()


def test_nothing_to_encode(path):
    assert len(encode([], Encoder(), path)) == 0
