"""What the conversation waits for, and how a message moves it on. The Rasa actions and `assess` share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.triage import turn as turns
from bot.triage.episode import Episode, merge, told
from bot.triage.finding import ABSENT, HYPOTHETICAL, OTHER_PERSON, POSSIBLE, PRESENT, UNSURE, Finding
from bot.triage.levels import AMBULANCE
from bot.triage.model import Protocol
from bot.triage.questions import NONE, Option, Question, answer_facts
from bot.triage.turn import CONFIRM, NO_SYMPTOM, QUESTION, RESULT, Said, Turn, take_turn
from bot.triage.wording import listed

SUSPECTED, HAVE_NOW, NOTICE, CONTACT = "suspected", "have_now", "notice", "contact"
YES, NO = "yes", "no"
SHORTEST_NUMBER = 6
TRENDS = {"feeling_better": "better", "feeling_same": "same", "feeling_worse": "worse"}
# Intents that take the turn away from an open question, unless the message also says something to it.
ASIDES = frozenset(
    "greet goodbye thanks is_this_normal help feeling_better request_check_in stop_check_ins not_what_i_meant abuse "
    "prompt_injection testing out_of_scope not_english".split()
)
# Intents that steer the conversation whatever is asked.
COMMANDS = frozenset(("start_over", "go_back", "stop", "talk_to_person", "call_me_back"))
# Intents that open triage, beside those that report a symptom.
CORRECT = "correct"
TELLING = frozenset(("inform", CORRECT, "feeling_same", "feeling_worse", "nlu_fallback"))
ASK, REPORT = "ask_", "report_"
# Below this confidence the words are rather an answer that was not understood.
SURE_ASIDE = 0.35


@dataclass(frozen=True)
class Heard:
    """One message as it was understood.

    answer: findings that answer the open question, or None; values: options of it that were tapped;
    reports: the message on its own reports a symptom; suspected: a fact that only the intent classifier hints at;
    guesses: intents that come near; confidence: how sure the intent is, 0 to 1.
    """

    intent: str
    now: datetime
    text: str = ""
    findings: Sequence[Finding] = ()
    answer: Sequence[Finding] | None = None
    values: Sequence[str] = ()
    reports: bool = False
    suspected: str | None = None
    guesses: Sequence[str] = ()
    confidence: float = 1.0


@dataclass(frozen=True)
class State:
    """A conversation between two messages.

    waiting_for: a question of the dialogue itself, {"kind", "facts", "tries", "offers"}: whether a suspected
    danger sign is there, whether the patient has now what they asked about, what they noticed (with the intents
    offered as guesses), or where the clinic may call them.
    """

    episode: Episode = Episode()
    waiting_for: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON data."""
        return {"episode": self.episode.to_dict(), "waiting_for": self.waiting_for}

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any] | None) -> "State":
        """Read what `to_dict` wrote; None gives a fresh conversation."""
        entry = entry or {}
        return cls(Episode.from_dict(entry.get("episode")), entry.get("waiting_for"))


def is_aside(heard: Heard, question: Question | None) -> bool:
    """Whether the message belongs to a rule of the dialogue rather than to the question that is open."""
    if heard.values or heard.reports or heard.suspected:
        return False
    if heard.intent in COMMANDS:
        return True
    asked = question.facts if question else frozenset()
    answers = heard.answer is not None or any(finding.finding in asked for finding in heard.findings)
    aside = heard.intent in ASIDES or heard.intent.startswith(ASK)
    return aside and not answers and heard.confidence >= SURE_ASIDE


def is_for_triage(state: State, heard: Heard, protocol: Protocol) -> bool:
    """Whether the message moves triage on, as the rules of the dialogue have it."""
    question = open_question(state, protocol, heard.now)
    if question is not None:
        return not is_aside(heard, question)
    told = heard.intent.startswith(REPORT) or heard.intent in TELLING
    return told or heard.reports or bool(heard.suspected) or takes_back(state.episode, heard.findings)


def takes_back(episode: Episode, findings: Iterable[Finding]) -> bool:
    """Whether a message denies a sign that an emergency card was given for, whatever else it seems to be."""
    known = episode.facts if episode.reached == AMBULANCE else {}
    return any(finding.assertion == ABSENT and known.get(finding.finding) is True for finding in findings)


def after_aside(state: State, heard: Heard, protocol: Protocol) -> State:
    """Return the state after a message that is answered by a rule of the dialogue."""
    if heard.intent == "start_over":
        return State()
    if heard.intent == "go_back":
        return back(state, protocol, heard.now) or state
    if heard.intent == "stop":
        return conclude(state, protocol, heard.now)[0]
    state = noted(state, heard.findings)
    if heard.intent in ("is_this_normal", "help") and open_question(state, protocol, heard.now) is None:
        return opened(state, heard.findings)
    return let_go(state)


def noted(state: State, findings: Iterable[Finding]) -> State:
    """Keep what a message says in passing, such as a medicine named in a question.

    What is only possible there was asked about: "is it normal to bruise?" reports no bruise.
    """
    certain = [finding for finding in findings if finding.assertion != POSSIBLE]
    return replace(state, episode=merge(state.episode, certain))


def opened(state: State, findings: Iterable[Finding]) -> State:
    """Wait for whether the patient has now what they asked about, or for what they noticed."""
    facts = asked_about(findings)
    return ask_whether(state.episode, HAVE_NOW if facts else NOTICE, facts)


def let_go(state: State) -> State:
    """Stop waiting for what the patient noticed when they speak of something else; other questions stay open."""
    kind = (state.waiting_for or {}).get("kind")
    return State(state.episode) if kind in (NOTICE, HAVE_NOW) else state


def open_question(state: State, protocol: Protocol, now: datetime) -> Question | None:
    """Return the question the patient is being asked, or None."""
    if state.episode.confirming:
        return _withdrawal(state.episode.confirming, protocol)
    if state.waiting_for:
        return _own_question(state.waiting_for, protocol)
    return turns.open_question(state.episode, protocol, now)


def hear(state: State, heard: Heard, protocol: Protocol) -> tuple[State, Turn]:
    """Take one message: merge what it says, and decide what to say next.

    Danger in the words is answered at once; danger that is only suspected becomes the next question.
    """
    findings = [*heard.findings, *_trends(state.episode, heard, protocol), *_own_answer(state, heard, protocol)]
    own = state.waiting_for is not None and not state.episode.confirming
    said = Said(
        findings=findings,
        answer=None if own else heard.answer,
        values=() if own or state.episode.confirming else heard.values,
        correcting=heard.intent == CORRECT,
        yes=_yes(heard),
    )
    turn = take_turn(state.episode, said, protocol, heard.now)
    emergency = turn.assessment.rank == AMBULANCE
    if heard.suspected and not emergency and heard.suspected not in turn.episode.facts:
        return ask_whether(turn.episode, SUSPECTED, [heard.suspected]), turn
    if turn.say == NO_SYMPTOM:
        return _nothing_yet(state, heard, turn), turn
    return State(turn.episode), turn


def ask_whether(
    episode: Episode, kind: str, facts: Iterable[str] = (), tries: int = 1, offers: Iterable[str] = ()
) -> State:
    """Wait for the answer to a question of the dialogue itself; the protocol's own is put again later."""
    waiting = {"kind": kind, "facts": sorted(facts), "tries": tries, "offers": list(offers)}
    return State(replace(episode, question=None, tries=0), waiting)


def asked_about(findings: Iterable[Finding]) -> list[str]:
    """Return the facts a message asks about without saying that the patient has them."""
    unclaimed = (HYPOTHETICAL, OTHER_PERSON, POSSIBLE)
    asked = (f for f in findings if f.assertion in unclaimed and f.value is True)
    return sorted({finding.finding for finding in asked})


def reported(symptom: str, text: str, protocol: Protocol) -> list[Finding]:
    """Return the findings of naming a symptom without any detail, with the whole text as their words.

    A symptom that is itself a yes or no is present; one with several signs makes each of them possible.
    """
    named = protocol.facts.get(symptom)
    if named is not None and named.kind == "flag":
        return [Finding(symptom, PRESENT, text, 0, len(text))]
    declared = protocol.symptoms.get(symptom)
    facts = sorted(declared.reported_when.facts()) if declared else []
    return [Finding(fact, POSSIBLE, text, 0, len(text)) for fact in facts]


def back(state: State, protocol: Protocol, now: datetime) -> State | None:
    """Take back the answer to the question before; None when there is none."""
    episode = state.episode
    if not episode.asked:
        return None
    last = episode.asked[-1]
    earlier = replace(episode, asked=episode.asked[:-1], question=last, tries=0)
    question = turns.open_question(earlier, protocol, now)
    settled = question.facts if question else frozenset()
    kept = {f: value for f, value in episode.facts.items() if f not in settled or f in episode.mentioned}
    return State(replace(earlier, facts=kept))


def gives_contact(state: State, text: str, values: Sequence[str]) -> bool:
    """Whether a message is the phone number that was asked for, rather than something else."""
    asked = (state.waiting_for or {}).get("kind") == CONTACT
    return asked and (bool(values) or sum(character.isdigit() for character in text) >= SHORTEST_NUMBER)


def resume(state: State, protocol: Protocol, now: datetime) -> tuple[State, Turn]:
    """Return what is to be said when nothing new was heard: the open question, or the answer reached."""
    if state.waiting_for or state.episode.confirming:
        return state, Turn(QUESTION, state.episode, state.episode.assess(protocol, now))
    turn = take_turn(replace(state.episode, question=None, tries=0), Said(), protocol, now)
    return State(turn.episode), turn


def conclude(state: State, protocol: Protocol, now: datetime) -> tuple[State, Turn]:
    """Stop asking: return the answer by what is known."""
    assessment = state.episode.assess(protocol, now)
    episode = told(state.episode, assessment, now)
    say = NO_SYMPTOM if assessment.rank is None else RESULT
    return State(replace(episode, question=None, tries=0)), Turn(say, episode, assessment)


def _nothing_yet(state: State, heard: Heard, turn: Turn) -> State:
    """No symptom is known: ask what the patient noticed, once more if need be, and then leave it to them.

    Who speaks of one without having it ("is it normal to feel tired?") is asked whether they have it now.
    """
    if state.waiting_for is None and (facts := asked_about(heard.findings)):
        return ask_whether(turn.episode, HAVE_NOW, facts)
    waiting = state.waiting_for or {"kind": "", "tries": 0}
    answered = bool(heard.values) or heard.answer is not None
    if waiting["kind"] in (HAVE_NOW, NOTICE) and (answered or waiting["tries"] >= turns.MAX_TRIES):
        return State(turn.episode)
    tries = waiting["tries"] + 1 if waiting["kind"] == NOTICE else 1
    return ask_whether(turn.episode, NOTICE, tries=tries, offers=heard.guesses)


def _own_answer(state: State, heard: Heard, protocol: Protocol) -> list[Finding]:
    """Return what the message says to a question of the dialogue itself."""
    waiting = state.waiting_for
    if waiting is None or state.episode.confirming:
        return []
    if heard.answer is not None:
        return list(heard.answer)
    if waiting["kind"] == NOTICE:
        return [finding for value in heard.values for finding in _noticed(value, protocol)]
    if heard.values:
        settled = answer_facts(_own_question(waiting, protocol), heard.values, heard.now)
        return [finding_of(fact, value) for fact, value in settled.items()]
    # A danger sign that was asked about and left unanswered is not forgotten: it counts as unsure.
    return [finding_of(fact, UNSURE) for fact in waiting["facts"] if waiting["kind"] == SUSPECTED]


def _noticed(value: str, protocol: Protocol) -> list[Finding]:
    return [] if value in (NONE, UNSURE) else reported(value.removeprefix(REPORT), "", protocol)


def finding_of(fact: str, value: Any) -> Finding:
    """Return a fact that was settled by a tapped answer as a finding without words."""
    if value == UNSURE:
        return Finding(fact, POSSIBLE, "", 0, 0)
    if value is False:
        return Finding(fact, ABSENT, "", 0, 0)
    return Finding(fact, PRESENT, "", 0, 0, value)


def _trends(episode: Episode, heard: Heard, protocol: Protocol) -> list[Finding]:
    """ "It is worse" speaks of the symptoms that were answered, or before an answer of those reported."""
    trend = TRENDS.get(heard.intent)
    if trend is None or any(finding.finding.endswith(".trend") for finding in heard.findings):
        return []
    symptoms = list(episode.answered) or [symptom.id for symptom in episode.case(protocol, heard.now).symptoms]
    return [Finding(f"{s}.trend", PRESENT, heard.text, 0, len(heard.text), trend) for s in symptoms]


def _yes(heard: Heard) -> bool | None:
    if YES in heard.values or heard.intent == "affirm":
        return True
    return False if NO in heard.values or heard.intent == "deny" else None


def _own_question(waiting: Mapping[str, Any], protocol: Protocol) -> Question:
    if waiting["kind"] == NOTICE:
        return _notice(waiting, protocol)
    if waiting["kind"] == CONTACT:
        text = protocol.text("talk.call_back_offer")
        return Question(CONTACT, text, "", "contact", False, (), frozenset())
    facts, kind = waiting["facts"], waiting["kind"]
    text = protocol.text(f"confirm_now.{facts[0]}" if kind == SUSPECTED else "opening.do_you_have_it_now")
    return _yes_or_no(kind, text, dict.fromkeys(facts, True), dict.fromkeys(facts, False), protocol)


def _withdrawal(facts: Sequence[str], protocol: Protocol) -> Question:
    said = listed([protocol.facts[fact].said for fact in facts], protocol)
    text = protocol.text("correction.confirm_emergency", fact=said)
    return _yes_or_no(CONFIRM, text, dict.fromkeys(facts, False), dict.fromkeys(facts, True), protocol)


def _yes_or_no(name: str, text: str, yes: dict[str, Any], no: dict[str, Any], protocol: Protocol) -> Question:
    options = (Option(YES, protocol.text("labels.yes"), yes), Option(NO, protocol.text("labels.no"), no))
    return Question(name, text, "", "choice", False, options, frozenset(yes))


def _notice(waiting: Mapping[str, Any], protocol: Protocol) -> Question:
    """What did you notice? With the guesses at what was meant first, or else every symptom as a button."""
    buttons: Mapping[str, str] = protocol.texts["symptom_buttons"]
    guessed = {intent: _name_of(intent, protocol) for intent in waiting["offers"]}
    labels = {value: label for value, label in guessed.items() if label} or buttons
    options = tuple(Option(value, label, {}) for value, label in labels.items())
    key = "opening.what_did_you_notice" if labels is buttons else "notice.unclear"
    text = protocol.text("notice.unclear_again" if waiting["tries"] > 1 else key)
    return Question(NOTICE, text, "", "choice", labels is buttons, options, frozenset())


def _name_of(intent: str, protocol: Protocol) -> str | None:
    """Return what an intent is called to the patient: a symptom's button or a general question."""
    if intent.startswith(REPORT):
        name: str | None = protocol.texts["symptom_buttons"].get(intent.removeprefix(REPORT))
        return name
    question = protocol.faq.get(intent.removeprefix(ASK))
    return str(question["question"]) if question else None
