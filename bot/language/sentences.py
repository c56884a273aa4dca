"""What the whole sentence tells about a finding: asked at large, answered with a no, or seen in someone else now."""

import re
from collections.abc import Mapping
from typing import Any

from spacy.tokens import Doc, Span, Token

from bot.language.dictionary import DATA, read_yaml

_FAR = 12  # words
# "Not breathless before and I'm not now", "never before or after", "never before, can needles cause it?"
_NOR_NOW = re.compile(
    r"(?:\w+ ){0,3}?(?:or|nor|and) (?:after|since|now|during|either)\b|(?:and )?still (?:\w+ )?not\b"
    r"|.*\b(?:never since|none (?:now|after|since)|fine now|causes?|risk|wondering)\b"
    r"|.*\bnot?(?: \w+){0,3} (?:now|today|either|since|after)\b"
)
_OF_AGE = re.compile(r"(?:i|he|she) was (?:about |nearly )?(?:\d+|\w+teen|twenty|thirty|forty|fifty)\b")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Sentences:
    """Judges findings by their sentence, with the words of sentences.yml."""

    def __init__(self) -> None:
        raw: Mapping[str, list[str]] = read_yaml(DATA / "sentences.yml")
        self._words = {name: frozenset(words) for name, words in raw.items()}

    def is_answered_no(self, finding: Span) -> bool:
        """Whether a question of the writer's own is answered: "Chest pain? No." denies it."""
        doc, end = finding.doc, finding.sent.end
        if end >= len(doc) or doc[end - 1].norm_ != "?" or doc[end].norm_ not in self._words["noes"]:
            return False
        return end + 1 == len(doc) or doc[end + 1].is_punct or doc[end + 1].norm_ in self._words["goes_on"]

    def is_asked_at_large(self, finding: Span, facts: set[str]) -> bool:
        """Whether the finding stands in a question about people or treatments in general.

        "How long do bruises last" is one; "how long does my bruise last" is not. A danger sign needs a word that
        makes the question general: "why is breathing so hard" is taken for a report.
        """
        if facts & self._words["always"] or not self._opens_a_question(finding):
            return False
        sentence = [token.norm_ for token in finding.sent]
        if not self._words["personal"].isdisjoint(sentence) or self._is_pointed_at(finding):
            return False
        return not facts & self._words["grave"] or not self._words["general"].isdisjoint(sentence)

    def is_witnessed(self, finding: Span, facts: set[str]) -> bool:
        """Whether a danger sign of someone else is happening now: "my wife's lips have gone blue"."""
        if not facts & self._words["grave"]:
            return False
        sentence = [token for token in finding.sent if token.text != "'s"]  # mum's: hers more often than mum is
        if any(token.norm_ in self._words["old"] or _YEAR.fullmatch(token.norm_) for token in sentence):
            return False
        marks = {token.norm_ for token in sentence} & self._words["happening"]
        return bool(marks - {"has", "not"} if facts & self._words["habitual"] else marks)

    def is_new(self, finding: Span, facts: set[str]) -> bool:
        """Whether it is denied only of the time before: "never breathless before", "no fever until last night"."""
        denied = _norms(finding.doc[finding.sent.start : finding.end]) & self._words["denials"]
        limit = self._limit(finding)
        if not denied or limit is None:
            return False
        rest = [token.norm_ for token in finding.doc[limit.i + 1 :] if not token.is_punct][:_FAR]
        if _NOR_NOW.match(" ".join(rest)):
            return False
        if limit.norm_ != "before":
            long_ago = any(word in self._words["long_ago"] or _YEAR.fullmatch(word) for word in rest[:4])
            return not long_ago and not _OF_AGE.match(" ".join(rest))
        told = self._words["events"].isdisjoint(facts) or not self._words["befores"].isdisjoint(rest[:1])
        return bool(told and denied & {"never", "not"}) or not self._words["times"].isdisjoint(rest[:1])

    def _limit(self, finding: Span) -> Token | None:
        """The "before" or "until" right after a finding, but not after a "like": "not breathless like before"."""
        for token in finding.doc[finding.end : finding.sent.end]:
            if token.norm_ not in self._words["of_this_kind"]:
                found = token.norm_ in self._words["limits"] and token.nbor(-1).norm_ != "like"
                return token if found else None
        return None

    def _opens_a_question(self, finding: Span) -> bool:
        sentence = finding.sent
        place = sentence.start
        while place < finding.start and finding.doc[place].norm_ in self._words["fillers"]:
            place += 1
        if place >= finding.start:
            return False
        opener, following = finding.doc[place].norm_, finding.doc[place + 1].norm_
        if opener == "any":
            return following not in self._words["not_after_any"]
        if opener in self._words["openers"]:
            return True
        asked = opener in self._words["verbs"] and following not in self._words["states"]
        # "My boy has a swollen lip and is making a whistling noise" only goes on.
        goes_on = finding.doc[sentence.start].norm_ in self._words["joins"]
        return asked and ((place + 1 < finding.start and not goes_on) or _has_question_mark(sentence))

    def _is_pointed_at(self, finding: Span) -> bool:
        before: Any = finding.doc[finding.start - 1].norm_ if finding.start else ""
        return before in self._words["pointing"]


def _has_question_mark(sentence: Span) -> bool:
    doc: Doc = sentence.doc
    return any(token.norm_ == "?" for token in doc[sentence.start : sentence.end])


def _norms(span: Span) -> set[str]:
    return {token.norm_ for token in span}
