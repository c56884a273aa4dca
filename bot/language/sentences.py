"""What the whole sentence tells about a finding: asked at large, answered with a no, or seen in someone else now."""

import re
from collections.abc import Mapping
from typing import Any

from spacy.tokens import Doc, Span

from bot.language.dictionary import DATA, read_yaml

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
        after = [token.norm_ for token in finding.doc[finding.end : finding.sent.end] if not token.is_punct]
        place = next((i for i, word in enumerate(after) if word not in self._words["of_this_kind"]), len(after))
        limit, rest = after[place : place + 1], after[place + 1 :]
        if not self._words["both"].isdisjoint(rest):
            return False
        if not self._words["untils"].isdisjoint(limit):
            return True
        if limit != ["before"]:
            return False
        before = {token.norm_ for token in finding.doc[finding.sent.start : finding.end]}
        ever = before & {"never", "not"} and (rest or not facts & self._words["habitual"])
        return bool(ever) or not self._words["times"].isdisjoint(rest[:1])

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
