"""The spaCy pipeline: words, clauses, concepts. ConText (context.py) follows it.

Every component sets something on the Doc that the next one reads:
    words      token.norm_ the word as meant, token.lemma_ its base form
    clauses    sentence starts, at clauses, because an assertion rarely reaches past one
    concepts   doc.spans["concepts"], labelled with the entry of the dictionary; doc.spans["targets"], one
               span per wording, which is what ConText asserts something about; doc.user_data["claimed"], whether
               the writer says of what was asked that they have it
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from bot.language import patterns
from bot.language.context import add_context, cue_wordings
from bot.language.dictionary import Dictionary, Entry
from bot.language.matching import PatternMatcher, by_entry, read_tokens
from bot.language.words import Words

CONCEPTS, TARGETS = "concepts", "targets"
CLAIMED = "claimed"


def build_pipeline(dictionary: Dictionary) -> Language:
    """A blank English pipeline with the components of this room, in order."""
    nlp = spacy.blank("en")
    words = make_words(dictionary)
    nlp.add_pipe("aftercare_words").words = words
    nlp.add_pipe("aftercare_clauses").clauses = dictionary.words["clauses"]
    nlp.add_pipe("aftercare_concepts").load(dictionary, words)
    add_context(nlp, dictionary, words)
    return nlp


def make_words(dictionary: Dictionary) -> Words:
    """The vocabulary of all patterns, with irregular forms, variant spellings and protected words."""
    entries = [*dictionary.entries.values(), *dictionary.lookalikes.values(), *dictionary.claims.values()]
    cues = [path for wording in cue_wordings() for path in patterns.parse(wording, dictionary.classes)]
    paths = (*(path for entry in entries for path in entry.paths), *cues)
    used = Counter(word for path in paths for word in set(patterns.words_of([path])))
    raw = dictionary.words
    irregular = {form: base for base, forms in raw["irregular"].items() for form in forms}
    spellings = {variant: word for word, variants in raw["spellings"].items() for variant in variants}
    return Words(used, irregular, spellings, raw["protected"])


class NormalisedWords:
    """Sets the form and the base form of every token."""

    words: Words

    def __call__(self, doc: Doc) -> Doc:
        for token in doc:
            glued = token.i > 0 and not doc[token.i - 1].whitespace_
            form = _SHORT_FORMS.get(f"'{token.norm_}" if glued else token.norm_, token.norm_)
            form = _SHORT_FORMS.get(form, form)
            token.norm_ = self.words.corrected(form)
            token.lemma_ = self.words.base(token.norm_)
        return doc


_SHORT_FORMS = {"'s": "is", "'m": "am", "'re": "are", "'ve": "have", "'d": "would", "'ll": "will"}


_LONGEST_OPENING = 10


class Clauses:
    """Starts a sentence at every clause: after sentence marks, after "but", and where a new subject follows a joint.

    Not after an opening phrase: "back in spring, I was dizzy" is one clause, so that its time reaches what follows.
    """

    clauses: Mapping[str, list[str]]

    def __call__(self, doc: Doc) -> Doc:
        ends, breaks = set(self.clauses["ends"]), set(self.clauses["breaks"])
        joints, subjects = set(self.clauses["joints"]), set(self.clauses["subjects"])
        start = 0
        for token in doc[1:]:
            before = doc[token.i - 1].norm_
            starts = before in ends or "\n" in before or token.norm_ in breaks
            joined = before in joints and token.norm_ in subjects and not self._is_opening(doc[start : token.i])
            token.is_sent_start = starts or joined
            start = token.i if token.is_sent_start else start
        return doc

    def _is_opening(self, words: Span) -> bool:
        first = " ".join(token.norm_ for token in words[:2])
        return len(words) <= _LONGEST_OPENING and first.startswith(tuple(self.clauses["openings"]))


class Concepts:
    """Finds the wordings of the dictionary, without those that overlap a look-alike."""

    def load(self, dictionary: Dictionary, words: Words) -> None:
        """Take over every pattern of the dictionary."""
        self._entries = {**dictionary.entries, **dictionary.lookalikes, **dictionary.claims}
        self._lookalikes, self._claims = frozenset(dictionary.lookalikes), frozenset(dictionary.claims)
        self._meanings = frozenset(dictionary.entries)
        self._uncued = dictionary.uncued
        self._words = words
        paths = ((entry.id, path) for entry in self._entries.values() for path in entry.paths)
        self._matcher = PatternMatcher(paths, words.base, words.rarity)

    def __call__(self, doc: Doc) -> Doc:
        found = self._match(doc)
        doc.user_data[CLAIMED] = any(span.label_ in self._claims for span in found)
        lookalikes = [span for span in found if span.label_ in self._lookalikes]
        said = [s for s in found if s.label_ in self._meanings and not self._is_silenced(s, lookalikes)]
        said = list(self._unhidden(said))
        doc.spans[CONCEPTS] = said
        targets = [core(s) for s in said if not self._is_settled(self._entry(s))]
        doc.spans[TARGETS] = list({(s.start, s.end): s for s in targets}.values())
        return doc

    def _is_settled(self, entry: Entry) -> bool:
        """Whether cues change nothing about a wording: about its facts, or as a denial that brings its own "not"."""
        denies = entry.asserts and all(value is False for _, value in entry.means)
        return bool(denies) or all(fact in self._uncued for fact, _ in entry.means)

    def _is_silenced(self, span: Span, lookalikes: list[Span]) -> bool:
        """Whether a look-alike overlaps the span that silences every fact, or one of the span's.

        A wording that is much longer than the look-alike says more than it: "pain in my side, doubled up".
        """
        facts = {fact for fact, _ in self._entry(span).means}
        near = (s for s in lookalikes if s.start < span.end and span.start < s.end)
        over = (self._entry(s) for s in near if len(span) <= len(s) + _LONGER)
        return any(not entry.hides or entry.hides & facts for entry in over)

    def _match(self, doc: Doc) -> list[Span]:
        matches = by_entry(self._matcher(doc, read_tokens(doc, self._words)))
        spans = [Span(doc, start, end, entry) for entry, places in matches.items() for start, end in places]
        return sorted(spans, key=lambda span: (span.start, span.end, span.label_))

    def _unhidden(self, spans: list[Span]) -> Iterable[Span]:
        """Drop what lies inside a longer wording that hides it: a hot swollen knee is not a swollen site."""
        for span in spans:
            facts = {fact for fact, _ in self._entry(span).means}
            hiders = (s for s in spans if s is not span and facts & self._entry(s).hides)
            if not any(h.start <= span.start and span.end <= h.end and len(h) > len(span) for h in hiders):
                yield span

    def _entry(self, span: Span) -> Entry:
        return self._entries[span.label_]


def core(span: Span) -> Span:
    """The part of a wording that is asserted, without "feel" or "or" before it: a cue that stands on one of them,
    as in "don't feel faint or sick", must not be lost.
    """
    start = span.start
    while start < span.end - 1 and span.doc[start].lemma_ in _CARRIERS:
        start += 1
    return Span(span.doc, start, span.end, "FINDING")


_LONGER = 3  # tokens
_CARRIERS = frozenset(("feel", "have", "get", "be", "or", "and"))


@Language.factory("aftercare_words")
def _words_factory(nlp: Language, name: str) -> NormalisedWords:
    return NormalisedWords()


@Language.factory("aftercare_clauses")
def _clauses_factory(nlp: Language, name: str) -> Clauses:
    return Clauses()


@Language.factory("aftercare_concepts")
def _concepts_factory(nlp: Language, name: str) -> Concepts:
    return Concepts()
