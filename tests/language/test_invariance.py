"""What must not matter does not: typing, chatter and what others think change the level of next to no message."""

import os
import random
import re
from collections.abc import Callable

import pytest

from bench.samples import DEVELOPMENT, Sample, read_samples
from bot.language.words import english_frequencies
from bot.triage.levels import AMBULANCE
from tests.language.conftest import Rank

SEED = 20261122
MOST_CHANGED = 0.01
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG_WORD = re.compile(r"[A-Za-z]{5,}")


def one_typo(text: str) -> str:
    """The text with one letter left out, doubled, swapped or wrong, in a word of more than four letters.

    Never with another English word: who types "pats" for "pants" cannot be told from who means it.
    """
    chance = random.Random(f"{SEED} {text}")
    words = list(LONG_WORD.finditer(text))
    for word in chance.sample(words, len(words)):
        typed = _mistyped(word[0], chance)
        if typed.lower() not in english_frequencies():
            return text[: word.start()] + typed + text[word.end() :]
    return text


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, here, after = word[:place], word[place], word[place + 1 :]
    edits = (before + after, before + here + here + after, before + after[0] + here + after[1:])
    return chance.choice((*edits, before + chance.choice(LETTERS) + after))


def unpunctuated(text: str) -> str:
    """The text without the marks that end or join sentences; those inside numbers stay."""
    return re.sub(r"(?<!\d)[.,!;]|[.,!;](?!\d)", "", text)


CHANGES: dict[str, Callable[[str], str]] = {
    "typo": one_typo,
    "capitals": str.upper,
    "small letters": str.lower,
    "no punctuation": unpunctuated,
    "chatter before": "Hi there, hope you had a nice weekend. {}".format,
    "chatter after": "{} Anyway, the weather is lovely here, thanks for everything.".format,
    "probably nothing": "{} It's probably nothing.".format,
    "others think it is fine": "{} My husband says it's fine.".format,
}


def chosen() -> list[Sample]:
    """Every second emergency and every sixth other message; all of them with AFTERCARE_ALL_MESSAGES set."""
    samples = read_samples(DEVELOPMENT)
    if os.environ.get("AFTERCARE_ALL_MESSAGES"):
        return samples
    emergencies = [sample for sample in samples if sample.is_emergency]
    return emergencies[::2] + [sample for sample in samples if not sample.is_emergency][::6]


@pytest.mark.parametrize("name", CHANGES)
def test_the_level_stays(name: str, rank: Rank) -> None:
    plain = [(sample, rank(sample.text, sample), rank(CHANGES[name](sample.text), sample)) for sample in chosen()]
    lost = [sample.id for sample, before, after in plain if sample.is_emergency and after < before == AMBULANCE]
    assert lost == []
    different = [sample.id for sample, before, after in plain if after != before]
    assert len(different) < MOST_CHANGED * len(plain), different
