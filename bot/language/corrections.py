"""Times that take back one told before: "no, four days", "actually since Monday". Without spaCy, as answers are."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.language.answers import answer_words, words_of
from bot.language.times import Moment, find_times
from bot.triage.finding import PRESENT, Finding

_ISO = re.compile(r"\d{4}-\d\d-\d\dT")
_NOT = re.compile(r"\bnot (?:for |since |on |the )?$")
_LONGEST = 12


def read_new_time(text: str, facts: Mapping[str, Any], said: Iterable[Finding], now: datetime) -> list[Finding]:
    """Read a time that corrects the one told last: "no, four days", "actually since Monday".

    facts: what is known; said: what was understood of the message. Such a message names nothing that its time could
    be bound to, so it goes to the times told last. Returns nothing where none was told, or the text is no correction.
    """
    times = [name for name, value in facts.items() if is_time(value)]
    if not times or any(is_time(finding.value) for finding in said) or not _corrects(text):
        return []
    moments = [m for m in find_times(text, now) if m.kind in ("point", "lasting", "day") and not _is_denied(text, m)]
    if len(moments) != 1:
        return []
    value, latest = moments[0].interval(now), facts[times[-1]]
    return [
        Finding(name, PRESENT, text, 0, len(text), value)
        for name in times
        if facts[name][0] <= latest[1] and latest[0] <= facts[name][1]
    ]


def is_time(value: Any) -> bool:
    """Whether a fact's value is an interval of moments, [earliest, latest] as ISO times."""
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(_ISO.match(str(end)) for end in value)


def _corrects(text: str) -> bool:
    """A short message that begins with a word that takes something back, or names what it was not."""
    words = words_of(text)
    said = " ".join(words) + " "
    begins = any(said.startswith(f"{word} ") for word in answer_words()["takes_back"])
    return len(words) <= _LONGEST and (begins or " not " in said)


def _is_denied(text: str, moment: Moment) -> bool:
    return bool(_NOT.search(text[: moment.start].lower()))
