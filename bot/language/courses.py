"""How a thing went: growing or easing by two scores or sizes, still there, come late, long over."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from spacy.tokens import Doc, Token

from bot.language.times import Moment, interval
from bot.triage.finding import PRESENT, Finding

_SIZES = ("coin", "palm", "larger")
_WAS = re.compile(r"\b(?:was|were|been|started|yesterday|last night|went from|earlier)\b")
_IS = re.compile(r"\b(?:now|today|tonight|this morning|is|it's)\b")
_ABLE = frozenset("can could should will able managing manage working eating walking doing do allowed come".split())
_SPELL = timedelta(hours=6)


def session_before(times: list[Moment], found: list[Finding], now: datetime) -> Iterator[Finding]:
    """ "Clear for two days, then pink": what came late tells the least time since a session that nothing else dates."""
    late = [f for f in found if f.finding == "site_late" and f.assertion == PRESENT]
    if late and not any(f.finding == "session" for f in found):
        for moment in [m for m in times if m.hours[0] > 24 and any(f.start <= m.start < f.end for f in late)][:1]:
            since = interval((moment.hours[0], moment.hours[1] + 48), now)
            yield Finding("session", PRESENT, late[0].text, late[0].start, late[0].end, since)


def grown(text: str, found: list[Finding]) -> list[Finding]:
    """ "Like a coin this morning and my palm now": of two sizes the later holds, and what was smaller grows."""
    sizes = sorted((f for f in found if f.finding == "bruise_size" and f.assertion == PRESENT), key=lambda f: f.start)
    if len({str(f.value) for f in sizes}) < 2:
        return found
    first, last = sizes[0], sizes[-1]
    grew = _SIZES.index(str(first.value)) < _SIZES.index(str(last.value))
    before = text[max(0, first.start - 40) : last.start]
    if not grew or not _WAS.search(before) or not any(f.finding == "bruise" for f in found):
        return found
    kept = [f for f in found if f.finding != "bruise_size" or f.value == last.value]
    return [*kept, Finding("bruise_growing", PRESENT, last.text, last.start, last.end)]


def dated_if_gone(found: list[Finding], now: datetime) -> list[Finding]:
    """ "A fortnight ago my arm went weak for an hour, fine since": an hour is how long it lasted, not how long ago."""
    named = {f.finding: f for f in found if f.assertion == PRESENT}
    neuro, session = named.get("neuro"), named.get("session")
    if "neuro_gone" not in named or neuro is None or session is None or neuro.value[0] < session.value[1]:
        return found
    if now - datetime.fromisoformat(neuro.value[0]) > _SPELL:
        return found
    ago = [(now - datetime.fromisoformat(moment)).total_seconds() / 3600 for moment in session.value]
    dated = replace(session, finding="neuro", value=interval((ago[0], max(0.0, ago[1] - 36)), now))
    return [dated if f is neuro else f for f in found]


def course(text: str, numbers: list[Finding]) -> list[Finding]:
    """ "A 2 yesterday and a 5 today" is getting worse: the trend by the first and the last of two scores."""
    scores = [n for n in numbers if n.finding.endswith(".severity")]
    found = []
    for symptom in dict.fromkeys(n.finding.removesuffix(".severity") for n in scores):
        told = [n for n in scores if n.finding.startswith(f"{symptom}.")]
        first, last = told[0], told[-1]
        apart = _WAS.search(text[max(0, first.start - 30) : last.start]) and _IS.search(text[first.end : last.end + 14])
        if first.value != last.value and apart:
            trend = "worse" if last.value > first.value else "better"
            found.append(Finding(f"{symptom}.trend", PRESENT, last.text, last.start, last.end, trend))
    return found


def still_words(doc: Doc, unbound: list[Finding]) -> list[Finding]:
    """Where the message says that something is still there: "still", or a trend that stays the same."""
    stays = [f for f in unbound if f.finding == "trend" and f.value == "same" and f.assertion == PRESENT]
    still = [t for t in doc if t.norm_ == "still" and not _is_able(t)]
    return [*stays, *(Finding("trend", PRESENT, t.text, t.idx, t.idx + len(t)) for t in still)]


def _is_able(still: Token) -> bool:
    """ "Can I still swim", "still managing work" say that nothing is wrong."""
    around = still.doc[max(0, still.i - 2) : still.i + 2]
    return any(token.norm_ in _ABLE for token in around)
