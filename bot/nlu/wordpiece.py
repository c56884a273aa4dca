"""The uncased BERT tokenizer of the sentence encoder: clean, split, then longest known pieces first."""

import unicodedata
from functools import lru_cache
from pathlib import Path

MAX_PIECES = 128
LONGEST_WORD = 100


class WordPiece:
    """Turns a text into the token ids of one vocabulary file (one piece a line, its line number the id)."""

    def __init__(self, vocabulary: Path) -> None:
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self.ids = {piece: number for number, piece in enumerate(pieces)}
        self.first, self.last = self.ids["[CLS]"], self.ids["[SEP]"]
        self.word_ids = lru_cache(maxsize=8192)(self._word_ids)

    def __call__(self, text: str) -> list[int]:
        """Return the ids of `text` between the start and end marks, at most `MAX_PIECES` of them."""
        pieces = [piece for word in words(text) for piece in self.word_ids(word)]
        return [self.first, *pieces[: MAX_PIECES - 2], self.last]

    def _word_ids(self, word: str) -> tuple[int, ...]:
        unknown = (self.ids["[UNK]"],)
        if len(word) > LONGEST_WORD:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            end = self._longest_piece(word, start)
            if end is None:
                return unknown
            found.append(self.ids[_piece(word, start, end)])
            start = end
        return tuple(found)

    def _longest_piece(self, word: str, start: int) -> int | None:
        for end in range(len(word), start, -1):
            if _piece(word, start, end) in self.ids:
                return end
        return None


def words(text: str) -> list[str]:
    """Return lower-case words and single punctuation marks, accents and control characters dropped."""
    spaced = "".join(_spaced(character) for character in text)
    plain = unicodedata.normalize("NFD", spaced.lower())
    return "".join(_split(character) for character in plain).split()


def _piece(word: str, start: int, end: int) -> str:
    return word[start:end] if start == 0 else f"##{word[start:end]}"


def _spaced(character: str) -> str:
    if character.isspace():
        return " "
    if character == "\ufffd" or unicodedata.category(character).startswith("C"):
        return ""
    return f" {character} " if _is_ideograph(character) else character


def _split(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Mn":
        return ""
    # The vocabulary treats every ASCII symbol as punctuation, also those Unicode files elsewhere ("+", "$").
    symbol = character.isascii() and not character.isalnum() and not character.isspace()
    return f" {character} " if symbol or category.startswith("P") else character


def _is_ideograph(character: str) -> bool:
    point = ord(character)
    return 0x3400 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x2FA1F
