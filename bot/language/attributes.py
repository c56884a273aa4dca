"""Binds what is said about a finding to it: since when, how bad, which way it goes, where, which side."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from spacy.tokens import Doc, Span, Token

from bot.language.dictionary import Dictionary
from bot.language.quantities import Quantity, find_quantities, settings
from bot.language.times import Moment, find_times, interval
from bot.triage.finding import ABSENT, POSSIBLE, PRESENT, Finding

_HELD = (PRESENT, POSSIBLE)


class Attributes:
    """Makes findings of attributes. `said` are the findings of the concepts, unbound attributes among them."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._facts = dictionary.facts
        self._heads = dictionary.heads
        words = settings()
        self._session_words = frozenset(words["session_words"])
        self._onset_words = frozenset(words["onset_words"])
        self._body_parts = frozenset(words["body_parts"])
        self._sized = frozenset(words["sized"])
        self._local = frozenset(words["local"])
        self._to_place = frozenset(words["to_place"])

    def __call__(self, doc: Doc, said: list[Finding], now: datetime) -> list[Finding]:
        """Return the findings with every attribute bound, or dropped where there is nothing to bind it to."""
        unbound = [f for f in said if f.finding in self._facts.attributes]
        areas = [f for f in said if f.finding == "area"]
        rest = [f for f in said if f not in unbound and f not in areas]
        heads = [f for f in rest if self._heads.get(f.finding) and f.assertion in _HELD]
        found = list(rest)
        found += self._words(doc, unbound, heads)
        found += self._quantities(doc, heads, rest)
        found += self._times(doc, heads, now)
        found += self._areas(doc, areas, rest)
        found += self._sides(doc)
        return found

    # --- trend, severity and recurrence in words -----------------------------------------------------
    def _words(self, doc: Doc, unbound: list[Finding], heads: list[Finding]) -> Iterator[Finding]:
        for word in unbound:
            if word.assertion not in (PRESENT, ABSENT) or (word.assertion == ABSENT and word.finding != "recurs"):
                continue
            if word.finding == "severity":
                near = [h for h in heads if _same_clause(doc, h, word) and _distance(h, word.start, word.end) <= 25]
            else:
                near = heads
            yield from self._bound(doc, word.finding, word.value, word.assertion, word, near)

    def _bound(
        self, doc: Doc, name: str, value: Any, assertion: str, where: Finding | Quantity | Moment, heads: list[Finding]
    ) -> Iterator[Finding]:
        """The attribute of the nearest finding: in its clause, else before it, else after it."""
        text = doc.text[where.start : where.end]
        for head in self._nearest(doc, where, heads):
            fact = head if name == "hours" and head not in self._facts.symptoms else f"{head}.{name}"
            if fact in self._facts.kinds and (head in self._facts.symptoms or name == "hours"):
                yield Finding(fact, assertion, text, where.start, where.end, value)

    def _nearest(self, doc: Doc, where: Finding | Quantity | Moment, heads: list[Finding]) -> tuple[str, ...]:
        if not heads:
            return ()
        clause = _clause(doc, where.start, where.end)
        here = [h for h in heads if clause.start_char <= h.start < clause.end_char]
        before = [h for h in heads if h.end <= where.start]
        pool = here or before[-4:] or heads
        if isinstance(where, Moment) and (told := [h for h in here if h.end <= where.start]):
            # "dizzy and sick since yesterday" dates both
            return tuple(dict.fromkeys(n for h in told for n in self._heads[h.finding]))
        best = min(_distance(h, where.start, where.end) for h in pool)
        names = [n for h in pool if _distance(h, where.start, where.end) == best for n in self._heads[h.finding]]
        return tuple(dict.fromkeys(names))

    # --- numbers ---------------------------------------------------------------------------------------
    def _quantities(self, doc: Doc, heads: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        for quantity in find_quantities(doc.text):
            text = doc.text[quantity.start : quantity.end]
            if quantity.about == "severity":
                yield from self._bound(doc, "severity", quantity.value, PRESENT, quantity, heads)
            elif quantity.about == "bruise_size" and not any(f.finding in self._sized for f in said):
                continue
            else:
                yield Finding(quantity.about, PRESENT, text, quantity.start, quantity.end, quantity.value)
            if quantity.about == "temperature":
                fever = PRESENT if quantity.value[0] >= settings()["fever_from"] else ABSENT
                yield Finding("fever", fever, text, quantity.start, quantity.end)

    # --- times -------------------------------------------------------------------------------------------
    def _times(self, doc: Doc, heads: list[Finding], now: datetime) -> Iterator[Finding]:
        moments = find_times(doc.text, now)
        sessions = [m for m in moments if self._is_session(doc, m, heads)]
        for moment in sessions[:1]:
            text = doc.text[moment.start : moment.end]
            yield Finding("session", PRESENT, text, moment.start, moment.end, moment.interval(now))
        for moment in moments:
            if moment in sessions and not self._since_session(doc, moment):
                continue
            if moment.kind == "after":
                yield from self._after_session(doc, moment, heads, sessions[0].hours if sessions else None, now)
            else:
                yield from self._bound(doc, "hours", moment.interval(now), PRESENT, moment, heads)

    def _is_session(self, doc: Doc, moment: Moment, heads: list[Finding]) -> bool:
        """Whether the time is that of the session and not of a symptom: the nearer of the two decides."""
        if moment.kind == "day":
            return True
        clause = _clause(doc, moment.start, moment.end)
        near = [_gap(t, moment) for t in clause if self._is_session_word(t)]
        if not near or moment.kind == "lasting" and not self._since_session(doc, moment):
            return False
        if moment.kind == "after":
            return not any(t.lemma_ in self._onset_words for t in clause)
        if doc.text[moment.start : moment.end].startswith("since") and not self._since_session(doc, moment):
            return False
        others = [_distance(h, moment.start, moment.end) for h in heads if _same_clause(doc, h, moment)]
        return min(near) <= min(others, default=10_000)

    def _since_session(self, doc: Doc, moment: Moment) -> bool:
        """ "since my session on tuesday": the symptom began with the session."""
        before = [t for t in _clause(doc, moment.start, moment.end) if t.idx < moment.start]
        since = [t.i for t in before if t.norm_ in ("since", "ever")]
        return bool(since) and any(t.i > since[-1] and t.norm_ in self._session_words for t in before)

    def _after_session(
        self, doc: Doc, moment: Moment, heads: list[Finding], session: tuple[float, float] | None, now: datetime
    ) -> Iterator[Finding]:
        if any(h.finding == "fainted" and _same_clause(doc, h, moment) for h in heads):
            when = "within_hour" if moment.hours[1] <= 1.6 else "later"
            yield Finding("faint_when", PRESENT, doc.text[moment.start : moment.end], moment.start, moment.end, when)
        if session:
            hours = max(0.0, session[0] - moment.hours[1]), max(0.0, session[1] - moment.hours[0])
            yield from self._bound(doc, "hours", interval(hours, now), PRESENT, moment, heads)

    # --- places --------------------------------------------------------------------------------------------
    def _areas(self, doc: Doc, areas: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        """Where the needles were: places named beside the needling, else the place of a local symptom there."""
        near = [a for a in areas if a.assertion in _HELD and self._by_session(doc, a)]
        named = [a for a in near if self._names_place(doc, a)]
        free = [a for a in near if not any(_inside(a, f) for f in said if self._heads.get(f.finding))]
        local = [a for a in near if any(_inside(a, f) for f in said if f.finding in self._local)]
        chosen = named or free or local
        if chosen:
            first = chosen[0]
            values = sorted({str(a.value) for a in chosen})
            yield Finding("area", PRESENT, first.text, first.start, first.end, values)

    def _by_session(self, doc: Doc, area: Finding) -> bool:
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        around = doc[max(span.sent.start, span.start - 7) : min(span.sent.end, span.end + 6)]
        return any(self._is_session_word(t) for t in around)

    def _names_place(self, doc: Doc, area: Finding) -> bool:
        """ "needles in my left calf", "neck needling": nothing but small words and places between the two."""
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        after = doc[span.end] if span.end < span.sent.end else None
        if after is not None and self._is_session_word(after) and doc[span.end - 1].norm_ != "back":
            return True
        for token in reversed(doc[span.sent.start : span.start]):
            if self._is_session_word(token):
                return True
            if token.norm_ not in self._to_place and token.lemma_ not in self._body_parts:
                return False
        return False

    def _is_session_word(self, token: Token) -> bool:
        return token.norm_ in self._session_words or token.lemma_ in self._session_words

    def _sides(self, doc: Doc) -> Iterator[Finding]:
        found = [t for t in doc if t.norm_ in ("left", "right") and self._before_part(doc, t)]
        if found:
            values = sorted({t.norm_ for t in found})
            first = found[0]
            yield Finding("sides", PRESENT, first.text, first.idx, first.idx + len(first), values)

    def _before_part(self, doc: Doc, token: Token) -> bool:
        return any(t.lemma_ in self._body_parts or t.norm_ in self._body_parts for t in doc[token.i + 1 : token.i + 3])


def _clause(doc: Doc, start: int, end: int) -> Span:
    span = doc.char_span(start, end, alignment_mode="expand")
    return doc[:] if span is None else span[0].sent


def _same_clause(doc: Doc, head: Finding, where: Finding | Quantity | Moment) -> bool:
    clause = _clause(doc, where.start, where.end)
    return bool(clause.start_char <= head.start < clause.end_char)


def _distance(finding: Finding, start: int, end: int) -> int:
    return max(0, finding.start - end, start - finding.end)


def _gap(token: Token, moment: Moment) -> int:
    return int(max(0, token.idx - moment.end, moment.start - token.idx - len(token)))


def _inside(area: Finding, other: Finding) -> bool:
    return other.start <= area.start and area.end <= other.end
