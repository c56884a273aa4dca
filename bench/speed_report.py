"""The speed figures written down: as data, as tables, and as a picture."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TITLE = "How fast the assistant answers"
PROCESSES = ("gateway", "rasa", "actions", "supervisor")
COLOURS = {"ours": "#2c66b8", "stock": "#c9791a"}


def write(data: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write speed.json, speed.md and speed.png; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speed.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (folder / "speed.md").write_text(in_words(data) + "\n", encoding="utf-8")
    _draw(data, folder / "speed.png")
    return [folder / f"speed.{kind}" for kind in ("json", "md", "png")]


def in_words(data: Mapping[str, Any]) -> str:
    """Return the figures as Markdown tables."""
    size = data["machine"]
    head = [f"# {TITLE}", "", f"Made {data['made']} on {size['cores']} cores and {size['memory_gb']} GB"]
    head[-1] += f" (Python {size['python']}, load {size['load_before']} before). Ratios are ours by stock, round by"
    head[-1] += " round in alternation: middle (lowest to highest)."
    return "\n".join([*head, "", *_comparison(data), "", *_by_turn(data), "", *_processes(data), "", *_rest(data)])


def _comparison(data: Mapping[str, Any]) -> Iterator[str]:
    talks = data["conversations"]
    yield "| conversations of 20 turns | ours | stock Rasa | ratio |"
    yield "|---|---|---|---|"
    yield _row("messages a second", talks["messages_per_second"], talks["throughput_ratio"], _spread)
    for part in ("p50", "p95", "p99"):
        times = {arm: found[part] for arm, found in talks["latency_ms"].items()}
        yield _row(f"{part}, ms", times, talks["p50_ratio"] if part == "p50" else None, str)
    cost = {arm: found for arm, found in data["training"].items() if isinstance(found, dict)}
    epochs = cost.get("stock", {}).get("epochs")
    yield _row(
        f"training, CPU seconds{f' (stock: {epochs} epochs)' if epochs else ''}",
        {a: c["cpu"] for a, c in cost.items()},
        data["training"].get("ratio_cpu"),
        str,
    )
    yield _row("start until it answers, s", data["start"]["ready_s"], data["start"]["ratio"], _spread)


def _row(name: str, arms: Mapping[str, Any], compared: Any, say: Any) -> str:
    stock = say(arms["stock"]) if "stock" in arms else "–"
    by = "–" if compared is None else _spread(compared) if isinstance(compared, dict) else f"{compared:.2f}"
    return f"| {name} | {say(arms['ours'])} | {stock} | {by} |"


def _spread(found: Mapping[str, float]) -> str:
    return f"{found['middle']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _by_turn(data: Mapping[str, Any]) -> Iterator[str]:
    times = data["by_turn_ms"]
    turns = list(times["ours"])
    yield f"| ms at turn | {' | '.join(turns)} | last by first |"
    yield "|---|" + "---|" * (len(turns) + 1)
    for arm, found in times.items():
        cells = " | ".join(str(found[turn]) for turn in turns)
        yield f"| {arm} | {cells} | {found[turns[-1]] / found[turns[0]]:.2f} |"


def _processes(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"| | {' | '.join(PROCESSES)} | all |"
    yield "|---|---|---|---|---|---|"
    for arm, found in data["memory_mb"].items():
        yield _cells(f"resident memory, MB, {arm}", {**found, "all": sum(found.values())}, ".0f")
    for arm, found in data["conversations"]["cpu_ms"].items():
        yield _cells(f"processor time a message, ms, {arm}", found, ".1f")


def _cells(name: str, found: Mapping[str, float], shown: str) -> str:
    cells = (f"{found[kind]:{shown}}" if kind in found else "–" for kind in (*PROCESSES, "all"))
    return f"| {name} | {' | '.join(cells)} |"


def _rest(data: Mapping[str, Any]) -> Iterator[str]:
    start, card = data["start"], data["emergency_ms"]
    yield (
        f"- The gateway answers {_spread(start['gateway_answers_s'])} s after the start, opens a conversation after"
        f" {_spread(start['conversation_opens_s'])} s, and holds messages until Rasa is ready."
    )
    yield f"- An emergency's card through all processes: p50 {card['p50']} ms, p95 {card['p95']} ms."
    for arm, found in data["crowd"].items():
        yield (
            f"- {found['patients']} patients at once, one message each per {found['every_s']:g} s, {arm}: "
            f"p50 {found['p50']} ms, p95 {found['p95']} ms, {found['errors']} errors of {found['messages']} messages."
        )
    stored = data["stored"]
    full, empty = (stored["p50_ms"][name]["middle"] for name in ("full", "empty"))
    yield (
        f"- With {stored['conversations']:,} stored conversations a message costs {_spread(stored['ratio'])} times "
        f"what it costs with none (p50 {full} and {empty} ms)."
    )
    for one in data["understanding"]:
        yield (
            f"- {one['set'].capitalize()} set, {one['arm']} (evaluation.md): emergencies caught"
            f" {one['emergency_recall']:.1%}, over-triage {one['over_triage']:.1%}."
        )
    yield ""
    yield "| one message in this process, ms | middle | lowest | highest |"
    yield "|---|---|---|---|"
    for name, found in data["one_message_ms"].items():
        yield f"| {name} | {found['middle']} | {found['low']} | {found['high']} |"


def _draw(data: Mapping[str, Any], path: Path) -> None:
    import matplotlib  # type: ignore[import-untyped]

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 4, figsize=(17, 4.2))
    talks = data["conversations"]
    rates = {arm: found["middle"] for arm, found in talks["messages_per_second"].items()}
    _bars(axes[0], "messages a second", rates)
    _grouped(axes[1], "ms a message", talks["latency_ms"], ("p50", "p95", "p99"))
    for arm, found in data["by_turn_ms"].items():
        axes[2].plot([int(turn) for turn in found], list(found.values()), "o-", label=arm, color=COLOURS[arm])
    axes[2].set(title="ms a message, by turn", ylim=(0, None))
    axes[2].legend(frameon=False)
    _bars(axes[3], "memory of the Rasa process, MB", {a: found["rasa"] for a, found in data["memory_mb"].items()})
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _bars(axis: Any, title: str, values: Mapping[str, float]) -> None:
    bars = axis.bar(list(values), list(values.values()), color=[COLOURS[arm] for arm in values], width=0.55)
    axis.bar_label(bars, fmt="%.0f")
    axis.set_title(title)


def _grouped(axis: Any, title: str, arms: Mapping[str, Mapping[str, float]], parts: tuple[str, ...]) -> None:
    width = 0.8 / len(arms)
    for number, (arm, found) in enumerate(arms.items()):
        places = [place + number * width for place in range(len(parts))]
        axis.bar(places, [found[part] for part in parts], width, label=arm, color=COLOURS[arm])
    axis.set_xticks([place + width * (len(arms) - 1) / 2 for place in range(len(parts))])
    axis.set_xticklabels(parts)
    axis.set_title(title)
    axis.legend(frameon=False)
