"""What patients read: plain enough, and free of false comfort, diagnoses and doubtful claims."""

import re
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
import textstat

from bot.triage.levels import EMERGENCY, URGENT
from bot.triage.model import Protocol

QUESTION_GRADE, URGENT_GRADE, ANSWER_GRADE, MEDIAN_GRADE = 6, 6, 8, 6
FORBIDDEN = (
    r"\byou have (a|an) (infection|stroke|clot|pneumothorax|collapsed lung|fracture)\b",
    r"\bnothing to worry about\b",
    r"\bdon't worry\b",
    r"\bdo not worry\b",
    r"\bcompletely (safe|normal|harmless)\b",
    r"\b(is|are|as) a good sign\b",
    r"\bpositive sign\b",
    r"\bflush(es)? (out )?(the )?toxins\b",
    r"\bdefinitely\b",
    r"\bguarantee",
    r"\byou'll be fine\b",
    r"!",
)


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of a text, places and numbers read as short words."""
    plain = re.sub(r"\{\w+\}", "ten", text)
    plain = re.sub(r"[+\d][\d\s:./-]*\d|\d", "ten", plain)
    return float(textstat.flesch_kincaid_grade(plain))


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from strings(value)


def questions(protocol: Protocol) -> list[str]:
    return [protocol.check.text, *(question.text for question in protocol.questions.values())]


def urgent_texts(protocol: Protocol) -> list[str]:
    ranks = (URGENT, EMERGENCY)
    because = [rule.because for rule in protocol.rules if rule.disposition.level in ranks]
    nets = [line for symptom in protocol.symptoms.values() for line in symptom.safety_net.get("emergency", ())]
    return [*because, *nets, *strings(protocol.texts["emergency"]), *strings(protocol.texts["crisis"])]


def answers(protocol: Protocol) -> list[str]:
    faq = [" ".join(entry["answer"]) for entry in protocol.faq.values()]
    advice = [item.text for item in protocol.advice.values()]
    normal = [symptom.normal["text"] for symptom in protocol.symptoms.values()]
    texts = strings({key: value for key, value in protocol.texts.items() if key not in ("values", "moments")})
    return [*faq, *advice, *normal, *texts]


def too_hard(texts: list[str], limit: float) -> list[tuple[float, str]]:
    """Texts of at least eight words above the limit; in shorter ones a single long word decides the figure."""
    return [(grade(text), text) for text in texts if len(text.split()) >= 8 and grade(text) > limit]


def test_questions_are_plain(protocol: Protocol) -> None:
    assert too_hard(questions(protocol), QUESTION_GRADE) == []


def test_urgent_and_emergency_texts_are_plain(protocol: Protocol) -> None:
    assert too_hard(urgent_texts(protocol), URGENT_GRADE) == []


def test_answers_are_plain(protocol: Protocol) -> None:
    texts = answers(protocol)
    assert too_hard(texts, ANSWER_GRADE) == []
    assert median(grade(text) for text in texts) <= MEDIAN_GRADE


@pytest.mark.parametrize("phrase", FORBIDDEN)
def test_no_text_says_what_must_not_be_said(protocol: Protocol, phrase: str) -> None:
    # The answers about these very claims quote them in order to doubt them.
    quoted = {"toxins", "good_sign", "tcm_view"}
    faq = [entry["answer"] for name, entry in protocol.faq.items() if name not in quoted]
    texts = [*questions(protocol), *urgent_texts(protocol), *answers(protocol)] if phrase != "!" else []
    texts = [text for text in texts if text not in {" ".join(protocol.faq[name]["answer"]) for name in quoted}]
    found = [text for text in [*texts, *strings(faq)] if re.search(phrase, text, re.IGNORECASE)]
    assert found == []


def test_the_emergency_number_comes_within_forty_words(protocol: Protocol) -> None:
    words = protocol.texts["emergency"]["call"].split()
    assert words.index(protocol.numbers["emergency_number"]) < 40
