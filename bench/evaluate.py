"""`aftercare evaluate`: how well the assistant understands patients and decides, measured and written down."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import RESULTS, SHORT_RESULTS
from bench.figures import Share, confusion, figures, misses
from bench.reading import Outcome, read_all
from bench.report import Measured, as_data, of_others, write
from bench.samples import DEVELOPMENT, EXAM, Sample, read_samples
from bench.understanding import attribute_figures, finding_figures
from bot.nlu.assess import Assessor, LanguageModel
from bot.paths import MODELS
from bot.problem import Problem
from bot.training import QUIET, train

SHORT = 40


def measure(name: str, arm: str, assessor: Assessor, samples: Iterable[Sample]) -> Measured:
    """Return how an assistant answers a set."""
    outcomes = list(read_all(assessor, samples))
    return Measured(
        name=name,
        arm=arm,
        outcomes=outcomes,
        figures=figures(outcomes),
        findings=finding_figures(outcomes, assessor.protocol),
        attributes=attribute_figures(outcomes),
        confusion=confusion(outcomes),
    )


def in_words(measured: Measured) -> str:
    """Return the figures of a set as lines of text."""
    groups = (measured.figures, measured.findings, measured.attributes)
    lines = [f"{measured.name}, {measured.arm}: {len(measured.outcomes)} messages, {measured.milliseconds:.1f} ms each"]
    for group in groups:
        lines += [_line(name, counted) for name, counted in group.items() if counted.total]
    return "\n".join(lines)


def _line(name: str, counted: Share) -> str:
    low, high = counted.bounds
    return f"  {name:30} {counted.value:7.1%}  {counted.hits:4}/{counted.total:<4}  {low:.1%} to {high:.1%}"


def misses_in_words(measured: Measured) -> str:
    """Return every failure of a set by name, with what was answered and why."""
    lines = []
    for kind, outcomes in misses(measured.outcomes).items():
        lines.append(f"\n{kind}: {len(outcomes)}")
        lines += [_miss(outcome) for outcome in outcomes]
    return "\n".join(lines)


def _miss(outcome: Outcome) -> str:
    sample = outcome.sample
    found = " ".join(f"{f.finding}:{f.assertion}" for f in outcome.findings) or "no finding"
    answer = f"{sample.level} -> {outcome.level}{' asked first' if outcome.asked_first else ''}"
    why = f"{' '.join(outcome.rules) or 'no rule'}; {outcome.intent} {outcome.confidence:.2f}; {found}"
    return f"  {sample.id} [{answer}] {sample.text}\n        {why}"


def newest_model() -> Path:
    """Return the model trained last. Raises Problem when there is none."""
    trained = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not trained:
        raise Problem("no language model was trained yet; run: aftercare train")
    return trained[-1]


def run(
    exam: bool = False,
    stock: bool = False,
    short: bool = False,
    misses: bool = False,
    newest: bool = False,
    cross_validation: bool = True,
) -> None:
    """Measure, print the figures and write the report.

    exam: also the exam set, whose misses are named by id only unless `misses`; stock: also Rasa's stock pipeline,
    whose figures of an earlier report on the same messages are kept, with their day, where it is not measured anew;
    short: a small part of everything, to see that it works; newest: the model trained last with today's
    dictionaries and rules, for tuning; cross_validation: also the intents, on held-out parts of data/nlu.
    """
    os.environ.update(QUIET)
    model = newest_model() if newest else train()
    arms = {"ours": Assessor(LanguageModel(model)), **(_stock(short) if stock else {})}
    sets = []
    for name in (DEVELOPMENT, *([EXAM] if exam else [])):
        samples = read_samples(name)
        for arm, assessor in arms.items():
            measured = measure(name, arm, assessor, samples[:: len(samples) // SHORT] if short else samples)
            print(in_words(measured), flush=True)
            if misses and arm == "ours":
                print(misses_in_words(measured), flush=True)
            sets.append(as_data(measured, with_texts=misses or name != EXAM))
        if not stock:
            sets += of_others(_folder(short), sets[-1])
    data = {"made": f"{date.today():%-d %B %Y}", "model": model.name.removesuffix(".tar.gz"), "sets": sets}
    written = write({**data, "intents": _intents(short) if cross_validation else None}, _folder(short))
    print("\n".join(f"evaluate: wrote {path}" for path in written))


def _stock(short: bool) -> dict[str, Assessor]:
    from bench.stock import StockModel, cost_of, trained_stock

    model = trained_stock(short)
    epochs = json.loads(cost_of(model).read_text())["epochs"]
    return {f"stock Rasa, {epochs} epochs": Assessor(StockModel(model))}


def _intents(short: bool) -> dict[str, Any]:
    from bench.intents import held_out, report

    found = report(held_out(folds=2, step=20) if short else held_out())
    print(f"intents on {found['examples']} held-out examples: accuracy {found['accuracy']:.1%}", flush=True)
    print(f"  macro F1 {found['macro_f1']:.3f}, calibration error {found['calibration_error']:.3f}", flush=True)
    return found


def _folder(short: bool) -> Path:
    return SHORT_RESULTS if short else RESULTS


def main(
    exam: Annotated[bool, typer.Option("--exam", help="Measure on the exam set too.")] = False,
    stock: Annotated[bool, typer.Option("--stock", help="Train and measure Rasa's stock pipeline too: slow.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Only see that it works.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="Print every miss with its text.")] = False,
    newest: Annotated[bool, typer.Option("--newest", help="Take the model trained last; for tuning.")] = False,
    cross_validation: Annotated[
        bool, typer.Option(help="Measure the intents on held-out parts of data/nlu too.")
    ] = True,
) -> None:
    """Measure how well the assistant understands and decides."""
    run(exam, stock, short, misses, newest, cross_validation)


if __name__ == "__main__":
    try:
        typer.run(main)
    except Problem as problem:
        print(f"evaluate: {problem}", file=sys.stderr)
        raise SystemExit(1) from None
