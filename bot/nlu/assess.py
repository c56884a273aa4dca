"""`aftercare assess`: JSON lines in, levels with their reasons out, without a server.

The trained model reads each message, and the turns are those of the conversation with patients.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import bot.nlu.quiet  # noqa: F401

# isort: split
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.trackers import DialogueStateTracker

from bot.language.answers import read_answer
from bot.language.corrections import with_new_time
from bot.nlu.files import PROTOCOL
from bot.nlu.messages import DANGER, FACTS
from bot.problem import Problem
from bot.training import trained_model
from bot.triage.dialogue import Heard, State, after_aside, hear, is_for_triage, open_question
from bot.triage.finding import Finding
from bot.triage.protocol import load_protocol
from bot.triage.summary import summary

FALLBACK = "nlu_fallback"
SHOWN = ("level", "within", "crisis", "scope")


class LanguageModel:
    """The trained NLU graph in this process."""

    def __init__(self, archive: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            loaded = load_predict_graph_runner(Path(folder), archive, LocalModelStorage, DaskGraphRunner)
        self.metadata, self.runner = loaded

    def __call__(self, text: str, now: datetime) -> dict[str, Any]:
        """Return what the model reads in a message: `intent`, `findings`, `danger`."""
        message = UserMessage(text, metadata={"now": now.isoformat()})
        inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: DialogueStateTracker("assess", [])}
        target = self.metadata.nlu_target
        read: dict[str, Any] = self.runner.run(inputs=inputs, targets=[target])[target][0].as_dict()
        return read


class Assessor:
    """Assesses conversations that are given as a whole."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.protocol = load_protocol(PROTOCOL)
        self.zone = ZoneInfo(self.protocol.clinic["time_zone"])

    def __call__(self, turns: Iterable[str], now: datetime | None = None) -> dict[str, Any]:
        """Return the assessment after the last of the patient's messages; now: when they were sent, by
        the clinic's clock where it names no zone.
        """
        now = now or datetime.now(self.zone)
        now = now if now.tzinfo else now.replace(tzinfo=self.zone)
        state, findings = State(), list[Finding]()
        intent: dict[str, Any] = {"name": FALLBACK, "confidence": 0.0}
        for text in turns:
            state, read = self.turn(state, text, now)
            intent = {key: read["intent"][key] for key in ("name", "confidence")}
            findings += _findings(read)
        assessment = state.episode.assess(self.protocol, now)
        told = summary(state, assessment, intent["name"], self.protocol)
        said = [{"finding": f.finding, "assertion": f.assertion, "text": f.text} for f in findings]
        shown = {key: told[key] for key in SHOWN}
        return {**shown, "intent": intent, "findings": said, "asks": told["asks"], "rules": told["rules"]}

    def turn(self, state: State, text: str, now: datetime) -> tuple[State, dict[str, Any]]:
        """Take one message; return the state after it and what was read."""
        read = self.model(text, now)
        question = open_question(state, self.protocol, now)
        heard = Heard(
            intent=read["intent"]["name"],
            now=now,
            text=text,
            findings=_findings(read),
            answer=read_answer(text, question, now) if question else None,
            reports=bool(read[DANGER]["symptoms"]),
            suspected=read[DANGER]["suspected"],
            confidence=read["intent"]["confidence"],
        )
        heard = with_new_time(heard, state.episode.facts, self.protocol.facts)
        if is_for_triage(state, heard, self.protocol):
            return hear(state, heard, self.protocol)[0], read
        return after_aside(state, heard, self.protocol), read


def assess_lines(lines: Iterable[str]) -> Iterator[str]:
    """Assess JSON lines {"id", "text" | "turns", "now"?}, one fresh conversation each, in order.

    Raises Problem for a line that is none, and when no model was trained.
    """
    assessor = Assessor(LanguageModel(trained_model()))
    for number, line in enumerate(lines, start=1):
        if line.strip():
            entry = _entry(number, line)
            result = assessor(entry["turns"], entry["now"])
            yield json.dumps({"id": entry["id"], **result}, ensure_ascii=False)


def _entry(number: int, line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
        turns = entry["turns"] if "turns" in entry else [entry["text"]]
        now = datetime.fromisoformat(entry["now"].replace("Z", "+00:00")) if entry.get("now") else None
    except (ValueError, TypeError, KeyError, AttributeError):
        turns, now, entry = None, None, {}
    if not isinstance(turns, list) or not all(isinstance(text, str) for text in turns):
        raise Problem(f'line {number} is not {{"id", "text"}} or {{"id", "turns"}} with an ISO time as "now"')
    return {"id": entry.get("id"), "turns": turns, "now": now}


def _findings(read: Mapping[str, Any]) -> list[Finding]:
    return [Finding.from_dict(entry) for entry in read.get(FACTS) or []]
