"""How soon a started product answers: `python -m bench.starts`. A few minutes; writes bench/results/starts.md.

Apart from `aftercare bench`, because it needs no stock Rasa. From the start of `aftercare serve`, with the language
model trained: until the gateway answers, and until a message gets its answer from Rasa.
"""

import argparse
import os
from datetime import date

from bench.measures import Spread, spread
from bench.servers import Ours
from bench.speed import FOLDER, RESULTS, machine
from bot.training import QUIET, train

STARTS, MOST_S = 5, 2


def measure(starts: int) -> dict[str, Spread]:
    """Start and stop the product so often; return seconds until the gateway answered, and until Rasa did."""
    gateway, everything = [], []
    for number in range(starts):
        with Ours(FOLDER / f"starts{number}") as server:
            gateway.append(server.alive_seconds)
            everything.append(server.start_seconds)
    return {"the gateway answers": spread(gateway), "a message gets its answer": spread(everything)}


def report(starts: int) -> str:
    """Measure and return a page of Markdown."""
    size = machine()
    lines = ["# How soon it answers after the start", ""]
    lines += [
        f"Made {date.today():%-d %B %Y} on {size['cores']} cores (load {size['load_before']} before), {starts} starts."
    ]
    lines += [f"The gateway should answer within {MOST_S} s; it holds messages until Rasa is ready.", ""]
    lines += ["| seconds until | middle | lowest | highest |", "|---|---|---|---|"]
    for name, found in measure(starts).items():
        lines.append(f"| {name} | {found.middle:.2f} | {found.low:.2f} | {found.high:.2f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print, and write the page unless only a part was tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="only see that it works; nothing is written")
    short = parser.parse_args().short
    os.environ.update(QUIET)
    train()
    page = report(1 if short else STARTS)
    print(page)
    if not short:
        (RESULTS / "starts.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
