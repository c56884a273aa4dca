"""The second barrier: what a message is about, even where no word for a danger sign was found in it."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import linear
from bot.nlu.files import PROTOCOL, content_hash
from bot.nlu.linear import Numbers
from bot.nlu.messages import findings_of, metadata_of, moment_of
from bot.nlu.trained import Trained
from bot.triage.episode import Episode, merge
from bot.triage.finding import PRESENT
from bot.triage.levels import AMBULANCE
from bot.triage.model import Protocol
from bot.triage.protocol import load_protocol

NONE = "none"
FEATURIZER = "SentenceFeatures"
LIKENESS = "danger_likeness"
# The directions that are kept; the machine's examples, their weights and its bias; the families' weights and biases.
ARRAYS = ("basis", "vectors", "weights", "bias", "matrix", "shifts")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerClassifier(Trained):
    """Says how much a message is like those that tell of danger, and of which family of signs.

    A support vector machine over sentence embeddings: it goes by the nearest examples, which finds more unforeseen
    wordings at the same number of false suspicions than a linear model. Which family it is, a linear model says
    better. Both are kept as plain arrays.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """width: so many main directions of the embeddings are kept, which makes training five times as quick;
        c, gamma: how closely, and how far around it, an example counts; weight: how closely the families follow
        their examples.

        families: family of signs to its facts; intents: intent whose examples belong to a family.
        """
        return {"width": 384, "c": 10.0, "gamma": 2.0, "weight": 16.0, "families": {}, "intents": {}}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Rules and facts decide which examples tell of danger."""
        return content_hash(PROTOCOL)

    def __init__(self, config: Mapping[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self.families: list[str] = []
        self.basis = self.vectors = self.matrix = np.zeros((0, 0), np.float32)
        self.weights = self.bias = self.shifts = np.zeros(0, np.float32)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit to the examples, each labelled with its family of danger signs or none, and keep the vectors."""
        protocol = load_protocol(PROTOCOL)
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.fit(np.stack(list(map(embedding, examples))), [self.family(one, protocol) for one in examples])
        return self.persist()

    def family(self, example: Message, protocol: Protocol) -> str:
        """Return the family an example belongs to: as written beside it, else by its words, else by its intent."""
        written: str | None = (metadata_of(example).get("intent") or {}).get("danger")
        if written is not None:
            return written
        findings = findings_of(example)
        rank = merge(Episode(), findings).assess(protocol, moment_of(example)).rank
        by_intent: str = self.config["intents"].get(example.get(INTENT), NONE)
        if rank is None:
            return by_intent
        if rank != AMBULANCE:
            return NONE
        present = {finding.finding for finding in findings if finding.assertion == PRESENT}
        named = (family for family, facts in self.config["families"].items() if present & set(facts))
        return next(named, by_intent)

    def fit(self, rows: Numbers, families: Sequence[str]) -> None:
        """Fit to embeddings with their families; three families of danger or more, and none, must be there."""
        from sklearn.svm import SVC

        danger = np.array([family != NONE for family in families])
        self.basis = np.linalg.eigh(rows.T @ rows)[1][:, -self.config["width"] :]
        kept = rows @ self.basis
        machine = SVC(C=self.config["c"], gamma=self.config["gamma"]).fit(kept, danger)
        self.vectors, self.weights = kept[machine.support_], machine.dual_coef_[0].astype(np.float32)
        self.bias = machine.intercept_.astype(np.float32)
        weighed = self.config["weight"] * kept[danger]
        self.families, matrix, self.shifts = linear.fit(weighed, np.array(families)[danger], c=1.0, max_iter=300)
        self.matrix = self.config["weight"] * matrix

    def read(self, folder: Path) -> None:
        """Take over both models."""
        self.families = json.loads((folder / "families.json").read_text())
        with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
            for name in ARRAYS:
                setattr(self, name, arrays[name])

    def write(self, folder: Path) -> None:
        """Leave both models."""
        (folder / "families.json").write_text(json.dumps(self.families))
        np.savez_compressed(folder / "vectors.npz", **{name: getattr(self, name) for name in ARRAYS})

    def process(self, messages: list[Message]) -> list[Message]:
        """Set on each message how like danger it is (above 0: more like it than not), and of which family."""
        for message in messages:
            score, family = self.likeness(embedding(message))
            message.set(LIKENESS, {"score": score, "family": family}, add_to_output=True)
        return messages

    def likeness(self, row: Numbers) -> tuple[float, str]:
        """Return the score of one embedding and the family of danger that it is most like."""
        if not self.families:
            return -1.0, NONE
        kept = row @ self.basis
        distances = self._squares + kept @ kept - 2 * (self.vectors @ kept)
        score = self.weights @ np.exp(-self.config["gamma"] * distances) + self.bias[0]
        return float(score), self.families[int(np.argmax(self.matrix @ kept + self.shifts))]

    @cached_property
    def _squares(self) -> Numbers:
        squares: Numbers = np.square(self.vectors).sum(axis=1)
        return squares


def embedding(message: Message) -> Numbers:
    """Return the sentence embedding of a message."""
    vectors = (f.features for f in message.features if f.origin == FEATURIZER and f.attribute == TEXT)
    return np.asarray(next(vectors), np.float32).ravel()
