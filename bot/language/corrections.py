"""Times that take back one told before: "no, four days", "actually since Monday". Without spaCy, as answers are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.language.answers import answer_words, words_of
from bot.language.text import follows_not
from bot.language.times import find_times
from bot.triage.dialogue import CORRECT, Heard
from bot.triage.finding import PRESENT, UNSURE, Finding
from bot.triage.model import Fact

_LONGEST = 12
TIME = "time"


def with_new_time(heard: Heard, known: Mapping[str, Any], facts: Mapping[str, Fact]) -> Heard:
    """Return the message with the time that it corrects; as it was where it corrects none, or answers the question.

    known: what is known, by fact; facts: the protocol's.
    """
    if heard.answer or heard.values:
        return heard
    found = read_new_time(heard.text, known, heard.findings, heard.now, facts)
    return replace(heard, intent=CORRECT, findings=[*heard.findings, *found]) if found else heard


def read_new_time(
    text: str, known: Mapping[str, Any], said: Iterable[Finding], now: datetime, facts: Mapping[str, Fact]
) -> list[Finding]:
    """Read a time that corrects the one told last: "no, four days", "actually since Monday".

    known: what is known, by fact; said: what was understood of the message; facts: the protocol's. Such a message
    names nothing that its time could be bound to, so it goes to the times told last. Returns nothing where none was
    told, or the text is no correction.
    """
    times = [name for name, value in known.items() if facts[name].kind == TIME and value != UNSURE]
    if not times or any(facts[finding.finding].kind == TIME for finding in said) or not _corrects(text):
        return []
    told = [moment for moment in find_times(text, now) if not follows_not(text, moment.start)]
    moments = [moment for moment in told if moment.kind in ("point", "lasting", "day")]
    if len(moments) != 1:
        return []
    value, latest = moments[0].interval(now), known[times[-1]]
    return [
        Finding(name, PRESENT, text, 0, len(text), value)
        for name in times
        if known[name][0] <= latest[1] and latest[0] <= known[name][1]
    ]


def _corrects(text: str) -> bool:
    """A short message that begins with a word that takes something back, or names what it was not."""
    words = words_of(text)
    said = " ".join(words) + " "
    begins = any(said.startswith(f"{word} ") for word in answer_words()["takes_back"])
    return len(words) <= _LONGEST and (begins or " not " in said)
