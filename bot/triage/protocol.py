"""Loading the reviewed clinical content of `protocol/`, checked whole: a bad file stops the start."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from bot.triage.clinic import Clinic
from bot.triage.conditions import Condition, ConditionError, Several, Unless, Vocabulary, comparisons, parse
from bot.triage.content import Entry, ProtocolError, build, check_keys, read_yaml
from bot.triage.finding import UNSURE
from bot.triage.levels import EMERGENCY, NOW, ORDER, Disposition
from bot.triage.model import Advice, Fact, Protocol, Rule, Symptom
from bot.triage.questions import Question, read_question, unsure_follow_ups, which_one

__all__ = ["Protocol", "ProtocolError", "load_protocol"]

T = TypeVar("T")
FACT_KINDS = ("flag", "choice", "set", "number", "time")
ABOUT = ("", "size", "trend", "frequency", "time")
RULE_KEYS = (
    "id",
    "version",
    "level",
    "within",
    "when",
    "because",
    "source",
    "added",
    "hazard",
    "sign_off",
    "crisis",
    "unless",
)
SYMPTOM_KEYS = ("id", "protocol", "name", "reported_when", "normal", "ask", "questions", "rules", "advice")
PLACE = re.compile(r"\{(\w+)\}")
# Counts the engine works out from the rules that fired, for conditions such as protocol T11.
COUNTED = {"symptoms_at_contact_clinic": ("number", ())}


def load_protocol(folder: Path) -> Protocol:
    """Read and check every file of the folder. Raises ProtocolError naming file, line and reason."""
    return _Loading(Path(folder)).protocol()


class _Loading:
    """One pass over the folder; holds what later files are checked against."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        clinic = Clinic(folder / "clinic.yml")
        self.clinic, self.thresholds, self.numbers = clinic.settings, clinic.thresholds, clinic.numbers
        self.places = {**self.numbers, **{name: f"{v:g}" for name, v in self.thresholds.items()}}
        self.symptom_entries = [self._read(path) for path in sorted((folder / "symptoms").glob("*.yml"))]
        self.facts = self._facts()
        modifiers = self._read(folder / "modifiers.yml")
        self.groups = {name: frozenset(areas) for name, areas in modifiers["area_groups"].items()}
        kinds = {name: (fact.kind, fact.values) for name, fact in self.facts.items()} | COUNTED
        self.vocabulary = Vocabulary(kinds, self.thresholds, self.groups)
        self.modifier_entries = modifiers.get("rules", [])
        self.sources = self._sources()
        self.hazards = {entry["id"] for entry in self._read(folder / "hazards.yml")["hazards"]}

    def protocol(self) -> Protocol:
        screen = self._read(self.folder / "screen.yml")
        combinations = self._read(self.folder / "combinations.yml")
        check = self._question(screen["check"])
        texts = self._read(self.folder / "texts.yml")
        unsure = unsure_follow_ups(check, *(texts["unsure_check"][key] for key in ("which", "line", "yes", "no")))
        questions = self._questions(screen, unsure)
        advice = dict(self._advice())
        loaded = Protocol(
            version=self._version(),
            facts=self.facts,
            thresholds=self.thresholds,
            symptoms=_by_id((self._symptom(e, questions, advice) for e in self.symptom_entries), "symptom"),
            questions=questions,
            check=check,
            follow_ups=tuple(q.id for q in unsure) + tuple(entry["id"] for entry in screen["follow_ups"]),
            screen_rules=tuple(map(self._rule, screen["rules"])),
            combination_rules=tuple(map(self._rule, combinations["rules"])),
            modifier_rules=tuple(map(self._rule, self.modifier_entries)),
            advice=advice,
            clinic=self.clinic,
            texts=texts,
            faq=_by_key(self._read(self.folder / "faq.yml")["entries"]),
            groups=self.groups,
            documents=self.titles,
            numbers=self.numbers,
        )
        _by_id(loaded.rules, "rule")
        return replace(loaded, limits=_limits(loaded))

    def _read(self, path: Path) -> Entry:
        entry = read_yaml(path)
        _fill(entry, self.places)
        return entry

    def _version(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*.yml")):
            digest.update(path.relative_to(self.folder).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    def _facts(self) -> dict[str, Fact]:
        entry = self._read(self.folder / "facts.yml")
        check_keys(entry, ("per_symptom", "facts"), ("per_symptom", "facts"))
        written = dict(entry["facts"])
        for symptom in self.symptom_entries:
            for name, attribute in entry["per_symptom"].items():
                written[f"{symptom['id']}.{name}"] = Entry(attribute)
        facts = {name: self._fact(name, fact) for name, fact in written.items()}
        for name, fact in facts.items():
            unknown = set(fact.implies) - facts.keys()
            if unknown:
                raise written[name].error(f"{name} implies the unknown fact {min(unknown)!r}")
        return facts

    def _fact(self, name: str, entry: Entry) -> Fact:
        fact = build(Fact, entry)
        if fact.kind not in FACT_KINDS:
            raise entry.error(f"{name}: unknown kind {fact.kind!r}")
        if fact.about not in ABOUT:
            raise entry.error(f"{name}: unknown `about` {fact.about!r}")
        return replace(fact, values=tuple(map(str, fact.values)), implies=tuple(fact.implies))

    def _sources(self) -> dict[str, set[str] | None]:
        """Document id to its sections; published references have None."""
        entry = self._read(self.folder / "sources.yml")
        self.titles = {document["id"]: document["title"] for document in entry["documents"]}
        documents: dict[str, set[str] | None] = {
            document["id"]: {section["title"] for section in document["sections"]} for document in entry["documents"]
        }
        return documents | {reference["id"]: None for reference in entry["references"]}

    def _condition(self, entry: Entry, key: str) -> Condition:
        try:
            return parse(str(entry[key]), self.vocabulary)
        except ConditionError as error:
            raise entry.error(f"{entry.get('id', '')} {key}: {error}") from None

    def _rule(self, entry: Entry) -> Rule:
        check_keys(entry, RULE_KEYS, ("id", "version", "level", "when", "because", "hazard"))
        when, expression = self._condition(entry, "when"), str(entry["when"])
        if "unless" in entry:
            when = Several((when, Unless(self._condition(entry, "unless"))), every=True)
            expression += f", unless {entry['unless']}"
        if entry["hazard"] not in self.hazards:
            raise entry.error(f"{entry['id']}: unknown hazard {entry['hazard']!r}")
        self._check_origin(entry)
        return Rule(
            id=entry["id"],
            when=when,
            disposition=_disposition(entry),
            because=entry["because"],
            hazard=entry["hazard"],
            version=entry["version"],
            crisis=bool(entry.get("crisis", False)),
            sign_off=bool(entry.get("sign_off", False)),
            source=tuple(entry.get("source", ())),
            added=entry.get("added"),
            expression=expression,
            facts=frozenset(when.facts()),
        )

    def _check_origin(self, entry: Entry) -> None:
        """Every rule and item of advice names a document and section, or says that and why it was added."""
        name = entry.get("id", "")
        if not entry.get("source") and not entry.get("added"):
            raise entry.error(f"{name}: neither `source` nor `added` says where this comes from")
        for source in entry.get("source", ()):
            check_keys(source, ("document", "section", "lines"), ("document", "section"))
            sections = self.sources.get(source["document"])
            if sections is None:
                raise source.error(f"{name}: unknown document {source['document']!r}")
            if source["section"] not in sections:
                raise source.error(f"{name}: {source['document']} has no section {source['section']!r}")
        if entry.get("added"):
            check_keys(entry["added"], ("reason", "reference"), ("reason",))
            reference = entry["added"].get("reference")
            for one in reference if isinstance(reference, list) else [reference] if reference else []:
                if one not in self.sources:
                    raise entry["added"].error(f"{name}: unknown reference {one!r}")

    def _questions(self, screen: Entry, unsure: list[Question]) -> dict[str, Question]:
        shared = self._read(self.folder / "questions.yml")["groups"]
        own = [question for symptom in self.symptom_entries for question in symptom.get("questions", ())]
        written = [self._question(entry) for entry in [*shared, *screen["follow_ups"], *own]]
        lists = [which_one(q, unsure[0].text) for q in written if q.multiple and q.input == "choice"]
        return _by_id([*unsure, *written, *lists], "question")

    def _question(self, entry: Entry) -> Question:
        question = read_question(entry)
        names = [symptom["id"] for symptom in self.symptom_entries]
        for option in question.for_symptoms(names).options:
            for fact, value in option.set.items():
                self._check_value(entry, fact, value)
        return question

    def _check_value(self, entry: Entry, fact: str, value: Any) -> None:
        if fact not in self.facts:
            raise entry.error(f"unknown fact {fact!r}")
        declared = self.facts[fact]
        fits = {
            "flag": isinstance(value, bool),
            "choice": value in declared.values,
            "set": isinstance(value, list) and set(value) <= set(declared.values),
            "number": isinstance(value, list) and len(value) == 2,
            "time": isinstance(value, dict) and set(value) == {"hours_ago"},
        }
        if value != UNSURE and not fits[declared.kind]:
            raise entry.error(f"{value!r} is no value of the {declared.kind} {fact!r}")

    def _symptom(self, entry: Entry, questions: Mapping[str, Question], advice: Mapping[str, Advice]) -> Symptom:
        check_keys(
            entry,
            (*SYMPTOM_KEYS, "safety_net"),
            ("id", "protocol", "name", "reported_when", "normal", "rules"),
        )
        for kind, known in (("ask", questions), ("advice", advice)):
            unknown = [name for name in entry.get(kind, ()) if name not in known]
            if unknown:
                raise entry.error(f"{kind} names the unknown {unknown[0]!r}")
        net = {key: tuple(lines) for key, lines in entry.get("safety_net", {}).items()}
        return Symptom(
            id=entry["id"],
            protocol=entry["protocol"],
            name=entry["name"],
            reported_when=self._condition(entry, "reported_when"),
            normal=self._normal(entry["normal"]),
            ask=tuple(entry.get("ask", ())),
            rules=tuple(self._rule(rule) for rule in entry["rules"]),
            advice=tuple(entry.get("advice", ())),
            safety_net=net,
        )

    def _normal(self, entry: Entry) -> Entry:
        check_keys(entry, ("text", "gone_by", "counted_from", "source", "added"), ("text",))
        if entry.get("gone_by") and entry["gone_by"] not in self.thresholds:
            raise entry.error(f"gone_by names the unknown threshold {entry['gone_by']!r}")
        if entry.get("counted_from", "onset") not in ("onset", "session"):
            raise entry.error("counted_from is onset or session")
        return entry

    def _advice(self) -> Iterator[tuple[str, Advice]]:
        items = self._read(self.folder / "advice.yml")["items"]
        for name, entry in items.items():
            check_keys(entry, ("text", "when", "unless", "avoid", "source", "added"), ("text",))
            self._check_origin(entry)
            when, unless = (self._condition(entry, key) if key in entry else None for key in ("when", "unless"))
            origin = (tuple(entry.get("source", ())), entry.get("added"))
            yield name, Advice(name, entry["text"], when, unless, bool(entry.get("avoid", False)), *origin)


def _limits(protocol: Protocol) -> dict[str, frozenset[float]]:
    """Return, for each number or time, the thresholds that rules hold it against."""
    found: dict[str, set[float]] = {}
    for rule in protocol.rules:
        for comparison in comparisons(rule.when):
            found.setdefault(comparison.fact, set()).add(comparison.threshold)
    return {fact: frozenset(thresholds) for fact, thresholds in found.items()}


def _disposition(entry: Entry) -> Disposition:
    level = entry["level"]
    within = entry.get("within", NOW if level == EMERGENCY else None)
    disposition = Disposition(level, within)
    if disposition not in ORDER:
        raise entry.error(f"{entry['id']}: unknown level {level!r} within {within!r}")
    return disposition


def _fill(node: Any, places: Mapping[str, str]) -> None:
    """Write thresholds and the clinic's numbers into every text, in place."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        if isinstance(value, str):
            node[key] = PLACE.sub(lambda match: places.get(match[1], match[0]), value)
        elif isinstance(value, (dict, list)):
            _fill(value, places)


def _by_id(items: Iterable[T], kind: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for item in items:
        name = item.id  # type: ignore[attr-defined]
        if name in found:
            raise ProtocolError(f"the {kind} id {name!r} is used twice")
        found[name] = item
    return found


def _by_key(entries: Iterable[Entry]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        if entry["id"] in found:
            raise entry.error(f"the id {entry['id']!r} is used twice")
        found[entry["id"]] = entry
    return found
