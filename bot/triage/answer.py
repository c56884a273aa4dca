"""What the patient reads: questions and result cards of the chat API, put together from reviewed texts only."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.triage.conditions import World
from bot.triage.course import gone_by
from bot.triage.engine import TOTALITY_RULE, UNSURE_RULE, Assessment, Fired
from bot.triage.episode import NEVER_FALLS_RULE, REPEAT_RULE, WITHDRAWN_RULE, Episode
from bot.triage.finding import UNSURE
from bot.triage.hours import Hours
from bot.triage.levels import AMBULANCE, CLINIC_TODAY, EMERGENCY, HOME, NEXT_DAY_CLINIC, URGENT
from bot.triage.model import Protocol, Symptom
from bot.triage.questions import NONE, Question
from bot.triage.wording import listed, moment, said, stated

MOST_ADVICE = 5
MOST_ADVICE_ON_THE_WAY = 3
MOST_HELP = 4
MOST_REASONS = 2
ENGINE_REASONS = {
    UNSURE_RULE: "result.unsure_because",
    TOTALITY_RULE: "result.default_because",
    REPEAT_RULE: "result.repeat_because",
    NEVER_FALLS_RULE: "notice.level_stays",
    WITHDRAWN_RULE: "result.corrected_because",
}
Reply = dict[str, Any]
Source = dict[str, Any]


def text_reply(text: str) -> Reply:
    """Return a plain text as a Reply of the chat API."""
    return {"kind": "text", "text": text, "input": None, "options": [], "multiple": False, "result": None}


def question_reply(question: Question, protocol: Protocol, repeated: bool = False) -> Reply:
    """Return a question with its buttons; "None of these" and "Not sure" are always there where they fit."""
    labels = protocol.texts["labels"]
    options = [{"label": option.label, "value": option.value} for option in question.options]
    if question.multiple:
        options.append({"label": labels["none_of_these"], "value": NONE})
    if options:
        options.append({"label": labels["not_sure"], "value": UNSURE})
    prefix = protocol.text("notice.unclear_answer") + "\n\n" if repeated else ""
    shown = {"kind": "question", "text": prefix + question.text, "input": question.input, "options": options}
    return {**text_reply(""), **shown, "multiple": question.multiple, "why": question.why}


def yes_no_reply(text: str, protocol: Protocol) -> Reply:
    """Return a plain question with Yes, No and Not sure."""
    labels = protocol.texts["labels"]
    values = (("yes", labels["yes"]), ("no", labels["no"]), (UNSURE, labels["not_sure"]))
    options = [{"label": label, "value": value} for value, label in values]
    return {**text_reply(text), "kind": "question", "input": "choice", "options": options}


def result_reply(assessment: Assessment, episode: Episode, protocol: Protocol, now: datetime) -> Reply:
    """Return the result card for an assessment that has a level, with its first line as the reply's text.

    now: with the patient's time zone; clock times are said in it.
    """
    card = _Card(assessment, episode, protocol, now)
    return {**text_reply(card.first_line()), "kind": "result", "result": card.result()}


class _Card:
    def __init__(self, assessment: Assessment, episode: Episode, protocol: Protocol, now: datetime) -> None:
        self.assessment = assessment
        self.protocol = protocol
        self.now = now
        self.episode = episode
        case = episode.case(protocol, now)
        self.facts = case.facts
        self.symptoms: tuple[Symptom, ...] = case.symptoms
        self.rank = assessment.rank if assessment.rank is not None else HOME
        self.hours = Hours(protocol.clinic, now)
        self.places = self.hours.places(protocol, assessment.within)
        if assessment.level == URGENT:
            doctor_by = self.hours.doctor_by()
            self.places["time"] = f"{doctor_by:%H:%M}"
            self.places["day"] = protocol.texts["moments"]["weekdays"][doctor_by.weekday()]

    def text(self, key: str, **values: object) -> str:
        return self.protocol.text(key, **{**self.places, **values})

    def first_line(self) -> str:
        if self.assessment.crisis:
            keys = ("abuse_danger", "abuse_line") if self._is_abuse() else ("danger", "line")
            return " ".join(self.text(f"crisis.{key}") for key in keys)
        if self.rank == AMBULANCE:
            return self.text("emergency.call")
        return self.text(f"action.{self._action()}")

    def result(self) -> dict[str, Any]:
        """Return the Result of the chat API."""
        level, within = self.assessment.level, self.assessment.within
        body = {
            "level": level,
            "within": within,
            "crisis": self.assessment.crisis,
            "headline": self.text("headline." + self._headline()),
            "call": self._call(),
            "rules": list(self.assessment.rules),
        }
        if self.assessment.crisis:
            return {**body, **self._crisis()}
        return {
            **body,
            "why": list(self._why()),
            "do": list(self._do()),
            "avoid": [] if self.rank == AMBULANCE else list(self._advice(avoid=True)),
            "expect": self._expect(),
            "get_help_if": self._get_help_if(),
            "sources": self._sources(),
        }

    # --- headline, first action, call button ---------------------------------------------------------

    def _headline(self) -> str:
        if self.assessment.crisis:
            return "crisis"
        return "_".join(filter(None, (self.assessment.level, self.assessment.within)))

    def _action(self) -> str:
        """The key of the first action; what to do when the clinic is closed differs (D0.15)."""
        name = self._headline()
        if self.hours.is_open():
            return name
        closed = {
            NEXT_DAY_CLINIC: "_closed",
            CLINIC_TODAY: "_closed_soon" if self.hours.opens_soon() else "_closed_long",
        }
        return name + closed.get(self.rank, "_closed" if name == "urgent_today" else "")

    def _call(self) -> dict[str, str] | None:
        if self.assessment.crisis and self._is_abuse():
            return self._call_to("crisis.call_label", "emergency_number")
        if self.assessment.crisis:
            return self._call_to("crisis.line_label", "crisis_line")
        if self.rank == AMBULANCE:
            return self._call_to("emergency.call_label", "emergency_number")
        if self.rank == HOME:
            return None
        waits = self.rank == NEXT_DAY_CLINIC or (self.rank == CLINIC_TODAY and self.hours.opens_soon())
        out_of_hours = not self.hours.is_open() and not waits
        number = "out_of_hours_phone" if out_of_hours else "clinic_phone"
        return self._call_to("labels.call_out_of_hours" if out_of_hours else "labels.call_clinic", number)

    def _call_to(self, label: str, number: str) -> dict[str, str]:
        tel = self.protocol.numbers[number]
        return {"label": self.text(label), "tel": "".join(c for c in tel if c.isdigit() or c == "+")}

    def _is_abuse(self) -> bool:
        """Danger from others, not from oneself: another line to call."""
        return self.facts.get("harm_from_others") is True and self.facts.get("suicidal") is not True

    def _crisis(self) -> dict[str, Any]:
        keys = ("abuse_danger", "abuse_line", "stay") if self._is_abuse() else ("opening", "line", "stay", "means")
        lines = [self.text(f"crisis.{key}") for key in keys]
        return {"why": [], "do": lines, "avoid": [], "expect": None, "get_help_if": [], "sources": self._sources()}

    # --- why -------------------------------------------------------------------------------------------

    def _why(self) -> Iterator[str]:
        several = len(self.symptoms) > 1
        given = stated(self._deciding_facts(), self.episode.facts, self.protocol, self.now, by_symptom=several)
        if given:
            yield self.text("result.you_said", facts="; ".join(given[:MOST_ADVICE]))
        reasons = list(dict.fromkeys(self._reason(fired) for fired in self.assessment.deciding))
        yield from reasons[: 1 if self.rank == AMBULANCE else MOST_REASONS]

    def _deciding_facts(self) -> list[str]:
        """What the patient reported, then what else decided; only what they said, not what follows from it."""
        heads = [fact for symptom in self.symptoms for fact in symptom.reported_when.facts()]
        used = [fact for fired in self.assessment.deciding if fired.rule for fact in sorted(fired.rule.facts)]
        return list(dict.fromkeys([*heads, *used]))

    def _reason(self, fired: Fired) -> str:
        if fired.id in ENGINE_REASONS:
            return self.text(ENGINE_REASONS[fired.id])
        return fired.rule.because if fired.rule else ""

    # --- what to do ------------------------------------------------------------------------------------

    def _do(self) -> Iterator[str]:
        if self.rank == AMBULANCE:
            yield from self._while_you_wait()
        else:
            yield from self._advice(avoid=False)

    def _while_you_wait(self) -> Iterator[str]:
        lines = self.protocol.texts["emergency"]["while_you_wait"]
        deciding = [fired.symptom for fired in self.assessment.deciding if fired.symptom]
        names = [name for name in (*deciding, *(s.id for s in self.symptoms)) if name in lines] or ["default"]
        yield self.text("emergency.no_driving")
        yield from (self._filled(line) for line in lines[names[0]])
        yield self._tell_them()
        yield self.text("emergency.tell_them_medicines")

    def _tell_them(self) -> str:
        area, session = self.facts.get("area"), self.facts.get("session")
        if not isinstance(area, list) or not isinstance(session, list):
            return self.text("emergency.tell_them_where_and_when")
        names = self.protocol.texts["values"]
        when = said("session", session, self.protocol, self.now)
        return self.text(
            "emergency.tell_them", area=listed([names.get(a, a) for a in area], self.protocol), session=when
        )

    def _advice(self, avoid: bool) -> list[str]:
        """Advice of the reported symptoms that no known fact forbids, the most useful first."""
        longest = max((len(symptom.advice) for symptom in self.symptoms), default=0)
        names = [s.advice[place] for place in range(longest) for s in self.symptoms if place < len(s.advice)]
        items = [self.protocol.advice[name] for name in dict.fromkeys(names)]
        certain, unsure = World(self.facts, self.now), World(self.facts, self.now, assume_unsure=None)
        fitting = [
            item
            for item in items
            if item.avoid is avoid
            and (item.when is None or item.when.shows(True, certain))
            and (item.unless is None or not item.unless.shows(True, unsure))
        ]
        most = MOST_ADVICE_ON_THE_WAY if self.rank > CLINIC_TODAY else MOST_ADVICE
        return [self._filled(item.text) for item in fitting][:most]

    # --- what to expect, when to get help ------------------------------------------------------------

    def _expect(self) -> str | None:
        if self.rank > CLINIC_TODAY:
            return None
        lines = [line for symptom in self.symptoms for line in self._course(symptom)]
        return " ".join(lines) or None

    def _course(self, symptom: Symptom) -> Iterator[str]:
        normal = symptom.normal["text"]
        until = gone_by(symptom, self.facts, self.protocol, self.now)
        if until is None:
            yield normal
        elif until <= self.now:
            yield self.text("expect.past_usual", normal=normal)
        else:
            yield self.text("expect.usual_until", normal=normal, when=moment(until, self.protocol))

    def _get_help_if(self) -> list[str]:
        if self.rank == AMBULANCE:
            return []
        kinds = ("emergency",) if self.assessment.level in (URGENT, EMERGENCY) else ("emergency", "contact")
        lines = [line for kind in kinds for s in self.symptoms for line in s.safety_net.get(kind, ())[:2]]
        kept = [self._filled(line) for line in dict.fromkeys(lines)][:MOST_HELP]
        return [*kept, self.text("result.emergency_line")]

    def _filled(self, line: str) -> str:
        return line.format_map(_Kept(self.places))

    # --- sources ---------------------------------------------------------------------------------------

    def _sources(self) -> list[dict[str, Any]]:
        origins: list[tuple[Iterable[Mapping[str, Any]], Mapping[str, Any] | None]] = [
            (fired.rule.source, fired.rule.added) for fired in self.assessment.deciding if fired.rule
        ]
        if self.rank < URGENT_RANK:
            origins += [(s.normal.get("source", ()), s.normal.get("added")) for s in self.symptoms]
        found = [source for sources, added in origins for source in self._origin(sources, added)]
        return [dict(entry) for entry in dict.fromkeys(tuple(sorted(one.items())) for one in found)]

    def _origin(
        self, sources: Iterable[Mapping[str, Any]], added: Mapping[str, Any] | None
    ) -> Iterator[dict[str, Any]]:
        for source in sources:
            title = self.protocol.documents.get(source["document"], source["document"])
            yield {"document": title, "section": source["section"], "added": False}
        if added:
            yield {"document": self.text("result.added"), "section": added["reason"], "added": True}


URGENT_RANK = CLINIC_TODAY + 1


class _Kept(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
