"""The gateway's own red-flag screen: the same understanding and rules the dialogue uses, on one message alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.records.database import Row
from bot.triage.answer import result_reply
from bot.triage.engine import Assessment
from bot.triage.episode import Episode, merge
from bot.triage.finding import Finding
from bot.triage.levels import EMERGENCY
from bot.triage.model import Protocol


@dataclass(frozen=True)
class Screened:
    """What the screen saw in a message: findings, the level they call for, and the card if it is an emergency."""

    findings: list[Row]
    assessment: Row
    card: Row | None = None

    @property
    def emergency(self) -> bool:
        """Whether this message alone calls for the emergency card."""
        return self.card is not None

    def as_dict(self) -> Row:
        """Return what the log keeps of it."""
        return {"findings": self.findings, "assessment": self.assessment}


Screen = Callable[[str, datetime], Screened]
"""Takes a message's text and the time it was received, in the clinic's time zone."""

Understand = Callable[[str, datetime], Sequence[Finding]]


def make_screen(understand: Understand, protocol: Protocol) -> Screen:
    """Return a screen over an understanding and a protocol."""

    def screen(text: str, now: datetime) -> Screened:
        findings = understand(text, now)
        episode = merge(Episode(), findings)
        assessment = episode.assess(protocol, now)
        card = None
        if assessment.level == EMERGENCY:
            card = result_reply(assessment, episode, protocol, now)
        return Screened([found.as_dict() for found in findings], _assessed(assessment, episode, protocol), card)

    return screen


def nothing_seen() -> Screened:
    """Return what there is to see in a message without words."""
    return Screened([], {"level": None, "rank": None, "rules": [], "symptoms": [], "facts": {}})


def _assessed(assessment: Assessment, episode: Episode, protocol: Protocol) -> dict[str, Any]:
    return {
        "level": assessment.level,
        "within": assessment.within,
        "crisis": assessment.crisis,
        "rank": assessment.rank,
        "rules": list(assessment.rules),
        "symptoms": list(assessment.symptoms),
        "facts": dict(episode.facts),
        "final": assessment.final,
        "protocol_version": protocol.version,
    }
