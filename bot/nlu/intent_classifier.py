"""Multinomial logistic regression over all features of a message."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import linear
from bot.nlu.linear import Numbers
from bot.nlu.trained import Trained

PROBABILITIES = "intent_probabilities"
RANKED = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(Trained):
    """Ranks every intent by probability.

    The weights are kept as plain arrays (bot/nlu/linear.py).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """c: how closely to follow the examples; weights: how much each featurizer's vector counts."""
        return {"c": 1.0, "max_iter": 300, "weights": {}}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self.intents: list[str] = []
        self.matrix: Numbers = np.zeros((0, 0), np.float32)
        self.bias: Numbers = np.zeros(0, np.float32)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the weights to the intent examples and keep them."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.fit(self.rows(examples), [example.get(INTENT) for example in examples])
        return self.persist()

    def fit(self, rows: Numbers, intents: list[str]) -> None:
        """Fit the weights to three intents or more; rare ones count as much as common ones."""
        self.intents, self.matrix, self.bias = linear.fit(rows, intents, self.config["c"], self.config["max_iter"])

    def read(self, folder: Path) -> None:
        """Take over the weights."""
        self.intents = json.loads((folder / "intents.json").read_text())
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            self.matrix, self.bias = arrays["matrix"], arrays["bias"]

    def write(self, folder: Path) -> None:
        """Leave the weights."""
        (folder / "intents.json").write_text(json.dumps(self.intents))
        np.savez(folder / "weights.npz", matrix=self.matrix, bias=self.bias)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the likeliest intent and the next few, and for the gate the probability of each."""
        for message, row in zip(messages, self.probabilities(messages), strict=True):
            shares = dict(zip(self.intents, map(float, row), strict=True))
            likeliest = sorted(shares, key=shares.__getitem__, reverse=True)[:RANKED]
            ranking = [{"name": intent, "confidence": shares[intent]} for intent in likeliest]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(PROBABILITIES, shares)
        return messages

    def probabilities(self, messages: list[Message]) -> Numbers:
        """Return one row of probabilities a message, in the order of `intents`."""
        if not messages:
            return np.zeros((0, len(self.intents)), np.float32)
        scores = self.rows(messages) @ self.matrix.T + self.bias
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        normalised: Numbers = shares / shares.sum(axis=1, keepdims=True)
        return normalised

    def rows(self, messages: list[Message]) -> Numbers:
        """Return each message's sentence features side by side, each featurizer's scaled by its weight."""
        return np.stack([np.concatenate(list(map(self._scaled, _sentence(message)))) for message in messages])

    def _scaled(self, features: Any) -> Numbers:
        vector = np.asarray(features.features, np.float32).ravel()
        return vector * np.float32(self.config["weights"].get(features.origin, 1.0))


def _sentence(message: Message) -> list[Any]:
    return [f for f in message.features if f.attribute == TEXT and f.type == "sentence" and f.is_dense()]
