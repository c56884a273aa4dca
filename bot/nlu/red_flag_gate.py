"""The two barriers for danger, looked at once for every message after its intent is known."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.clinical_findings import understanding
from bot.nlu.danger_classifier import LIKENESS, NONE
from bot.nlu.files import PROTOCOL
from bot.nlu.intent_classifier import PROBABILITIES
from bot.nlu.messages import (
    DANGER,
    FACTS,
    OTHER_TOPICS,
    SUSPECTED,
    add_entities,
    findings_of,
    moment_of,
    present_findings,
    text_of,
)
from bot.triage.dialogue import reported
from bot.triage.engine import Assessment
from bot.triage.episode import Episode, merge
from bot.triage.finding import ABSENT, HYPOTHETICAL, OTHER_PERSON, PAST, POSSIBLE, PRESENT, Finding
from bot.triage.levels import AMBULANCE
from bot.triage.model import Protocol
from bot.triage.protocol import load_protocol

REPORT = "report_"
MOST = 0.5
QUESTIONS = ("ask_", "is_this_normal")
# What seems to be of others or only imagined may have been misread: the plain question tells.
UNCLAIMED = (HYPOTHETICAL, OTHER_PERSON)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RedFlagGate(GraphComponent):
    """Marks a message that is an emergency by its words, or that only sounds like one.

    By its words: the rules call for an ambulance on this message's findings alone. Only by its sound: the message
    is like those that tell of danger (DangerClassifier) while no finding speaks of that danger; the dialogue then
    asks one plain yes/no question. Where the likeness leaves no doubt, the sign becomes a finding at once, as a
    symptom does that only the intent classifier recognised.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Likeness counts from -1 (like no danger) to 1; shares are between 0 and 1.

        suspects: family of danger signs to its facts, the first of which is asked about.
        threshold, beside_symptom, in_talk: likeness from which a message is suspected; the second where it reports
        a symptom, because the safety check asks about every danger then anyway; the third where its intent is
        more likely talk or a question than any report.
        beside_sign: the same where a lesser sign of that very danger was told; everyday: the same where a message
        is about the practice or everyday life alone, except for the families always_asked.
        elsewhere: share of other topics from which a message without a finding counts as one of everyday life there.
        certain: likeness from which the sign is taken as said, and asked about where it was denied by name;
        always_asked: families for which it is never taken as said.
        reporting, likeliest: shares from which all intents that report a symptom together, and the likeliest
        of them, report it without any words for it.
        sure: share of the likeliest from which it is believed beside words of another time or person; surely: the
        same in a message of other topics.
        needed: symptom to the fact without which nobody can have it.
        """
        likeness = {"threshold": -0.5, "beside_symptom": -0.35, "in_talk": 0.0, "beside_sign": 0.5, "everyday": 0.7}
        certainly = {"certain": 1.0, "always_asked": [], "elsewhere": 0.8}
        shares = {"reporting": 0.6, "likeliest": 0.2, "sure": 0.5, "surely": 0.7}
        return {**likeness, **certainly, **shares, "needed": {}, "suspects": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RedFlagGate":
        """Read the protocol; ProtocolError stops training and serving alike."""
        return cls(config, load_protocol(PROTOCOL))

    def __init__(self, config: Mapping[str, Any], protocol: Protocol) -> None:
        self.threshold: float = config["threshold"]
        self.beside_symptom: float = config["beside_symptom"]
        self.in_talk: float = config["in_talk"]
        self.beside_sign: float = config["beside_sign"]
        self.everyday: float = config["everyday"]
        self.elsewhere: float = config["elsewhere"]
        self.certain: float = config["certain"]
        self.always_asked: list[str] = config["always_asked"]
        self.reporting: float = config["reporting"]
        self.likeliest: float = config["likeliest"]
        self.sure: float = config["sure"]
        self.surely: float = config["surely"]
        self.needed: Mapping[str, str] = config["needed"]
        self.suspects: Mapping[str, list[str]] = config["suspects"]
        self.protocol = protocol

    def process(self, messages: list[Message]) -> list[Message]:
        """Set `danger` on each message, and the entities that only the classifier saw."""
        for message in messages:
            self.look_at(message)
        return messages

    def look_at(self, message: Message) -> None:
        """Apply both barriers to one message."""
        findings, now = findings_of(message), moment_of(message)
        assessment = self.assess(findings, now)
        suspected = None if assessment.rank == AMBULANCE else self.suspect(message, findings, assessment)
        if suspected and self.leaves_no_doubt(message, findings):
            sign = reported(suspected, text_of(message), self.protocol)
            assessment, suspected = self.assess(add(message, findings, sign), now), None
        elif suspected:
            add_entities(message, [{"entity": SUSPECTED, "value": suspected, "extractor": "RedFlagGate"}])
        elif not assessment.symptoms:
            assessment = self.assess(self.add_heard(message, findings), now)
        elif is_question(message):
            # "Could it be normal to bruise?" asks about a symptom; what is only possible is not reported.
            assessment = self.assess([f for f in findings if f.assertion != POSSIBLE], now)
        danger = {"emergency": assessment.rank == AMBULANCE, "symptoms": list(assessment.symptoms)}
        message.set(DANGER, {**danger, "suspected": suspected}, add_to_output=True)

    def assess(self, findings: Iterable[Finding], now: datetime) -> Assessment:
        """Assess one message as if nothing else were known."""
        return merge(Episode(), findings).assess(self.protocol, now)

    def suspect(self, message: Message, findings: Iterable[Finding], assessment: Assessment) -> str | None:
        """Return the fact to ask about when the message only sounds like danger, else None."""
        likeness = message.get(LIKENESS) or {"score": -1.0, "family": NONE}
        if likeness["score"] < self.least(message, assessment):
            return None
        facts, told = self.suspects.get(likeness["family"], []), self.told_of(likeness["family"], findings)
        if not facts or any(f.finding == facts[0] and f.assertion == PRESENT for f in told):
            return None
        if likeness["score"] < self.certain and any(is_settled(f, facts[0]) for f in told):
            return None
        asked = likeness["score"] >= self.everyday or likeness["family"] in self.always_asked
        if not asked and (is_everyday(message) or self.is_elsewhere(message)):
            return None
        return None if told and likeness["score"] < self.beside_sign else facts[0]

    def is_elsewhere(self, message: Message) -> bool:
        """Whether a message without a finding belongs to other topics by its meaning."""
        return not present_findings(message) and (message.get(OTHER_TOPICS) or 0.0) >= self.elsewhere

    def told_of(self, family: str, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that speak of a family's signs as the patient's own."""
        signs = self.suspects.get(family, [])
        return [f for f in findings if f.finding in signs and f.assertion not in UNCLAIMED]

    def leaves_no_doubt(self, message: Message, findings: Iterable[Finding]) -> bool:
        """Whether a suspected message is so like those that tell of danger that asking first only costs time.

        Never where a lesser sign of that danger was told ("my grip is weak"): the question tells which it is.
        """
        likeness = message.get(LIKENESS)
        if likeness["score"] < self.certain or likeness["family"] in self.always_asked:
            return False
        return not self.told_of(likeness["family"], findings)

    def least(self, message: Message, assessment: Assessment) -> float:
        """Return the likeness from which this message is suspected."""
        if assessment.symptoms:
            return self.beside_symptom
        return self.threshold if sum(reports_of(message).values()) > MOST else self.in_talk

    def add_heard(self, message: Message, findings: list[Finding]) -> list[Finding]:
        """Add the symptom the intent reports when no words for it were found; return all findings."""
        reports = reports_of(message)
        name = max(reports, key=reports.__getitem__, default="")
        if sum(reports.values()) < self.reporting or reports[name] < self.likeliest or is_everyday(message):
            return findings
        if self.is_elsewhere(message) and reports[name] < self.surely:
            return findings
        spoken_of = {finding.finding for finding in findings}
        symptom = name.removeprefix(REPORT)
        heard = reported(symptom, text_of(message), self.protocol)
        if not heard or spoken_of & {finding.finding for finding in heard}:
            return findings
        if self.tells_another(reports[name], symptom, findings):
            return findings
        return add(message, findings, with_attributes(heard, message))

    def tells_another(self, share: float, symptom: str, findings: Iterable[Finding]) -> bool:
        """Whether the words tell of another time or person: "my foot was numb in 2015", "my mum fainted".

        share: the symptom's; a symptom of which there is little doubt must be read so itself.
        """
        if any(f.finding == self.needed.get(symptom) and f.assertion == ABSENT for f in findings):
            return True  # "not pregnant, no pacemaker"
        declared = self.protocol.symptoms.get(symptom)
        signs = declared.reported_when.facts() if declared else frozenset()
        told = {f.finding for f in findings if f.assertion in (PAST, OTHER_PERSON)}
        return bool(told.intersection(signs)) or (bool(told) and share < self.sure)


def is_settled(finding: Finding, asked: str) -> bool:
    """Whether words answer what would be asked.

    Another sign of the past does not: "passed out years ago" may stand right before what happens now.
    """
    return finding.finding == asked or finding.assertion not in (PRESENT, PAST)


def add(message: Message, findings: list[Finding], heard: list[Finding]) -> list[Finding]:
    """Add to a message what only the classifiers heard; return all its findings."""
    add_entities(message, [finding.as_entity("RedFlagGate") for finding in heard])
    message.set(FACTS, [f.as_dict() for f in [*findings, *heard]], add_to_output=True)
    return [*findings, *heard]


def reports_of(message: Message) -> dict[str, float]:
    """Return the share of each intent that reports a symptom."""
    shares = message.get(PROBABILITIES) or {}
    return {intent: share for intent, share in shares.items() if intent.startswith(REPORT)}


def with_attributes(heard: list[Finding], message: Message) -> list[Finding]:
    """Read the message once more, so that "for two days" and "getting worse" go to the symptoms that were heard."""
    symptoms = {finding.finding for finding in heard if finding.assertion == PRESENT}
    if not symptoms:
        return heard
    bound = understanding()(text_of(message), moment_of(message), sorted(symptoms))
    return [finding for finding in bound if finding.finding.split(".")[0] in symptoms]


def is_everyday(message: Message) -> bool:
    """Whether a message is about the practice or everyday life, and nothing in it has to do with a body."""
    return not present_findings(message) and understanding().is_everyday(text_of(message))


def is_question(message: Message) -> bool:
    """Whether the intent asks for information instead of reporting."""
    return str((message.get(INTENT) or {}).get("name")).startswith(QUESTIONS)
