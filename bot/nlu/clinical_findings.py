"""The clinical language pipeline as Rasa's entity extractor."""

from functools import cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import language
from bot.language.understand import Understanding
from bot.nlu.files import PROTOCOL, content_hash
from bot.nlu.messages import FACTS, add_entities, metadata_of, moment_of, text_of
from bot.triage.finding import Finding


@cache
def understanding() -> Understanding:
    """Return the one pipeline of this process; it takes seconds to load and keeps nothing between messages."""
    return Understanding()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClinicalFindings(GraphComponent):
    """Adds one `finding` entity for each fact a message states, with its assertion and value."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ClinicalFindings":
        """Load the dictionaries; a broken one stops training and serving alike."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make a changed dictionary or protocol retrain: Rasa itself looks only at this class."""
        return content_hash(Path(language.__file__).parent, PROTOCOL)

    def __init__(self) -> None:
        self.understand = understanding()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add findings to every example, for the features of the classifier."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the findings of each message as entities."""
        for message in messages:
            findings = self.find(message)
            message.set(FACTS, [finding.as_dict() for finding in findings], add_to_output=True)
            add_entities(message, [finding.as_entity(type(self).__name__) for finding in findings])
        return messages

    def find(self, message: Message) -> list[Finding]:
        """Return the message's findings: the gateway's, when it read these very words, or our own reading."""
        metadata = metadata_of(message)
        if metadata.get("read_text") == text_of(message) and metadata.get(FACTS) is not None:
            return [Finding.from_dict(entry) for entry in metadata[FACTS]]
        return self.understand(text_of(message), moment_of(message))
