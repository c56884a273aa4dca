"""The same assistant as a project for Rasa's stock pipeline: same examples, stories, domain and actions.

Stock Rasa has entities without assertion. Every place where our dictionary finds something in a training example
becomes an entity there, whether it is said or denied; one kind of entity a fact.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from bot.language.understand import Understanding
from bot.paths import PROTOCOL, ROOT
from bot.triage.finding import Finding
from bot.triage.model import Fact
from bot.triage.protocol import load_protocol

# The examples, and where the words of a "yesterday" in them are read from.
NLU, STORIES = Path("data/nlu"), Path("data/stories")
NOW = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
READABLE = ("flag", "choice", "set")


def stock_config() -> Path:
    """Return the configuration that Rasa itself ships for a new project."""
    import rasa.engine.recipes

    return Path(rasa.engine.recipes.__file__).parent / "config_files" / "default_config.yml"


def content_key() -> str:
    """Return a name for what the stock model is trained from.

    The dictionary is left out: its marks are made anew with each training, but a change to it alone is not worth
    the long training that changed examples, stories or pipeline are.
    """
    digest = hashlib.sha256()
    for path in [stock_config(), *sorted((ROOT / "data").rglob("*.yml"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def write_project(folder: Path) -> None:
    """Write a project that `rasa train` takes, with the examples annotated."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / STORIES, folder / STORIES)
    (folder / NLU).mkdir(parents=True)
    facts, understand = load_protocol(PROTOCOL).facts, Understanding()
    for path in sorted((ROOT / NLU).glob("*.yml")):
        _annotate(path, folder / NLU / path.name, understand, facts)
    config = yaml.safe_load(stock_config().read_text())
    (folder / "config.yml").write_text(yaml.safe_dump({**config, "assistant_id": "stock"}, sort_keys=False))
    (folder / "domain.yml").write_text(yaml.safe_dump(_domain(facts), sort_keys=False, allow_unicode=True))
    (folder / "credentials.yml").write_text("rest:\n")


def _domain(facts: Iterable[str]) -> dict[str, Any]:
    domain: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    domain["entities"] += [{fact: {"influence_conversation": False}} for fact in facts]
    return domain


def _annotate(source: Path, target: Path, understand: Understanding, facts: Mapping[str, Fact]) -> None:
    from rasa.shared.nlu.constants import ENTITIES, TEXT
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
    from rasa.shared.nlu.training_data.loading import load_data

    examples = load_data(str(source))
    for example in examples.training_examples:
        text = example.get(TEXT)
        if text and "[" not in text:
            example.set(ENTITIES, list(entities(understand(text, NOW), facts)))
    RasaYAMLWriter().dump(str(target), examples)


def entities(findings: Iterable[Finding], facts: Mapping[str, Fact]) -> Iterator[dict[str, Any]]:
    """Yield the findings as Rasa's training entities: none overlapping, the longest words first."""
    taken: set[int] = set()
    for finding in sorted(findings, key=lambda finding: finding.start - finding.end):
        places = set(range(finding.start, finding.end))
        if places and not places & taken and facts[finding.finding].kind in READABLE:
            taken |= places
            yield _entity(finding)


def _entity(finding: Finding) -> dict[str, Any]:
    value = finding.value[0] if isinstance(finding.value, list) else finding.value
    words = finding.text if value is True else str(value)
    return {"entity": finding.finding, "value": words, "start": finding.start, "end": finding.end}
