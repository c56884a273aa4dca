"""Binds what is said about a finding to it: since when, how bad, which way it goes, where, which side."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from spacy.tokens import Doc

from bot.language.courses import course, dated_if_gone, grown, session_before, still_words
from bot.language.dictionary import Dictionary
from bot.language.places import Places
from bot.language.quantities import Quantity, find_quantities, settings
from bot.language.session_times import is_dated, is_onset, is_session, is_still, since_session
from bot.language.spans import clause_at, covers, distance, inside, is_session_word, same_clause
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
        self._sized = frozenset(words["sized"])
        self._well = frozenset(words["well"])
        self._places = Places()
        self._carried: Mapping[str, list[str]] = words["carried"]
        self._within_hour: Mapping[str, str] = words["within_hour"]

    def __call__(self, doc: Doc, said: list[Finding], now: datetime) -> list[Finding]:
        """Return the findings with every attribute bound, or dropped where there is nothing to bind it to."""
        unbound = [f for f in said if f.finding in self._facts.attributes]
        told = find_times(doc.text, now)
        times = [time for time in told if not follows_not(doc.text, time.start)]
        times = [time for time in times if time.kind != "point" or not _BOOKED.search(doc.text[: time.start])]
        times = [time for time in times if not self._is_of_another(doc, time, said)]
        doc.user_data[_MOMENTS] = times
        areas = [f for f in said if f.finding == "area" and not any(covers(time, f) for time in times)]
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
        found += self._still(doc, told, unbound, heads, found, now)
        found += session_before(times, found, now)
        found = dated_if_gone(found, now)
        found += self._places.areas(doc, areas, rest, [f for f in rest if self._head_of(f)])
        found += self._places.sides(doc)
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
            if any(f.assertion == ABSENT and inside(word, f) for f in said):
                continue  # "grip is strong" denies a weakness and rates nothing
            near = self._rated(doc, word, heads) if word.finding == "severity" else heads
            yield from self._bound(doc, word.finding, word.value, word.assertion, word, near)

    def _rated(self, doc: Doc, word: Finding, heads: list[Finding]) -> list[Finding]:
        """What a word for severity may be about: findings close by in its clause; all, of "mild now" alone."""
        clause = clause_at(doc, word.start, word.end)
        alone = len(clause) <= _SHORT_CLAUSE and not any(same_clause(doc, h, word) for h in heads)
        if alone or doc.text.startswith(" now", word.end):
            return [h for h in heads if h.end <= word.start]
        return [h for h in heads if same_clause(doc, h, word) and distance(h, word.start, word.end) <= 25]

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
        clause = clause_at(doc, where.start, where.end)
        here = [h for h in heads if clause.start_char <= h.start < clause.end_char]
        before = [h for h in heads if h.end <= where.start]
        pool = here or before[-4:] or heads
        if isinstance(where, Moment) and (told := [h for h in here if h.end <= where.start or _spans(h, doc)]):
            # "dizzy and sick since yesterday" dates both; "a headache for 30 hours and tired since friday" does not
            dated = max((m.end for m in doc.user_data[_MOMENTS] if m.end <= where.start), default=0)
            told = [h for h in told if h.start >= dated] or told
            return tuple(dict.fromkeys(n for h in told for n in self._head_of(h)))
        best = min(distance(h, where.start, where.end) for h in pool)
        names = [n for h in pool if distance(h, where.start, where.end) == best for n in self._head_of(h)]
        # "A coin-sized bruise, but it hurts 8/10": "it" is what was named before.
        it = any(_says_it(doc, h) for h in pool if distance(h, where.start, where.end) == best)
        told = [h for h in (heads if it else here) if h.end <= where.start]
        names += [carried for h in told for carried in self._carried.get(h.finding, ())]
        return tuple(dict.fromkeys(names))

    def _is_of_another(self, doc: Doc, moment: Moment, said: list[Finding]) -> bool:
        """Whether the time dates only what was once, or is another person's: "numb for a week when I was 12"."""
        clause = clause_at(doc, moment.start, moment.end)
        told = [f for f in said if self._head_of(f) and same_clause(doc, f, moment)]
        elsewhere = bool(told) and all(f.assertion in (PAST, OTHER_PERSON, HYPOTHETICAL) for f in told)
        return elsewhere and not any(is_session_word(token) for token in clause)

    # --- numbers ---------------------------------------------------------------------------------------
    def _quantities(self, doc: Doc, heads: list[Finding], said: list[Finding]) -> Iterator[Finding]:
        for quantity in find_quantities(doc.text):
            if follows_not(doc.text, quantity.start):
                continue
            text = doc.text[quantity.start : quantity.end]
            if quantity.about == "severity":
                rated = [h for h in heads if _FEELING not in self._head_of(h) or _follows(quantity, h)]
                yield from self._bound(doc, "severity", quantity.value, PRESENT, quantity, rated or heads)
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
        sessions = [m for m in moments if is_session(doc, m, heads)]
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
        if moment.kind == "point" and moment.hours[0] == 0 and is_still(doc, moment) == "before":
            return  # "still red today" began earlier
        if is_still(doc, moment) and (moment.kind == "day" or moment.kind == "after" and moment in sessions[:1]):
            # "Still there 30 hours later" began with the session, "still there on day 2" perhaps later that day.
            yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, heads)
        elif moment.kind == "after":
            # When the moment is the session's own, nothing says when the symptom began.
            if moment in sessions[:1] and not is_onset(doc, moment):
                # A red spot that is there 30 hours later came with the session, or late, which is no better.
                red = [h for h in heads if h.finding == "redness"]
                yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, red)
            known = sessions and (moment not in sessions[:1] or is_onset(doc, moment))
            yield from self._after_session(doc, moment, heads, sessions[0].hours if known else None, now)
        elif moment.kind == "both" or moment not in sessions or since_session(doc, moment):
            yield from self._bound(doc, "hours", moment.interval(now), PRESENT, moment, heads)

    def _still(
        self,
        doc: Doc,
        times: list[Moment],
        unbound: list[Finding],
        heads: list[Finding],
        found: list[Finding],
        now: datetime,
    ) -> Iterator[Finding]:
        """ "Needled 30 hours ago and the spots are still red": what is still there began with the session."""
        words = still_words(doc, unbound)
        dated = [time for time in times if words and time.kind in ("point", "day", "after")]
        sessions = [time for time in dated if is_session(doc, time, heads)]
        known = {f.finding for f in found}
        for word in words if sessions else ():
            for finding in self._bound(doc, "hours", _since_soon_after(sessions[0], now), PRESENT, word, heads):
                if finding.finding not in known:
                    known.add(finding.finding)
                    yield finding

    def _is_wellness(self, doc: Doc, moment: Moment) -> bool:
        """ "Fine for hours" is not how long it was bad."""
        span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
        if span is None:
            return False
        before = doc[max(0, span.start - 2) : span.start]
        # "A good three hours" is a long time.
        return any(t.norm_ in self._well and doc[max(0, t.i - 1)].norm_ != "a" for t in before)

    def _after_session(
        self, doc: Doc, moment: Moment, heads: list[Finding], session: tuple[float, float] | None, now: datetime
    ) -> Iterator[Finding]:
        if any(h.finding == "fainted" and same_clause(doc, h, moment) for h in heads):
            when = "within_hour" if moment.hours[1] <= 1.6 else "later"
            yield Finding("faint_when", PRESENT, doc.text[moment.start : moment.end], moment.start, moment.end, when)
        coughs = [h for h in heads if h.finding == "dry_cough"]
        dated = is_dated(doc, moment)
        told = any(same_clause(doc, cough, moment) for cough in coughs) or coughs and dated
        if told and moment.hours[1] <= _WEEK:
            yield Finding("cough_began_late", ABSENT, doc.text[moment.start : moment.end], moment.start, moment.end)
        if session and not dated:
            still = is_still(doc, moment)
            if still == "before" and session[0] <= moment.hours[1] and moment.hours[0] <= session[1]:
                yield from self._bound(doc, "hours", _since_soon_after(moment, now), PRESENT, moment, heads)
                return
            began = 0.0 if still else moment.hours[0]
            hours = max(0.0, session[0] - moment.hours[1]), max(0.0, session[1] - began)
            yield from self._bound(doc, "hours", interval(hours, now), PRESENT, moment, heads)

    def _short_lived(self, found: list[Finding], now: datetime) -> Iterator[Finding]:
        """ "Dizzy for ten minutes, fine now" did not last more than an hour."""
        gone = {f.finding.removesuffix(".trend") for f in found if f.finding.endswith(".trend") and f.value == "gone"}
        named = {f.finding for f in found}
        for hours in [f for f in found if f.finding.endswith(".hours")]:
            fact, symptom = self._within_hour.get(hours.finding), hours.finding.removesuffix(".hours")
            if fact and fact not in named and symptom in gone and _is_short(hours.value, now):
                yield Finding(fact, ABSENT, hours.text, hours.start, hours.end)


# "The headache has me crying. An 8." rates the headache.
_FEELING = "distress"
_NEXT = 12  # letters: "anxiety at about 8"
_SHORT_CLAUSE = 4  # tokens
# "Booked for friday" is still to come.
_BOOKED = re.compile(r"\b(?:booked|come (?:back |in )?for|come back|see you|due)\b[^.,;!?]{0,24}$")
_MOMENTS = "moments"
_SESSION_WAS = re.compile(
    r"\b(?:session|treatment|appointment|appt|needling|acupuncture|needles|needled)"
    r"(?: (?:was|were|is|on|at|done|of))+ $"
)
_LONG_AGO = 26 * 168.0  # hours: what was half a year ago is no symptom of this session
_WEEK = 168.0  # hours
_AN_HOUR = timedelta(hours=1, minutes=6)


def _is_anothers(doc: Doc, quantity: Quantity, said: list[Finding]) -> bool:
    """Whether the degrees belong to a fever of another time or person: "my flatmate has a fever of 39"."""
    fevers = [f for f in said if f.finding == "fever" and same_clause(doc, f, quantity)]
    return bool(fevers) and all(f.assertion in (PAST, OTHER_PERSON, HYPOTHETICAL) for f in fevers)


def _says_it(doc: Doc, head: Finding) -> bool:
    return bool(doc.text[head.start : head.end].startswith(("it ", "this ", "that ")))


def _follows(quantity: Quantity, head: Finding) -> bool:
    return 0 <= quantity.start - head.end <= _NEXT


def _spans(head: Finding, doc: Doc) -> bool:
    """Whether the finding has no words of its own but the whole message."""
    return head.start == 0 and head.end == len(doc.text)


def _since_soon_after(moment: Moment, now: datetime) -> list[str]:
    """When something began that came with the session or soon after it, by what is told of the session."""
    latest, earliest = moment.hours
    slack = 11 if moment.kind == "day" else min(2.0, latest / 4)
    return interval((max(0.0, latest - slack), earliest), now)


def _is_short(since: list[str], now: datetime) -> bool:
    return now - datetime.fromisoformat(since[0]) <= _AN_HOUR
