"""Finds the dictionary's patterns in a message.

Like spaCy's Matcher over LEMMA and NORM, but each pattern waits under its rarest word and is only tried where that
word stands. The dictionary has some 14,000 paths; compiled into Matchers they took a minute to load.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from spacy.tokens import Doc

from bot.language.patterns import GAP_STOPS, Path, Slot

_STOPS = frozenset(GAP_STOPS)


@dataclass(frozen=True)
class _Anchored:
    """A path, split at its rarest slot: what must stand to the left of it (nearest first) and to the right."""

    entry: str
    exact: bool
    left: Path
    right: Path


class PatternMatcher:
    """Holds the paths of all entries, by anchor word."""

    def __init__(
        self, paths: Iterable[tuple[str, Path]], base: Callable[[str], str], rarity: Callable[[str], float]
    ) -> None:
        self._anchored: dict[str, list[_Anchored]] = defaultdict(list)
        self._pool: dict[Slot, Slot] = {}
        for entry, path in paths:
            self._add(entry, path, base, rarity)

    def _add(self, entry: str, path: Path, base: Callable[[str], str], rarity: Callable[[str], float]) -> None:
        required = [i for i, slot in enumerate(path) if slot.words and not slot.optional]
        place = min(required, key=lambda i: sum(rarity(word) for word in path[i].words))
        slots = tuple(self._shared(slot, base) for slot in path)
        anchored = _Anchored(entry, slots[place].exact, slots[:place][::-1], slots[place + 1 :])
        for word in slots[place].words:
            self._anchored[word].append(anchored)

    def _shared(self, slot: Slot, base: Callable[[str], str]) -> Slot:
        """The slot in base forms; equal slots are kept once."""
        if not slot.exact:
            slot = Slot(frozenset(base(word) for word in slot.words), slot.exact, slot.optional, slot.gap)
        return self._pool.setdefault(slot, slot)

    def __call__(self, doc: Doc) -> set[tuple[str, int, int]]:
        """Every match as (entry id, start token, end token), the longest from each place where its anchor stands."""
        norms, lemmas = [t.norm_ for t in doc], [t.lemma_ for t in doc]
        found: set[tuple[str, int, int]] = set()
        for i, words in enumerate(zip(norms, lemmas, strict=True)):
            for word in set(words):
                for anchored in self._anchored.get(word, ()):
                    if word == (words[0] if anchored.exact else words[1]):
                        start = _reach(anchored.left, norms, lemmas, i - 1, -1)
                        end = _reach(anchored.right, norms, lemmas, i + 1, 1) if start is not None else None
                        if start is not None and end is not None:
                            found.add((anchored.entry, start + 1, end))
        return found


def _reach(slots: Path, norms: list[str], lemmas: list[str], place: int, step: int) -> int | None:
    """Where the slots end when they are met one after another from `place` on; the farthest, or None."""
    places = {place}
    for slot in slots:
        places = {after for p in places for after in _after(slot, norms, lemmas, p, step)}
        if not places:
            return None
    return max(places) if step > 0 else min(places)


def _after(slot: Slot, norms: list[str], lemmas: list[str], place: int, step: int) -> list[int]:
    if slot.gap:
        return _across(slot.gap, norms, place, step)
    after = [place] if slot.optional else []
    if 0 <= place < len(norms) and (norms if slot.exact else lemmas)[place] in slot.words:
        after.append(place + step)
    return after


def _across(gap: int, norms: list[str], place: int, step: int) -> list[int]:
    """The places a gap may lead to: itself, and on over words that do not end it."""
    after = [place]
    while len(after) <= gap and 0 <= place < len(norms) and norms[place] not in _STOPS:
        place += step
        after.append(place)
    return after


def by_entry(matches: Iterable[tuple[str, int, int]]) -> Mapping[str, list[tuple[int, int]]]:
    """The matches of each entry, without those that overlap a longer one of the same entry, in order."""
    kept: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for entry, start, end in sorted(matches, key=lambda match: (match[1] - match[2], match[1])):
        if all(end <= s or e <= start for s, e in kept[entry]):
            kept[entry].append((start, end))
    return kept
