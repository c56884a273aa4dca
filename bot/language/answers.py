"""Typed answers to the question being asked: "yeah", "none", "the second one", "2 days ago", "about a 6".

Light on purpose: no spaCy, so that the action server can use it. What is no answer is left to the understanding
of the whole message.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from rapidfuzz import fuzz

from bot.language.dictionary import DATA, read_yaml
from bot.language.times import Hours, find_times
from bot.triage.finding import ABSENT, POSSIBLE, PRESENT, UNSURE, Finding
from bot.triage.questions import NONE, Option, Question, answer_facts

_LONGEST_ANSWER = 160
_ALIKE = 86
_WORD = re.compile(r"[a-z0-9%?']+")
_NUMBER = re.compile(r"(?<![\w.])(\d{1,2})(?:\s*(?:-|to|or)\s*(\d{1,2}))?(?!\w|\.\d|\s*%)")
_OUT_OF_TEN = re.compile(r"\s*(?:/|out of)\s*(?:10|ten)\b")
_DENIALS = {"not", "no", "dont", "isnt", "havent", "without", "but", "never", "if"}


def read_answer(text: str, question: Question, now: datetime) -> list[Finding] | None:
    """Read a typed answer to the question; None when the text is not an answer to it.

    The findings are those of the chosen option (yes: present, no: absent, not sure: possible), each carrying the
    whole text, because an answer means its question and not its words.
    """
    if len(text) > _LONGEST_ANSWER:
        return None
    for read in _readers(question):
        if chosen := read(text, question, now):
            return _findings(text, answer_facts(question, chosen, now))
    return None


def is_question(text: str) -> bool:
    """Whether a message asks something, by its question mark or a first word such as "how" or "can"."""
    sentences = filter(None, (words_of(sentence) for sentence in re.split(r"[.!;\n]", text)))
    return "?" in text or any(words[0] in _set("asks") for words in sentences)


def _findings(text: str, facts: Mapping[str, Any]) -> list[Finding]:
    return [_finding(fact, value, text) for fact, value in facts.items()]


def _finding(fact: str, value: Any, text: str) -> Finding:
    if value == UNSURE:
        return Finding(fact, POSSIBLE, text, 0, len(text))
    if value is False:
        return Finding(fact, ABSENT, text, 0, len(text))
    return Finding(fact, PRESENT, text, 0, len(text), value)


_Reader = Callable[[str, Question, datetime], list[str] | None]


def _readers(question: Question) -> Iterable[_Reader]:
    """How an answer may be read, the plainest first."""
    yield _value
    yield _unsure
    if _is_yes_no(question):
        yield _yes_no
    else:
        yield _none
    if _has(question, "hours_ago"):
        yield _time
    if question.input == "scale":
        yield _scale
    yield _label
    yield _position
    yield _words


def _value(text: str, question: Question, now: datetime) -> list[str] | None:
    """The value or the whole label of an option, as a button would send it."""
    said = text.strip().lower()
    return [o.value for o in question.options if said in (o.value.lower(), o.label.lower())][:1] or None


def _unsure(text: str, question: Question, now: datetime) -> list[str] | None:
    return [UNSURE] if _is_one_of(text, "unsure") else None


def _yes_no(text: str, question: Question, now: datetime) -> list[str] | None:
    """Yes and no by their words; "yes, since this morning" is a yes too."""
    if _is_one_of(text, "no") or _is_one_of(text, "none"):
        return [_option_value(question, "no")]
    if _is_one_of(text, "yes"):
        return [_option_value(question, "yes")]
    first = (words_of(text) or [""])[0]
    after = words_of(text)[1:]
    if first in _set("no") and not {"but", "yes"} & set(after) and re.match(r"\s*\w+\s*[,.!]", text):
        return [_option_value(question, "no")]
    if first in _set("yes") and not {"but", "no", "not"} & set(after):
        return [_option_value(question, "yes")]
    return None


def _none(text: str, question: Question, now: datetime) -> list[str] | None:
    said = _first_sentence(text) if question.multiple else text
    if _is_one_of(said, "none") or (question.multiple and _is_one_of(said, "no")):
        return [NONE]
    if question.multiple and _is_one_of(text, "all"):
        return [option.value for option in question.options]
    return None


def _first_sentence(text: str) -> str:
    """ "None of them. Actually it is bigger than my palm": the rest is left to the understanding."""
    return re.split(r"[.!;\n]", text.strip(), maxsplit=1)[0]


def _time(text: str, question: Question, now: datetime) -> list[str] | None:
    """The option whose hours hold most of the interval; of two alike the one longer ago (protocol D0.16)."""
    moments = [m for m in find_times(text, now) if m.kind in ("point", "lasting", "day")]
    if len(moments) != 1 or len(words_of(text)) > 12:
        return None
    return _best_overlap(moments[0].hours, question, "hours_ago")


def _scale(text: str, question: Question, now: datetime) -> list[str] | None:
    numbers = _numbers(text.lower())
    if not numbers or len(words_of(text)) > 12:
        return None
    return _best_overlap((float(numbers[0]), float(numbers[-1])), question, "severity")


def _numbers(text: str) -> list[int]:
    """The score or the two ends of it: "7", "7/10", "6 or 7", "six"."""
    match = _NUMBER.search(_OUT_OF_TEN.sub("", text))
    if match:
        return [n for n in (int(match[1]), int(match[2] or match[1])) if n <= 10]
    return [_positions()[word] for word in words_of(text) if _positions().get(word, -1) >= 0][:1]


def _best_overlap(said: Hours, question: Question, key: str) -> list[str] | None:
    best: tuple[float, float, str] | None = None
    for option in question.options:
        if (span := _span(option, key)) is None:
            continue
        shared = min(said[1], span[1]) - max(said[0], span[0])
        rank = (round(shared, 3), span[0], option.value)
        best = max(best, rank) if best else rank
    return [best[2]] if best else None


def _span(option: Option, key: str) -> Hours | None:
    for fact, value in option.set.items():
        if key == "hours_ago" and isinstance(value, dict) and key in value:
            return float(value[key][0]), float(value[key][1])
        if key != "hours_ago" and fact.endswith(key) and isinstance(value, list | tuple):
            return float(value[0]), float(value[1])
    return None


def _label(text: str, question: Question, now: datetime) -> list[str] | None:
    """A label typed with small mistakes."""
    said = " ".join(_stripped(text))
    if len(said) < 4:
        return None
    close = [(fuzz.ratio(said, option.label.lower()), option.value) for option in question.options]
    score, value = max(close, default=(0, ""))
    return [value] if score >= _ALIKE else None


def _position(text: str, question: Question, now: datetime) -> list[str] | None:
    """ "The second one", "1 and 3", "option 2": only where nothing else is said."""
    words = [
        w for w in words_of(text) if w not in ("the", "and", "both", "also", *answer_words()["position_words"][1:])
    ]
    if len(words) > 1 and words[-1] == "one":
        words = words[:-1]
    places = [int(w) if w.isdigit() else _positions().get(w, 0) for w in words]
    count = len(question.options)
    if not places or not all(place == -1 or 1 <= place <= count for place in places):
        return None
    if len(places) > 1 and not question.multiple:
        return None
    return [question.options[place - 1 if place > 0 else -1].value for place in places]


def _words(text: str, question: Question, now: datetime) -> list[str] | None:
    """Options named by words that only they have. A denial or a longer story is left to the understanding.

    In a list what is not named becomes a no, so there every word must be about the list ("forgot to say, I'm on
    warfarin" is not).
    """
    said = _stripped(text)
    if not said or len(said) > 14 or _DENIALS & set(said):
        return None
    keys = _keys(question)
    named = [value for value, words in keys.items() if any(_says(word, said) for word in words)]
    if len(_unexplained(said, keys, question)) > (0 if question.multiple else 2):
        return None
    if question.multiple:
        return named or None
    return named if len(named) == 1 else None


def _unexplained(said: list[str], keys: Mapping[str, set[str]], question: Question) -> list[str]:
    """The words of an answer that are neither small words nor words of an option."""
    known = {str(word) for words in keys.values() for key in words for word in str(key).split()}
    known |= {word for option in question.options for word in words_of(option.label)}
    known |= {str(word) for word in answer_words()["common_words"]}
    return [word for word in said if word not in known and not any(_says(key, [word]) for key in known)]


def _says(key: str, said: list[str]) -> bool:
    words = key.split()
    if len(words) > 1:
        return f" {key} " in f" {' '.join(said)} "
    return any(word == key or (len(key) > 4 and fuzz.ratio(word, key) >= _ALIKE) for word in said)


def _keys(question: Question) -> dict[str, set[str]]:
    """For each option the words of its label that no other option has, and those of answers.yml."""
    common = frozenset(answer_words()["common_words"])
    own = {o.value: {w for w in words_of(o.label) if w not in common and not w.isdigit()} for o in question.options}
    extra = {value: set(answer_words()["option_words"].get(value, ())) for value in own}
    keys = {value: words | extra[value] for value, words in own.items()}
    times_used = Counter(word for words in keys.values() for word in words)
    return {value: {word for word in words if times_used[word] == 1} for value, words in keys.items()}


def _is_yes_no(question: Question) -> bool:
    return {"yes", "no"} <= {option.value for option in question.options}


def _has(question: Question, key: str) -> bool:
    return any(_span(option, key) for option in question.options)


def _option_value(question: Question, wanted: str) -> str:
    return next(option.value for option in question.options if option.value == wanted)


def _is_one_of(text: str, kind: str) -> bool:
    """Whether the answer is one of the wordings of a kind, whole or without fillers, with a typo at most."""
    whole, stripped = " ".join(words_of(text)), " ".join(_stripped(text))
    wordings = _set(kind)
    if whole in wordings or stripped in wordings:
        return True
    return len(whole) >= 6 and any(len(w) >= 6 and fuzz.ratio(whole, w) >= 90 for w in wordings)


def _stripped(text: str) -> list[str]:
    """The words of the answer without fillers at either end."""
    said = " ".join(words_of(text))
    fillers = _set("fillers")
    changed = True
    while changed:
        before = said
        for filler in fillers:
            said = said.removeprefix(filler + " ") if said != filler else said
            said = said.removesuffix(" " + filler) if said != filler else said
        changed = said != before
    return said.split()


def words_of(text: str) -> list[str]:
    """Return the words of a typed answer in lower case, with the short forms of answers.yml."""
    said = text.lower().replace("’", "'")
    for long, short in answer_words()["shorten"].items():
        said = said.replace(long, short)
    return _WORD.findall(said)


@cache
def _set(kind: str) -> frozenset[str]:
    return frozenset(str(wording) for wording in answer_words()[kind])


def _positions() -> Mapping[str, int]:
    positions: Mapping[str, int] = answer_words()["positions"]
    return positions


@lru_cache(maxsize=1)
def answer_words() -> Mapping[str, Any]:
    """answers.yml, read when the first answer comes."""
    content: Mapping[str, Any] = read_yaml(DATA / "answers.yml")
    return content
