"""Where a conversation stands after a message, for the record, the staff and `aftercare assess`."""

from collections.abc import Iterable
from typing import Any

from bot.triage.dialogue import ASK, SUSPECTED, State
from bot.triage.engine import Assessment
from bot.triage.model import Protocol

SYMPTOM, QUESTION, SMALLTALK, OUT_OF_SCOPE = "symptom", "question", "smalltalk", "out_of_scope"
ABOUT_US = frozenset(("ask_why", "ask_who_are_you", "ask_privacy", "ask_summary"))
OUTSIDE = frozenset(("out_of_scope", "not_english", "nlu_fallback", "prompt_injection", "abuse"))


def scope(state: State, assessment: Assessment, intent: str) -> str:
    """Return what kind of conversation this is: symptom | question | smalltalk | out_of_scope."""
    if assessment.rank is not None or (state.waiting_for or {}).get("kind") == SUSPECTED:
        return SYMPTOM
    if intent == "is_this_normal" or (intent.startswith(ASK) and intent not in ABOUT_US):
        return QUESTION
    return OUT_OF_SCOPE if intent in OUTSIDE else SMALLTALK


def summary(
    state: State, assessment: Assessment, intent: str, protocol: Protocol, notes: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the assessment as plain JSON data.

    notes: codes of what the staff should know beside the level, such as `asked_for_a_person`.
    """
    waiting = (state.waiting_for or {}).get("facts", [])
    return {
        "level": assessment.level,
        "within": assessment.within,
        "crisis": assessment.crisis,
        "rank": assessment.rank,
        "scope": scope(state, assessment, intent),
        "asks": list(dict.fromkeys([*waiting, *assessment.asks])),
        "rules": list(assessment.rules),
        "symptoms": list(assessment.symptoms),
        "facts": dict(state.episode.facts),
        "unsure": list(assessment.unsure),
        "corrected": list(state.episode.corrected),
        "final": assessment.final and not waiting,
        "protocol_version": protocol.version,
        "notes_for_staff": list(notes),
    }
