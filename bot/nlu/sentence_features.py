"""Sentence embeddings and the facts a message states, as dense features for the intent classifier."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import language
from bot.nlu import encoder, encoder_files, kept_vectors
from bot.nlu.clinical_findings import understanding
from bot.nlu.files import PROTOCOL, content_hash
from bot.nlu.messages import findings_of, text_of
from bot.triage.finding import PRESENT
from bot.triage.protocol import load_protocol

Vectors = NDArray[np.float32]
# Marks that end or join sentences, not those inside numbers: who leaves them out means the same.
MARKS = re.compile(r"(?<!\d)[.,!;]|[.,!;](?!\d)")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeatures(GraphComponent):
    """Gives each message its sentence embedding: 1152 numbers, together of length 1."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """cache: the folder that holds the encoder's graph."""
        return {"cache": str(encoder_files.CACHE)}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceFeatures":
        """Open the encoder; EncoderError when no training has built its graph."""
        cache = Path(config["cache"])
        return cls(encoder.load(cache), understanding().gist, encoder_files.vectors_path(cache))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Name the encoder's graph, its tokenizer and the dictionaries, and see that the graph is there.

        Rasa asks for this at every training, also where it then takes the component's output from its cache, and
        never while serving: so the graph is built here and nowhere else.
        """
        cache = Path(config["cache"])
        encoder_files.prepare(cache)
        return encoder_files.vectors_path(cache).stem + str(content_hash(Path(language.__file__).parent))

    def __init__(self, encode: encoder.Encoder, gist: Callable[[str], str], kept: Path) -> None:
        """gist: what of a message is to be encoded; kept: the file of the examples' embeddings."""
        self.encode = encode
        self.gist = gist
        self.kept = kept

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every example; those of an earlier training's examples are known."""
        examples = training_data.training_examples
        add_features(examples, kept_vectors.encode(self.texts(examples), self.encode, self.kept), type(self).__name__)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the embedding of each message."""
        add_features(messages, self.encode(self.texts(messages)), type(self).__name__)
        return messages

    def texts(self, messages: list[Message]) -> list[str]:
        """Return what of each message is encoded."""
        return [unmarked(self.gist(text_of(message))) for message in messages]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class FindingFeatures(GraphComponent):
    """Gives each message a vector of the facts it states, apart for those present and those not."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "FindingFeatures":
        """Read the facts there are from the protocol."""
        return cls(tuple(load_protocol(PROTOCOL).facts))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The facts decide the width of the vectors."""
        return content_hash(PROTOCOL)

    def __init__(self, facts: Sequence[str]) -> None:
        self.places = {fact: 2 * number for number, fact in enumerate(facts)}

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vector of each message's findings."""
        add_features(messages, [self.vector(message) for message in messages], type(self).__name__)
        return messages

    def vector(self, message: Message) -> Vectors:
        """Return two places for each fact: said to be present, and said in any other way."""
        vector = np.zeros(2 * len(self.places), np.float32)
        for finding in findings_of(message):
            vector[self.places[finding.finding] + (finding.assertion != PRESENT)] = 1
        return vector


def unmarked(text: str) -> str:
    """Return a text without its marks; where it is nothing but marks, as it is."""
    return MARKS.sub(" ", text) if any(map(str.isalpha, text)) else text


def add_features(messages: list[Message], vectors: Iterable[Vectors], origin: str) -> None:
    """Put one row of `vectors` on each message as its sentence features."""
    for message, vector in zip(messages, vectors, strict=True):
        message.add_features(Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, origin))
