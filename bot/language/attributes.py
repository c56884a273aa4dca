"""Binds what is said about a finding to it: since when, how bad, which way it goes, where, which side."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from spacy.tokens import Doc, Span, Token

from bot.language.courses import course, dated_if_gone, grown, session_before, still_words
from bot.language.dictionary import Dictionary
from bot.language.quantities import Quantity, find_quantities, settings
from bot.language.text import follows_not
from bot.language.times import Moment, find_times, interval
from bot.triage.finding import ABSENT, HYPOTHETICAL, OTHER_PERSON, PAST, POSSIBLE, PRESENT, Finding

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
        self._doing = frozenset(words["doing"])
        self._denials, self._only = frozenset(words["denials"]), frozenset(words["only"])
        self._well, self._untouched = frozenset(words["well"]), frozenset(words["untouched"])
        self._needle_facts = frozenset(words["needle_facts"])
        self._carried: Mapping[str, list[str]] = words["carried"]
        self._elsewhere: Mapping[str, list[str]] = words["elsewhere"]
        self._within_hour: Mapping[str, str] = words["within_hour"]

    def __call__(self, doc: Doc, said: list[Finding], now: datetime) -> list[Finding]:
        """Return the findings with every attribute bound, or dropped where there is nothing to bind it to."""
        unbound = [f for f in said if f.finding in self._facts.attributes]
        times = [time for time in find_times(doc.text, now) if not follows_not(doc.text, time.start)]
        times = [time for time in times if time.kind != "point" or not _BOOKED.search(doc.text[: time.start])]
        times = [time for time in times if not self._is_of_another(doc, time, said)]
        doc.user_data[_MOMENTS] = times
        areas = [f for f in said if f.finding == "area" and not any(_covers(time, f) for time in times)]
        rest = [f for f in said if f not in unbound and f.finding != "area"]
        heads = [f for f in rest if self._head_of(f) and f.assertion in _HELD]
        found = list(rest)
        numbers = list(self._quantities(doc, heads, rest))
        numbers += course(doc.text, numbers)
        scored = {number.finding for number in numbers}
        # "7 out of 10 but bearable" is a 7.
        found += [word for word in self._words(doc, unbound, heads, rest) if word.finding not in scored]
        found += numbers
        found = grown(doc.text, found)
        found += self._times(doc, times, heads, now)
        found += self._still(doc, unbound, heads, found, now)
        found += session_before(times, found, now)
        found = dated_if_gone(found, now)
        found += self._areas(doc, areas, rest)
        found += self._sides(doc)
        return [*found, *self._short_lived(found, now)]

    def _head_of(self, finding: Finding) -> tuple[str, ...]:
        """The symptoms that what is said about the finding goes to; of a choice, those of its value."""
        value = f"{finding.finding}.{finding.value}"
        return self._heads.get(value) or self._heads.get(finding.finding, ())

    # --- trend, severity and recurrence in words -----------------------------------------------------
    def _words(self, doc: Doc, unbound: list[Finding], heads: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        for word in unbound:
            if word.assertion not in (PRESENT, ABSENT) or (word.assertion == ABSENT and word.finding != "recurs"):
                continue
            if any(f.assertion == ABSENT and _inside(word, f) for f in said):
                continue  # "grip is strong" denies a weakness and rates nothing
            near = self._rated(doc, word, heads) if word.finding == "severity" else heads
            yield from self._bound(doc, word.finding, word.value, word.assertion, word, near)

    def _rated(self, doc: Doc, word: Finding, heads: list[Finding]) -> list[Finding]:
        """What a word for severity may be about: findings close by in its clause; all, of "mild now" alone."""
        clause = _clause(doc, word.start, word.end)
        alone = len(clause) <= _SHORT_CLAUSE and not any(_same_clause(doc, h, word) for h in heads)
        if alone or doc.text.startswith(" now", word.end):
            return [h for h in heads if h.end <= word.start]
        return [h for h in heads if _same_clause(doc, h, word) and _distance(h, word.start, word.end) <= 25]

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
        if isinstance(where, Moment) and (told := [h for h in here if h.end <= where.start or _spans(h, doc)]):
            # "dizzy and sick since yesterday" dates both; "a headache for 30 hours and tired since friday" does not
            dated = max((m.end for m in doc.user_data[_MOMENTS] if m.end <= where.start), default=0)
            told = [h for h in told if h.start >= dated] or told
            return tuple(dict.fromkeys(n for h in told for n in self._head_of(h)))
        best = min(_distance(h, where.start, where.end) for h in pool)
        names = [n for h in pool if _distance(h, where.start, where.end) == best for n in self._head_of(h)]
        # "A coin-sized bruise, but it hurts 8/10": "it" is what was named before.
        it = any(_says_it(doc, h) for h in pool if _distance(h, where.start, where.end) == best)
        told = [h for h in (heads if it else here) if h.end <= where.start]
        names += [carried for h in told for carried in self._carried.get(h.finding, ())]
        return tuple(dict.fromkeys(names))

    def _is_of_another(self, doc: Doc, moment: Moment, said: list[Finding]) -> bool:
        """Whether the time dates only what was once, or is another person's: "numb for a week when I was 12"."""
        clause = _clause(doc, moment.start, moment.end)
        told = [f for f in said if self._head_of(f) and _same_clause(doc, f, moment)]
        elsewhere = bool(told) and all(f.assertion in (PAST, OTHER_PERSON, HYPOTHETICAL) for f in told)
        return elsewhere and not any(self._is_session_word(token) for token in clause)

    # --- numbers ---------------------------------------------------------------------------------------
    def _quantities(self, doc: Doc, heads: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        for quantity in find_quantities(doc.text):
            if follows_not(doc.text, quantity.start):
                continue
            text = doc.text[quantity.start : quantity.end]
            if quantity.about == "severity":
                yield from self._bound(doc, "severity", quantity.value, PRESENT, quantity, heads)
            elif quantity.about == "bruise_size" and not any(f.finding in self._sized for f in said):
                continue
            elif quantity.about == "temperature" and _is_anothers(doc, quantity, said):
                continue
            else:
                yield Finding(quantity.about, PRESENT, text, quantity.start, quantity.end, quantity.value)
            if quantity.about == "temperature":
                fever = PRESENT if quantity.value[0] >= settings()["fever_from"] else ABSENT
                yield Finding("fever", fever, text, quantity.start, quantity.end)

    # --- times -------------------------------------------------------------------------------------------
    def _times(self, doc: Doc, moments: list[Moment], heads: list[Finding], now: datetime) -> Iterator[Finding]:
        sessions = [m for m in moments if self._is_session(doc, m, heads)]
        sessions.sort(key=lambda m: not _SESSION_WAS.search(doc.text[: m.start]))
        for moment in sessions[:1]:
            text = doc.text[moment.start : moment.end]
            yield Finding("session", PRESENT, text, moment.start, moment.end, moment.interval(now))
        began: dict[str, Finding] = {}
        for moment in moments:
            for finding in self._onsets(doc, moment, heads, sessions, now):
                earlier = began.get(finding.finding)
                if earlier is None or finding.value[0] < earlier.value[0]:
                    began[finding.finding] = finding
        yield from began.values()

    def _onsets(
        self, doc: Doc, moment: Moment, heads: list[Finding], sessions: list[Moment], now: datetime
    ) -> Iterator[Finding]:
        """Since when, by one mention of a time; of several the caller keeps the earliest."""
        if moment.hours[0] > _LONG_AGO or self._is_wellness(doc, moment):
            return
        if moment.kind == "point" and moment.hours[0] == 0 and self._is_still(doc, moment) == "before":
            return  # "still red today" began earlier
        if self._is_still(doc, moment) and (moment.kind == "day" or moment.kind == "after" and moment in sessions[:1]):
            # "Still there 30 hours later" began with the session, "still there on day 2" perhaps later that day.
            yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, heads)
        elif moment.kind == "after":
            # When the moment is the session's own, nothing says when the symptom began.
            if moment in sessions[:1] and not self._is_onset(doc, moment):
                # A red spot that is there 30 hours later came with the session, or late, which is no better.
                red = [h for h in heads if h.finding == "redness"]
                yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, red)
            known = sessions and (moment not in sessions[:1] or self._is_onset(doc, moment))
            yield from self._after_session(doc, moment, heads, sessions[0].hours if known else None, now)
        elif moment.kind == "both" or moment not in sessions or self._since_session(doc, moment):
            yield from self._bound(doc, "hours", moment.interval(now), PRESENT, moment, heads)

    def _still(
        self, doc: Doc, unbound: list[Finding], heads: list[Finding], found: list[Finding], now: datetime
    ) -> Iterator[Finding]:
        """ "Needled 30 hours ago and the spots are still red": what is still there began with the session."""
        times = [time for time in find_times(doc.text, now) if time.kind in ("point", "day", "after")]
        sessions = [time for time in times if self._is_session(doc, time, heads)]
        known = {f.finding for f in found}
        for word in still_words(doc, unbound) if sessions else ():
            for finding in self._bound(doc, "hours", _since_soon_after(sessions[0], now), PRESENT, word, heads):
                if finding.finding not in known:
                    known.add(finding.finding)
                    yield finding

    def _is_onset(self, doc: Doc, moment: Moment) -> bool:
        return any(t.lemma_ in self._onset_words for t in _clause(doc, moment.start, moment.end))

    def _is_wellness(self, doc: Doc, moment: Moment) -> bool:
        """ "Fine for hours" is not how long it was bad."""
        span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
        if span is None:
            return False
        before = doc[max(0, span.start - 2) : span.start]
        # "A good three hours" is a long time.
        return any(t.norm_ in self._well and doc[max(0, t.i - 1)].norm_ != "a" for t in before)

    def _is_still(self, doc: Doc, moment: Moment) -> str:
        """Where a "still" stands by the time: `before` it, `after` it, or nowhere, an empty string."""
        span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
        near = () if span is None else doc[max(0, span.start - 6) : span.end + 7]
        where = ["before" if token.idx < moment.start else "after" for token in near if token.norm_ == "still"]
        return where[0] if where else ""

    def _is_session(self, doc: Doc, moment: Moment, heads: list[Finding]) -> bool:
        """Whether the time is that of the session and not of a symptom: the nearer of the two decides."""
        if moment.kind in ("day", "both") or self._is_bare(doc, moment, heads) or self._names_session(doc, moment):
            return True
        clause = _clause(doc, moment.start, moment.end)
        near = [_gap(t, moment) for t in clause if self._is_session_word(t) and not _is_mark(t) or _is_done(t)]
        if moment.kind == "after" and not near:
            return bool(self._is_still(doc, moment)) or self._is_now(doc, moment)  # "still sore three days later"
        if not near or moment.kind == "lasting" and not self._since_session(doc, moment):
            return False
        if moment.kind == "after":
            return not self._is_onset(doc, moment)
        if doc.text[moment.start : moment.end].startswith("since") and not self._since_session(doc, moment):
            return False
        others = [_distance(h, moment.start, moment.end) for h in heads if _same_clause(doc, h, moment)]
        return min(near) <= min(others, default=10_000)

    def _is_now(self, doc: Doc, moment: Moment) -> bool:
        """ "A tight bit in my forearm, 3 weeks after" tells how long ago the session is."""
        clause = _clause(doc, moment.start, moment.end)
        ends = not doc.text[moment.end : clause.end_char].strip(" .!?,;")
        return moment.hours[0] >= _A_DAY and ends and not self._is_onset(doc, moment)

    def _is_bare(self, doc: Doc, moment: Moment, heads: list[Finding]) -> bool:
        """ "It was three days ago", in a message that names no symptom, tells when the session was."""
        span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
        if moment.kind == "point" and _THAT_WAS.match(doc.text[moment.end :]):
            return any(self._is_session_word(t) for t in doc if t.idx < moment.start)  # "sunday that was"
        if heads or moment.kind != "point" or span is None:
            return False
        before = [token.norm_ for token in doc[max(span.sent.start, span.start - 5) : span.start]]
        return "was" in before and bool({"it", "that", "session", "appointment"} & set(before))

    def _names_session(self, doc: Doc, moment: Moment) -> bool:
        """ "monday's needling", "friday's session on my calf"."""
        span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
        if span is None or moment.kind not in ("point", "lasting"):
            return False
        following = doc[span.end : span.end + 1].text == "'s"
        owner = following or span.text.endswith(("'s", "s"))
        return owner and any(self._is_session_word(token) for token in doc[span.end : span.end + 2 + following])

    def _since_session(self, doc: Doc, moment: Moment) -> bool:
        """ "since my session on tuesday", "since tuesday's session": the symptom began with the session."""
        if doc.text[moment.start :].startswith(("since", "ever since", "from")) and self._names_session(doc, moment):
            return True
        before = [t for t in _clause(doc, moment.start, moment.end) if t.idx < moment.start]
        since = [t.i for t in before if t.norm_ in ("since", "ever")]
        told = [t for t in before if t.norm_ in self._session_words or _is_done(t)]
        return bool(since) and any(t.i > since[-1] for t in told)

    def _after_session(
        self, doc: Doc, moment: Moment, heads: list[Finding], session: tuple[float, float] | None, now: datetime
    ) -> Iterator[Finding]:
        if any(h.finding == "fainted" and _same_clause(doc, h, moment) for h in heads):
            when = "within_hour" if moment.hours[1] <= 1.6 else "later"
            yield Finding("faint_when", PRESENT, doc.text[moment.start : moment.end], moment.start, moment.end, when)
        if any(h.finding == "dry_cough" and _same_clause(doc, h, moment) for h in heads) and moment.hours[1] <= _WEEK:
            yield Finding("cough_began_late", ABSENT, doc.text[moment.start : moment.end], moment.start, moment.end)
        if session:
            still = self._is_still(doc, moment)
            if still == "before" and session[0] <= moment.hours[1] and moment.hours[0] <= session[1]:
                yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, heads)
                return
            began = 0.0 if still else moment.hours[0]
            hours = max(0.0, session[0] - moment.hours[1]), max(0.0, session[1] - began)
            yield from self._bound(doc, "hours", interval(hours, now), PRESENT, moment, heads)

    # --- places --------------------------------------------------------------------------------------------
    def _areas(self, doc: Doc, areas: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        """Where the needles were: places named beside the needling, else the place of a local symptom there."""
        told = [a for a in areas if a.assertion in _HELD and not self._is_denied(doc, a)]
        named = [a for a in told if self._names_place(doc, a)]
        needles = [f for f in said if f.finding in self._needle_facts]
        alone = len({str(a.value) for a in told}) == 1
        # A needle that was left is in the only place that is named, or in one of the same clause.
        by_needle = [a for a in told if needles and (alone or any(_same_clause(doc, f, a) for f in needles))]
        near = [a for a in told if a in named or self._by_session(doc, a) or a in by_needle]
        free = [a for a in near if not any(_inside(a, f) for f in said if self._head_of(f))]
        local = [a for a in near if any(_inside(a, f) for f in said if f.finding in self._local)]
        # Where a needle is left matters more than that the place hurts.
        chosen = named or free or local or (near if needles else [])
        if chosen:
            first = chosen[0]
            values = sorted({str(a.value) for a in chosen})
            yield Finding("area", PRESENT, first.text, first.start, first.end, values)
            said_of = {f.finding for f in said}
            for fact, places in self._elsewhere.items():
                if named and fact not in said_of and not set(places) & set(values):
                    yield Finding(fact, ABSENT, first.text, first.start, first.end)

    def _is_denied(self, doc: Doc, area: Finding) -> bool:
        """ "No neck needling", "not in my neck", "no needles anywhere near my back or neck"."""
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None or not self._by_session(doc, area):
            return False
        if self._is_denied_after(doc, span):
            return True
        before = doc[max(span.sent.start, span.start - _DENIAL_REACH) : span.start]
        denials = [token.i for token in before if token.norm_ in self._denials]
        return bool(denials) and not any(token.norm_ in self._only for token in doc[denials[-1] : span.start])

    def _is_denied_after(self, doc: Doc, span: Span) -> bool:
        """ "My neck was not touched", "neck and back weren't done"."""
        after = doc[span.end : min(span.sent.end, span.end + 6)]
        denied = next((token.i for token in after if token.norm_ in self._denials), None)
        return denied is not None and any(
            token.norm_ in self._untouched or self._is_session_word(token) for token in doc[denied : denied + 3]
        )

    def _by_session(self, doc: Doc, area: Finding) -> bool:
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        start, end = _clause_of(span)
        around = doc[max(start, span.start - 7) : min(end, span.end + 6)]
        return any(self._is_session_word(t) for t in around)

    def _names_place(self, doc: Doc, area: Finding) -> bool:
        """ "needles in my left calf", "neck needling": nothing but small words and places between the two."""
        span = doc.char_span(area.start, area.end, alignment_mode="expand")
        if span is None:
            return False
        after = doc[span.end] if span.end < span.sent.end else None
        named = len(span) > 1 or span.text != "back"  # "I come back needling or not"
        if after is not None and self._is_session_word(after) and named:
            return True
        for token in reversed(doc[_clause_of(span)[0] : span.start]):
            if self._is_session_word(token) or token.norm_ in self._doing:
                return True
            if token.norm_ in ("after", "post") and self._are_parts(doc[token.i + 1 : span.start]):
                return True  # "day 6 after neck and traps"
            if token.norm_ not in self._to_place and token.lemma_ not in self._body_parts:
                return False
        return False

    def _are_parts(self, between: Span) -> bool:
        return all(t.lemma_ in self._body_parts or t.norm_ in ("and", ",", "left", "right") for t in between)

    def _is_session_word(self, token: Token) -> bool:
        return token.norm_ in self._session_words or token.lemma_ in self._session_words

    def _sides(self, doc: Doc) -> Iterator[Finding]:
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

    def _short_lived(self, found: list[Finding], now: datetime) -> Iterator[Finding]:
        """ "Dizzy for ten minutes, fine now" did not last more than an hour."""
        gone = {f.finding.removesuffix(".trend") for f in found if f.finding.endswith(".trend") and f.value == "gone"}
        named = {f.finding for f in found}
        for hours in [f for f in found if f.finding.endswith(".hours")]:
            fact, symptom = self._within_hour.get(hours.finding), hours.finding.removesuffix(".hours")
            if fact and fact not in named and symptom in gone and _is_short(hours.value, now):
                yield Finding(fact, ABSENT, hours.text, hours.start, hours.end)


_SHORT_CLAUSE = 4  # tokens
# "Booked for friday" is still to come.
_BOOKED = re.compile(r"\b(?:booked|come (?:back |in )?for|come back|see you|due)\b[^.,;!?]{0,24}$")
_THAT_WAS = re.compile(r",? (?:that|it) was\b")
_MOMENTS = "moments"
_ONLY = ("only", "just")
_MARKS = frozenset("spot mark hole site dot point prick wound".split())
_SESSION_WAS = re.compile(
    r"\b(?:session|treatment|appointment|appt|needling|acupuncture|needles|needled)"
    r"(?: (?:was|were|is|on|at|done|of))+ $"
)
_WHO_DID = frozenset(("you", "they", "she", "he", "physio", "therapist", "acupuncturist"))
_WHOSE = ("the", "my", "his", "her", "their")
_DENIAL_REACH = 8  # tokens
_LONG_AGO = 26 * 168.0  # hours: what was half a year ago is no symptom of this session
_WEEK = 168.0  # hours
_A_DAY = 20.0  # hours
_AN_HOUR = timedelta(hours=1, minutes=6)


def _is_done(token: Token) -> bool:
    """ "You did my shoulder on sunday": the session, as "I did the garden" and "than they did" are not."""
    before = [t.norm_ for t in token.doc[max(0, token.i - 2) : token.i]]
    return token.norm_ == "did" and bool(before) and before[-1] in _WHO_DID and before[0] != "than"


def _is_anothers(doc: Doc, quantity: Quantity, said: list[Finding]) -> bool:
    """Whether the degrees belong to a fever of another time or person: "my flatmate has a fever of 39"."""
    fevers = [f for f in said if f.finding == "fever" and _same_clause(doc, f, quantity)]
    return bool(fevers) and all(f.assertion in (PAST, OTHER_PERSON, HYPOTHETICAL) for f in fevers)


def _clause_of(span: Span) -> tuple[int, int]:
    """The tokens of the place's clause, past an "only": "needles were only in my hand", "the only place needled"."""
    doc, start, end = span.doc, span.sent.start, span.sent.end
    if start > 0 and doc[start].norm_ in _ONLY:
        start = doc[start - 1].sent.start
    if end < len(doc) and doc[end].norm_ in _ONLY:
        end = doc[end].sent.end
    return start, end


def _says_it(doc: Doc, head: Finding) -> bool:
    return bool(doc.text[head.start : head.end].startswith(("it ", "this ", "that ")))


def _spans(head: Finding, doc: Doc) -> bool:
    """Whether the finding has no words of its own but the whole message."""
    return head.start == 0 and head.end == len(doc.text)


def _is_mark(token: Token) -> bool:
    """A needle's spot or hole is there for days, and tells nothing of when the needle was."""
    return token.i + 1 < len(token.doc) and token.nbor(1).lemma_ in _MARKS


def _since_soon_after(moment: Moment, now: datetime) -> list[str]:
    """When something began that came with the session or soon after it, by what is told of the session."""
    latest, earliest = moment.hours
    slack = 11 if moment.kind == "day" else min(2.0, latest / 4)
    return interval((max(0.0, latest - slack), earliest), now)


def _clause(doc: Doc, start: int, end: int) -> Span:
    span = doc.char_span(start, end, alignment_mode="expand")
    return doc[:] if span is None else span[0].sent


def _is_short(since: list[str], now: datetime) -> bool:
    return now - datetime.fromisoformat(since[0]) <= _AN_HOUR


def _same_clause(doc: Doc, head: Finding, where: Finding | Quantity | Moment) -> bool:
    clause = _clause(doc, where.start, where.end)
    return bool(clause.start_char <= head.start < clause.end_char)


def _distance(finding: Finding, start: int, end: int) -> int:
    return max(0, finding.start - end, start - finding.end)


def _gap(token: Token, moment: Moment) -> int:
    return int(max(0, token.idx - moment.end, moment.start - token.idx - len(token)))


def _covers(moment: Moment, area: Finding) -> bool:
    """ "Two days back" is no place."""
    return moment.start <= area.start and area.end <= moment.end


def _inside(area: Finding, other: Finding) -> bool:
    return other.start <= area.start and area.end <= other.end
