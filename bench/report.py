"""The evaluation written down: as data, as a short table, and as a page to look at."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench.figures import ASKED_FIRST, LEVELS, Share, misses
from bench.reading import Outcome
from bench.samples import DEVELOPMENT, EXAM

TEMPLATES = Path(__file__).parent / "templates"
EXAM_MARGIN = 0.05


@dataclass(frozen=True)
class Target:
    """What a figure of the development set must reach; `most` turns it round. exam: where it is not 5 points off."""

    figure: str
    value: float
    words: str
    most: bool = False
    exam: float | None = None

    def bound(self, name: str) -> float:
        """Return the bound for a set."""
        if name != EXAM:
            return self.value
        if self.exam is not None:
            return self.exam
        return self.value + EXAM_MARGIN if self.most else self.value - EXAM_MARGIN

    def is_met(self, name: str, share: Share) -> bool:
        """Whether the share of a set reaches the bound."""
        return share.value <= self.bound(name) if self.most else share.value >= self.bound(name)


TARGETS = (
    Target("emergency_recall", 1.0, "Emergencies caught: answered as one, or asked about first", exam=0.97),
    Target("safe", 0.99, "Safe: the level is never below the label"),
    Target("exact_level", 0.92, "Exactly the level of the label"),
    Target("self_care_kept", 0.90, "Self-care answered as self-care"),
    Target("over_triage", 0.10, "Over-triage: a level above the label", most=True),
    Target("talk_not_a_symptom", 0.95, "Talk and questions not taken for a symptom"),
)
WORDS = {
    **{target.figure: target.words for target in TARGETS},
    "emergency_at_once": "Emergencies answered as one at once",
    "emergency_asked_first": "Emergencies asked about first, in one yes/no question",
    "crisis_recall": "Crises answered with the crisis card",
    "safe_at_once": "Level not below the label, questions not counted",
    "exact_level_and_time": "Exactly the level and how soon",
    "false_emergency": "Not an emergency, but answered as one",
    "false_alarm_question": "Not an emergency, but asked about one",
    "lookalikes_exact": "Look-alikes given exactly their level",
    "out_of_scope_not_a_symptom": "Out of scope, not taken for a symptom",
    "question_not_a_symptom": "General questions, not taken for a symptom",
    "smalltalk_not_a_symptom": "Small talk, not taken for a symptom",
    "present_recall": "Labelled findings read as present",
    "present_precision": "Findings read as present that the label has",
    "denied_recall": "Labelled denials read as denied",
    "denied_precision": "Findings read as denied that the label has",
}


@dataclass(frozen=True)
class Measured:
    """One set of messages as one assistant answered it."""

    name: str
    arm: str
    outcomes: Sequence[Outcome]
    figures: Mapping[str, Share]
    findings: Mapping[str, Share]
    attributes: Mapping[str, Share]
    confusion: Mapping[str, Mapping[str, int]]

    @property
    def milliseconds(self) -> float:
        """Median time to read and decide one message."""
        times = sorted(outcome.seconds for outcome in self.outcomes)
        return round(1000 * times[len(times) // 2], 1) if times else 0.0


def as_data(measured: Measured, with_texts: bool) -> dict[str, Any]:
    """Return a set's figures and misses as plain JSON data; without texts, misses are named by id only."""
    groups = {"figures": measured.figures, "findings": measured.findings, "attributes": measured.attributes}
    met = {t.figure: t.is_met(measured.name, measured.figures[t.figure]) for t in TARGETS}
    return {
        "name": measured.name,
        "arm": measured.arm,
        "messages": len(measured.outcomes),
        "milliseconds": measured.milliseconds,
        **{name: {key: share.as_dict() for key, share in group.items()} for name, group in groups.items()},
        "targets": {t.figure: {"bound": round(t.bound(measured.name), 4), "met": met[t.figure]} for t in TARGETS},
        "confusion": measured.confusion,
        "misses": {
            kind: [miss(outcome) if with_texts else {"id": outcome.sample.id} for outcome in outcomes]
            for kind, outcomes in misses(measured.outcomes).items()
        },
    }


def of_others(folder: Path, ours: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the earlier report in a folder says of other assistants on the very set `ours` was measured on.

    The same set: as many messages behind every figure. Each is named with the day it was measured.
    """
    path = folder / "evaluation.json"
    if not path.exists():
        return []
    earlier = json.loads(path.read_text(encoding="utf-8"))
    others = [one for one in earlier["sets"] if one["arm"] != ours["arm"] and one["name"] == ours["name"]]
    alike = [one for one in others if _totals(one) == _totals(ours)]
    return [one if " of " in one["arm"] else {**one, "arm": f"{one['arm']}, of {earlier['made']}"} for one in alike]


def _totals(one: Mapping[str, Any]) -> dict[str, int]:
    return {figure: share["total"] for figure, share in one["figures"].items()}


def miss(outcome: Outcome) -> dict[str, Any]:
    """Return what a reader needs to see why a message was answered wrongly."""
    return {
        "id": outcome.sample.id,
        "text": outcome.sample.text,
        "label": outcome.sample.level,
        "answer": outcome.level,
        "asked_first": outcome.asked_first,
        "rules": list(outcome.rules),
        "intent": f"{outcome.intent} {outcome.confidence:.2f}",
        "findings": [f"{finding.finding} {finding.assertion}" for finding in outcome.findings],
    }


def write(data: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write evaluation.json, evaluation.md and evaluation.html; return where they are."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["percent"] = percent
    page = environment.get_template("evaluation.html").render(
        data=data, targets=TARGETS, words=WORDS, levels=LEVELS, answers=(*LEVELS, ASKED_FIRST), development=DEVELOPMENT
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "evaluation.json": json.dumps(data, indent=1, ensure_ascii=False) + "\n",
        "evaluation.md": markdown(data),
        "evaluation.html": page,
    }
    for name, content in written.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in written]


def percent(value: float | None) -> str:
    """Return a share as people read it."""
    return "–" if value is None else f"{value:.1%}"


def markdown(data: Mapping[str, Any]) -> str:
    """Return the figures as a table, one column a set and assistant."""
    sets = data["sets"]
    heads = [f"{one['name']}, {one['arm']} ({one['messages']})" for one in sets]
    lines = ["# How well the assistant understands and decides", "", f"Made {data['made']}.", ""]
    lines += [f"| figure | must | {' | '.join(heads)} |", "|---|---|" + "---|" * len(sets)]
    must = {t.figure: f"{'≤' if t.most else '≥'} {t.value:.0%}" for t in TARGETS}
    for figure in sets[0]["figures"]:
        lines.append(f"| {WORDS[figure]} | {must.get(figure, '')} | {' | '.join(_cell(s, figure) for s in sets)} |")
    lines += ["", "Behind each share: 95 % Wilson bounds, and hits of how many.", ""]
    return "\n".join([*lines, *_intent_lines(data["intents"])])


def _cell(one: Mapping[str, Any], figure: str) -> str:
    share = one["figures"][figure]
    low, high = share["bounds"]
    return f"{percent(share['value'])} ({low:.1%}–{high:.1%}; {share['hits']}/{share['total']})"


def _intent_lines(intents: Mapping[str, Any] | None) -> list[str]:
    if not intents:
        return []
    return [
        f"Intents on held-out examples ({intents['examples']} of {intents['intents']} intents): "
        f"accuracy {intents['accuracy']:.1%}, macro F1 {intents['macro_f1']:.3f}, "
        f"a report or not {intents['report_or_not']:.1%}, calibration error {intents['calibration_error']:.3f}.",
        "",
    ]
