"""The intents on held-out examples: every example of data/nlu is judged by a classifier that never saw it."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from sklearn.model_selection import StratifiedKFold

from bot.nlu import encoder_files
from bot.nlu.intent_classifier import IntentClassifier
from bot.paths import DATA_DIR, ROOT
from bot.training import model_path

FOLDS = 5
BINS = 10
COMMONEST = 20
REPORT = "report_"
CLASSIFIER = f"{IntentClassifier.__module__}.{IntentClassifier.__name__}"
CACHE = DATA_DIR / "bench"


@dataclass(frozen=True)
class Judged:
    """One held-out example: its intent, and the likeliest one with its share."""

    intent: str
    judged: str
    confidence: float


def held_out(folds: int = FOLDS, step: int = 1) -> list[Judged]:
    """Return every step-th example of data/nlu, judged in cross-validation; kept until something changes."""
    here = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    kept = CACHE / f"held-out-{model_path().name.removesuffix('.tar.gz')}-{here}-{folds}-{step}.json"
    if kept.exists():
        return [Judged(**entry) for entry in json.loads(kept.read_text())]
    judged = _judge(folds, step)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([asdict(one) for one in judged]))
    return judged


def _judge(folds: int, step: int) -> list[Judged]:
    examples = load_data(str(ROOT / "data" / "nlu")).intent_examples[::step]
    settings = _settings()
    for component in _components_before_classifier(settings):
        component.process(examples)
    intents = [example.get(INTENT) for example in examples]
    config = {**IntentClassifier.get_default_config(), **settings[CLASSIFIER]}
    judged = []
    for learn, test in StratifiedKFold(folds, shuffle=True, random_state=7).split(intents, intents):
        classifier = IntentClassifier(config, None, None)
        classifier.fit(classifier.rows([examples[i] for i in learn]), [intents[i] for i in learn])
        judged += _judge_fold(classifier, [examples[i] for i in test])
    return judged


def _settings() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in config["pipeline"]}


def _components_before_classifier(settings: Mapping[str, Any]) -> list[Any]:
    """Return what puts features on a message. None of it learns, so that all examples may pass at once."""
    encoder_files.prepare()
    names = list(settings)
    return [_component(name, settings[name]) for name in names[: names.index(CLASSIFIER)]]


def _component(name: str, settings: Mapping[str, Any]) -> Any:
    module, _, kind = name.rpartition(".")
    component = getattr(import_module(module), kind)
    return component.create({**component.get_default_config(), **settings}, None, None, None)


def _judge_fold(classifier: IntentClassifier, examples: list[Message]) -> list[Judged]:
    judged = []
    for example, row in zip(examples, classifier.probabilities(examples), strict=True):
        shares = dict(zip(classifier.intents, map(float, row), strict=True))
        likeliest = max(shares, key=shares.__getitem__)
        judged.append(Judged(example.get(INTENT), likeliest, shares[likeliest]))
    return judged


def report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of held-out examples as plain JSON data."""
    per_intent = {intent: _scores(judged, intent) for intent in sorted({one.intent for one in judged})}
    return {
        "examples": len(judged),
        "intents": len(per_intent),
        "accuracy": _part(judged, lambda one: one.intent == one.judged),
        "macro_f1": sum(scores["f1"] for scores in per_intent.values()) / len(per_intent),
        "report_or_not": _part(judged, lambda one: one.intent.startswith(REPORT) == one.judged.startswith(REPORT)),
        "calibration": calibration(judged),
        "calibration_error": calibration_error(judged),
        "per_intent": per_intent,
        "confusions": _confusions(judged),
    }


def _part(judged: Iterable[Judged], hit: Callable[[Judged], bool]) -> float:
    hits = [hit(one) for one in judged]
    return sum(hits) / max(1, len(hits))


def _scores(judged: Iterable[Judged], intent: str) -> dict[str, float]:
    pairs = Counter((one.intent == intent, one.judged == intent) for one in judged)
    both, missed, wrong = pairs[True, True], pairs[True, False], pairs[False, True]
    precision, recall = both / max(1, both + wrong), both / max(1, both + missed)
    return {
        "examples": both + missed,
        "precision": precision,
        "recall": recall,
        "f1": 2 * both / max(1, 2 * both + missed + wrong),
    }


def calibration(judged: Iterable[Judged]) -> list[dict[str, float]]:
    """Return, for each tenth of confidence, how many examples, how sure, and how often right."""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in judged:
        bins[min(BINS - 1, int(one.confidence * BINS))].append(one)
    return [
        {
            "examples": len(found),
            "confidence": sum(one.confidence for one in found) / len(found),
            "right": _part(found, lambda one: one.intent == one.judged),
        }
        for found in bins
        if found
    ]


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return how far confidence and being right lie apart on average, weighted by examples (0 is best)."""
    bins = calibration(judged)
    return sum(b["examples"] * abs(b["confidence"] - b["right"]) for b in bins) / max(1, len(judged))


def _confusions(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    wrong = Counter((one.intent, one.judged) for one in judged if one.intent != one.judged)
    return [{"intent": a, "judged": b, "examples": count} for (a, b), count in wrong.most_common(COMMONEST)]
