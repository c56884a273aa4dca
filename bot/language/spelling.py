"""Typos in the text itself, of words that are read before there are tokens: times, temperatures, short forms.

Words of the dictionary are corrected token by token (words.py); here only what regular expressions and the
tokenizer must find as it is meant.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rapidfuzz.distance import OSA

from bot.language.dictionary import DATA, read_yaml
from bot.language.text import Cleaned

_WORD = re.compile(r"(?<![\w'])(?:[a-z]{4,}|[a-z]+'[a-z]+)(?![\w'])")
_SHORTEST = 4


class TextSpelling:
    """Corrects a cleaned text."""

    def __init__(self, known: Callable[[str], bool], short: Mapping[str, str], contractions: Iterable[str]) -> None:
        """known: whether a word is English or the dictionary's, and so stays as it is.

        short: what words written without an apostrophe stand for. contractions: words with one.
        """
        self._known = known
        self._contractions = {word: word for word in contractions}
        words = {word: word for word in _time_words(read_yaml(DATA / "times.yml"))}
        self._words = {**words, **short}

    def __call__(self, read: Cleaned) -> Cleaned:
        """Return the text with its typos mended, and offsets that still lead to what was typed."""
        pieces: list[str] = []
        offsets: list[int] = []
        last = 0
        for match in _WORD.finditer(read.text):
            new = None if self._known(match[0]) else self._nearest(match[0])
            if new is None:
                continue
            pieces += (read.text[last : match.start()], new)
            offsets += [
                *read.offsets[last : match.start()],
                *_spread(read.offsets, match.start(), match.end(), len(new)),
            ]
            last = match.end()
        pieces.append(read.text[last:])
        return Cleaned("".join(pieces), (*offsets, *read.offsets[last:]))

    def _nearest(self, word: str) -> str | None:
        """The one word that is a single edit away and begins like it, rather one of the same length.

        None when there are two, or it is that word.
        """
        choice = self._contractions if "'" in word else self._words
        near = {
            meant: abs(len(form) - len(word))
            for form, meant in choice.items()
            if form[0] == word[0] and abs(len(form) - len(word)) <= 1 and OSA.distance(form, word, score_cutoff=1) <= 1
        }
        nearest = [meant for meant, longer in near.items() if longer == min(near.values())]
        return nearest[0] if len(nearest) == 1 and word not in near else None


def _time_words(raw: Mapping[str, Any]) -> Iterator[str]:
    """Every long enough word of the grammar of times; of the weekdays the whole names, as "wels" is no "weds"."""
    lists = [raw[name] for name in ("numbers", "ordinals", "day_parts")]
    lists.append([day for day in raw["weekdays"] if day.endswith("day")])
    texts = [str(text) for words in lists for text in words] + ["since", "after", "whole"]
    texts += [str(word) for unit in raw["units"].values() for word in unit[2:]]
    return (word for text in texts for word in text.split() if len(word) >= _SHORTEST and word.isalpha())


def _spread(offsets: tuple[int, ...], start: int, end: int, length: int) -> list[int]:
    """Offsets for a word of another length: its first letters keep theirs, the last keeps the last."""
    kept = [offsets[min(start + place, end - 1)] for place in range(length)]
    return [*kept[:-1], offsets[end - 1]]
