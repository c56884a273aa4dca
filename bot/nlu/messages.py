"""Where our components keep what they found on a Rasa message."""

from datetime import datetime
from typing import Any

from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.triage.finding import ENTITY, PRESENT, Finding

SUSPECTED = "suspected"
DANGER = "danger"
FACTS = "findings"
METADATA = "metadata"
# The share of other topics in a message, 0 to 1.
OTHER_TOPICS = "other_topics"


def text_of(message: Message) -> str:
    """Return the message's words; an empty string for a training message without text."""
    return message.get(TEXT) or ""


def metadata_of(message: Message) -> dict[str, Any]:
    """Return what the channel sent along with the message."""
    return message.get(METADATA) or {}


def moment_of(message: Message) -> datetime:
    """Return the moment the message was sent; the present for a channel that does not say."""
    now = metadata_of(message).get("now")
    return datetime.fromisoformat(now) if now else datetime.now().astimezone()


def findings_of(message: Message) -> list[Finding]:
    """Return the findings `ClinicalFindings` put on the message."""
    return [Finding.from_dict(entry) for entry in message.get(FACTS) or []]


def present_findings(message: Message) -> list[Finding]:
    """Return the findings that the message says of its patient, now."""
    return [finding for finding in findings_of(message) if finding.assertion == PRESENT]


def drop_findings(message: Message) -> None:
    """Take every finding off a message, and their entities."""
    others = [entity for entity in message.get(ENTITIES) or [] if entity.get("entity") != ENTITY]
    message.set(FACTS, [], add_to_output=True)
    message.set(ENTITIES, others, add_to_output=True)


def add_entities(message: Message, entities: list[dict[str, Any]]) -> None:
    """Add entities to those other components found."""
    message.set(ENTITIES, (message.get(ENTITIES) or []) + entities, add_to_output=True)
