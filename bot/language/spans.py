"""Where things stand in a message: clauses, and what lies near or inside what."""

from functools import cache
from typing import Protocol

from spacy.tokens import Doc, Span, Token

from bot.language.quantities import settings
from bot.triage.finding import Finding


class Placed(Protocol):
    """A stretch of the message, in characters."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def clause_at(doc: Doc, start: int, end: int) -> Span:
    """Return the clause that the characters from start to end are in; the whole message when they are in none."""
    span = doc.char_span(start, end, alignment_mode="expand")
    return doc[:] if span is None else span[0].sent


def same_clause(doc: Doc, head: Finding, where: Placed) -> bool:
    """Whether a finding begins in the clause of what is said."""
    clause = clause_at(doc, where.start, where.end)
    return bool(clause.start_char <= head.start < clause.end_char)


def distance(finding: Finding, start: int, end: int) -> int:
    """How many characters lie between a finding and what is said; 0 where they touch."""
    return max(0, finding.start - end, start - finding.end)


def gap(token: Token, moment: Placed) -> int:
    """How many characters lie between a word and a time."""
    return int(max(0, token.idx - moment.end, moment.start - token.idx - len(token)))


def covers(moment: Placed, area: Finding) -> bool:
    """ "Two days back" is no place."""
    return moment.start <= area.start and area.end <= moment.end


def inside(area: Finding, other: Finding) -> bool:
    """Whether one finding lies within the words of another."""
    return other.start <= area.start and area.end <= other.end


def is_session_word(token: Token) -> bool:
    """Whether the word speaks of the session: "needled", "appointment"."""
    words = _session_words()
    return token.norm_ in words or token.lemma_ in words


@cache
def _session_words() -> frozenset[str]:
    return frozenset(settings()["session_words"])
