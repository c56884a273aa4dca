"""Messages about the practice or everyday life in which nothing has to do with a body (data/matters.yml)."""

import re
from collections.abc import Iterable

from bot.language.dictionary import DATA, read_yaml


class Matters:
    """Tells whether a message is about such matters alone."""

    def __init__(self) -> None:
        written = read_yaml(DATA / "matters.yml")
        self._matters, self._idioms, self._body = (_any(written[name]) for name in ("matters", "idioms", "body"))

    def alone_in(self, text: str) -> bool:
        """Whether a message speaks of a matter, and of no body, health or despair."""
        meant = self._idioms.sub(" ", text)
        return bool(self._matters.search(meant)) and not self._body.search(meant)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)
