"""The safety documents in `docs/`, written from `protocol/` and the cases, and what a rule change would alter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from bot.paths import PROTOCOL, ROOT
from bot.rule_change import CASES, read_cases
from bot.triage.content import Entry, read_yaml
from bot.triage.model import Protocol, Rule
from bot.triage.protocol import load_protocol

DOCS = ROOT / "docs"
TEMPLATES = DOCS / "templates"
CARRIERS = ("rules", "advice", "faq", "normal")


@dataclass(frozen=True)
class RuleRow:
    """One rule as the documents show it."""

    rule: Rule
    owner: str
    origin: str
    fires: tuple[str, ...]
    misses: tuple[str, ...]


def write(folder: Path = DOCS) -> list[Path]:
    """Write every document and return their paths."""
    paths = []
    for name, text in documents().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def stale(folder: Path = DOCS) -> list[str]:
    """Return the names of documents that no longer say what `protocol/` says."""
    return [
        name
        for name, text in documents().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]


def documents() -> dict[str, str]:
    """Return every document by file name. Raises ProtocolError when something has no home."""
    protocol = load_protocol(PROTOCOL)
    raw = {name: read_yaml(PROTOCOL / f"{name}.yml") for name in ("conflicts", "coverage", "hazards", "sources")}
    check_carriers(protocol, raw)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters["cell"] = lambda text: " ".join(str(text).split()).replace("|", "\\|")
    values = {"protocol": protocol, "rows": list(rule_rows(protocol)), **raw}
    names = sorted(path.name for path in TEMPLATES.glob("*.md"))
    return {name: environment.get_template(name).render(values) for name in names}


def rule_rows(protocol: Protocol) -> Iterator[RuleRow]:
    """Yield every rule with where it comes from and the cases that show it."""
    fires, misses = _cases()
    owners = {rule.id: symptom.name for symptom in protocol.symptoms.values() for rule in symptom.rules}
    for rule in protocol.rules:
        row = (owners.get(rule.id, "every message"), origin(rule))
        yield RuleRow(rule, *row, tuple(fires.get(rule.id, ())), tuple(misses.get(rule.id, ())))


def origin(rule: Rule) -> str:
    """Return where a rule comes from as one line: documents with sections, then what was added and why."""
    parts = [f"{s['document']} “{s['section']}”" + (f" l. {s['lines']}" if "lines" in s else "") for s in rule.source]
    if rule.added:
        reference = rule.added.get("reference", "")
        names = ", ".join(reference) if isinstance(reference, list) else reference
        parts.append(f"added: {rule.added['reason']}" + (f" [{names}]" if names else ""))
    return "; ".join(parts)


def check_carriers(protocol: Protocol, raw: Mapping[str, Entry]) -> None:
    """Raise ProtocolError for a document statement or conflict that no rule, advice or answer carries."""
    known = {
        "rules": {rule.id for rule in protocol.rules},
        "advice": set(protocol.advice),
        "faq": set(protocol.faq),
        "normal": set(protocol.symptoms),
    }
    for entry in [*raw["coverage"]["statements"], *raw["conflicts"]["conflicts"]]:
        carried = entry.get("carried_by", entry)
        named = [(kind, name) for kind in CARRIERS for name in carried.get(kind, ())]
        for kind, name in named:
            if name not in known[kind]:
                raise entry.error(f"{entry.get('id', '')} is carried by the unknown {kind} id {name!r}")
        if not named and not entry.get("excluded"):
            raise entry.error(f"{entry.get('id', '')}: nothing carries this, and no reason is given")


def _cases() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    fires: dict[str, list[str]] = {}
    misses: dict[str, list[str]] = {}
    for case in read_cases(CASES):
        near = case.get("near_miss_of", [])
        for rule_id in case["expect"].get("rules", ()):
            fires.setdefault(rule_id, []).append(case["name"])
        for rule_id in [near] if isinstance(near, str) else near:
            misses.setdefault(rule_id, []).append(case["name"])
    return fires, misses
