"""Cleaning what a patient typed, and refusing what is no text."""

import unicodedata

from bot.gateway.problems import ApiProblem
from bot.gateway.wire import LONGEST_TEXT

KEPT_CONTROLS = "\n\t"
KEPT_FORMATS = "\u200c\u200d"
"""Joiners: without them some scripts and joined emoji fall apart."""

MOST_NOISE = 0.2
"""The share of characters nobody can type above which a message is taken for a file, not for words."""


def clean(text: str) -> str:
    """Return the text without control, direction and invisible characters, with plain line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in lines if not _is_noise(character)).strip()


def checked(text: str, words: dict[str, str]) -> str:
    """Return the cleaned text of a message.

    words: what the patient reads when it is refused, by reason: too_long, unreadable, empty.
    Raises ApiProblem 413 when it is too long, 400 when it is empty or binary.
    """
    if len(text) > LONGEST_TEXT:
        raise ApiProblem(413, words["too_long"])
    if text and _noise(text) / len(text) > MOST_NOISE:
        raise ApiProblem(400, words["unreadable"])
    cleaned = clean(text)
    if not cleaned:
        raise ApiProblem(400, words["empty"])
    return cleaned


def _is_noise(character: str) -> bool:
    if character in KEPT_CONTROLS or character in KEPT_FORMATS:
        return False
    # Cc control, Cf invisible and direction marks, Cs half a character, Co and Cn not characters at all.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _noise(text: str) -> int:
    return sum(1 for character in text if character == "\ufffd" or _is_noise(character) and character != "\r")
