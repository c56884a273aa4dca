"""What words were found in that speak of something else: "your boiler is bleeding", "this country is paralysed"."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import encoder, linear
from bot.nlu.clinical_findings import understanding
from bot.nlu.danger_classifier import LIKENESS, embedding
from bot.nlu.linear import Numbers
from bot.nlu.messages import OTHER_TOPICS, drop_findings, present_findings, text_of
from bot.nlu.red_flag_gate import REPORT
from bot.nlu.sentence_features import unmarked
from bot.nlu.trained import Trained
from bot.triage.finding import Finding

ELSEWHERE = "out_of_scope"
SENTENCE = re.compile(r"[^.!?\n]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class OtherTopics(Trained):
    """Drops the findings of a message whose words of illness are said of things, animals, shows or the practice.

    Only where nothing speaks against it: its intent is out of scope, it is not like danger, and by its meaning the
    whole message, and each sentence with a finding, belongs to the examples of other topics and not to those of
    reports. So a booking with half a sentence of danger in it keeps what that half sentence says.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """c, weight: how closely to follow the examples; share, sure: the least share of other topics, and of the
        intent out of scope, 0 to 1; calm: likeness to danger, -1 to 1, from which nothing is dropped; kept: facts for
        which nothing ever is.
        """
        return {"c": 1.0, "weight": 8.0, "share": 0.9, "sure": 0.5, "calm": -0.9, "kept": []}

    def __init__(self, config: Mapping[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self.weights = np.zeros(0, np.float32)
        self.bias = np.zeros(1, np.float32)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit to the examples of other topics and of reports, and keep the weights."""
        examples = [one for one in training_data.intent_examples if one.get(TEXT) and _is_either(one)]
        if examples:
            self.fit(np.stack(list(map(embedding, examples))), [one.get(INTENT) == ELSEWHERE for one in examples])
        return self.persist()

    def fit(self, rows: Numbers, elsewhere: Sequence[bool]) -> None:
        """Fit to embeddings, each with whether it speaks of something else; both kinds must be there."""
        rows = self.config["weight"] * rows
        _, matrix, self.bias = linear.fit(rows, [str(one) for one in elsewhere], self.config["c"], max_iter=300)
        self.weights = self.config["weight"] * matrix[0]

    def read(self, folder: Path) -> None:
        """Take over the weights."""
        with np.load(folder / "topics.npz", allow_pickle=False) as arrays:
            self.weights, self.bias = arrays["weights"], arrays["bias"]

    def write(self, folder: Path) -> None:
        """Leave the weights."""
        np.savez(folder / "topics.npz", weights=self.weights, bias=self.bias)

    def process(self, messages: list[Message]) -> list[Message]:
        """Say how much each message speaks of something else, and drop its findings where it does nothing but."""
        for message in messages:
            message.set(OTHER_TOPICS, self.share(embedding(message)) if self.weights.size else 0.0)
            if self.is_calm(message) and self.speaks_of_something_else(message):
                drop_findings(message)
        return messages

    def is_calm(self, message: Message) -> bool:
        """Whether a message is out of scope by its intent, not like danger, and has nothing that is always kept."""
        said, intent = present_findings(message), message.get(INTENT) or {}
        if not said or intent.get("name") != ELSEWHERE or intent["confidence"] < self.config["sure"]:
            return False
        likeness = message.get(LIKENESS) or {"score": 1.0}
        return likeness["score"] < self.config["calm"] and not {f.finding for f in said} & set(self.config["kept"])

    def speaks_of_something_else(self, message: Message) -> bool:
        """Whether the message and each of its sentences with a finding belong to other topics."""
        if message.get(OTHER_TOPICS) < self.config["share"]:
            return False
        text = text_of(message)
        sentences = sentences_with(text, present_findings(message))
        return all(self.share(row) >= self.config["share"] for row in _rows(sentences, text))

    def share(self, row: Numbers) -> float:
        """Return the share of other topics in one embedding, 0 to 1."""
        return float(1 / (1 + np.exp(-(row @ self.weights + self.bias[0]))))


def sentences_with(text: str, findings: Iterable[Finding]) -> list[str]:
    """Return the sentences in which a finding begins or ends, in the order of the text."""
    ends = [place for finding in findings for place in (finding.start, finding.end - 1)]
    spans = [match.span() for match in SENTENCE.finditer(text)]
    return [text[start:end] for start, end in spans if any(start <= place < end for place in ends)]


def _rows(sentences: list[str], text: str) -> Iterable[Numbers]:
    """Return the embeddings of sentences; the message's own is known already."""
    if not sentences or sentences == [text.rstrip(".!?")]:
        return []
    gist = understanding().gist
    rows: Iterable[Numbers] = encoder.load()([unmarked(gist(sentence)) for sentence in sentences])
    return rows


def _is_either(example: Message) -> bool:
    intent = str(example.get(INTENT))
    return intent == ELSEWHERE or intent.startswith(REPORT)
