"""The product with encoder weights of 8 bits beside that of 32: `python -m bench.eight_bits`; about ten minutes.

The model is trained anew on the encoder of 8 bits, with today's examples and thresholds, and reads the development set
beside the product's own. Writes bench/results/eight_bits.md: the figures of both, and how many answers changed.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.encoders import eight_bits
from bench.figures import figures
from bench.pages import page_command
from bench.reading import Outcome, read_all
from bench.samples import DEVELOPMENT, read_samples
from bench.stock import train_project
from bot.nlu.assess import Assessor, LanguageModel
from bot.nlu.encoder_files import graph_path, prepare
from bot.paths import ROOT
from bot.training import train

STEP_SHORT = 200
LINKED = ("domain.yml", "data", "protocol", "bot")


def trained(folder: Path) -> Path:
    """Train the product on an encoder of 8 bits below `folder`; return the model."""
    cache, project = folder / "cache", folder / "project"
    cache.mkdir()
    project.mkdir()
    eight_bits(prepare(), cache).rename(graph_path(cache))
    for name in LINKED:
        (project / name).symlink_to(ROOT / name)
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if component["name"].endswith(".SentenceFeatures"):
            component["cache"] = str(cache)
    (project / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    model = folder / "models" / "eight_bits.tar.gz"
    train_project(project, model, folder / "train.log", folder / "training")
    return model


def report(short: bool) -> str:
    """Train, read the development set with both, a small part when short, and return a page of Markdown."""
    samples = read_samples(DEVELOPMENT)[:: STEP_SHORT if short else 1]
    with TemporaryDirectory() as folder:
        models = {"32 bits": train(), "8 bits": trained(Path(folder))}
        found = {name: list(read_all(Assessor(LanguageModel(model)), samples)) for name, model in models.items()}
    lines = ["# Encoder weights of 8 bits in the whole product", ""]
    lines += [f"Made {date.today():%-d %B %Y}: {len(samples)} development messages, trained anew for each encoder.", ""]
    return "\n".join([*lines, *_table(found), "", changes(found["32 bits"], found["8 bits"]), ""])


def _table(found: dict[str, list[Outcome]]) -> list[str]:
    counted = {name: figures(outcomes) for name, outcomes in found.items()}
    lines = ["| | 32 bits | 8 bits |", "|---|---|---|"]
    for figure, share in counted["32 bits"].items():
        if share.total:
            lines.append(f"| {figure.replace('_', ' ')} | {share.value:.1%} | {counted['8 bits'][figure].value:.1%} |")
    times = [1000 * sum(one.seconds for one in outcomes) / len(outcomes) for outcomes in found.values()]
    return [*lines, f"| ms a message | {times[0]:.1f} | {times[1]:.1f} |"]


def changes(wide: Sequence[Outcome], narrow: Sequence[Outcome]) -> str:
    """Say how many of the same messages were answered in another way."""
    pairs = list(zip(wide, narrow, strict=True))
    levels = [one.sample.id for one, other in pairs if one.rank != other.rank]
    questions = sum(one.asked_first != other.asked_first for one, other in pairs)
    missed = [one.sample.id for one, other in pairs if one.sample.is_emergency and one.caught and not other.caught]
    return (
        f"Another level: {len(levels)} of {len(pairs)} ({len(levels) / len(pairs):.1%}); another first question about "
        f"danger: {questions}; emergencies caught by 32 bits alone: {', '.join(missed) or 'none'}."
    )


if __name__ == "__main__":
    page_command(__doc__, "eight_bits.md", report)
