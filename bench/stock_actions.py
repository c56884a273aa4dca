"""Our own actions beside Rasa's stock pipeline: the same code, with its entities read as findings."""

import actions.talk
import actions.triage  # noqa: F401
from actions.conversation import Conversation
from bench.stock_entities import findings_of
from bot.triage.finding import Finding


def _findings(conversation: Conversation) -> list[Finding]:
    return list(findings_of(conversation.message.get("entities") or [], conversation.protocol.facts))


Conversation.findings = property(_findings)  # type: ignore[method-assign,assignment]
