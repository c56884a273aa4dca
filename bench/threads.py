"""The sentence encoder on one thread and on two, in the whole product: `python -m bench.threads`; about ten minutes.

Two products run at the same time and are asked in alternation, so that whatever else the machine does disturbs both:
one patient alone, four who type without a pause, and a crowd. Writes bench/results/threads.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import yaml

from bench.load import crowd, side_by_side, throughput
from bench.measures import Spread, percentile, ratio, spread
from bench.pages import page_command
from bench.servers import Ours
from bench.speed import FOLDER, SCRIPT, machine
from bot.training import train

ROUNDS, PATIENTS, CROWDS, CROWD, EVERY_S, CROWD_S = 10, 4, 3, 50, 10.0, 40.0
MS = 1000
Measured = Mapping[str, list[float]]


def products() -> list[Ours]:
    """Return the product with one and with two threads, not yet started."""
    found = []
    for threads in (1, 2):
        server = Ours(FOLDER / "threads" / str(threads))
        server.name, server.environment = f"{threads}", {"AFTERCARE_ENCODER_THREADS": str(threads)}
        found.append(server)
    return found


def measure(servers: Sequence[Ours], turns: Sequence[str], short: bool) -> dict[str, Measured]:
    """Return for each figure the values of each server, round by round."""
    alone, p95, together, crowded = ({one.name: list[float]() for one in servers} for _ in range(4))
    for _ in range(1 if short else ROUNDS):
        for name, seconds in side_by_side(servers, turns).items():
            alone[name].append(MS * percentile(seconds, 0.5))
            p95[name].append(MS * percentile(seconds, 0.95))
        for server in servers:
            together[server.name].append(throughput(server, turns, PATIENTS))
    for _ in range(1 if short else CROWDS):
        for server in servers:
            done = crowd(server, turns, CROWD, EVERY_S, EVERY_S if short else CROWD_S)
            crowded[server.name].append(MS * percentile(done.times, 0.95))
    return {
        "one patient, p50 in ms": alone,
        "one patient, p95 in ms": p95,
        f"{PATIENTS} patients without a pause, messages a second": together,
        f"{CROWD} patients, one message each per {EVERY_S:.0f} s, p95 in ms": crowded,
    }


def report(short: bool) -> str:
    """Measure and return a page of Markdown."""
    train()
    size, servers = machine(), products()
    busy = f"{size['cores']} cores (load {size['load_before']} before)"
    turns = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))["turns"]
    with servers[0], servers[1]:
        for server in servers:
            throughput(server, turns, 1)
        found = measure(servers, turns, short)
    return page(f"Made {date.today():%-d %B %Y} on {busy}.", found)


def page(made: str, found: Mapping[str, Measured]) -> str:
    """Return a page of Markdown: a line for each figure, whose ratio is taken round by round."""
    lines = ["# The sentence encoder on one thread and on two, in the whole product", ""]
    lines += [made, "Middle (lowest to highest) of the rounds; the ratio round by round.", ""]
    lines += ["| | one thread | two threads | two by one |", "|---|---|---|---|"]
    for what, values in found.items():
        one, two = values["1"], values["2"]
        lines.append(f"| {what} | {_said(spread(one), 0)} | {_said(spread(two), 0)} | {_said(ratio(two, one), 2)} |")
    return "\n".join([*lines, ""])


def _said(found: Spread, digits: int) -> str:
    return f"{found.middle:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


if __name__ == "__main__":
    page_command(__doc__, "threads.md", report)
