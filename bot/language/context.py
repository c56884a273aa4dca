"""ConText for patients' English: who, when and whether, by medspaCy with our own cues (data/context.yml)."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from types import ModuleType
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from bot.language import patterns
from bot.language.dictionary import DATA, Dictionary, read_yaml
from bot.language.errors import LanguageError
from bot.language.words import Words


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Let an empty module stand for one that is only imported and never used."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]


# medspaCy imports QuickUMLS, and that imports nltk and scipy.stats: two seconds of every start, for nothing used here.
with _without("nltk"):
    from medspacy.context import ConTextRule

# When several cues reach a finding, the first of these decides: whose it is, then whether it is real, then when.
OTHER_PERSON, HYPOTHETICAL, PAST, POSSIBLE, ABSENT = "OTHER_PERSON", "HYPOTHETICAL", "PAST", "POSSIBLE", "ABSENT"
ORDER = (OTHER_PERSON, HYPOTHETICAL, PAST, POSSIBLE, ABSENT)
_IN_FINDINGS = "tokens in findings"
_DIRECTIONS = ("FORWARD", "BACKWARD", "BIDIRECTIONAL", "TERMINATE", "PSEUDO")

_LONGEST_NAME = 2  # words
_SOON = 10  # tokens

Between = Callable[[Span, Span, Span], bool]


def cue_wordings() -> list[str]:
    """The wordings of all cues, whose words the spelling correction must know too."""
    return [wording for cue in read_yaml(DATA / "context.yml")["cues"] for wording in cue["says"]]


def add_context(nlp: Language, dictionary: Dictionary, words: Words) -> None:
    """Add medspaCy's ConText with the cues of context.yml to the pipeline."""
    raw = read_yaml(DATA / "context.yml")
    checks: dict[str, Between] = {
        "list": DenialList(raw["denial_list"], commas=True),
        "either": DenialList(raw["denial_list"], commas=False),
        "condition": Condition(raw["condition"]["subjects"]),
        "asked": Asked(raw["asked"]),
        "then": Then(raw["then"]),
        "before": Before(raw["before"]),
    }
    context = nlp.add_pipe(
        "medspacy_context",
        config={
            "rules": None,
            "span_attrs": None,
            "input_span_type": "group",
            "span_group_name": "targets",
            "prune_on_target_overlap": True,
        },
    )
    context.add([rule for cue in raw["cues"] for rule in _rules(cue, dictionary, words, checks)])


def _rules(
    cue: Mapping[str, Any], dictionary: Dictionary, words: Words, checks: Mapping[str, Between]
) -> list[ConTextRule]:
    name = str(cue.get("category"))
    if name not in (*ORDER, "PSEUDO", "END") or cue["direction"] not in _DIRECTIONS:
        raise LanguageError("context.yml", name, f"unknown category or direction {cue['direction']}")
    rules: list[ConTextRule] = []
    for wording in cue["says"]:
        try:
            paths = patterns.parse(wording, dictionary.classes)
        except ValueError as error:
            raise LanguageError("context.yml", repr(wording), str(error)) from error
        for path in paths:
            rules.append(
                ConTextRule(
                    wording,
                    name,
                    pattern=patterns.to_matcher(path, words.base),
                    direction=cue["direction"],
                    max_scope=cue.get("reach"),
                    on_modifies=checks.get(str(cue.get("scope"))),
                )
            )
    return rules


def cues_of(doc: Doc) -> dict[tuple[int, int], frozenset[str]]:
    """The categories of the cues that reach each target of the doc, by its token offsets."""
    reached: dict[tuple[int, int], set[str]] = {}
    for target, modifier in doc._.context_graph.edges:
        reached.setdefault((target.start, target.end), set()).add(modifier.category)
    return {offsets: frozenset(categories) for offsets, categories in reached.items()}


def assertion_by(cues: frozenset[str]) -> str:
    """The assertion that the cues give, `present` without any."""
    return next((name.lower() for name in ORDER if name in cues), "present")


class Condition:
    """Whether "if" still holds at a finding: "if I get dizzy" is a condition, "if I press it, it hurts" is not.

    The subject right after the "if" belongs to the condition; one that follows does not.
    """

    def __init__(self, subjects: list[str]) -> None:
        self._subjects = frozenset(subjects)

    def __call__(self, target: Span, cue: Span, between: Span) -> bool:
        return not any(token.norm_ in self._subjects for token in between[1:])


class Asked:
    """Whether "normal" asks about a finding at large: "is bruising normal", not "is my bruise normal"."""

    def __init__(self, raw: Mapping[str, list[str]]) -> None:
        self._verbs, self._fillers = frozenset(raw["verbs"]), frozenset(raw["fillers"])
        self._openers = frozenset(raw["openers"])

    def __call__(self, target: Span, cue: Span, between: Span) -> bool:
        doc, place = target.doc, target.start
        while place > target.sent.start and doc[place - 1].norm_ in self._fillers:
            place -= 1
        if doc[place].norm_ in self._verbs:
            return self._opens(doc, place)
        return place > target.sent.start and doc[place - 1].norm_ in self._verbs and self._opens(doc, place - 1)

    def _opens(self, doc: Doc, place: int) -> bool:
        return bool(place == doc[place].sent.start or doc[place - 1].norm_ in self._openers)


class Then:
    """Whether a time holds for a finding after it: "in 2015 I had a stroke", not "had a stroke in 2015 my face droops".

    Not where a finding stands before it already, and what follows opens with somebody of its own in the present.
    """

    def __init__(self, raw: Mapping[str, list[str]]) -> None:
        self._openers, self._present = frozenset(raw["openers"]), frozenset(raw["present"])

    def __call__(self, target: Span, cue: Span, between: Span) -> bool:
        if target.start < cue.end:
            return True
        earlier = target.doc[cue.sent.start : cue.start]
        said = {token.norm_ for token in target.doc[cue.end : target.end + 1]}
        taken = any(token.i in _in_findings(target.doc) for token in earlier)
        return not taken or self._openers.isdisjoint(said) or self._present.isdisjoint(said)


class Before:
    """Whether what was before the treatment is past.

    Not what is said to be ("it is agony, before the session it was a three") or to go on ("breathless before the
    session and still am"), nor what comes after something else that was before it ("sore before it, my face droops").
    """

    def __init__(self, raw: Mapping[str, list[str]]) -> None:
        self._goes_on = tuple(f" {words} " for words in raw["goes_on"])
        self._openers, self._subjects = frozenset(raw["opens"]), frozenset(raw["subjects"])
        self._present, self._nows, self._be = (frozenset(raw[name]) for name in ("present", "nows", "be"))

    def __call__(self, target: Span, cue: Span, between: Span) -> bool:
        doc = target.doc
        if target.start >= cue.end:
            earlier = doc[cue.sent.start : cue.start], between
            named = any(token.i in _in_findings(doc) for part in earlier for token in part)
            return not (named and (any(map(self._opens, between)) or self._is_now(target, between)))
        said = _norms(doc[max(target.start - 2, cue.sent.start) : target.end])
        following = f" {' '.join(_norms(doc[cue.end : cue.end + _SOON]))} "
        return self._be.isdisjoint(said) and not any(words in following for words in self._goes_on)

    def _is_now(self, target: Span, between: Span) -> bool:
        """Whether the finding itself tells that it is now: "my face is drooping", "and breathless since"."""
        said = _norms(target.doc[between.start : target.end + 1])
        own = not self._subjects.isdisjoint(said) and not self._present.isdisjoint(said)
        return own or not self._nows.isdisjoint(_norms(target.doc[target.end : target.end + 1]))

    def _opens(self, token: Token) -> bool:
        """Whether something else begins here: "and I", but not "and a headache"."""
        joins = token.norm_ == "and" and token.nbor(1).norm_ in self._subjects
        return token.is_punct or token.norm_ in self._openers or joins


class DenialList:
    """Whether a denial still reaches a finding across the list between them.

    "No chest pain, trouble breathing or fever" denies three things. "No appetite, fever and chest pain" denies
    one that is no finding and reports two, and "no energy and my chest hurts" likewise. Where the list could be
    read both ways the finding stays reported: missing an emergency is the worse mistake. A subject opens a clause of
    its own: "no better I can't breathe" reports, "I don't think I am dizzy" still denies.
    """

    def __init__(self, raw: Mapping[str, list[str]], commas: bool) -> None:
        self._separators = frozenset(raw["separators"])
        self._choices = frozenset(raw["choices"])
        self._fillers = frozenset(raw["fillers"])
        self._subjects, self._links = frozenset(raw["subjects"]), frozenset(raw["links"])
        self._owners = frozenset(raw["owners"])
        self._commas = commas

    def __call__(self, target: Span, cue: Span, between: Span) -> bool:
        inside = _in_findings(target.doc)
        items = self._items(between, inside)
        if not items:
            return True
        if between[0].norm_ in self._separators or _answers_no(cue, between) or self._starts_anew(between):
            return False
        if self._runs_on(target, between, inside):
            return False
        if len(items) == 1:
            return items[0] <= 2
        if self._has_choice(target, between):
            return items[-1] <= 2
        return self._commas and all(unknown <= 1 for unknown in items) and self._third_item(target, between)

    def _starts_anew(self, between: Span) -> bool:
        """Whether a subject that nothing links to the denial stands before the finding."""
        return any(t.norm_ in self._subjects and t.nbor(-1).norm_ not in self._links for t in between)

    def _runs_on(self, target: Span, between: Span, inside: set[int]) -> bool:
        """Whether something else ends before the finding with no mark, and the finding is no further item.

        "No redness fever or pus" is a list written without commas. "No redness my throat is closing", "no redness
        or pus fever since noon" and "no redness fever since noon" are none: the finding is more than a name, or the
        list has ended, or the finding goes on.
        """
        last = [i for i, token in enumerate(between) if token.norm_ in self._separators][-1:] or [-1]
        item = between[last[0] + 1 :]
        if all(token.i not in inside and token.norm_ in self._fillers for token in item):
            return False
        if _words(target) > _LONGEST_NAME or item[-1].norm_ in self._owners:
            return True
        if all(token.i not in inside for token in item):
            return False
        ended = last[0] >= 0 and between[last[0]].norm_ in self._choices
        return ended or not (self._has_choice(target, between) or self._is_last(target, inside))

    def _is_last(self, target: Span, inside: set[int]) -> bool:
        """Whether nothing follows in the clause but names of findings."""
        after = list(target.doc[target.end : target.sent.end])
        clause = takewhile(lambda token: token.norm_ not in self._subjects, after)
        joins = self._separators | self._fillers
        return all(token.i in inside or token.norm_ in joins or token.is_punct for token in clause)

    def _items(self, between: Span, inside: set[int]) -> list[int]:
        """For each item of the list, the number of words in it that belong to no finding and are no filler."""
        if not len(between):
            return []
        unknown = [0]
        for token in between:
            if token.norm_ in self._separators:
                unknown.append(0)
            elif token.i not in inside and token.norm_ not in self._fillers:
                unknown[-1] += 1
        return unknown

    def _has_choice(self, target: Span, between: Span) -> bool:
        """Whether "or" joins the list, before the finding or after it in the same clause."""
        sentence_end = target.sent.end
        after = target.doc[target.end : sentence_end]
        return any(t.norm_ in self._choices for t in between) or any(t.norm_ in self._choices for t in after)

    def _third_item(self, target: Span, between: Span) -> bool:
        """Without an "or" only a list of three findings or more is read as denied throughout."""
        span = target.doc[between.start : target.sent.end]
        return sum(t.norm_ in self._separators for t in span) >= 2


def _norms(span: Span) -> list[str]:
    return [token.norm_ for token in span]


def _words(span: Span) -> int:
    return sum(not token.is_punct for token in span)


def _answers_no(cue: Span, between: Span) -> bool:
    """ "Fever? No: a metallic taste" denies the fever alone."""
    return bool(between[0].norm_ == ":" and cue.start > 0 and cue.doc[cue.start - 1].norm_ == "?")


def _in_findings(doc: Doc) -> set[int]:
    """The tokens that belong to a finding, worked out once for each message."""
    if _IN_FINDINGS not in doc.user_data:
        doc.user_data[_IN_FINDINGS] = {token.i for span in doc.spans["targets"] for token in span}
    tokens: set[int] = doc.user_data[_IN_FINDINGS]
    return tokens
