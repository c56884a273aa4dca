"""What must not matter: `python -m bench.invariance` changes every message in ways that mean nothing.

Reads each message with the whole model before and after, and writes bench/results/invariance.md: how often the level is
another, and what becomes of emergencies. Half an hour for both sets; `--step 5` takes every fifth message and writes
nothing.
"""

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bench import RESULTS
from bench.changes import CHANGES
from bench.reading import Outcome, read
from bench.samples import DEVELOPMENT, EXAM, Sample, read_samples
from bot.nlu.assess import Assessor, LanguageModel
from bot.training import QUIET, train


@dataclass
class Tally:
    """What became of messages under one change; emergencies by their ids."""

    messages: int = 0
    changed: list[str] = field(default_factory=list)
    emergencies: int = 0
    asked: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def add(self, before: Outcome, after: Outcome) -> None:
        """Count one message."""
        name = before.sample.id
        self.messages += 1
        self.changed += [name] * (before.rank != after.rank)
        if not before.sample.is_emergency:
            return
        self.emergencies += 1
        self.asked += [name] * (not before.asked_first and after.asked_first)
        self.missed += [name] * (before.caught and not after.caught)
        self.found += [name] * (after.caught and not before.caught)


def measure(assessor: Assessor, samples: Iterable[Sample]) -> dict[str, Tally]:
    """Return what each change did to the samples."""
    tallies = {name: Tally() for name in CHANGES}
    for sample in samples:
        before = read(assessor, sample)
        for name, change in CHANGES.items():
            tallies[name].add(before, read(assessor, replace(sample, text=change(sample.text))))
    return tallies


def table(title: str, tallies: Mapping[str, Tally]) -> list[str]:
    """Return one set's figures as Markdown lines."""
    one = next(iter(tallies.values()))
    lines = [f"## {title}: {one.messages} messages, {one.emergencies} of them emergencies", ""]
    lines += [
        "| change | another level | emergencies asked about instead | missed | caught only so |",
        "|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        share = f"{len(tally.changed)} ({100 * len(tally.changed) / tally.messages:.1f} %)"
        lines.append(f"| {name} | {share} | {len(tally.asked)} | {len(tally.missed)} | {len(tally.found)} |")
    return [*lines, ""]


def report(assessor: Assessor, step: int) -> str:
    """Return the page. step: every so many messages of each set are taken."""
    lines = [
        "# What must not matter",
        "",
        f"Made {date.today():%-d %B %Y} by the whole language model and the rules.",
        "",
    ]
    for name in (DEVELOPMENT, EXAM):
        samples: Sequence[Sample] = read_samples(name)[::step]
        lines += table(f"{name.capitalize()} set", measure(assessor, samples))
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page when every message was taken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--step", type=int, default=1, help="take every so many messages; nothing is written")
    step = parser.parse_args().step
    os.environ.update(QUIET)
    page = report(Assessor(LanguageModel(train())), step)
    print(page)
    if step == 1:
        (RESULTS / "invariance.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
