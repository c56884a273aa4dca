"""Where the needles were: places named beside the needling, and the side."""

from collections.abc import Iterator, Mapping

from spacy.tokens import Doc, Span, Token

from bot.language.quantities import settings
from bot.language.spans import inside, is_session_word, same_clause
from bot.language.text import follows_not
from bot.triage.finding import ABSENT, POSSIBLE, PRESENT, Finding

_HELD = (PRESENT, POSSIBLE)
_ONLY = ("only", "just")
_WHOSE = ("the", "my", "his", "her", "their")
_DENIAL_REACH = 8  # tokens


class Places:
    """Makes the findings `area` and `sides`."""

    def __init__(self) -> None:
        words = settings()
        self._body_parts = frozenset(words["body_parts"])
        self._local = frozenset(words["local"])
        self._to_place = frozenset(words["to_place"])
        self._doing = frozenset(words["doing"])
        self._denials, self._only = frozenset(words["denials"]), frozenset(words["only"])
        self._untouched = frozenset(words["untouched"])
        self._needle_facts = frozenset(words["needle_facts"])
        self._elsewhere: Mapping[str, list[str]] = words["elsewhere"]

    def areas(self, doc: Doc, areas: list[Finding], said: list[Finding], about: list[Finding]) -> Iterator[Finding]:
        """Where the needles were: places named beside the needling, else the place of a local symptom there."""
        denied = [f for f in said if f.assertion == ABSENT and f.finding not in (*self._needle_facts, "treatment")]
        told = [a for a in areas if a.assertion in _HELD and not self._is_denied(doc, a, denied)]
        named = [a for a in told if self._names_place(doc, a)]
        needles = [f for f in said if f.finding in self._needle_facts]
        alone = len({str(a.value) for a in told}) == 1
        # A needle that was left is in the only place that is named, or in one of the same clause.
        by_needle = [a for a in told if needles and (alone or any(same_clause(doc, f, a) for f in needles))]
        near = [a for a in told if a in named or self._by_session(doc, a) or a in by_needle]
        free = [a for a in near if not any(inside(a, f) for f in said if f in about)]
        local = [a for a in near if any(inside(a, f) for f in said if f.finding in self._local)]
        # Where a needle is left matters more than that the place hurts.
        chosen = named or free or local or ((near or told) if needles else [])
        if chosen:
            first = chosen[0]
            values = sorted({str(a.value) for a in chosen})
            yield Finding("area", PRESENT, first.text, first.start, first.end, values)
            said_of = {f.finding for f in said}
            for fact, places in self._elsewhere.items():
                if named and fact not in said_of and not set(places) & set(values):
                    yield Finding(fact, ABSENT, first.text, first.start, first.end)

    def _is_denied(self, doc: Doc, area: Finding, denied: list[Finding]) -> bool:
        """ "No neck needling", "not in my neck", "no needles anywhere near my back or neck".

        denied: what else is denied; the no of "no chest pain had needles in my back" is not the back's.
        """
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None or not self._by_session(doc, area):
            return False
        if self._is_denied_after(doc, span):
            return True
        before = doc[max(span.sent.start, span.start - _DENIAL_REACH) : span.start]
        denials = [token.i for token in before if token.norm_ in self._denials and not _is_unable(token)]
        if not denials or any(token.norm_ in self._only for token in doc[denials[-1] : span.start]):
            return False
        return not any(doc[denials[-1]].idx <= f.start and f.end <= area.start for f in denied)

    def _is_denied_after(self, doc: Doc, span: Span) -> bool:
        """ "My neck was not touched", "neck and back weren't done"."""
        after = doc[span.end : min(span.sent.end, span.end + 6)]
        denied = next((token.i for token in after if token.norm_ in self._denials), None)
        return denied is not None and any(
            token.norm_ in self._untouched or is_session_word(token) for token in doc[denied : denied + 3]
        )

    def _by_session(self, doc: Doc, area: Finding) -> bool:
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        start, end = _clause_with_only(span)
        around = doc[max(start, span.start - 7) : min(end, span.end + 6)]
        return any(is_session_word(t) for t in around)

    def _names_place(self, doc: Doc, area: Finding) -> bool:
        """ "needles in my left calf", "neck needling": nothing but small words and places between the two."""
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        after = doc[span.end] if span.end < span.sent.end else None
        named = len(span) > 1 or span.text != "back"  # "I come back needling or not"
        if after is not None and is_session_word(after) and named:
            return True
        for token in reversed(doc[_clause_with_only(span)[0] : span.start]):
            if is_session_word(token) or token.norm_ in self._doing:
                return True
            if token.norm_ in ("after", "post") and self._are_parts(doc[token.i + 1 : span.start]):
                return True  # "day 6 after neck and traps"
            if token.norm_ not in self._to_place and token.lemma_ not in self._body_parts:
                return False
        return False

    def _are_parts(self, between: Span) -> bool:
        return all(t.lemma_ in self._body_parts or t.norm_ in ("and", ",", "left", "right") for t in between)

    def sides(self, doc: Doc) -> Iterator[Finding]:
        found = [t for t in doc if t.norm_ in ("left", "right") and self._before_part(doc, t)]
        found = [t for t in found if not follows_not(doc.text, t.idx)] or found
        if found:
            values = sorted({t.norm_ for t in found})
            first = found[0]
            yield Finding("sides", PRESENT, first.text, first.idx, first.idx + len(first), values)

    def _before_part(self, doc: Doc, token: Token) -> bool:
        if doc[max(0, token.i - 1) : token.i].text.lower() in _WHOSE and doc[token.i + 1 : token.i + 2].text == "one":
            return True  # "I meant the left one"; but "she left one in"
        return any(t.lemma_ in self._body_parts or t.norm_ in self._body_parts for t in doc[token.i + 1 : token.i + 3])


def _is_unable(denial: Token) -> bool:
    """ "I can't lift it, the neck was needled" denies no place."""
    return denial.i > 0 and denial.nbor(-1).norm_ in ("can", "could")


def _clause_with_only(span: Span) -> tuple[int, int]:
    """The tokens of the place's clause, past an "only": "needles were only in my hand", "the only place needled"."""
    doc, start, end = span.doc, span.sent.start, span.sent.end
    if start > 0 and doc[start].norm_ in _ONLY:
        start = doc[start - 1].sent.start
    if end < len(doc) and doc[end].norm_ in _ONLY:
        end = doc[end].sent.end
    return start, end
