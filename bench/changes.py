"""Changes to a message that mean nothing: typing, chatter and what others think."""

import random
import re
from collections.abc import Callable, Mapping

from bot.language.words import english_frequencies

SEED = 20261122
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG_WORD = re.compile(r"[A-Za-z]{5,}")


def one_typo(text: str) -> str:
    """Return the text with one letter left out, doubled, swapped or wrong, in a word of more than four letters.

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
    """Return the text without the marks that end or join sentences; those inside numbers stay."""
    return re.sub(r"(?<!\d)[.,!;]|[.,!;](?!\d)", "", text)


CHANGES: Mapping[str, Callable[[str], str]] = {
    "typo": one_typo,
    "capitals": str.upper,
    "small letters": str.lower,
    "no punctuation": unpunctuated,
    "chatter before": "Hi there, hope you had a nice weekend. {}".format,
    "chatter after": "{} Anyway, the weather is lovely here, thanks for everything.".format,
    "probably nothing": "{} It's probably nothing.".format,
    "others think it is fine": "{} My husband says it's fine.".format,
}
