"""Words as patients type them: base forms, spelling, and the English frequency list."""

import re
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from symspellpy import SymSpell, Verbosity
from symspellpy.suggest_item import SuggestItem

_COMMON_WORDS = 12_000
_SHORTEST_TYPO = 4
_DICTIONARY_COUNTS = 20
_FORM = 3
# No short forms: "dont" is two words to the tokenizer, and part of "don't" no word at all.
_WORD = re.compile(r"(?<![\w'])[A-Za-z]{4,}(?!\w|'(?!s\b))")
_REPEATS = re.compile(r"(.)\1{2,}")


@lru_cache(maxsize=1)
def english_frequencies() -> Mapping[str, int]:
    """Word counts of general English, from the list that symspellpy ships, most frequent first."""
    text = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    pairs = (line.split() for line in text.splitlines())
    return {word: int(count) for word, count in pairs}


class Words:
    """Knows the dictionary's words and brings what was typed into their form.

    A word of ordinary English is never changed by the spelling correction: only a word that neither the
    English list, the protected list nor the dictionary knows may become a dictionary word.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        irregular: Mapping[str, str],
        spellings: Mapping[str, str],
        protected: Iterable[str],
    ) -> None:
        """vocabulary: word of the dictionary to the number of wordings it is used in; irregular: form to base;

        spellings: variant to word; protected: words that are no typos, though English does not know them.
        """
        self._vocabulary, self._irregular, self._spellings = vocabulary, irregular, spellings
        self._frequencies = english_frequencies()
        self._protected = frozenset(protected)
        self._bases = frozenset(vocabulary) | frozenset(irregular.values())
        self._surfaces = self._inflected()
        self._speller = self._build_speller()
        self.base = lru_cache(maxsize=50_000)(self._base)
        self.corrected = lru_cache(maxsize=50_000)(self._corrected)
        self.likeliest = lru_cache(maxsize=50_000)(self._likeliest)
        self.alternatives = lru_cache(maxsize=50_000)(self._alternatives)

    def rarity(self, word: str) -> float:
        """How often the word occurs in general English: the smaller, the rarer."""
        return float(self._frequencies.get(word, 1))

    def known(self, word: str) -> bool:
        """Whether the word is English or belongs to the dictionary."""
        return word in self._frequencies or word in self._surfaces or word in self._protected

    def _base(self, word: str) -> str:
        if word in self._irregular:
            return self._irregular[word]
        for candidate in _stems(word):
            if candidate in self._bases:
                return self._irregular.get(candidate, candidate)
        return word

    def _corrected(self, word: str) -> str:
        """The word as it was meant: variant spellings, stretched letters and typos of dictionary words."""
        if word in self._spellings:
            return self._spellings[word]
        if self.known(word) or not word.isalpha():
            return word
        return self._unstretched(word) or self._nearest(word) or word

    def _unstretched(self, word: str) -> str | None:
        """The known word that was stretched: "soooo" is so."""
        shorter = (_REPEATS.sub(r"\1\1", word), _REPEATS.sub(r"\1", word))
        return next((one for one in shorter if self.known(one)), None)

    def spelled(self, text: str, names: Container[str] = ()) -> str:
        """The text with each unknown word, save names, as the English or dictionary word it is likeliest a typo of."""
        return _WORD.sub(lambda match: match[0] if match[0] in names else self.likeliest(match[0].lower()), text)

    def _likeliest(self, word: str) -> str:
        if word in self._frequencies:
            return word
        if word in self._spellings or self.known(word):
            return self._spellings.get(word, word)
        return self._unstretched(word) or self._nearest(word) or self._commonest(word) or word

    def _nearest(self, word: str) -> str | None:
        """The dictionary word that was most likely meant, unless an ordinary word is far likelier.

        Of several the one that patients' wordings use most: in general English "brise" is rather bride than bruise.
        """
        found = self._close(word)
        meant = [s for s in found if s.term in self._surfaces]
        if not meant or (found[0].term not in self._surfaces and found[0].count > _DICTIONARY_COUNTS * meant[0].count):
            return None
        return str(max(meant, key=lambda one: (one.term[0] == word[0], self._uses(one.term))).term)

    def _commonest(self, word: str) -> str | None:
        """The nearest known word, of several the commonest in general English."""
        found = self._close(word)
        return str(found[0].term) if found else None

    def _uses(self, word: str) -> int:
        """How much patients' wordings use the word: in this form, which counts more, and in its base form."""
        return _FORM * self._vocabulary.get(word, 0) + self._vocabulary.get(self.base(word), 0)

    def _alternatives(self, word: str) -> frozenset[str]:
        """Every dictionary word that an unknown word may be a typo of: "breahing" is breathing or breaking.

        Only good enough inside a wording of several words, where the others say which one it was.
        """
        if word in self._spellings or self.known(word) or not word.isalpha():
            return frozenset()
        return frozenset(str(s.term) for s in self._close(word) if s.term in self._surfaces)

    def _close(self, word: str) -> list[SuggestItem]:
        if len(word) < _SHORTEST_TYPO:
            return []
        reach = 1 if len(word) < 7 else 2
        found = self._speller.lookup(word, Verbosity.CLOSEST, max_edit_distance=reach)
        return [s for s in found if _plausible(word, s.term, s.distance)]

    def _inflected(self) -> frozenset[str]:
        """Dictionary words with the inflections that occur in English, so that typos of them are found."""
        inflected = (w for w in self._frequencies if any(stem in self._bases for stem in _stems(w)))
        return self._bases | frozenset(self._irregular) | frozenset(inflected)

    def _build_speller(self) -> SymSpell:
        speller = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in list(self._frequencies)[:_COMMON_WORDS]:
            speller.create_dictionary_entry(word, self._frequencies[word])
        for word in self._surfaces:
            if len(word) >= _SHORTEST_TYPO and word.isalpha():
                speller.create_dictionary_entry(word, self._frequencies.get(word, 1000))
        return speller


def _plausible(typed: str, meant: str, distance: int) -> bool:
    """Typos keep the first letter, save in a long word."""
    return len(meant) >= _SHORTEST_TYPO and (typed[0] == meant[0] or distance == 1 and len(typed) > 5)


def _stems(word: str) -> list[str]:
    """Candidates for the base form by the regular English endings, the likeliest first."""
    stems: list[str] = []
    for ending, replacements in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        if ending == "es" and not _SIBILANT.search(stem):
            replacements = ("e",)
        elif ending in ("ed", "ing") and _DOUBLES.fullmatch(stem):
            replacements = ("e",)  # "noted" comes of note; of "not" it would be "notted"
        stems += [stem + replacement for replacement in replacements]
        if ending in ("ed", "ing") and stem[-1] == stem[-2]:
            stems.append(stem[:-1])
    return stems


_SIBILANT = re.compile(r"(?:[sxzo]|ch|sh)$")
_DOUBLES = re.compile(r"[^aeiou][aeiou][^aeiouwxy]")
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ies", ("y", "ie")),
    ("ied", ("y",)),
    ("es", ("e", "")),
    ("s", ("",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
)
