"""A picture of lines on logarithmic axes, as SVG that reads without colour and without sight.

Every line has its own mark and its name at its end; the picture has a title and a description;
whoever shows it puts the table beside it. Colours hold 3 : 1 against white.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 900, 520
LEFT, RIGHT, TOP, BOTTOM = 84, 190, 56, 60
COLOURS = ("#00504a", "#b3261e", "#0b57a4", "#8a4b00", "#6b2fa0", "#3d6b00", "#a3006b", "#444444")
LINE_HEIGHT = 17
STEPS = (1.0, 3.0, 10.0)


def log_log_picture(
    lines: Mapping[str, Points], *, title: str, description: str, across: str, up: str
) -> str:
    """The SVG text. ``lines`` maps a name to its points (both numbers positive); ``across`` and
    ``up`` name the axes. Lines without points are left out.

    Raises:
        ValueError: there is no point at all.
    """
    drawn = {name: sorted(points) for name, points in lines.items() if points}
    if not drawn:
        raise ValueError("There is nothing to draw: no line has a point.")
    frame = _Frame([point for points in drawn.values() for point in points])
    labels = _spread({name: frame.y(points[-1][1]) for name, points in drawn.items()})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" '
        'font-size="14">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(description)}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="600" fill="#111111">'
        f"{escape(title)}</text>",
        *_grid(frame, across, up),
    ]
    for number, (name, points) in enumerate(drawn.items()):
        parts.extend(_line(frame, number, name, points, labels[name]))
    return "\n".join([*parts, "</svg>", ""])


class _Frame:
    """Whole decades or their thirds around all points."""

    def __init__(self, points: Points) -> None:
        self.across = _range([x for x, _ in points])
        self.up = _range([y for _, y in points])

    def x(self, value: float) -> float:
        return LEFT + _share(value, self.across) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - _share(value, self.up) * (HEIGHT - TOP - BOTTOM)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The nearest 1, 3, 10, 30 … outside of all values."""
    low, high = _step_below(min(values)), _step_above(max(values))
    return (low, high) if high > low else (low / 3, high * 3)


def _step_below(value: float) -> float:
    decade, lead = _decade(value)
    return max(step for step in STEPS if step <= lead * (1 + 1e-9)) * decade


def _step_above(value: float) -> float:
    decade, lead = _decade(value)
    return min(step for step in STEPS if step >= lead * (1 - 1e-9)) * decade


def _decade(value: float) -> tuple[float, float]:
    """The power of ten at or below a value, and how many times it goes into it (1 to 10)."""
    decade = 10.0 ** math.floor(math.log10(value) + 1e-12)
    return decade, value / decade


def _share(value: float, ends: tuple[float, float]) -> float:
    return math.log(value / ends[0]) / math.log(ends[1] / ends[0])


def _ticks(ends: tuple[float, float]) -> list[float]:
    first, last = math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1]))
    steps = [lead * 10.0**decade for decade in range(first, last + 1) for lead in (1, 3)]
    return [step for step in steps if ends[0] * 0.999 <= step <= ends[1] * 1.001]


def _grid(frame: _Frame, across: str, up: str) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for tick in _ticks(frame.across):
        x = f"{frame.x(tick):.1f}"
        parts.append(f'<path d="M{x} {TOP}V{bottom}" stroke="#d5d9d8"/>')
        parts.append(
            f'<text x="{x}" y="{bottom + 20}" text-anchor="middle" fill="#333333">'
            f"{_number(tick)}</text>"
        )
    for tick in _ticks(frame.up):
        y = frame.y(tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#d5d9d8"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end" fill="#333333">'
            f"{_number(tick)}</text>"
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle" fill="#111111">'
        f"{escape(across)}</text>"
    )
    parts.append(
        f'<text transform="translate(20 {(TOP + bottom) / 2}) rotate(-90)" '
        f'text-anchor="middle" fill="#111111">{escape(up)}</text>'
    )
    return parts


def _line(frame: _Frame, number: int, name: str, points: Points, label_y: float) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    spots = [(frame.x(x), frame.y(y)) for x, y in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    dash = "" if number < len(COLOURS) else ' stroke-dasharray="5 4"'
    last_x, last_y = spots[-1]
    edge = WIDTH - RIGHT + 12
    return [
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.2"{dash}/>',
        *(_mark(number, x, y, colour) for x, y in spots),
        f'<path d="M{last_x + 6:.1f} {last_y:.1f}L{edge} {label_y:.1f}" stroke="{colour}" '
        'stroke-width="0.8" stroke-dasharray="2 3"/>',
        f'<text x="{edge + 5}" y="{label_y + 5:.1f}" fill="{colour}">{escape(name)}</text>',
    ]


def _mark(number: int, x: float, y: float, colour: str) -> str:
    """A shape of its own for each line: disc, square, two triangles, diamond, and their rings."""
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"',
        f'<rect x="{x - 4.2:.1f}" y="{y - 4.2:.1f}" width="8.4" height="8.4"',
        f'<path d="M{x:.1f} {y - 5.5:.1f}l5 9h-10z"',
        f'<path d="M{x:.1f} {y + 5.5:.1f}l5 -9h-10z"',
        f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"',
    )
    fill = colour if number < len(shapes) else "#ffffff"
    return f'{shapes[number % len(shapes)]} fill="{fill}" stroke="{colour}" stroke-width="1.6"/>'


def _spread(wanted: Mapping[str, float]) -> dict[str, float]:
    """Labels as near to their wished heights as they go without touching."""
    placed: dict[str, float] = {}
    floor = TOP + LINE_HEIGHT / 2
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        placed[name] = floor = max(y, floor)
        floor += LINE_HEIGHT
    over = floor - LINE_HEIGHT - (HEIGHT - BOTTOM)
    ceiling = float(HEIGHT - BOTTOM)
    if over > 0:
        for name, y in sorted(placed.items(), key=lambda item: -item[1]):
            placed[name] = ceiling = min(y, ceiling)
            ceiling -= LINE_HEIGHT
    return placed


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:g}"
