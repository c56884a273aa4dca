"""A grammar of times: phrases of patients become intervals of moments, never points (protocol D0.16).

A phrase is read against `now`, which is the time of the message. No spaCy here: typed answers use it too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.language.dictionary import DATA, read_yaml
from bot.language.quantities import PREGNANT_WEEKS

Hours = tuple[float, float]


@dataclass(frozen=True)
class Moment:
    """One mention of a time.

    kind: `point` ("2 days ago", "tuesday"), `lasting` ("for 3 days", "since tuesday"), `after` ("an hour
        after": counted from the session), `day` ("day 3": counted from the session, up to now) or `both`
        ("for 3 days since the session": since when, and when the session was).
    hours: how many hours ago at the latest and at the earliest; for `after` the hours after the session.
    """

    start: int
    end: int
    kind: str
    hours: Hours

    def interval(self, now: datetime) -> list[str]:
        """[earliest, latest] as ISO times."""
        return interval(self.hours, now)


def interval(hours: Hours, now: datetime) -> list[str]:
    """The interval from the earlier to the later of two "hours ago", as ISO times."""
    return [(now - timedelta(hours=ago)).isoformat() for ago in (max(hours), min(hours))]


def find_times(text: str, now: datetime) -> list[Moment]:
    """Every time the text mentions, longest readings first, none overlapping, in order of the text."""
    grammar = _grammar()
    found: list[Moment] = []
    text = text.lower()
    for moment in grammar.read(text, now):
        if _is_pregnancy(moment, text) or _is_age(moment, text) or _EVERY.search(text[: moment.start]):
            continue
        if moment.kind == "lasting" and _BEFORE.match(text[moment.end :]):
            continue
        if not any(moment.start < other.end and other.start < moment.end for other in found):
            found.append(moment)
    return sorted(found, key=lambda moment: moment.start)


def _is_pregnancy(moment: Moment, text: str) -> bool:
    """ "I'm 22 weeks" tells how far a pregnancy is."""
    if not text[moment.start : moment.end].endswith(("weeks", "wks")):
        return False
    pregnant = _I_AM.search(text[: moment.start]) or PREGNANT_WEEKS.match(text) and moment.start < _HEAD
    bare = text[moment.start].isdigit() and _PREGNANT.search(text) is not None
    return (bool(pregnant) or bare) and not _AFTERWARDS.match(text[moment.end :])


def _is_age(moment: Moment, text: str) -> bool:
    """ "Baby is 5 months" tells how old somebody is."""
    return moment.kind == "lasting" and bool(_CHILD.search(text[: moment.start]))


# "Every couple of hours", "could sleep for a week", "the best sleep in months" date nothing.
_EVERY = re.compile(r"\b(?:every |each |could (?:sleep|kip|nap) (?:for )?|(?:best|longest|first) [a-z]+ in )$")
_BEFORE = re.compile(r"\s+before (?!now\b)")
_CHILD = re.compile(
    r"\b(?:baby|son|daughter|newborn|twins?|toddler|puppy|kitten)(?:'?s| is| are| was|,)? "
    r"(?:only |just |about |nearly )?$"
)
_I_AM = re.compile(r"\b(?:i'?m|i am|she'?s|she is|now)\s+(?:about |only |just |nearly |almost )?$")
_PREGNANT = re.compile(r"\b(?:pregnan\w*|trimester|midwife|spotting|waters|weeks gone)\b")
_AFTERWARDS = re.compile(r"\s+(?:in|on|out|post|after|later|since|from|past|now|into|ago|back|of)\b")
_SAT = re.compile(r"sat (?:up|down|on|in|at|with|for|there|here|still|back|next|by|watching|too|around)\b")
_NAMES_TODAY = re.compile(r"\b(?:it'?s|it is|today is|today's)\s+(?:now )?$")


@lru_cache(maxsize=1)
def _grammar() -> "_Grammar":
    return _Grammar(read_yaml(DATA / "times.yml"))


class _Grammar:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._numbers: Mapping[str, Any] = raw["numbers"]
        self._units = {word: (u[0], u[1]) for u in raw["units"].values() for word in u[2:]}
        self._weekdays: Mapping[str, int] = raw["weekdays"]
        self._ordinals: Mapping[str, int] = raw["ordinals"]
        self._parts: Mapping[str, list[int]] = raw["day_parts"]
        self._spans: Mapping[str, list[float]] = raw["spans"]
        self._at_least, self._less = frozenset(raw["at_least"]), frozenset(raw["less"])
        self._rules = self._compile(raw)

    def read(self, text: str, now: datetime) -> Iterator[Moment]:
        for pattern, meaning in self._rules:
            for match in pattern.finditer(text):
                if moment := meaning(match, now):
                    yield moment

    def _compile(self, raw: Mapping[str, Any]) -> list[tuple[re.Pattern[str], "_Meaning"]]:
        number = rf"(?:\d+(?:\.\d+)?|{_any(self._numbers)})"
        amount = (
            rf"(?:(?P<bound>{_any([*raw['at_least'], *raw['less']])})\s+)?(?:(?:{_any(raw['approximate'])})\s+)?"
            rf"(?:(?P<low>{number})(?:-?ish|\+|-odd)?(?:\s*(?:-|to|or)\s*(?P<high>{number}))?"
            rf"(?:\s+|(?<=\d))|(?=(?:{_any(self._units)}) and a half))(?P<half>and a half\s+)?"
            rf"(?P<more>more\s+)?(?:full\s+|whole\s+|good\s+|solid\s+)?"
            rf"(?P<unit>{_any(self._units)})(?P<and_half> and a half)?(?! old\b| pregnant| gone| along| preg\b)"
        )
        part = rf"(?P<part>{_any(self._parts)})"
        span = rf"(?P<span>{_any(self._spans)})"
        weekend = rf"(?:{_any(raw['weekend'])})"
        weekday = (
            rf"(?:on |last |this |this past |the )?(?P<weekday>{_any(self._weekdays)})(?:'?s)?"
            rf"(?: (?P<time>{_any(_DAY_TIMES)}))?"
        )
        since = rf"(?P<since>(?:{_any(raw['since'])}) )?"
        hour = r"(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))? ?(?P<half_day>am|pm)|(?P<noon>midday|noon|lunchtime))"
        near = r"(?:at|about|around|roughly)"
        clock = rf"(?:{near} )+" + r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?(?: ?o'?clock)? (?:in )?"
        day = rf"(?:on |last |this )?(?:(?P<weekday>{_any(self._weekdays)})|(?P<yesterday>yesterday|yday)|today)"
        after = rf"(?:{_any(raw['after'])})"
        lasting = rf"(?:{_any(raw['lasting'])}) (?:the (?:last|past) |over |about )?"
        old = amount.replace(r"(?! old\b| pregnant", r"(?= old\b)(?! pregnant")
        rules = [
            (rf"(?:for|been|there|lasted) (?:the (?:last|past) )?{amount} since", self._both),
            (rf"{amount} (?:ago|back|earlier|before now|since)", self._ago),
            (rf"{lasting}{amount}(?! (?:after|later|ago|post|pregnant|out))", self._lasting),
            (rf"still (?:[a-z]+ ){{0,3}}after {amount}", self._lasting),
            (rf"{amount} (?:{_any(raw['still'])})", self._lasting),
            (rf"{amount}(?: or so)? {after}(?! 10)", self._after),
            (rf"(?:{_any(raw['straight'])}) after(?:wards)?", self._straight),
            (rf"(?:{_any(raw['up_to'])})? ?day (?P<day>\d+|{_any(self._numbers)})", self._day),
            (rf"(?P<ordinal>{_any(self._ordinals)}) day (?:of|with|in)", self._day_of),
            (rf"(?P<ordinal>{_any(self._ordinals)}) day", self._day),
            (r"(?:the )?(?:next|following) (?:day|morning)", self._next_day),
            (rf"(?:the )?(?:very )?day after(?={_TREATED})", self._next_day),
            (rf"{since}{clock}{part}", self._clock_of_part),
            (rf"(?P<since>since|from) {clock.replace('+', '*', 1)}{part}", self._clock_of_part),
            (rf"{since}{day}(?: at| about| around| from)* {hour}", self._clock_of_day),
            (rf"{since}(?:{near} )?{hour},? {day}", self._clock_of_day),
            (rf"{since}{part}", self._part),
            (rf"{since}{weekend}", self._weekend),
            (rf"{since}{span}", self._span),
            (rf"{since}{weekday}", self._weekday),
            (
                r"(?P<clock>(?:at |around |about |since |from )?"
                r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))? ?(?P<half_day>am|pm))",
                self._clock,
            ),
            (rf"{amount} (?:of|with|out|worth)", self._lasting),
            (rf"{old}(?<=hours) old", self._lasting),
            (rf"{old}(?<=days) old(?= (?:{_AFTER_AGE})\b|[.,])", self._lasting),
            (rf"{amount}", self._lasting),
        ]
        return [(re.compile(rf"(?<![\w/]){rule}(?!\w)"), meaning) for rule, meaning in rules]

    def _amount(self, match: re.Match[str]) -> Hours:
        first = match["low"] or "a"  # "day and a half"
        low, high = self._number(first), self._number(match["high"] or first)
        half = 0.5 if match["half"] or match["and_half"] else 0
        unit, width = self._units[match["unit"]]
        hours = (min(low) + half) * unit, (max(high) + half) * unit
        exact = width / 6 if half else width / 2 if "." in first else width
        if match["bound"] in self._at_least:
            return hours[0] + 0.1, hours[1] * 1.5
        if match["bound"] in self._less:
            return 0.0, hours[1]
        return max(0.0, hours[0] - exact), hours[1] + exact

    def _number(self, text: str) -> Hours:
        value = self._numbers.get(text)
        if value is None:
            return float(text), float(text)
        return (value[0], value[1]) if isinstance(value, list) else (float(value), float(value))

    def _moment(self, match: re.Match[str], kind: str, hours: Hours) -> Moment:
        return Moment(match.start(), match.end(), kind, hours)

    def _ago(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "point", self._amount(match))

    def _lasting(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "lasting", self._amount(match))

    def _both(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "both", self._amount(match))

    def _after(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "after", self._amount(match))

    def _straight(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "after", (0.0, 0.5))

    def _next_day(self, match: re.Match[str], now: datetime) -> Moment:
        return self._moment(match, "after", (6.0, 36.0))

    def _day(self, match: re.Match[str], now: datetime) -> Moment:
        groups = match.groupdict()
        day = self._ordinals[groups["ordinal"]] if groups.get("ordinal") else self._number(match["day"])[0]
        kind = "lasting" if "going on" in match[0] else "day"
        return self._moment(match, kind, (max(0.0, 24.0 * day - 12), 24.0 * day + 12))

    def _day_of(self, match: re.Match[str], now: datetime) -> Moment:
        """ "The third day of it": it began on the first."""
        day = self._ordinals[match["ordinal"]]
        return self._moment(match, "lasting", (24.0 * day - 24, 24.0 * day))

    def _part(self, match: re.Match[str], now: datetime) -> Moment | None:
        back, hour, end_back, end_hour = self._parts[match["part"]]
        return self._between(match, now, (back, hour), (end_back, end_hour), match["part"].startswith("all "))

    def _clock_of_part(self, match: re.Match[str], now: datetime) -> Moment | None:
        """ "5 this morning", "about 7 yesterday evening": the hour of the day that lies in the part, if one does."""
        back, start, end_back, end = self._parts[match["part"]]
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        last = end + 24 * (back - end_back)
        inside = (hour + half for half in (0, 12) if start <= hour + half <= last)
        found = next(inside, None) if hour <= 12 and last - start <= _HALF_A_DAY else None
        return None if found is None else self._at(match, now, back, found, minute)

    def _clock_of_day(self, match: re.Match[str], now: datetime) -> Moment:
        """ "yesterday at 8am", "monday 6am", "yesterday midday"."""
        weekday = match["weekday"]
        back = ((now.weekday() - self._weekdays[weekday]) % 7 or 7) if weekday else int(bool(match["yesterday"]))
        if match["noon"]:
            return self._at(match, now, back, 12, 0)
        return self._at(match, now, back, _hour_of_day(match), int(match["minute"] or 0))

    def _at(self, match: re.Match[str], now: datetime, back: int, hour: int, minute: int) -> Moment:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        ago = (now - midnight).total_seconds() / 3600 + 24 * back - hour - minute / 60
        kind = "lasting" if match["since"] else "point"
        return self._moment(match, kind, (max(0.0, ago - 0.25), max(0.0, ago + 0.25)))

    def _between(
        self, match: re.Match[str], now: datetime, start: tuple[int, int], end: tuple[int, int], lasting: bool = False
    ) -> Moment | None:
        """From an hour of a day to an hour of a day, both counted back from today; nothing in the future."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        hours = [(now - midnight).total_seconds() / 3600 + 24 * back - hour for back, hour in (start, end)]
        if hours[0] < 0:
            hours = [ago + 24 for ago in hours]  # "since lunchtime", said at breakfast, is yesterday's
        kind = "lasting" if lasting or match.groupdict().get("since") else "point"
        return self._moment(match, kind, (max(0.0, hours[1]), hours[0]))

    def _weekend(self, match: re.Match[str], now: datetime) -> Moment | None:
        saturday = (now.weekday() - 5) % 7 or 7
        return self._between(match, now, (saturday, 0), (max(0, saturday - 1), 24))

    def _weekday(self, match: re.Match[str], now: datetime) -> Moment | None:
        if _NAMES_TODAY.search(match.string[: match.start()]) or _SAT.match(match.string[match.start("weekday") :]):
            return None
        back = (now.weekday() - self._weekdays[match["weekday"]]) % 7 or 7
        hour, end = _DAY_TIMES.get(match["time"] or "", (0, 24))
        return self._between(match, now, (back, hour), (back, end))

    def _span(self, match: re.Match[str], now: datetime) -> Moment:
        latest, earliest = self._spans[match["span"]]
        lasting = match["span"].startswith(("for ", "all ")) or match["since"]
        return self._moment(match, "lasting" if lasting else "point", (latest, earliest))

    def _clock(self, match: re.Match[str], now: datetime) -> Moment | None:
        moment = now.replace(hour=_hour_of_day(match), minute=int(match["minute"] or 0), second=0, microsecond=0)
        ago = (now - moment).total_seconds() / 3600 % 24
        kind = "lasting" if match["clock"].startswith(("since", "from")) else "point"
        return self._moment(match, kind, (max(0.0, ago - 0.25), ago + 0.25))


def _hour_of_day(match: re.Match[str]) -> int:
    """The hour from 0 to 23 of "6am" or "12pm"."""
    return int(match["hour"]) % 12 + (12 if match["half_day"] == "pm" else 0)


_Meaning = Callable[[re.Match[str], datetime], Moment | None]
_HALF_A_DAY = 12
_HEAD = 4  # characters
# What follows the age of a bruise, not of a child.
_AFTER_AGE = "now|today|already|but|and|gone|going|turning|fading|still|yellow|not|no"
# What the "day after" is counted from, and not "the day after leg day" or "after each session".
_TREATED = (
    r"(?!(?: [\w']+){0,2}? (?:each|every)\b)"
    r"(?: [\w']+){0,4}? (?:session|treatment|appointment|appt|needl\w*|acu\w*|you|they|she|he)\b"
)
_DAY_TIMES = {"morning": (5, 12), "afternoon": (12, 18), "arvo": (12, 18), "evening": (17, 24), "night": (18, 24)}


def _any(words: Any) -> str:
    """A choice of words for a regular expression, the longest first."""
    return "|".join(re.escape(str(word)) for word in sorted(words, key=lambda word: -len(str(word))))
