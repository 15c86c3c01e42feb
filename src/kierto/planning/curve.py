"""The Pareto picture of a sweep: where each point and each line goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 1040.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 96.0, 40.0, 28.0, 64.0
TICKS = 4
MARGIN = 0.12
"""Free space around the points, as a share of their spread."""


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[dict[str, float]]:
        """Evenly spaced values with their coordinates."""
        step = (self.high - self.low) / TICKS
        values = [self.low + step * number for number in range(TICKS + 1)]
        return [{"value": value, "at": self.at(value)} for value in values]


def pareto_drawing(points: list[dict[str, Any]]) -> dict[str, Any]:
    """Cost (euros a week, upwards) against emissions (kg CO2e a week, to the right).

    Plans that are the same at several carbon prices share one mark, labelled with the range of
    prices.
    """
    marks = _marks(points)
    x = _axis([mark["emissions"] for mark in marks], LEFT, WIDTH - RIGHT)
    y = _axis([mark["cost"] for mark in marks], HEIGHT - BOTTOM, TOP)
    for mark in marks:
        mark["x"], mark["y"] = x.at(mark["emissions"]), y.at(mark["cost"])
        # The line falls from left to right: above it at the left, below it at the right is free.
        at_end = mark["x"] > (WIDTH + LEFT) / 2
        mark["label_anchor"] = "end" if at_end else "start"
        mark["label_x"] = mark["x"] + (-12 if at_end else 12)
        mark["label_dy"] = 22 if at_end else -10
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "marks": marks,
        "line": " ".join(f"{mark['x']},{mark['y']}" for mark in marks),
        "x_ticks": x.ticks(),
        "y_ticks": y.ticks(),
    }


def _marks(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    marks: list[dict[str, Any]] = []
    for point in points:
        last = marks[-1] if marks else None
        if last and _same(last, point):
            last["highest_price"] = point["carbon_price"]
        else:
            mark = {name: point[name] for name in ("cost", "emissions")}
            price = point["carbon_price"]
            marks.append({**mark, "lowest_price": price, "highest_price": price})
    return marks


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal but for rounding, as seen on a picture."""
    return all(
        abs(one[name] - other[name]) <= 1e-6 * max(abs(one[name]), abs(other[name]), 1.0)
        for name in ("cost", "emissions")
    )


def _axis(values: list[float], start: float, end: float) -> _Axis:
    low, high = min(values, default=0.0), max(values, default=1.0)
    spread = (high - low) or max(abs(high), 1.0)
    return _Axis(low - MARGIN * spread, high + MARGIN * spread, start, end)
