"""From a patient's words to findings: what, whether, whose, since when, how bad and where."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from spacy.tokens import Doc, Span

from bot.language.asides import Asides
from bot.language.attributes import Attributes
from bot.language.context import ABSENT, HYPOTHETICAL, OTHER_PERSON, PAST, assertion_by, cues_of
from bot.language.dictionary import DATA, PROTOCOL, Entry, load_dictionary
from bot.language.matters import Matters
from bot.language.pipeline import CLAIMED, CONCEPTS, build_pipeline, core
from bot.language.sentences import Sentences
from bot.language.spelling import TextSpelling
from bot.language.text import Cleaned, cleaned, names_in
from bot.language.words import Words
from bot.triage.finding import PRESENT, Finding

LONGEST_TEXT = 5_000


class Understanding:
    """Reads messages. Load once, call for every message; it keeps nothing between calls."""

    def __init__(self, data: Path = DATA, protocol: Path = PROTOCOL) -> None:
        self.dictionary = load_dictionary(data, protocol)
        self.nlp = build_pipeline(self.dictionary)
        self._attributes = Attributes(self.dictionary)
        self._sentences = Sentences()
        self._asides = Asides()
        self._matters = Matters()
        self._words: Words = self.nlp.get_pipe("aftercare_words").words
        written = self.dictionary.words
        self._spelling = TextSpelling(self._words.known, written["short_forms"], written["contractions"])

    def __call__(self, text: str, now: datetime, heard: Iterable[str] = ()) -> list[Finding]:
        """Return the findings of the message in the order of the text.

        text: the message as typed; anything after 5,000 characters is not read.
        now: aware time of the message, against which "yesterday" or "3 hours ago" are read.
        heard: facts that the message is known to report though no words for them were found; what is said of
        time, trend or severity goes to them.
        """
        text = text[:LONGEST_TEXT]
        read = self._spelling(cleaned(text))
        doc = self.nlp(read.text)
        whole = (Finding(fact, PRESENT, read.text, 0, len(read.text)) for fact in heard)
        said = [*self._findings(doc), *whole]
        found = _settled(self._attributes(doc, said, now))
        found = [_as_typed(finding, read, text) for finding in found]
        return sorted(found, key=lambda finding: (finding.start, finding.end))

    def gist(self, text: str) -> str:
        """Return the message without asides and with its typos mended, for what judges it as a whole."""
        text = text[:LONGEST_TEXT]
        read = self._spelling(cleaned(text))
        return self._asides.without(self._words.spelled(read.text, names_in(text)))

    def is_everyday(self, text: str) -> bool:
        """Whether a message is about the practice or everyday life, and nothing in it has to do with a body."""
        return self._matters.alone_in(cleaned(text[:LONGEST_TEXT]).text)

    def _findings(self, doc: Doc) -> list[Finding]:
        reached = cues_of(doc)
        spans = doc.spans[CONCEPTS]
        facts_of = {span.label_: {fact for fact, _ in self._entry(span).means} for span in spans}
        said = self._said(spans, reached)
        named = {fact for facts in facts_of.values() for fact in facts}
        found: list[Finding] = []
        for span in spans:
            entry = self._entry(span)
            if entry.unless & named or (entry.when and not entry.when & _beside(span.label_, said)):
                continue
            target = core(span)
            cues = self._moved(entry, span, reached.get((target.start, target.end), frozenset()))
            cues -= self._unmoved(entry, named, doc)
            found += _of_entry(entry, span, entry.asserts or assertion_by(cues))
        return found

    def _said(self, spans: Iterable[Span], reached: Mapping[tuple[int, int], frozenset[str]]) -> dict[str, set[str]]:
        """The facts that the message says of each entry found in it, without those it denies."""
        said: dict[str, set[str]] = defaultdict(set)
        for span in spans:
            target = core(span)
            if ABSENT not in reached.get((target.start, target.end), frozenset()):
                said[span.label_] |= {fact for fact, value in self._entry(span).means if value is not False}
        return said

    def _moved(self, entry: Entry, span: Span, cues: frozenset[str]) -> frozenset[str]:
        """The cues, with what the whole sentence adds to them or takes away."""
        facts = {fact for fact, _ in entry.means}
        if all(fact in self.dictionary.uncued for fact in facts):
            return cues
        if self._sentences.is_answered_no(span):
            cues |= {ABSENT}
        if self._sentences.is_asked_at_large(span, facts):
            cues |= {HYPOTHETICAL}
        if cues & {ABSENT, PAST} and self._sentences.is_new(span, facts):
            cues -= {ABSENT, PAST}
        if OTHER_PERSON in cues and PAST not in cues and self._sentences.is_witnessed(span, facts):
            cues -= {OTHER_PERSON}
        return cues

    def _unmoved(self, entry: Entry, named: set[str], doc: Doc) -> set[str]:
        """The cues that change nothing here: a carer's patient, a claim after a question, a lasting condition."""
        unmoved: set[str] = set()
        if "carer" in named or entry.whoever:
            unmoved.add(OTHER_PERSON)
        if doc.user_data[CLAIMED]:
            unmoved.add(HYPOTHETICAL)
        if all(fact in self.dictionary.chronic for fact, _ in entry.means):
            unmoved.add(PAST)
        return unmoved

    def _entry(self, span: Span) -> Entry:
        return self.dictionary.entries[span.label_]


def _beside(label: str, facts_of: Mapping[str, set[str]]) -> set[str]:
    """The facts that other entries than this one name in the message; a wording of the opposite names none."""
    return {fact for other, facts in facts_of.items() if other != label for fact in facts}


def _of_entry(entry: Entry, span: Span, assertion: str) -> list[Finding]:
    # "Not the worst headache" denies what is special about it, which is named last, and not the headache.
    means = entry.means[-1:] if assertion == "absent" else entry.means
    return [_finding(fact, value, assertion, span) for fact, value in means]


def _finding(fact: str, value: object, assertion: str, span: Span) -> Finding:
    """A wording of the opposite ("breathing is fine") asserts the fact as absent."""
    if value is False:
        assertion, value = ("absent" if assertion in ("present", "absent") else assertion), True
    return Finding(fact, assertion, span.text, span.start_char, span.end_char, value)


def _as_typed(finding: Finding, read: Cleaned, text: str) -> Finding:
    start, end = read.original(finding.start, finding.end)
    return replace(finding, text=text[start:end], start=start, end=end)


def _settled(found: list[Finding]) -> list[Finding]:
    """One finding for each fact, assertion and value: the first that was said."""
    return list({(f.finding, f.assertion, str(f.value)): f for f in reversed(found)}.values())
