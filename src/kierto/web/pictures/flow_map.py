"""A map without a map server: the district's outline, its places, and what flows between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kierto.web.numbers import amount_text
from kierto.web.pictures.palette import paint_of, paints_for

WIDTH = 1040.0
HEIGHT = 600.0
MARGIN = 56.0
NARROWEST, WIDEST = 1.8, 14.0
MOST_LABELS = 14
LABEL_CHARACTERS = 26

Place = tuple[float, float]
Projection = Callable[[float, float], Place]


def drawing(data: dict[str, Any], name: str) -> dict[str, Any]:
    """What the template needs: outline, points, lines, frame, rows of the table, and plain data.

    Args:
        data: ``{"points": [{"id", "label", "lat", "lon", "kind", "href"}], "lines": [{"from",
            "to", "label", "quantity", "unit", "theme", "href"}], "area": GeoJSON or None}``.
            Widths are drawn to scale among lines of the same unit.
        name: unique on the page; ids and highlights build on it.
    """
    points = {str(point["id"]): point for point in data.get("points", ())}
    lines = [
        line
        for line in data.get("lines", ())
        if str(line["from"]) in points and str(line["to"]) in points
    ]
    rings = list(_rings(data.get("area")))
    project = _projection([(float(p["lat"]), float(p["lon"])) for p in points.values()], rings)
    at = {key: project(float(p["lat"]), float(p["lon"])) for key, p in points.items()}
    widths = _widths(lines)
    drawn = [_line(line, points, at, width) for line, width in zip(lines, widths, strict=True)]
    labelled = _labelled(points, at, _weights(lines))
    return {
        "outline": " ".join(_ring_path(ring, project) for ring in rings),
        "points": _points(points, at, _weights(lines), labelled),
        "lines": sorted(drawn, key=lambda line: -line["width"]),
        "rows": sorted(drawn, key=lambda line: (line["unit"], -line["value"])),
        "paints": paints_for([line["theme"] for line in drawn]),
        "frame": {"width": round(WIDTH), "height": round(HEIGHT)},
        "id": f"k-{name}",
        "plain": _plain(points, drawn, data.get("area"), labelled),
    }


def _rings(area: dict[str, Any] | None) -> Iterable[list[Sequence[float]]]:
    match (area or {}).get("type"):
        case "Polygon":
            yield from (area or {})["coordinates"]
        case "MultiPolygon":
            for polygon in (area or {})["coordinates"]:
                yield from polygon


def _projection(places: list[Place], rings: list[list[Sequence[float]]]) -> Projection:
    """Equirectangular around the middle: true to scale within a city."""
    seen = places + [(position[1], position[0]) for ring in rings for position in ring]
    if not seen:
        seen = [(0.0, 0.0)]
    south, north = min(lat for lat, _lon in seen), max(lat for lat, _lon in seen)
    west, east = min(lon for _lat, lon in seen), max(lon for _lat, lon in seen)
    stretch = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * stretch, 1e-4), max(north - south, 1e-4)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left = (WIDTH - wide * scale) / 2
    top = (HEIGHT - high * scale) / 2

    def project(lat: float, lon: float) -> Place:
        return (
            round(left + (lon - west) * stretch * scale, 1),
            round(top + (north - lat) * scale, 1),
        )

    return project


def _ring_path(ring: list[Sequence[float]], project: Projection) -> str:
    spots = [project(position[1], position[0]) for position in ring]
    return "M" + "L".join(f"{x} {y}" for x, y in spots) + "Z"


def _widths(lines: list[dict[str, Any]]) -> list[float]:
    largest: dict[str, float] = defaultdict(float)
    for line in lines:
        unit = str(line.get("unit", ""))
        largest[unit] = max(largest[unit], float(line["quantity"]))
    return [
        max(WIDEST * float(line["quantity"]) / (largest[str(line.get("unit", ""))] or 1), NARROWEST)
        for line in lines
    ]


def _weights(lines: list[dict[str, Any]]) -> dict[str, int]:
    touched: dict[str, int] = defaultdict(int)
    for line in lines:
        touched[str(line["from"])] += 1
        touched[str(line["to"])] += 1
    return touched


def _line(
    line: dict[str, Any], points: dict[str, dict[str, Any]], at: dict[str, Place], width: float
) -> dict[str, Any]:
    source, target = str(line["from"]), str(line["to"])
    value = float(line["quantity"])
    path, head = _arrow(at[source], at[target], width)
    return {
        "item": str(line.get("item") or f"{source}>{target}"),
        "from": source,
        "to": target,
        "source": points[source].get("label", source),
        "target": points[target].get("label", target),
        "source_href": points[source].get("href", ""),
        "target_href": points[target].get("href", ""),
        "label": line.get("label", ""),
        "href": line.get("href", ""),
        "theme": line.get("theme", ""),
        "value": value,
        "unit": str(line.get("unit", "")),
        "text": amount_text(value, line.get("unit", "")),
        "path": path,
        "head": head,
        "width": round(width, 1),
        "paint": paint_of(line.get("theme")),
    }


def _arrow(start: Place, end: Place, width: float) -> tuple[str, str]:
    """A bow to the right of its direction, so that there and back lie apart, with its head."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length < 1:
        x, y = start
        loop = f"M{x} {y}c-26 -34 26 -34 0 0"
        return loop, f"{x - 5},{y - 12} {x},{y - 3} {x + 5},{y - 12}"
    bow = min(length * 0.16, 60)
    middle = (
        (start[0] + end[0]) / 2 - dy / length * bow,
        (start[1] + end[1]) / 2 + dx / length * bow,
    )
    back = math.atan2(end[1] - middle[1], end[0] - middle[0])
    size = 5 + width * 0.9
    tip = (end[0] - 6 * math.cos(back), end[1] - 6 * math.sin(back))
    stop = (tip[0] - size * 0.8 * math.cos(back), tip[1] - size * 0.8 * math.sin(back))
    corners = [tip] + [
        (tip[0] - size * math.cos(back + turn), tip[1] - size * math.sin(back + turn))
        for turn in (0.5, -0.5)
    ]
    path = f"M{start[0]} {start[1]}Q{middle[0]:.1f} {middle[1]:.1f} {stop[0]:.1f} {stop[1]:.1f}"
    return path, " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _points(
    points: dict[str, dict[str, Any]],
    at: dict[str, Place],
    weight: dict[str, int],
    labelled: dict[str, str],
) -> list[dict[str, Any]]:
    return [
        {
            "id": key,
            "label": point.get("label", key),
            "short": labelled.get(key, ""),
            "href": point.get("href", ""),
            "kind": point.get("kind", ""),
            "x": at[key][0],
            "y": at[key][1],
            "r": 6 if weight.get(key) else 3.5,
            "quiet": not weight.get(key),
            "at_end": at[key][0] > WIDTH * 0.72,
            "text_x": at[key][0] + (-11 if at[key][0] > WIDTH * 0.72 else 11),
            "text_y": at[key][1] + 4.5,
        }
        for key, point in points.items()
    ]


def _labelled(
    points: dict[str, dict[str, Any]], at: dict[str, Place], weight: dict[str, int]
) -> dict[str, str]:
    """Names for the busiest points that have room for one."""
    shown: dict[str, str] = {}
    boxes: list[tuple[float, float, float, float]] = []
    for key in sorted(points, key=lambda key: -weight.get(key, 0)):
        label = str(points[key].get("label", key))
        text = label if len(label) <= LABEL_CHARACTERS else label[: LABEL_CHARACTERS - 1] + "…"
        x, y = at[key]
        wide = 8 + 7.2 * len(text)
        left = x - 11 - wide if x > WIDTH * 0.72 else x + 5
        box = (left, y - 11, left + wide + 6, y + 11)
        if all(_apart(box, other) for other in boxes):
            boxes.append(box)
            shown[key] = text
        if len(shown) >= MOST_LABELS:
            break
    return shown


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def _plain(
    points: dict[str, dict[str, Any]],
    lines: list[dict[str, Any]],
    area: dict[str, Any] | None,
    labelled: dict[str, str],
) -> dict[str, Any]:
    """The same for the script: nothing in it that the page does not show."""
    weight = _weights(lines)
    return {
        "area": area,
        "points": [
            {
                "id": key,
                "label": str(point.get("label", key)),
                "short": labelled.get(key, ""),
                "weight": weight.get(key, 0),
                "lat": float(point["lat"]),
                "lon": float(point["lon"]),
                "href": str(point.get("href", "")),
            }
            for key, point in points.items()
        ],
        "lines": [
            {
                "item": line["item"],
                "from": line["from"],
                "to": line["to"],
                "label": " · ".join(filter(None, [str(line["label"]), line["text"]])),
                "title": f"{line['source']} → {line['target']}",
                "href": str(line["href"]),
                "width": line["width"],
                "colour": line["paint"].colour,
            }
            for line in lines
        ],
    }
