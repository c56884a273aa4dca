"""Facts and moments in the patient's words; the words themselves are in texts.yml and facts.yml."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.triage.conditions import hours_ago
from bot.triage.finding import UNSURE
from bot.triage.model import Protocol

HOURS_IN_WORDS = 36
VAGUE_TIME = timedelta(days=7)
VAGUE_NUMBERS = 3


def listed(words: Iterable[str], protocol: Protocol) -> str:
    """Return words as a list in a sentence: "neck", "neck and shoulder", "neck, shoulder and hip"."""
    *most, last = list(words)
    return protocol.text("values.and").join(filter(None, [", ".join(most), last]))


def moment(when: datetime, protocol: Protocol) -> str:
    """Return a moment as day, date and clock time, such as "Tuesday 24 November, about 18:00"."""
    words = protocol.texts["moments"]
    return protocol.text(
        "moments.date_and_time",
        weekday=words["weekdays"][when.weekday()],
        day=when.day,
        month=words["months"][when.month - 1],
        clock=f"{when:%H:%M}",
    )


def since(interval: Sequence[str], protocol: Protocol, now: datetime) -> str:
    """Return how long ago an interval of moments lies, in words."""
    most, least = (round(hours_ago(one, now)) for one in interval)
    if most < 1:
        return protocol.text("moments.just_now")
    if least < 1:
        return protocol.text("moments.in_the_last", hours=most + 1 if most % 24 == 23 else most)
    if most > HOURS_IN_WORDS and least >= 24:
        return protocol.text("moments.days_ago", days=round((most + least) / 48))
    if most - least <= 2:
        return protocol.text("moments.hours_ago", hours=round((most + least) / 2) or 1)
    return protocol.text("moments.between", least=least, most=most)


def said(name: str, value: Any, protocol: Protocol, now: datetime) -> str:
    """Return a fact as the patient would recognise it, such as "a fever" or "a temperature of 38.5 °C"."""
    return protocol.facts[name].said.format(value=_value_words(name, value, protocol, now))


def _value_words(name: str, value: Any, protocol: Protocol, now: datetime) -> str:
    kind = protocol.facts[name].kind
    if value is True:
        return ""
    if kind == "time":
        return since(value, protocol, now)
    if kind == "number":
        low, high = (f"{number:g}" for number in value)
        return low if low == high else f"{low}–{high}"
    words = protocol.texts["values"]
    return listed([words.get(one, one) for one in ([value] if isinstance(value, str) else value)], protocol)


def stated(
    facts: Iterable[str], known: Mapping[str, Any], protocol: Protocol, now: datetime, by_symptom: bool = False
) -> list[str]:
    """Return in words those of the facts that the patient affirmed, each once.

    by_symptom: name the symptom before what is said of it, where several are spoken of ("headache: it is worse").
    """
    given = [name for name in facts if known.get(name) not in (None, False, UNSURE) and not _is_vague(known[name])]
    words = {name: said(name, known[name], protocol, now) for name in given}
    if by_symptom:
        words |= {n: f"{protocol.symptoms[n.split('.')[0]].name}: {text}" for n, text in words.items() if "." in n}
    return list(dict.fromkeys(words.values()))


def _is_vague(value: Any) -> bool:
    """A range so wide that saying it back would sound odd ("0 to 6 out of 10", "in the last two weeks")."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    if all(isinstance(end, str) and end[:1].isdigit() for end in value):
        first, last = (datetime.fromisoformat(end) for end in value)
        return last - first > VAGUE_TIME
    return all(isinstance(end, (int, float)) for end in value) and value[1] - value[0] > VAGUE_NUMBERS
