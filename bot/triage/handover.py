"""What a patient can tell whoever helps them: a short note of what is known, made of reviewed words only."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.triage.finding import UNSURE
from bot.triage.levels import HOME, ORDER, Disposition
from bot.triage.model import Protocol
from bot.triage.wording import listed, moment, said, stated

TOLD_APART = ("treatment", "electric", "session", "area", "sides", "blood_thinner", "aspirin_only", "carer")
"""Facts that have a line of their own, or that nobody who helps needs."""

ATTRIBUTES = ("hours", "severity", "trend", "recurs")


def handover(assessment: Mapping[str, Any], protocol: Protocol, now: datetime) -> list[str] | None:
    """Return the lines of the note, None when there is nobody to tell: care at home, a crisis, or no answer yet.

    assessment: as `bot.triage.summary` gives it. now: in the patient's time zone.
    """
    level, crisis = assessment.get("level"), assessment.get("crisis")
    if level is None or crisis or Disposition(level, assessment.get("within")) == ORDER[HOME]:
        return None
    return list(_Note(assessment, protocol, now).lines())


class _Note:
    def __init__(self, assessment: Mapping[str, Any], protocol: Protocol, now: datetime) -> None:
        self.assessment = assessment
        self.facts: Mapping[str, Any] = assessment.get("facts") or {}
        self.symptoms: Sequence[str] = assessment.get("symptoms") or ()
        self.protocol = protocol
        self.now = now
        self.background: Sequence[str] = protocol.texts["handover"]["background_facts"]

    def lines(self) -> Iterator[str]:
        yield from self._session()
        yield from self._complaint()
        yield self._blood_thinner()
        yield from self._listed("background", stated(self.background, self.facts, self.protocol, self.now))
        yield from self._listed("denied", self._words_for(False))
        yield from self._listed("unsure", self._words_for(UNSURE))
        headline = "_".join(filter(None, (self.assessment["level"], self.assessment.get("within"))))
        yield self._text("advice", headline=self.protocol.text(f"headline.{headline}"))
        yield self._text("clinic")
        yield self._text("clinic_phone")
        yield self._text("made", when=moment(self.now, self.protocol))

    def _text(self, key: str, **values: object) -> str:
        return self.protocol.text(f"handover.{key}", **values)

    def _session(self) -> Iterator[str]:
        treatment = self._value("treatment") or self._text("treatment_not_known")
        yield self._text("treatment", treatment=treatment)
        unknown = self.protocol.text("moments.not_known")
        session = self.facts.get("session")
        yield self._text("session", session=self._when(session) if isinstance(session, list) else unknown)
        area, sides = self._value("area"), self._value("sides")
        place = f"{area} ({sides})" if area and sides else area
        yield self._text("area", area=place or unknown)

    def _when(self, interval: Sequence[str]) -> str:
        """Say a moment that is known to the hour by the clock, any other by how long ago it was."""
        first, last = (datetime.fromisoformat(one) for one in interval)
        if (last - first).total_seconds() <= 2 * 3600:
            return moment(first.astimezone(self.now.tzinfo), self.protocol)
        return said("session", interval, self.protocol, self.now)

    def _complaint(self) -> Iterator[str]:
        """What the patient has now, then since when, how bad and whether it grows, symptom by symptom."""
        apart = {*TOLD_APART, *self.background}
        now = [name for name in self.facts if name not in apart and "." not in name]
        for words in stated(now, self.facts, self.protocol, self.now):
            yield self._text("symptom", symptom=words)
        for name in self.symptoms:
            details = stated([f"{name}.{part}" for part in ATTRIBUTES], self.facts, self.protocol, self.now)
            if details:
                yield self._text("details", symptom=self.protocol.symptoms[name].name, details=", ".join(details))

    def _blood_thinner(self) -> str:
        known = self.facts.get("blood_thinner")
        answer = "yes" if known is True else "no" if known is False else "unknown"
        return self._text(f"blood_thinner_{answer}")

    def _listed(self, key: str, words: Sequence[str]) -> Iterator[str]:
        if words:
            yield self._text(key, facts="; ".join(words))

    def _words_for(self, value: Any) -> list[str]:
        """What was answered with a plain no, or with "not sure"; attributes of symptoms say nothing on their own."""
        flags = (name for name, fact in self.protocol.facts.items() if fact.kind == "flag" and "." not in name)
        return [self.protocol.facts[name].said for name in flags if self._has(name, value) and self._has_bearer(name)]

    def _has_bearer(self, name: str) -> bool:
        """Whether the patient has what this fact is about: a lump that does not grow is told only of a lump."""
        fact = self.protocol.facts[name]
        return not fact.about or all(self.facts.get(one) is True for one in fact.implies)

    def _has(self, name: str, value: Any) -> bool:
        known = self.facts.get(name)
        return name not in TOLD_APART and known is not None and known == value and type(known) is type(value)

    def _value(self, name: str) -> str | None:
        known = self.facts.get(name)
        if known in (None, UNSURE):
            return None
        words: Mapping[str, str] = self.protocol.texts["values"]
        return listed([words.get(one, one) for one in ([known] if isinstance(known, str) else known)], self.protocol)
