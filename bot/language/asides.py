"""What patients say beside their report: greetings, thanks, the weather, what others think of it (data/asides.yml)."""

import re
from collections.abc import Iterable
from typing import Any

from bot.language.dictionary import DATA, read_yaml

_PART = re.compile(r"[^.!?;,:\n]*[.!?;,:\n]*")
_NOT_WORDS = re.compile(r"[^a-z0-9& ]+")


class Asides:
    """Takes the asides out of a message."""

    def __init__(self) -> None:
        written = read_yaml(DATA / "asides.yml")
        names = written["words"]
        kinds = "|".join(_kind(aside, names) for aside in written["asides"])
        fillers = _any(written["fillers"])
        self._aside = re.compile(rf"(?:(?:{fillers}) )*(?:{fillers}|{kinds})")

    def without(self, text: str) -> str:
        """Return the message without its asides; where it is nothing but asides, as it is."""
        kept = "".join(part for part in _PART.findall(text) if not self._is_aside(part))
        return kept if any(map(str.isalpha, kept)) else text

    def _is_aside(self, part: str) -> bool:
        words = " ".join(_NOT_WORDS.sub("", part.lower()).split())
        return "?" not in part and self._aside.fullmatch(words) is not None


def _kind(aside: dict[str, list[str]], names: dict[str, str]) -> str:
    starts = _any(aside["starts"])
    for name, words in names.items():
        starts = starts.replace(f"<{name}>", words)
    return rf"(?:{starts})(?: (?:{_any(aside['goes_on'])}))*"


def _any(words: Iterable[Any]) -> str:
    return "|".join(" ".join(str(word).split()) for word in words)
