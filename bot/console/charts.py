"""Pictures of numbers as SVG, drawn here: no script, and every one has its table beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

from markupsafe import Markup, escape

WIDTH, LABEL, LINE = 440, 185, 26
DATE_WIDTH = 32
# A telephone shows a picture at three quarters of its size, where letters must still be read.


@dataclass(frozen=True)
class Chart:
    """A picture with its data. lines: one tuple for each line of the table, in the order of columns."""

    id: str
    title: str
    columns: tuple[str, ...]
    lines: Sequence[tuple[Any, ...]]
    picture: Markup
    note: str = ""


@dataclass(frozen=True)
class Interval:
    """A share in percent with its interval; own marks the clinic's own figure."""

    label: str
    part: float
    low: float
    high: float
    own: bool = False


def bars(title: str, values: Sequence[tuple[str, float, str]]) -> Markup:
    """Return lying bars. values: (label, number, css class)."""
    most = max((number for _, number, _ in values), default=0) or 1
    parts = []
    for line, (label, number, kind) in enumerate(values):
        y = line * LINE
        length = (WIDTH - LABEL - 60) * number / most
        parts.append(_text(LABEL - 8, y + 17, label, "end"))
        parts.append(_rectangle(LABEL, y + 4, length, LINE - 8, kind))
        parts.append(_text(LABEL + length + 6, y + 17, f"{number:g}"))
    return _svg(title, len(values) * LINE, parts)


def stacked(title: str, days: Sequence[str], series: Sequence[tuple[str, str, Mapping[str, float]]]) -> Markup:
    """Return one standing bar for each day, made of parts. series: (name, css class, number by day)."""
    height, left = 180, 34
    tops = {day: sum(numbers.get(day, 0) for _, _, numbers in series) for day in days}
    most = _round_up(max(tops.values(), default=0))
    step = (WIDTH - left) / max(len(days), 1)
    parts = [_axis(most, height, left)]
    for number, day in enumerate(days):
        base = float(height)
        for _, kind, numbers in series:
            size = height * numbers.get(day, 0) / most
            base -= size
            parts.append(_rectangle(left + number * step + 1, base, max(step - 2, 1), size, kind))
        x = left + number * step
        if number % ceil(len(days) / 8) == 0 and x + DATE_WIDTH <= WIDTH:
            parts.append(_text(x, height + 16, day[5:]))
    return _svg(title, height + 24, parts) + _legend([(name, kind) for name, kind, _ in series])


def whiskers(title: str, values: Sequence[Interval]) -> Markup:
    """Return points with their intervals on one scale from nought, in percent."""
    most = _round_up(max((value.high for value in values), default=0))
    left, height = 8, LINE + 10
    scale = (WIDTH - left - 70) / most
    parts = []
    for line, value in enumerate(values):
        y = line * height + 24
        kind = "own" if value.own else "other"
        parts.append(_text(0, y - 11, value.label))
        parts.append(
            Markup('<line x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}" class="whisker {}"/>').format(
                left + value.low * scale, left + value.high * scale, y, y, kind
            )
        )
        parts.append(
            Markup('<circle cx="{:.1f}" cy="{}" r="4.5" class="point {}"/>').format(left + value.part * scale, y, kind)
        )
        parts.append(_text(left + value.high * scale + 10, y + 4, f"{value.part:.3g} %"))
    return _svg(title, len(values) * height, parts)


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    shown = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
    return shown.format(
        WIDTH, max(int(height), 1), f"{title}. The table below has the numbers.", Markup("").join(parts)
    )


def _rectangle(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    shown = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="fill {}"/>')
    return shown.format(x, y, width, height, kind)


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


def _axis(most: float, height: float, left: float) -> Markup:
    lines = [Markup("")]
    for part in (0, 0.5, 1):
        y = height - height * part
        lines.append(Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" class="grid"/>').format(left, WIDTH, y, y))
        lines.append(_text(left - 6, max(y + 4, 10), f"{most * part:g}", "end"))
    return Markup("").join(lines)


def _legend(entries: Sequence[tuple[str, str]]) -> Markup:
    items = (Markup('<li><span class="swatch {}"></span>{}</li>').format(kind, name) for name, kind in entries)
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))


def _round_up(number: float) -> float:
    """Return the next of 1, 2, 4, 6, 8, 10, 20, 40 … that is not below a number; 1 for nought."""
    if number <= 0:
        return 1
    power = 10.0 ** int(log10(number)) if number >= 1 else 10.0 ** (int(log10(number)) - 1)
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= number)
