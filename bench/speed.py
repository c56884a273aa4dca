"""`aftercare bench`: our product and Rasa's stock pipeline on the same machine, in the same run, in alternation."""

import json
import os
import platform
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from bench import RESULTS, SHORT_RESULTS
from bench.console_load import fill
from bench.load import by_turn, crowd, repeated, side_by_side, throughput
from bench.measures import percentile, ratio, spread
from bench.servers import ALIVE, OPENS, READY, Ours, Server, Stock
from bench.speed_report import in_words, write
from bot.paths import DATA_DIR, ROOT
from bot.problem import Problem
from bot.training import QUIET, train

FOLDER = DATA_DIR / "bench" / "speed"
SCRIPT = ROOT / "bench" / "conversation.yml"


@dataclass(frozen=True)
class Plan:
    """How much of everything is measured.

    starts: beside that of the servers which are measured.
    """

    rounds: int = 10
    patients: int = 4
    turns: tuple[int, ...] = (3, 30, 120, 300)
    crowd: int = 50
    crowd_every: float = 10.0
    crowd_seconds: float = 60.0
    emergencies: int = 30
    starts: int = 2
    stored: int = 100_000
    profile_repeats: int = 5


SHORT = Plan(1, 2, (1, 3), 3, 1.0, 2.0, 2, 0, 200, 1)


def run(short: bool = False, stock: bool = True) -> None:
    """Measure speed, print the figures and write bench/results/speed.{json,md,png}.

    short: a little of everything, to see that it works; its results go below var/bench. stock: also Rasa's stock
    pipeline, which is trained when its model is missing; that takes long. Raises Problem when the figures cannot be
    right, and then writes nothing.
    """
    os.environ.update(QUIET)
    # So that the servers are stopped too when the command is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    train()
    shutil.rmtree(FOLDER, ignore_errors=True)
    plan, script = SHORT if short else Plan(), yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    data = measure(plan, script["turns"], script["emergency"], stock)
    print(in_words(data))
    check(data)
    for path in write(data, SHORT_RESULTS if short else RESULTS):
        print(f"bench: wrote {path}")


def measure(plan: Plan, turns: Sequence[str], emergency: str, stock: bool) -> dict[str, Any]:
    """Return every figure as plain JSON data."""
    model = _stock_model(short=plan is SHORT) if stock else None
    data: dict[str, Any] = {"made": f"{date.today():%-d %B %Y}", "machine": machine()}
    data["understanding"] = understood(RESULTS / "evaluation.json")
    data["training"] = _training(model, short=plan is SHORT)
    started = starts(plan, model)
    with ExitStack() as running:
        servers = [running.enter_context(server) for server in _servers(model, "main")]
        ours = servers[0]
        data["start"] = start_times([*started, *servers])
        for server in servers:
            throughput(server, turns, 1)
        _say("conversations of 20 turns")
        data["conversations"] = _conversations(plan, servers, turns)
        _say("an emergency's card")
        data["emergency_ms"] = _times([ours.conversation().say(emergency) for _ in range(plan.emergencies)])
        _say("a crowd")
        data["crowd"] = {server.name: _crowd(plan, server, turns) for server in servers}
        _say("long conversations")
        long = side_by_side(servers, repeated(turns, plan.turns[-1] + 2))
        data["by_turn_ms"] = {name: _milliseconds(by_turn(seconds, plan.turns)) for name, seconds in long.items()}
        data["memory_mb"] = {server.name: server.memory() for server in servers}
    _say("many stored conversations")
    data["stored"] = _stored(plan, turns)
    _say("one message")
    from bench.one_message import profile

    data["one_message_ms"] = profile(turns, plan.profile_repeats)
    return data


def check(data: Mapping[str, Any]) -> None:
    """Raise Problem when what was measured cannot be right: messages without an answer, processes not seen."""
    start, crowds, ours = data["start"], data["crowd"].values(), data["memory_mb"]["ours"]
    wrong = {
        "a message got no answer": any(crowd["errors"] or not crowd["messages"] for crowd in crowds),
        "a process was not found": not {"gateway", "rasa", "actions"} <= set(ours),
        "the gateway did not answer before Rasa": not (
            0 < start["gateway_answers_s"]["middle"] < start["ready_s"]["ours"]["middle"]
        ),
    }
    if any(wrong.values()):
        raise Problem(f"{'; '.join(what for what, so in wrong.items() if so)}; see {FOLDER}")


def understood(evaluation: Path) -> list[dict[str, Any]]:
    """Return what `aftercare evaluate` last measured of each pipeline: how much danger is caught, and over-triage."""
    sets = json.loads(evaluation.read_text(encoding="utf-8"))["sets"]
    return [
        {"set": one["name"], "arm": one["arm"]}
        | {figure: one["figures"][figure]["value"] for figure in ("emergency_recall", "over_triage")}
        for one in sets
    ]


def _say(what: str) -> None:
    print(f"bench: {what}", flush=True)


def machine() -> dict[str, Any]:
    """Return the size of the machine and how busy it was; names nothing that identifies it."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 2**30),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def _stock_model(short: bool) -> Path:
    from bench.stock import trained_stock

    return trained_stock(short)


def _servers(model: Path | None, name: str) -> list[Server]:
    ours: list[Server] = [Ours(FOLDER / name / "ours")]
    return ours + ([Stock(FOLDER / name / "stock", model)] if model else [])


def _training(stock: Path | None, short: bool) -> dict[str, Any]:
    """Train ours, with an empty cache unless short. The stock model's training was timed when it was made."""
    from bench.stock import cost_of, train_project

    _say("training")
    cache = ROOT / ".rasa" / "cache" if short else FOLDER / "cache"
    ours = train_project(ROOT, FOLDER / "training" / "ours.tar.gz", FOLDER / "training.log", cache)
    if stock is None:
        return {"ours": ours}
    theirs = json.loads(cost_of(stock).read_text())
    return {"ours": ours, "stock": theirs, "ratio_cpu": round(ours["cpu"] / theirs["cpu"], 3)}


def starts(plan: Plan, model: Path | None) -> list[Server]:
    """Start and stop each server in alternation; return them, stopped. model: stock Rasa's, if any."""
    _say("starting")
    done: list[Server] = []
    for number in range(plan.starts):
        for server in _servers(model, f"start{number}"):
            with server:
                done.append(server)
    return done


def start_times(started: Sequence[Server]) -> dict[str, Any]:
    """Return the seconds until each of them answered, and until the gateway did what comes before."""

    def seconds(name: str, what: str) -> list[float]:
        return [server.seconds[what] for server in started if server.name == name]

    ready = {name: seconds(name, READY) for name in dict.fromkeys(server.name for server in started)}
    return {
        "ready_s": {name: spread(values).as_dict(1) for name, values in ready.items()},
        "gateway_answers_s": spread(seconds("ours", ALIVE)).as_dict(1),
        "conversation_opens_s": spread(seconds("ours", OPENS)).as_dict(1),
        "ratio": ratio(ready["ours"], ready["stock"]).as_dict() if "stock" in ready else None,
    }


def _conversations(plan: Plan, servers: Sequence[Server], turns: Sequence[str]) -> dict[str, Any]:
    times: dict[str, list[float]] = {server.name: [] for server in servers}
    middles: dict[str, list[float]] = {server.name: [] for server in servers}
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    before = {server.name: server.cpu() for server in servers}
    for _ in range(plan.rounds):
        for name, seconds in side_by_side(servers, turns).items():
            times[name] += seconds
            middles[name].append(percentile(seconds, 0.5))
        for server in servers:
            rates[server.name].append(throughput(server, turns, plan.patients))
    compared = len(servers) > 1
    messages = plan.rounds * len(turns) * (1 + plan.patients)
    return {
        "cpu_ms": {server.name: _cpu_ms(before[server.name], server.cpu(), messages) for server in servers},
        "latency_ms": {name: _times(seconds) for name, seconds in times.items()},
        "p50_ratio": ratio(middles["ours"], middles["stock"]).as_dict() if compared else None,
        "messages_per_second": {name: spread(values).as_dict(1) for name, values in rates.items()},
        "throughput_ratio": ratio(rates["ours"], rates["stock"]).as_dict() if compared else None,
    }


def _cpu_ms(before: dict[str, float], after: dict[str, float], messages: int) -> dict[str, float]:
    """Return ms of processor time a message by process, and of all."""
    used = {kind: round(1000 * (after[kind] - before.get(kind, 0.0)) / messages, 1) for kind in after}
    return {**used, "all": round(sum(used.values()), 1)}


def _times(seconds: Sequence[float]) -> dict[str, float]:
    parts = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    counted = {name: round(1000 * percentile(seconds, part), 1) for name, part in parts.items()}
    return {**counted, "messages": len(seconds)}


def _crowd(plan: Plan, server: Server, turns: Sequence[str]) -> dict[str, Any]:
    done = crowd(server, turns, plan.crowd, plan.crowd_every, plan.crowd_seconds)
    return {"patients": plan.crowd, "every_s": plan.crowd_every, **_times(done.times), "errors": len(done.errors)}


def _milliseconds(seconds: dict[int, float]) -> dict[str, float]:
    return {str(turn): round(1000 * value, 1) for turn, value in seconds.items()}


def _stored(plan: Plan, turns: Sequence[str]) -> dict[str, Any]:
    """Compare an empty database with a full one, both behind a running product, in alternation."""
    from bot.records.database import open_database

    empty, full = Ours(FOLDER / "stored" / "empty"), Ours(FOLDER / "stored" / "full")
    empty.name, full.name = "empty", "full"
    database = open_database(full.folder)
    fill(database, plan.stored)
    database.close()
    middles: dict[str, list[float]] = {"empty": [], "full": []}
    with empty, full:
        for _ in range(plan.rounds + 1):
            for name, seconds in side_by_side([empty, full], turns).items():
                middles[name].append(percentile(seconds, 0.5))
    # The first round warms both up.
    p50 = {
        name: spread([1000 * value for value in values[1:] or values]).as_dict(1) for name, values in middles.items()
    }
    compared = ratio(middles["full"][1:], middles["empty"][1:])
    return {"conversations": plan.stored, "p50_ms": p50, "ratio": compared.as_dict()}


def main(
    short: Annotated[bool, typer.Option("--short", help="Only see that it works.")] = False,
    stock: Annotated[bool, typer.Option(help="Compare with Rasa's stock pipeline.")] = True,
) -> None:
    """Measure how fast the assistant answers, beside Rasa's stock pipeline."""
    run(short, stock)


if __name__ == "__main__":
    try:
        typer.run(main)
    except Problem as problem:
        print(f"bench: {problem}", file=sys.stderr)
        raise SystemExit(1) from None
