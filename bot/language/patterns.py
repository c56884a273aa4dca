"""The small pattern language of the dictionary, and its translation to spaCy Matcher patterns.

word           any form of the word: `faint` also meets fainted, fainting
=word          exactly this form
(a|b c|=d)     one of these; an alternative may have several words
<chest>        one word or phrase of the word class `chest` (words.yml)
x?             optional: a word, a group or a class
~3             up to three words of any kind, never across a sentence, a "but" or a "not"
!(a|b)         at the end of a pattern: the next word is none of these
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

GAP_STOPS = [".", "!", "?", ";", ":", "\n", "but", "not", "no", "without"]
_ELEMENT = re.compile(r"!?\([^()]*\)\??|\S+")
_MAX_PATHS = 5000


@dataclass(frozen=True)
class Slot:
    """One place of a pattern: a token that is one of `words`, or a gap of up to `gap` tokens.

    barred: takes no token; the next one must be none of `words`.
    """

    words: frozenset[str] = frozenset()
    exact: bool = False
    optional: bool = False
    gap: int = 0
    barred: bool = False

    @property
    def required(self) -> bool:
        """Whether a word of the message must stand here."""
        return bool(self.words) and not self.optional and not self.barred


Path = tuple[Slot, ...]


def parse(pattern: str, classes: Mapping[str, list[str]]) -> list[Path]:
    """Return every path of slots the pattern stands for. ValueError says what is wrong with it."""
    if pattern.count("(") != pattern.count(")"):
        raise ValueError("brackets do not match")
    if re.search(r"\([^)]*\(", pattern):
        raise ValueError("a group stands in a group")
    choices = [_element(element, classes) for element in _ELEMENT.findall(pattern.lower())]
    paths = [tuple(slot for part in path for slot in part) for path in product(*choices)]
    if not paths or len(paths) > _MAX_PATHS:
        raise ValueError(f"{len(paths)} readings")
    if not all(any(slot.required for slot in path) for path in paths):
        raise ValueError("nothing in it is required")
    if any(slot.barred for path in paths for slot in path[:-1]):
        raise ValueError("! stands only at the end")
    return paths


def _element(element: str, classes: Mapping[str, list[str]]) -> list[Path]:
    optional = element.endswith("?")
    element = element.removesuffix("?")
    if element.startswith("~"):
        return [(Slot(gap=int(element[1:])),)]
    if element.startswith("!"):
        return [(Slot(frozenset(_members(element[1:], classes)), barred=True),)]
    if element.startswith("("):
        alternatives = element[1:-1].split("|")
    elif element.startswith("<"):
        alternatives = _class(element, classes)
    else:
        alternatives = [element]
    return _alternatives([a for part in alternatives for a in _unfold(part, classes)], optional)


def _members(element: str, classes: Mapping[str, list[str]]) -> list[str]:
    """The words of a group, a class or a word. A class may have phrases too, of which none is barred."""
    parts = element.strip("()").split("|")
    if any(" " in part for part in parts):
        raise ValueError("only single words can be barred")
    return [word for part in parts for word in _unfold(part, classes) if " " not in word]


def _unfold(alternative: str, classes: Mapping[str, list[str]]) -> list[str]:
    """An alternative that is itself a class stands for the members of the class."""
    return _class(alternative, classes) if alternative.strip().startswith("<") else [alternative]


def _class(element: str, classes: Mapping[str, list[str]]) -> list[str]:
    name = element.strip().strip("<>")
    if name not in classes:
        raise ValueError(f"unknown word class {element}")
    return classes[name]


def _alternatives(alternatives: list[str], optional: bool) -> list[Path]:
    """Single words share one slot, so that a class of fifty words is one path and not fifty."""
    words = [alternative.split() for alternative in alternatives]
    paths: list[Path] = []
    for exact in (False, True):
        singles = {w[0].lstrip("=") for w in words if len(w) == 1 and w[0].startswith("=") == exact}
        if singles:
            paths.append((Slot(frozenset(singles), exact),))
    paths += _merged([tuple(_word(word) for word in phrase) for phrase in words if len(phrase) > 1])
    if optional and len(paths) == 1 and len(paths[0]) == 1:
        return [(Slot(paths[0][0].words, paths[0][0].exact, optional=True),)]
    return [*paths, ()] if optional else paths


def _merged(paths: list[Path]) -> list[Path]:
    """Phrases that differ in their last word only, or in their first, become one path: fewer paths, same meaning."""
    for place in (-1, 0):
        groups: dict[tuple[Path, bool], set[str]] = {}
        for path in paths:
            rest = path[:-1] if place else path[1:]
            groups.setdefault((rest, path[place].exact), set()).update(path[place].words)
        slots = {key: Slot(frozenset(words), key[1]) for key, words in groups.items()}
        paths = [(*key[0], slot) if place else (slot, *key[0]) for key, slot in slots.items()]
    return paths


def _word(word: str) -> Slot:
    return Slot(frozenset([word.lstrip("=")]), word.startswith("="))


def words_of(paths: Iterable[Path]) -> Iterator[str]:
    """Every word of the paths."""
    return (word for path in paths for slot in path for word in slot.words)


def to_matcher(path: Path, base: Callable[[str], str]) -> list[dict[str, Any]]:
    """The path as a spaCy Matcher pattern over LEMMA (any form) and NORM (exact form)."""
    pattern: list[dict[str, Any]] = []
    for slot in path:
        pattern.extend(_to_tokens(slot, base))
    return pattern


def _to_tokens(slot: Slot, base: Callable[[str], str]) -> list[dict[str, Any]]:
    if slot.barred:
        raise ValueError("! is not for cues")
    if slot.gap:
        return [{"NORM": {"NOT_IN": GAP_STOPS}, "OP": "?"}] * slot.gap
    attribute = "NORM" if slot.exact else "LEMMA"
    words = sorted(slot.words if slot.exact else {base(word) for word in slot.words})
    token: dict[str, Any] = {attribute: words[0] if len(words) == 1 else {"IN": words}}
    if slot.optional:
        token["OP"] = "?"
    return [token]
