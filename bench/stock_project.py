"""The same assistant as a project for Rasa's stock pipeline: same examples, stories, domain and actions.

Stock Rasa has entities without assertion. Every place where our dictionary finds something in a training example
becomes an entity there, whether it is said or denied. The commonest facts are entities of their own; the others share
the entity `finding` and are told apart by synonyms: with an entity for each of 167 facts training needs more than
22 GB, because its CRF grows with the square of the kinds.

The configuration asks for 100 epochs, of one and a half to two and a half minutes of CPU time each. Unless
AFTERCARE_STOCK_EPOCHS says otherwise it is given 20, and every report says so; its speed does not depend on them.
"""

import hashlib
import os
import shutil
from collections import Counter
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
OWN_ENTITIES = 24
EPOCHS = int(os.environ.get("AFTERCARE_STOCK_EPOCHS", "20"))
SHARED = "finding"
SHORT_STEP = 20


def stock_config() -> Path:
    """Return the configuration that Rasa itself ships for a new project."""
    import rasa.engine.recipes

    return Path(rasa.engine.recipes.__file__).parent / "config_files" / "default_config.yml"


def content_key() -> str:
    """Return a name for what the stock model is trained from.

    The dictionary is left out: its marks are made anew with each training, but a change to it alone is not worth
    the long training that changed examples, stories or pipeline are.
    """
    digest = hashlib.sha256(f"{OWN_ENTITIES} {EPOCHS}".encode())
    for path in [stock_config(), *sorted((ROOT / "data").rglob("*.yml"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def write_project(folder: Path, short: bool = False) -> None:
    """Write a project that `rasa train` takes, with the examples annotated.

    short: a few examples and one epoch only, to see that it works.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / STORIES, folder / STORIES)
    (folder / NLU).mkdir(parents=True)
    own = _annotate(folder / NLU, SHORT_STEP if short else 1)
    config = yaml.safe_load(stock_config().read_text())
    for component in config["pipeline"] + config["policies"]:
        component |= {"epochs": 1 if short else EPOCHS} if "epochs" in component else {}
    (folder / "config.yml").write_text(yaml.safe_dump({**config, "assistant_id": "stock"}, sort_keys=False))
    (folder / "domain.yml").write_text(yaml.safe_dump(_domain(own), sort_keys=False, allow_unicode=True))
    (folder / "credentials.yml").write_text("rest:\n")


def _domain(own: Iterable[str]) -> dict[str, Any]:
    domain: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    domain["entities"] += [{fact: {"influence_conversation": False}} for fact in own]
    return domain


def _annotate(target: Path, step: int) -> list[str]:
    """Write every step-th example annotated; return the facts that got an entity of their own."""
    from rasa.shared.nlu.constants import ENTITIES, TEXT
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
    from rasa.shared.nlu.training_data.loading import load_data
    from rasa.shared.nlu.training_data.training_data import TrainingData

    facts, understand = load_protocol(PROTOCOL).facts, Understanding()
    examples = load_data(str(ROOT / NLU))
    marked = [
        (example, list(entities(understand(example.get(TEXT), NOW), facts)))
        for example in examples.training_examples[::step]
        if example.get(TEXT) and "[" not in example.get(TEXT)
    ]
    counted = Counter(entity["entity"] for _, found in marked for entity in found)
    own = [fact for fact, _ in counted.most_common(OWN_ENTITIES)]
    for example, found in marked:
        example.set(ENTITIES, [e if e["entity"] in own else {**e, "entity": SHARED} for e in found])
    RasaYAMLWriter().dump(str(target / "examples.yml"), TrainingData(examples.training_examples[::step]))
    return own


def entities(findings: Iterable[Finding], facts: Mapping[str, Fact]) -> Iterator[dict[str, Any]]:
    """Yield the findings as Rasa's training entities: none overlapping, the longest words first.

    The value of each is its fact, with the fact's value behind a colon where that is not yes.
    """
    taken: set[int] = set()
    for finding in sorted(findings, key=lambda finding: finding.start - finding.end):
        places = set(range(finding.start, finding.end))
        if places and not places & taken and facts[finding.finding].kind in READABLE:
            taken |= places
            yield _entity(finding)


def _entity(finding: Finding) -> dict[str, Any]:
    value = finding.value[0] if isinstance(finding.value, list) else finding.value
    coded = finding.finding if value is True else f"{finding.finding}:{value}"
    return {"entity": finding.finding, "value": coded, "start": finding.start, "end": finding.end}
