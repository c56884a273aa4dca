"""A conversation as staff read it: words with findings marked, and each answer with all its reasons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.console import words
from bot.console.reasons import Facts, Reason, facts_of, reasons_of
from bot.records.database import Row
from bot.triage.protocol import Protocol

STRENGTH = ("present", "possible", "absent", "past", "hypothetical", "other_person")


@dataclass(frozen=True)
class Mark:
    """A piece of a message: plain where `findings` is empty, otherwise the words that say them."""

    text: str
    findings: tuple[Row, ...] = ()

    @property
    def assertion(self) -> str:
        """The assertion that decides the colour: the one that matters most."""
        given = {str(finding["assertion"]) for finding in self.findings}
        return next((kind for kind in STRENGTH if kind in given), "")

    @property
    def meaning(self) -> str:
        """What the words were taken to say, in words."""
        said = (f"{words.plain(f['finding'])}: {words.ASSERTIONS.get(f['assertion'], '')}" for f in self.findings)
        return "; ".join(dict.fromkeys(said))


@dataclass(frozen=True)
class Barrier:
    """What the gateway's own screen saw in a message, beside what the dialogue made of it."""

    level: str
    rank: int | None
    rules: tuple[str, ...]
    only_here: tuple[Row, ...]


@dataclass(frozen=True)
class Turn:
    """One message with the answer to it. A turn that nobody asked for (a greeting) has no words."""

    row: Row
    marks: tuple[Mark, ...] = ()
    chosen: tuple[str, ...] = ()
    findings: tuple[Row, ...] = ()
    intent: str | None = None
    confidence: float | None = None
    assessment: Row | None = None
    reasons: tuple[Reason, ...] = ()
    facts: Facts | None = None
    barrier: Barrier | None = None
    author: str | None = None
    corrections: Sequence[Row] = field(default=())


def turns(
    transcript: Iterable[Row], protocol: Protocol, names: Mapping[int, str], corrections: Iterable[Row]
) -> list[Turn]:
    """Return a transcript turn by turn.

    names: staff by id. corrections: what staff corrected in this conversation.
    """
    labels: dict[str, str] = {}
    corrected = list(corrections)
    found = []
    for row in transcript:
        found.append(_turn(row, protocol, names, labels, [c for c in corrected if c["message_uuid"] == row["uuid"]]))
        labels = _labels(row) or labels
    return found


def marked(text: str, findings: Iterable[Row]) -> tuple[Mark, ...]:
    """Cut a message at the borders of its findings. Findings that overlap share the piece they have in common.

    Offsets outside the message (an older message, another normalisation) are left out rather than guessed.
    """
    placed = [f for f in findings if _placed(f, text)]
    borders = sorted({0, len(text), *(f["start"] for f in placed), *(f["end"] for f in placed)})
    pieces = zip(borders, borders[1:], strict=False)
    return tuple(
        Mark(text[start:end], tuple(f for f in placed if f["start"] < end and start < f["end"]))
        for start, end in pieces
    )


def _placed(finding: Row, text: str) -> bool:
    start, end = finding.get("start"), finding.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


def _turn(
    row: Row, protocol: Protocol, names: Mapping[int, str], labels: Mapping[str, str], corrections: list[Row]
) -> Turn:
    understood, assessment, screen = row["understood"] or {}, row["assessment"], row["screen"] or {}
    findings = understood.get("findings") or []
    seen_first = screen.get("findings") or []
    intent = understood.get("intent") or {}
    at: datetime = row["received_at"]
    judged = assessment or screen.get("assessment")
    return Turn(
        row=row,
        marks=marked(row["text"] or "", [*findings, *_missing(seen_first, findings)]),
        chosen=tuple(labels.get(value, words.plain(str(value))) for value in row["chosen"] or ()),
        findings=tuple(findings),
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        assessment=assessment,
        reasons=reasons_of(judged, protocol) if judged else (),
        facts=facts_of(assessment, protocol, at) if assessment else None,
        barrier=_barrier(screen, findings) if screen else None,
        author=names.get(row["staff_id"]),
        corrections=corrections,
    )


def _barrier(screen: Row, findings: list[Row]) -> Barrier:
    seen = screen.get("assessment") or {}
    return Barrier(
        level=words.level_of(seen),
        rank=seen.get("rank"),
        rules=tuple(seen.get("rules") or ()),
        only_here=tuple(_missing(screen.get("findings") or [], findings)),
    )


def _missing(some: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """Return those findings that are not among the others with the same assertion."""
    there = {(f["finding"], f["assertion"]) for f in others}
    return [f for f in some if (f["finding"], f["assertion"]) not in there]


def _labels(row: Row) -> dict[str, str]:
    """Return what the buttons of a turn's questions said, by value."""
    options: list[dict[str, Any]] = [o for reply in row["replies"] or () for o in reply.get("options") or ()]
    return {str(option["value"]): str(option["label"]) for option in options}
