"""Numbers along an axis as bars, stacked bars, a line or points."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import get_language_bidi

from kierto.web.numbers import amount_text, number_text, scale_for
from kierto.web.pictures.palette import SERIES, THEMES, Paint

WIDTH, HEIGHT = 1040.0, 360.0
LEFT, RIGHT, TOP, BOTTOM = 76.0, 16.0, 40.0, 44.0
TICKS = 4
MOST_AXIS_LABELS = 13


def drawing(data: dict[str, Any], name: str, form: str) -> dict[str, Any]:
    """What the template needs to draw, tabulate and hand over to the script.

    Args:
        data: ``{"title", "unit", "x": [...], "series": [{"name", "values": [...]}]}``; a value
            may be ``None`` where nothing is known. ``x_unit`` and ``x_title`` are optional.
            For "points" every series has ``x`` of its own: numbers.
        form: "bar", "stacked", "line" or "points".
    """
    unit = str(data.get("unit", ""))
    labels = [str(x) for x in data.get("x", ())]
    series = [
        {**one, "paint": _paint(i), "values": list(one["values"])}
        for i, one in enumerate(data.get("series", ()))
    ]
    least, most = _bounds(series, form)
    divisor, symbol = scale_for([least, most], unit)
    # Ticks are round in the unit that is written beside them.
    ticks = [tick * divisor for tick in _ticks(least / divisor, most / divisor)]
    scale = _Scale(ticks[0], ticks[-1], len(labels), get_language_bidi())
    return {
        "id": f"k-{name}",
        "form": form,
        "unit": symbol,
        "frame": {"width": round(WIDTH), "height": round(HEIGHT)},
        "grid": [
            {"y": scale.y(tick), "text": number_text(tick / divisor), "is_zero": tick == 0}
            for tick in ticks
        ],
        "axis": _axis(labels, scale),
        "edges": scale.edges,
        "marks": [
            _marks(one, i, series, scale, form, unit, labels) for i, one in enumerate(series)
        ],
        "legend": [{"name": one["name"], "paint": one["paint"]} for one in series],
        "has_legend": len(series) > 1,
        "paints": [one["paint"] for one in series],
        "x_title": data.get("x_title", ""),
        "heads": [one["name"] for one in series],
        "rows": [
            {
                "label": label,
                "cells": [amount_text(_at(one["values"], i), unit) for one in series],
            }
            for i, label in enumerate(labels)
        ],
        "plain": {
            "form": form,
            "unit": symbol,
            "x": labels,
            "xTitle": str(data.get("x_title", "")),
            "series": [
                {
                    "name": str(one["name"]),
                    "colour": one["paint"].colour,
                    "values": [None if v is None else float(v) / divisor for v in one["values"]],
                }
                for one in series
            ],
        },
    }


def _paint(index: int) -> Paint:
    return THEMES[SERIES[index % len(SERIES)]]


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _bounds(series: list[dict[str, Any]], form: str) -> tuple[float, float]:
    known = [float(v) for one in series for v in one["values"] if v is not None]
    if not known:
        return 0.0, 1.0
    if form == "stacked":
        sums = [
            sum(float(v or 0) for v in column)
            for column in zip(*(one["values"] for one in series), strict=False)
        ]
        known += sums
    return min(0.0, *known), max(0.0, *known)


def _ticks(least: float, most: float) -> list[float]:
    """Round numbers that hold all values, zero among them."""
    if least == most:
        return [0.0, 1.0]
    rough = (most - least) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(least / step), math.ceil(most / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


class _Scale:
    """From values to places in the drawing; the first category stands where reading starts."""

    def __init__(self, least: float, most: float, count: int, mirrored: bool) -> None:
        self.least, self.most = least, most
        self.step = (WIDTH - LEFT - RIGHT) / max(count, 1)
        self.mirrored = mirrored

    @property
    def edges(self) -> dict[str, float | str]:
        """Where the grid starts and ends, and where its numbers stand."""
        start, end = LEFT, WIDTH - RIGHT
        if self.mirrored:
            start, end = RIGHT, WIDTH - LEFT
            return {"x0": start, "x1": end, "text_x": end + 10, "anchor": "start"}
        return {"x0": start, "x1": end, "text_x": start - 10, "anchor": "end"}

    def y(self, value: float) -> float:
        share = (value - self.least) / ((self.most - self.least) or 1)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def x(self, index: float) -> float:
        """Middle of a category."""
        x = LEFT + (index + 0.5) * self.step
        return round(WIDTH - x if self.mirrored else x, 1)


def _axis(labels: list[str], scale: _Scale) -> list[dict[str, Any]]:
    every = max(1, math.ceil(len(labels) / MOST_AXIS_LABELS))
    return [
        {"x": scale.x(i), "y": HEIGHT - BOTTOM + 24, "text": label}
        for i, label in enumerate(labels)
        if i % every == 0
    ]


def _marks(
    one: dict[str, Any],
    index: int,
    series: list[dict[str, Any]],
    scale: _Scale,
    form: str,
    unit: str,
    labels: list[str],
) -> dict[str, Any]:
    bars, spots = [], []
    wide = min(scale.step * 0.68, 72)
    for i, value in enumerate(one["values"][: len(labels)]):
        if value is None:
            continue
        number = float(value)
        base = _below(series, index, i) if form == "stacked" else 0.0
        title = f"{labels[i]}: {amount_text(number, unit)}"
        spots.append({"x": scale.x(i), "y": scale.y(number), "title": title})
        share = wide if form == "stacked" else wide / max(len(series), 1)
        shift = 0.0 if form == "stacked" else (index - (len(series) - 1) / 2) * share
        shift = -shift if scale.mirrored else shift
        top, bottom = scale.y(max(base, base + number)), scale.y(min(base, base + number))
        bars.append(
            {
                "x": round(scale.x(i) + shift - share / 2 + 0.5, 1),
                "y": top,
                "width": round(share - 1, 1),
                "height": round(max(bottom - top, 0.5), 1),
                "title": title,
            }
        )
    is_bar = form in {"bar", "stacked"}
    return {
        "name": one["name"],
        "paint": one["paint"],
        "bars": bars if is_bar else [],
        "spots": [] if is_bar else spots,
        "path": "" if is_bar else "M" + "L".join(f"{s['x']} {s['y']}" for s in spots),
    }


def _below(series: list[dict[str, Any]], index: int, i: int) -> float:
    return sum(float(_at(one["values"], i) or 0) for one in series[:index])
