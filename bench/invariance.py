"""What must not matter: `python -m bench.invariance` changes every message in ways that mean nothing.

Reads each message with the whole model before and after, and writes bench/results/invariance.md: how often the level is
another, and what becomes of emergencies. Half an hour for both sets; `--step 5` takes every fifth message and writes
nothing.
"""

import argparse
import os
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bench.reading import Outcome, read
from bench.samples import DEVELOPMENT, EXAM, Sample, read_samples
from bench.speed import RESULTS
from bot.language.words import english_frequencies
from bot.nlu.assess import Assessor, LanguageModel
from bot.training import QUIET, train

SEED = 20261122
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG_WORD = re.compile(r"[A-Za-z]{5,}")


def one_typo(text: str) -> str:
    """Return the text with one letter left out, doubled, swapped or wrong, in a word of more than four letters.

    Never with another English word: who types "pats" for "pants" cannot be told from who means it.
    """
    chance = random.Random(f"{SEED} {text}")
    words = list(LONG_WORD.finditer(text))
    for word in chance.sample(words, len(words)):
        typed = _mistyped(word[0], chance)
        if typed.lower() not in english_frequencies():
            return text[: word.start()] + typed + text[word.end() :]
    return text


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, here, after = word[:place], word[place], word[place + 1 :]
    edits = (before + after, before + here + here + after, before + after[0] + here + after[1:])
    return chance.choice((*edits, before + chance.choice(LETTERS) + after))


def unpunctuated(text: str) -> str:
    """Return the text without the marks that end or join sentences; those inside numbers stay."""
    return re.sub(r"(?<!\d)[.,!;]|[.,!;](?!\d)", "", text)


CHANGES: Mapping[str, Callable[[str], str]] = {
    "typo": one_typo,
    "capitals": str.upper,
    "small letters": str.lower,
    "no punctuation": unpunctuated,
    "chatter before": "Hi there, hope you had a nice weekend. {}".format,
    "chatter after": "{} Anyway, the weather is lovely here, thanks for everything.".format,
    "probably nothing": "{} It's probably nothing.".format,
    "others think it is fine": "{} My husband says it's fine.".format,
}


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
