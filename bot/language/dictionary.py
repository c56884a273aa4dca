"""Loads and checks the dictionary: what patients say, and which facts it means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.language.errors import LanguageError
from bot.language.patterns import Path as PatternPath
from bot.language.patterns import parse

DATA = Path(__file__).parent / "data"
PROTOCOL = Path(__file__).parents[2] / "protocol"
ASSERTIONS = ("present", "absent", "possible", "past", "hypothetical", "other_person")


@dataclass(frozen=True)
class Facts:
    """The facts of protocol/facts.yml as the language room needs them: id to kind and allowed values."""

    kinds: Mapping[str, str]
    values: Mapping[str, frozenset[str]]
    symptoms: frozenset[str]
    attributes: frozenset[str]

    def problem(self, fact: str, value: object) -> str | None:
        """What is wrong with giving `fact` this value, or None."""
        kind = self.kinds.get(fact)
        if kind is None:
            return f"unknown fact {fact}"
        if kind == "flag" and not isinstance(value, bool):
            return f"{fact} is a flag, not {value!r}"
        if kind in ("choice", "set") and value not in self.values[fact]:
            return f"{fact} has no value {value!r}"
        if kind in ("number", "time"):
            return None if kind == "number" and _is_interval(value) else f"{fact} needs [low, high]"
        return None


@dataclass(frozen=True)
class Entry:
    """One entry of the dictionary: wordings that all mean the same facts.

    means: facts with their values; of several the special one stands last, and only that is denied by a denial.
    hides: facts that are not found inside these wordings ("chest pain" is not a sore muscle).
    Of a look-alike: the facts it silences, all when none is named.
    asserts: the assertion, whatever the cues around it say.
    whoever: present also when it is said of someone else, unless it is past.
    when: facts of which one must be in the message too: "as big as a coin" is the size of a bruise.
    unless: facts of which none may be in the message.
    """

    id: str
    means: tuple[tuple[str, Any], ...]
    paths: tuple[PatternPath, ...]
    hides: frozenset[str] = frozenset()
    asserts: str | None = None
    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    whoever: bool = False


@dataclass(frozen=True)
class Dictionary:
    """All entries, the look-alikes that silence them, and the word classes they were written with.

    claims: wordings that say of what was asked about in general that the writer has it.
    heads: fact to the symptoms that what is said about it goes to; uncued: facts that no cue changes; chronic:
    facts that are true for good, however long ago they began.
    """

    facts: Facts
    entries: Mapping[str, Entry]
    lookalikes: Mapping[str, Entry]
    claims: Mapping[str, Entry]
    classes: Mapping[str, list[str]]
    words: Mapping[str, Any]
    heads: Mapping[str, tuple[str, ...]]
    uncued: frozenset[str]
    chronic: frozenset[str]


def read_yaml(path: Path) -> Any:
    """The content of one data file; a file that is not YAML is a LanguageError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise LanguageError(path.name, "file", " ".join(str(error).split())) from error


def load_facts(protocol: Path = PROTOCOL) -> Facts:
    """Read the fact ids, kinds and values, with the attributes that every symptom has."""
    raw = read_yaml(protocol / "facts.yml")
    symptoms = _symptoms(protocol, raw)
    specs = dict(raw["facts"])
    specs |= {f"{s}.{name}": spec for s in symptoms for name, spec in raw["per_symptom"].items()}
    specs |= raw["per_symptom"]  # said without its symptom, bound to one by attributes.py
    kinds = {fact: spec["kind"] for fact, spec in specs.items()}
    values = {fact: frozenset(map(str, spec.get("values", ()))) for fact, spec in specs.items()}
    return Facts(kinds, values, frozenset(symptoms), frozenset(raw["per_symptom"]))


def _symptoms(protocol: Path, raw: Mapping[str, Any]) -> list[str]:
    written = sorted(path.stem for path in (protocol / "symptoms").glob("*.yml"))
    return sorted({*written, *read_yaml(DATA / "heads.yml")["symptoms"]})


def load_dictionary(data: Path = DATA, protocol: Path = PROTOCOL) -> Dictionary:
    """Read and check every data file. LanguageError names the file, the entry and the reason."""
    facts = load_facts(protocol)
    words = read_yaml(data / "words.yml")
    classes = _classes(words["classes"])
    entries = _unique(_entries(sorted((data / "concepts").glob("*.yml")), facts, classes))
    lookalikes = _unique(_entries([data / "lookalikes.yml"], None, classes))
    claims = _unique(_entries([data / "claims.yml"], None, classes))
    heads, groups = _heads(data / "heads.yml", facts), read_yaml(data / "heads.yml")
    uncued, chronic = frozenset(groups["uncued"]), frozenset(groups["chronic"])
    return Dictionary(facts, entries, lookalikes, claims, classes, words, heads, uncued, chronic)


def _classes(raw: Mapping[str, list[Any]]) -> dict[str, list[str]]:
    """Word classes; a member written <name> stands for the members of another class above it."""
    classes: dict[str, list[str]] = {}
    for name, members in raw.items():
        classes[name] = []
        for member in map(str, members):
            inner = member.strip("<>")
            if member.startswith("<") and inner not in classes:
                raise LanguageError("words.yml", f"class {name}", f"unknown class {member}")
            classes[name] += classes[inner] if member.startswith("<") else [member]
    return classes


def _entries(
    paths: list[Path], facts: Facts | None, classes: Mapping[str, list[str]]
) -> Iterator[tuple[Entry, list[str]]]:
    """The entries of the files; without facts they are look-alikes, which mean nothing."""
    for path in paths:
        for number, raw in enumerate(read_yaml(path), 1):
            where = f"entry {number} ({raw.get('means', raw.get('name'))})"
            unknown = raw.keys() - {"means", "says", "hides", "asserts", "name", "when", "unless", "whoever"}
            if unknown:
                raise LanguageError(path.name, where, f"unknown keys {sorted(unknown)}")
            means = _means(path, where, raw, facts) if facts else ()
            says = [_text(path, where, wording) for wording in raw["says"]]
            yield _entry(path, number, where, raw, means, says, classes), says


def _text(path: Path, where: str, wording: object) -> str:
    if not isinstance(wording, str):
        raise LanguageError(path.name, where, f"{wording!r} is not text; put it in quotes")
    return wording


def _means(path: Path, where: str, raw: Mapping[str, Any], facts: Facts) -> tuple[tuple[str, Any], ...]:
    means = raw["means"]
    if isinstance(means, str):
        means = [means]
    pairs = means.items() if isinstance(means, dict) else ((fact, True) for fact in means)
    checked = tuple(pairs)
    for fact, value in checked:
        if problem := facts.problem(fact, value):
            raise LanguageError(path.name, where, problem)
    return checked


def _entry(
    path: Path,
    number: int,
    where: str,
    raw: Mapping[str, Any],
    means: tuple[tuple[str, Any], ...],
    says: list[str],
    classes: Mapping[str, list[str]],
) -> Entry:
    if raw.get("asserts") not in (None, *ASSERTIONS):
        raise LanguageError(path.name, where, f"unknown assertion {raw['asserts']}")
    paths: list[PatternPath] = []
    for wording in says:
        try:
            paths += parse(wording, classes)
        except ValueError as error:
            raise LanguageError(path.name, where, f"{wording!r}: {error}") from error
    return Entry(
        id=f"{path.stem}:{number}",
        means=means,
        paths=tuple(paths),
        hides=frozenset(raw.get("hides", ())),
        asserts=raw.get("asserts"),
        when=frozenset(raw.get("when", ())),
        unless=frozenset(raw.get("unless", ())),
        whoever=bool(raw.get("whoever")),
    )


def _unique(found: Iterator[tuple[Entry, list[str]]]) -> dict[str, Entry]:
    """Entries by id; the same wording in two places is an error."""
    entries: dict[str, Entry] = {}
    seen: dict[str, str] = {}
    for entry, says in found:
        for wording in says:
            if wording in seen:
                raise LanguageError(entry.id, repr(wording), f"duplicate pattern, also in {seen[wording]}")
            seen[wording] = entry.id
        entries[entry.id] = entry
    return entries


def _heads(path: Path, facts: Facts) -> dict[str, tuple[str, ...]]:
    """For each fact the symptoms (or time facts) that a time, a trend or a severity said about it goes to."""
    heads: dict[str, tuple[str, ...]] = {symptom: (symptom,) for symptom in facts.symptoms}
    for head, members in read_yaml(path)["heads"].items():
        for fact in members:
            name, _, value = fact.partition(".")
            problem = facts.problem(name, value) if value else None if name in facts.kinds else f"unknown fact {fact}"
            if problem:
                raise LanguageError(path.name, head, problem)
            heads[fact] = tuple(dict.fromkeys((*heads.get(fact, ()), head)))
    return heads


def _is_interval(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, int | float) for v in value)
