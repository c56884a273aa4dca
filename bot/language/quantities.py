"""Numbers with a meaning of their own: temperature, pain out of ten, size, age. No spaCy, only text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.language.dictionary import DATA, read_yaml


@dataclass(frozen=True)
class Quantity:
    """A number read from the text: what it is about, its value and where it stands."""

    about: str
    value: Any
    start: int
    end: int


def find_quantities(text: str) -> list[Quantity]:
    """Temperatures (°C), pain scores (0-10), sizes (coin, palm, larger), ages (years) and a pregnancy in weeks."""
    text = text.lower()
    return [*_temperatures(text), *_scores(text), *_sizes(text), *_ages(text), *_pregnancies(text)]


def settings() -> Mapping[str, Any]:
    """quantities.yml."""
    return _settings()


@lru_cache(maxsize=1)
def _settings() -> Mapping[str, Any]:
    content: Mapping[str, Any] = read_yaml(DATA / "quantities.yml")
    return content


_DEGREES = r"(?<![\d.,/])({whole})(?:[.,](\d{{1,2}}))?\s*({unit})?(?![\w/])(?!\.\d)"
_CELSIUS = re.compile(
    _DEGREES.format(whole="3[4-9]|4[0-3]", unit=r"°\s*c?|degrees?(?: c(?:elsius)?)?|deg c?|c|celsius|oc|ºc?")
)
_FAHRENHEIT = re.compile(
    _DEGREES.format(whole="9[4-9]|10[0-8]", unit=r"°\s*f?|degrees?(?: f(?:ahrenheit)?)?|deg f?|f|fahrenheit|ºf?")
)
_THERMOMETER = re.compile(
    r"\b(?:temps?|temperature|fever|thermometer|feverish|reading|under (?:the|my|his|her) tongue)\b"
)


_AND = re.compile(
    r"^\s*(?:and|but|this|today|now"
    r"|just|right|earlier|tonight|again|last|yesterday|at|when|since|with|so|on|no|not|still|i|my|feel|feeling"
    r"|neck|head)\b.*",
    re.DOTALL,
)
# "39 degrees here in Perth" is the weather's; "weighed 101.5" is no degree.
_SUPPOSED = re.compile(r"\bif (?:my|his|her|the|a) temp\w* [^.,;!?]{0,25}$")
_HERE = re.compile(
    r"\s*(?:here|out(?:side)?|in the shade|in (?:this|that|your|the) (?:room|clinic|car|house|garden))\b"
)
_WEATHER = re.compile(r"\bweigh(?:s|ed|t)?\b")
_RUNNING = re.compile(r"\b(?:running|spik(?:ed|ing)|up to|hit|hitting|temping) (?:a |an |at |about |around )?$")


def _temperatures(text: str) -> Iterator[Quantity]:
    context = bool(_THERMOMETER.search(text))
    for pattern, to_celsius in ((_CELSIUS, _same), (_FAHRENHEIT, _from_fahrenheit)):
        for match in pattern.finditer(text):
            if _HERE.match(text[match.end() :]) or _SUPPOSED.search(text[: match.start()]):
                continue
            if match[3] or (context and match[2]) or (context and _near(text, match)) or _is_reading(text, match):
                degrees = round(to_celsius(float(f"{match[1]}.{match[2] or 0}")), 1)
                yield Quantity("temperature", [degrees, degrees], match.start(), match.end())


def _near(text: str, match: re.Match[str]) -> bool:
    """A bare whole number is a temperature only right after its word: "temp of 39", not "I am 39, have a fever"."""
    before = text[max(0, match.start() - 24) : match.start()]
    return bool(_THERMOMETER.search(before)) and not re.match(r"\s*(?:years|yrs|weeks|yo)", text[match.end() :])


def _is_reading(text: str, match: re.Match[str]) -> bool:
    """ "38.5" alone is what a thermometer says; "38.5 km" is not."""
    after = _AND.sub("", text[match.end() :])
    whole = int(match[1])
    feverish = 37 <= whole <= 42 or 99 <= whole <= 106
    if _WEATHER.search(text):
        return False
    told = bool(match[2]) or (whole >= 38 and bool(_RUNNING.search(text[: match.start()])))
    return told and feverish and not re.match(r"\s*[a-z%£$€]", after)


def _same(degrees: float) -> float:
    return degrees


def _from_fahrenheit(degrees: float) -> float:
    return (degrees - 32) / 1.8


_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_OF_TEN = rf"(\d{{1,2}}(?:\.5)?|{'|'.join(_WORDS)})(?: and a half)?"
_SCORE = re.compile(rf"(?<![\w./]){_OF_TEN}\s*(?:(?:-|to|or)\s*{_OF_TEN})?\s*(?:/|out of|outta|over)\s*(?:10|ten)\b")
# "It's an 8", "a solid 8, and nothing helps", "about an 8 tablets have not touched it" without its mark; "another 2
# tablets" is no score.
_ALONE_SCORE = re.compile(
    r"\b(?:(?:an?|another(?! \d+ (?:tablets|paracetamol|panadol)\b))"
    r"(?: (?:solid|good|strong|full|steady|clear|real|about|constant))?|solid|steady) (\d|10)"
    r"(?=[.,;!?]| (?:and|now|today|since|but|all|at|for|this|right|most|when|with|yesterday|last|session|treatment"
    r"|needled|i|it|no|not|nothing|my|came|started|tablets|paracetamol|panadol|two)\b|\s*$)"
)
# "It has built up to a 7 or 8".
_REACHED_SCORE = re.compile(
    rf"\b(?:built|build|builds|building|gone|went|crept|risen|rose|up) (?:up )?to (?:about |around |nearly )?"
    rf"(?:an? (?=\S+ (?:or|to) ))?{_OF_TEN}(?:\s*(?:-|to|or)\s*{_OF_TEN})?"
    r"(?=[.,;!?)]| (?:and|now|today|but|though|since|when|by|this|over)\b|\s*$)"
)
# "I'd give it a 7", "I'd call it 7 or 8".
_GIVEN_SCORE = re.compile(
    rf"\b(?:give|call|put|rate|score|say) it (?:at |about |around |maybe |as |only )*(?:an? )?{_OF_TEN}"
    rf"(?:\s*(?:-|to|or)\s*{_OF_TEN})?(?=[.,;!?)]| (?:and|now|today|but|though|for|right|most)\b|\s*$)"
)
_BARE_SCORE = re.compile(
    r"\b(?:pain|headache|head|severity|hurts?|level|rate it|rated|ache|soreness)(?: level| score| is|'s| it)*"
    r"(?: about| around| at| of| like| maybe| hits?)*(?: an?)? (\d{1,2})"
    r"(?!\s*(?:/|out of|\d|(?!(?:since|for|and|but|now|today|all|when|right|with|it|my|i)\b)\w))"
)


def _scores(text: str) -> Iterator[Quantity]:
    for pattern in (_SCORE, _GIVEN_SCORE, _REACHED_SCORE):
        for match in pattern.finditer(text):
            low, high = (float(_WORDS.get(score, score)) for score in (match[1], match[2] or match[1]))
            if high <= 10:
                yield Quantity("severity", [low, high], match.start(), match.end())
    for pattern in (_BARE_SCORE, _ALONE_SCORE):
        for match in pattern.finditer(text):
            if float(match[1]) <= 10:
                yield Quantity("severity", [float(match[1])] * 2, match.start(1), match.end())


_SIZE = re.compile(
    r"(?<![\d.])(\d{1,2}(?:\.\d)?|an?|one|two|three|four|five|six|half an?)(?:\s*(?:x|by|-|to)\s*(\d{1,2}(?:\.\d)?))?"
    r"[ -]*(cms?|centimet(?:re|er)s?|mm|millimet(?:re|er)s?|inch(?:es)?|in\b(?= across| wide| long)|\"|'')(?!\w)"
)
_SMALL = {"half a": 0.5, "half an": 0.5, "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}
_SMALL |= {"four": 4.0, "five": 5.0, "six": 6.0}


def _sizes(text: str) -> Iterator[Quantity]:
    units = settings()["centimetres"]
    for match in _SIZE.finditer(text):
        amount = max(_SMALL.get(n, 0) or float(n) for n in (match[1], match[2] or match[1]))
        size = amount * units[match[3]]
        limits = settings()["coin_up_to_cm"], settings()["palm_up_to_cm"]
        # An inch is 2.54 cm and counts as a coin, as the question to the patient says.
        name = "coin" if size <= limits[0] + 0.05 else "palm" if size <= limits[1] + 0.05 else "larger"
        yield Quantity("bruise_size", name, match.start(), match.end())


_NO_AGE = (
    r"weeks?|wks?|months?|days?|hours?|hrs?|mins?|minutes?|%|am\b|pm\b|/|out\b|kg|st\b|degrees|°|cm|mm|x\b|-|:|\.\d"
    r"|p\b|pence|c\b|f\b|to\b|or\b"
)
_AGE = re.compile(
    r"\b(?:i'?m|i am|aged?|she'?s|he'?s|she is|he is|who'?s|who is|is(?= \d\d)|im only|i'm only|turned|just turned)\s+"
    rf"(?:a\s+|only\s+|an\s+|nearly\s+)?(\d{{1,3}})\b(?!\s*(?:{_NO_AGE}))"
    r"|\b(\d{1,3})\s*-?\s*(?:years?|yrs?)[ -]*(?:old|of age)|\b(\d{1,3})\s*-?\s*(?:y/?o|yo|yr old)\b"
    r"|\bage[d:]?\s*(?:is\s*)?(\d{1,3})\b"
    r"|\b(\d{2})\s*(?:years?|yrs?) young\b"
    r"|\b(?:son|daughter|mum|mom|mother|dad|father|husband|wife|nan|gran|grandma|grandad|lad|girl|boy)"
    r"(?:'?s| is) (\d{1,3})\b"
    r"(?!\s*(?:weeks|minutes|miles))"
    r"|\b(?:son|daughter|mum|mom|dad|mother|father|husband|hubby|wife|partner|lad|girl|boy|nan|gran|grandma|grandad)"
    r"\s*\((\d{1,3})\)"
    rf"|\b(?:son|daughter|lad|girl|boy|kid|child)(?:\s*,)? (\d{{1,2}})\b(?!\s*(?:{_NO_AGE}))"
    r"(?=\s*(?:[,.;]|has|had|is|was|who|he|she|his|her))"
    rf"|\b(?:mr|mrs|ms|miss)\.? [a-z'-]+,? (\d{{2}})\b(?!\s*(?:{_NO_AGE}|street|road|avenue))"
)


# "34 weeks, bright red, a whole pad": weeks that stand alone at the head of a message are a pregnancy's.
PREGNANT_WEEKS = re.compile(
    r"^\W*((?:1[2-9]|[23]\d|4[01]) ?(?:weeks|wks))(?: today| now)?(?=\s*[,.]| and\b| with\b| here\b)"
    r"(?!.{0,24}\b(?:still|later|after|since (?:my|the)|never)\b)"
)


def _pregnancies(text: str) -> Iterator[Quantity]:
    if match := PREGNANT_WEEKS.match(text):
        yield Quantity("pregnant", True, match.start(1), match.end(1))


def _ages(text: str) -> Iterator[Quantity]:
    for match in _AGE.finditer(text):
        years = int(next(group for group in match.groups() if group))
        if 1 <= years <= 110:
            yield Quantity("age", [years, years], match.start(), match.end())
