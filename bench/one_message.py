"""Where the time of one message goes inside the language model, against what it cannot do without."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import spacy
from rasa.core.actions.action import RemoteAction

from bench.measures import in_turns
from bot.language.understand import Understanding
from bot.nlu import encoder
from bot.nlu.action_server import is_well_formed
from bot.nlu.assess import Assessor, LanguageModel
from bot.training import trained_model
from bot.triage.dialogue import State

REPEATS = 5
# What an action that asks a question answers, two or three times a message.
ANSWER = {
    "events": [
        {"event": "slot", "name": name, "value": {"facts": {}}, "timestamp": None} for name in ("episode", "last")
    ],
    "responses": [{"text": "How bad is it?", "buttons": [{"title": "1", "payload": "1"}], "custom": {}}],
}


def profile(texts: Sequence[str], repeats: int = REPEATS) -> dict[str, dict[str, float]]:
    """Return milliseconds a message of each step, with their spread over the repeats.

    The floor is a bare spaCy pipeline and the sentence encoder: a message cannot be tokenised and embedded for less.
    """
    assessor, encode, understand = Assessor(LanguageModel(trained_model())), encoder.load(), Understanding()
    bare, now, action = spacy.blank("en"), datetime.now(ZoneInfo("UTC")), RemoteAction("action_assess", None)
    steps: dict[str, Callable[[str], Any]] = {
        "bare spaCy": bare,
        "sentence encoder": lambda text: encode([text]),
        "findings (clinical spaCy pipeline)": lambda text: understand(text, now),
        "whole language model": lambda text: assessor.model(text, now),
        "language model and triage": lambda text: assessor.turn(State(), text, now),
        "an action's answer, checked as Rasa does": lambda _: action._validate_action_result(ANSWER),
        "an action's answer, checked as we do": lambda _: is_well_formed(action, ANSWER),
    }
    return {name: took.as_dict(2) for name, took in in_turns(steps, texts, repeats).items()}
