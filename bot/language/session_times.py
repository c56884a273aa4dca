"""Which times are those of the session, and which of a symptom."""

import re
from functools import cache

from spacy.tokens import Doc, Token

from bot.language.quantities import settings
from bot.language.spans import clause_at, distance, gap, is_session_word, same_clause
from bot.language.times import Moment
from bot.triage.finding import Finding

_IT_IS = re.compile(r",? (?:it|they|this|that|i|he|she)(?:'s|'re|'m| is| are| am)\b")
_THAT_WAS = re.compile(r",? (?:that|it) was\b")
_DATED = re.compile(
    r"\b(?:yesterday|last night|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: evening| morning| night)?|ago)"
    r"(?:,? (?:that's|that is|so|which was))?,? $",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:since|from|until|till) $", re.IGNORECASE)
_MARKS = frozenset("spot mark hole site dot point prick wound".split())
_WHO_DID = frozenset(("you", "they", "she", "he", "physio", "therapist", "acupuncturist"))
_A_DAY = 20.0  # hours


def is_session(doc: Doc, moment: Moment, heads: list[Finding]) -> bool:
    """Whether the time is that of the session and not of a symptom: the nearer of the two decides."""
    if moment.kind in ("day", "both") or _is_bare(doc, moment, heads) or _names_session(doc, moment):
        return True
    clause = clause_at(doc, moment.start, moment.end)
    near = [gap(t, moment) for t in clause if is_session_word(t) and not _is_mark(t) or _is_done(t)]
    if moment.kind == "after" and not near:
        return bool(is_still(doc, moment)) or _is_now(doc, moment)  # "still sore three days later"
    if not near or moment.kind == "lasting" and not since_session(doc, moment):
        return False
    if moment.kind == "after":
        from_then = is_dated(doc, moment) or _FROM.search(doc.text[: moment.start])
        return not is_onset(doc, moment) and not from_then
    if doc.text[moment.start : moment.end].startswith("since") and not since_session(doc, moment):
        return False
    others = [distance(h, moment.start, moment.end) for h in heads if same_clause(doc, h, moment)]
    return min(near) <= min(others, default=10_000)


def is_dated(doc: Doc, moment: Moment) -> bool:
    """Whether it dates another day than today: "since yesterday, the day after the needles"."""
    day_after = doc.text[moment.start : moment.end].lower().endswith("day after")
    return day_after and bool(_DATED.search(doc.text[: moment.start]))


def is_onset(doc: Doc, moment: Moment) -> bool:
    """Whether words beside the time say that something began then."""
    clause = clause_at(doc, moment.start, moment.end)
    return any(t.lemma_ in _onset_words() and not _is_denied(t) for t in clause)


def is_still(doc: Doc, moment: Moment) -> str:
    """Where a "still" stands by the time: `before` it, `after` it, or nowhere, an empty string."""
    span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
    near = () if span is None else doc[max(0, span.start - 6) : span.end + 7]
    where = ["before" if token.idx < moment.start else "after" for token in near if token.norm_ == "still"]
    return where[0] if where else ""


def since_session(doc: Doc, moment: Moment) -> bool:
    """ "since my session on tuesday", "since tuesday's session": the symptom began with the session."""
    if doc.text[moment.start :].startswith(("since", "ever since", "from")) and _names_session(doc, moment):
        return True
    before = [t for t in clause_at(doc, moment.start, moment.end) if t.idx < moment.start]
    since = [t.i for t in before if t.norm_ in ("since", "ever")]
    told = [t for t in before if is_session_word(t) or _is_done(t)]
    return bool(since) and any(t.i > since[-1] for t in told)


def _is_now(doc: Doc, moment: Moment) -> bool:
    """ "A tight bit in my forearm, 3 weeks after", "two days later it is a lump" tell how long ago the session is."""
    clause = clause_at(doc, moment.start, moment.end)
    ends = not doc.text[moment.end : clause.end_char].strip(" .!?,;")
    goes_on = _IT_IS.match(doc.text[moment.end :])
    return moment.hours[0] >= _A_DAY and bool(ends or goes_on) and not is_onset(doc, moment)


def _is_bare(doc: Doc, moment: Moment, heads: list[Finding]) -> bool:
    """ "It was three days ago", in a message that names no symptom, tells when the session was."""
    span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
    if moment.kind == "point" and _THAT_WAS.match(doc.text[moment.end :]):
        return any(is_session_word(t) for t in doc if t.idx < moment.start)  # "sunday that was"
    if heads or moment.kind != "point" or span is None:
        return False
    before = [token.norm_ for token in doc[max(span.sent.start, span.start - 5) : span.start]]
    return "was" in before and bool({"it", "that", "session", "appointment"} & set(before))


def _names_session(doc: Doc, moment: Moment) -> bool:
    """ "monday's needling", "friday's session on my calf"."""
    span = doc.char_span(moment.start, moment.end, alignment_mode="expand")
    if span is None or moment.kind not in ("point", "lasting"):
        return False
    following = doc[span.end : span.end + 1].text == "'s"
    owner = following or span.text.endswith(("'s", "s"))
    return owner and any(is_session_word(token) for token in doc[span.end : span.end + 2 + following])


def _is_done(token: Token) -> bool:
    """ "You did my shoulder on sunday": the session, as "I did the garden" and "than they did" are not."""
    before = [t.norm_ for t in token.doc[max(0, token.i - 2) : token.i]]
    return token.norm_ == "did" and bool(before) and before[-1] in _WHO_DID and before[0] != "than"


def _is_denied(token: Token) -> bool:
    return token.i > 0 and token.nbor(-1).norm_ in settings()["denials"]


def _is_mark(token: Token) -> bool:
    """A needle's spot or hole is there for days, and tells nothing of when the needle was."""
    return token.i + 1 < len(token.doc) and token.nbor(1).lemma_ in _MARKS


@cache
def _onset_words() -> frozenset[str]:
    return frozenset(settings()["onset_words"])
