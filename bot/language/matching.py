"""Finds the dictionary's patterns in a message.

Like spaCy's Matcher over LEMMA and NORM, but each pattern waits under its rarest word and is only tried where that
word stands. The dictionary has some 14,000 paths; compiled into Matchers they took a minute to load.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from spacy.tokens import Doc

from bot.language.patterns import GAP_STOPS, Path, Slot
from bot.language.words import Words

_STOPS = frozenset(GAP_STOPS)


@dataclass(frozen=True)
class _Anchored:
    """A path, split at its rarest slot: what must stand to the left of it (nearest first) and to the right."""

    entry: str
    exact: bool
    alone: bool
    left: Path
    right: Path


@dataclass(frozen=True)
class Readings:
    """What each token may be: its form and base form, and those of the words it may be a typo of.

    sure: the form and base form alone, without guesses.
    """

    norms: list[frozenset[str]]
    lemmas: list[frozenset[str]]
    sure: list[frozenset[str]]


def read_tokens(doc: Doc, words: Words) -> Readings:
    """The readings of every token of the doc."""
    sure = [frozenset((token.norm_, token.lemma_)) for token in doc]
    guesses = [words.alternatives(token.lower_) for token in doc]
    norms = [frozenset((token.norm_, *guess)) for token, guess in zip(doc, guesses, strict=True)]
    lemmas = [frozenset((t.lemma_, *(words.base(g) for g in guess))) for t, guess in zip(doc, guesses, strict=True)]
    return Readings(norms, lemmas, sure)


class PatternMatcher:
    """Holds the paths of all entries, by anchor word."""

    def __init__(
        self, paths: Iterable[tuple[str, Path]], base: Callable[[str], str], rarity: Callable[[str], float]
    ) -> None:
        self._anchored: dict[str, list[_Anchored]] = defaultdict(list)
        self._pool: dict[Slot, Slot] = {}
        # Most slots stand in many paths.
        shared = cache(lambda slot: self._shared(slot, base))
        commonness = cache(lambda slot: sum(map(rarity, slot.words)))
        for entry, path in paths:
            self._add(entry, path, shared, commonness)

    def _add(self, entry: str, path: Path, shared: Callable[[Slot], Slot], commonness: Callable[[Slot], float]) -> None:
        required = [i for i, slot in enumerate(path) if slot.required]
        place = min(required, key=lambda i: commonness(path[i]))
        slots = tuple(map(shared, path))
        alone = len(required) == 1
        anchored = _Anchored(entry, slots[place].exact, alone, slots[:place][::-1], slots[place + 1 :])
        for word in slots[place].words:
            self._anchored[word].append(anchored)

    def _shared(self, slot: Slot, base: Callable[[str], str]) -> Slot:
        """The slot in base forms; equal slots are kept once."""
        if not slot.exact:
            slot = replace(slot, words=frozenset(base(word) for word in slot.words))
        return self._pool.setdefault(slot, slot)

    def __call__(self, doc: Doc, readings: Readings) -> set[tuple[str, int, int]]:
        """Every match as (entry id, start token, end token), the longest from each place where its anchor stands."""
        found: set[tuple[str, int, int]] = set()
        for i in range(len(doc)):
            for anchored in self._anchored_at(i, readings):
                start = _reach(anchored.left, readings, i - 1, -1)
                end = _reach(anchored.right, readings, i + 1, 1) if start is not None else None
                if start is not None and end is not None:
                    found.add((anchored.entry, start + 1, end))
        return found

    def _anchored_at(self, place: int, readings: Readings) -> Iterator[_Anchored]:
        """The paths whose anchor stands here. A guessed word is no anchor for a pattern that has no other word."""
        norms, lemmas, sure = readings.norms[place], readings.lemmas[place], readings.sure[place]
        for word in norms | lemmas:
            for anchored in self._anchored.get(word, ()):
                if word in (norms if anchored.exact else lemmas) and (not anchored.alone or word in sure):
                    yield anchored


def _reach(slots: Path, readings: Readings, place: int, step: int) -> int | None:
    """Where the slots end when they are met one after another from `place` on; the farthest, or None."""
    places = {place}
    for slot in slots:
        places = {after for p in places for after in _after(slot, readings, p, step)}
        if not places:
            return None
    return max(places) if step > 0 else min(places)


def _after(slot: Slot, readings: Readings, place: int, step: int) -> list[int]:
    if slot.gap:
        return _across(slot.gap, readings.norms, place, step)
    if slot.barred:
        return [] if place < len(readings.sure) and slot.words & readings.sure[place] else [place]
    after = [place] if slot.optional else []
    words = readings.norms if slot.exact else readings.lemmas
    if 0 <= place < len(words) and not slot.words.isdisjoint(words[place]):
        after.append(place + step)
    return after


def _across(gap: int, norms: list[frozenset[str]], place: int, step: int) -> list[int]:
    """The places a gap may lead to: itself, and on over words that do not end it."""
    after = [place]
    while len(after) <= gap and 0 <= place < len(norms) and _STOPS.isdisjoint(norms[place]):
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
