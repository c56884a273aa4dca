"""Is it English, and are there words in it? Simple, and never against a short message with typos."""

import re

from bot.language.words import english_frequencies

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_FEWEST_WORDS = 4
_ENGLISH_SHARE = 0.35
# Words that other languages share with the English list, so that they prove nothing.
_SHARED = frozenset(
    "a de la me no on in an so die van per al es un se mi si tu he man hat war bin was am e o i il do da".split()
)
_VOWELS = re.compile(r"[aeiouy]", re.IGNORECASE)
_GRAMMAR = frozenset(
    "the my is it i and to have of you for with after from this that not your can but was what how been are feel be "
    "im its dont cant ive need since had when at get does should".split()
)


def looks_english(text: str) -> bool:
    """False only for text that is plainly another language: another script, or hardly an English word in it.

    A message of fewer than four words in Latin script is always taken for English.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return True
    latin = sum(word.isascii() or all(ord(char) < 0x250 for char in word) for word in words)
    if latin < len(words) / 2:
        return False
    if len(words) < _FEWEST_WORDS:
        return True
    telling = [word for word in words if word not in _SHARED]
    if not telling:
        return True
    english = sum(_is_english(word) for word in telling)
    grammar = sum(word.replace("'", "") in _GRAMMAR for word in telling)
    return english >= _ENGLISH_SHARE * len(telling) and (grammar > 0 or english >= 0.6 * len(telling))


def _is_english(word: str) -> bool:
    frequencies = english_frequencies()
    return word.replace("'", "") in _GRAMMAR or word.split("'")[0] in frequencies


def has_words(text: str) -> bool:
    """Whether the text holds a number, another script, or anything that could be a word."""
    words = _WORD.findall(text)
    if re.search(r"\d", text) or any(char.isalpha() and ord(char) > 0x250 for char in text):
        return True
    return any(word.lower() in ("hmm", "mhm") or _VOWELS.search(word) and not _is_hammering(word) for word in words)


def _is_hammering(word: str) -> bool:
    """Keys hit at random: a long word that no English word resembles, with few vowels or one letter repeated."""
    lower = word.lower()
    if lower in english_frequencies():
        return False
    few = len(lower) >= 6 and len(_VOWELS.findall(lower)) / len(lower) < 0.2
    return few or (len(lower) >= 5 and len(set(lower)) <= 2)
