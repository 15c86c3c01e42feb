"""The report's pictures as inline SVG: where the energy of each hour comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from kierto.planner.dispatch.district import Floats
from kierto.planner.explanation import figure

WIDTH, HEIGHT = 960.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 12.0, 34.0
DATE_WIDTH = 66.0

CSS = (
    "\n"
    + "".join(f".area.g{n}{{fill:var(--g{n});stroke:none;fill-opacity:.75}}\n" for n in range(7))
    + """
.grid{stroke:var(--line);stroke-width:1px;fill:none}
.need{fill:none;stroke:var(--ink);stroke-width:1.5px}
.axis{fill:var(--quiet);font-size:11px}
.swatch.line{border-color:var(--ink)}
"""
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of a picture: its name, its colour (0 to 6), and kWh by hour."""

    name: Any
    colour: int
    values: Floats

    @property
    def letter(self) -> str:
        """The same as the colour, for those who do not see it."""
        return chr(ord("A") + self.colour)


def stacked_svg(
    layers: Sequence[Layer], need: Floats, days: Sequence[tuple[int, str]], name: Any
) -> str:
    """Bands upon each other, hour by hour, and a line for what is needed.

    ``days`` are the hours at which a day begins, each with its date.
    """
    total = np.sum([layer.values for layer in layers], axis=0)
    top = _round_up(float(max(total.max(initial=0.0), need.max(initial=0.0), 1e-9)))
    hours = len(need)
    across = (WIDTH - LEFT - RIGHT) / max(hours, 1)
    up = (HEIGHT - TOP - BOTTOM) / top
    parts = [*_scale(top, up), *_days(days, across)]
    base = np.zeros(hours)
    marks = []
    for layer in layers:
        above = base + layer.values
        parts.append(
            f'<path class="area g{layer.colour}" d="{_band(base, above, across, up)}">'
            f"<title>{escape(str(layer.name))}</title></path>"
        )
        widest = int(np.argmax(layer.values))
        if layer.values[widest] * up >= 14:
            x = LEFT + (widest + 0.5) * across
            y = HEIGHT - BOTTOM - (base[widest] + above[widest]) / 2 * up
            marks.append(
                f'<text class="label mark" x="{x:.1f}" y="{y + 4:.1f}">{layer.letter}</text>'
            )
        base = above
    parts.append(f'<path class="need" d="M{_steps(need, across, up)}"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(str(name))}" '
        f'preserveAspectRatio="xMidYMid meet">{"".join(parts + marks)}</svg>'
    )


def legend(layers: Sequence[Layer], need: Any) -> str:
    """Colour, letter and name of each band, and the line."""
    items = "".join(
        f'<li><span class="swatch g{layer.colour}">{layer.letter}</span> '
        f"{escape(str(layer.name))}</li>"
        for layer in layers
    )
    line = f'<li><span class="swatch line">—</span> {escape(str(need))}</li>'
    return f'<ul class="legend">{items}{line}</ul>'


def _round_up(value: float) -> float:
    """The next of a few round numbers times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return float(next(step * power for step in steps if step * power >= value * 0.999))


def _scale(top: float, up: float) -> list[str]:
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = HEIGHT - BOTTOM - share * top * up
        parts.append(
            f'<path class="grid" d="M{LEFT:.1f},{y:.1f} H{WIDTH - RIGHT:.1f}"/>'
            f'<text class="axis" x="{LEFT - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(figure(share * top))}</text>"
        )
    return parts


def _days(days: Sequence[tuple[int, str]], across: float) -> list[str]:
    parts = []
    free = 0.0
    for hour, date in days:
        x = LEFT + hour * across
        parts.append(f'<path class="grid" d="M{x:.1f},{TOP:.1f} V{HEIGHT - BOTTOM + 6:.1f}"/>')
        if free <= x < WIDTH - RIGHT - DATE_WIDTH:
            y = HEIGHT - BOTTOM + 18
            parts.append(f'<text class="axis" x="{x + 4:.1f}" y="{y:.1f}">{escape(date)}</text>')
            free = x + DATE_WIDTH
    return parts


def _band(base: Floats, above: Floats, across: float, up: float) -> str:
    return f"M{_steps(above, across, up)} L{_steps(base, across, up, back=True)} Z"


def _steps(values: Floats, across: float, up: float, *, back: bool = False) -> str:
    """A staircase: each hour is flat. Backwards from right to left, to close a band."""
    points = []
    order = range(len(values) - 1, -1, -1) if back else range(len(values))
    for hour in order:
        y = HEIGHT - BOTTOM - float(values[hour]) * up
        ends = (hour + 1, hour) if back else (hour, hour + 1)
        points += [f"{LEFT + end * across:.1f},{y:.1f}" for end in ends]
    return " L".join(points)
