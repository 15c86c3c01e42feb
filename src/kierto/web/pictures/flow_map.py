"""A map without a map server: the district's outline, its places, and what flows between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from kierto.core.geography import Point, rings_of
from kierto.core.svg_map import Arrow, MapFlow, MapPlace, PlacedPoint, lay_out_map
from kierto.web.numbers import amount_text
from kierto.web.pictures.palette import paint_of, paints_for

WIDTH, TALLEST = 1040.0, 620.0
WIDEST = 14.0
MOST_LABELS = 18
LABEL_CHARACTERS = 26


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
    weight = _weights(lines)
    picture = lay_out_map(
        _places(points, weight),
        _flows(lines),
        width=WIDTH,
        tallest=TALLEST,
        widest=WIDEST,
        outline=list(rings_of(data.get("area"))),
    )
    drawn = {int(arrow.flow.key): arrow for arrow in picture.arrows}
    rows = [_line(line, points, drawn.get(number)) for number, line in enumerate(lines)]
    labelled = {one.place.id: one.place.label for one in picture.points if one.label_at}
    return {
        "outline": " ".join(picture.outline),
        "points": [_point(one, points, weight) for one in picture.points],
        "lines": sorted((row for row in rows if row["path"]), key=lambda row: -row["width"]),
        "rows": sorted(rows, key=lambda row: (row["unit"], -row["value"])),
        "paints": paints_for([row["theme"] for row in rows]),
        "frame": {"width": round(WIDTH), "height": round(picture.height)},
        "id": f"k-{name}",
        "plain": _plain(points, rows, data.get("area"), labelled),
    }


def _weights(lines: Sequence[dict[str, Any]]) -> Counter[str]:
    """How many lines touch each point."""
    return Counter(str(line[end]) for line in lines for end in ("from", "to"))


def _places(points: dict[str, dict[str, Any]], weight: Counter[str]) -> list[MapPlace]:
    """All points; the busiest ask for a label."""
    ranked = sorted(points, key=lambda key: (-weight[key], key))
    named = set(ranked[:MOST_LABELS])
    return [
        MapPlace(
            key,
            Point(float(point["lat"]), float(point["lon"])),
            _shortened(str(point.get("label", key))) if key in named else "",
            weight[key],
        )
        for key, point in points.items()
    ]


def _shortened(label: str) -> str:
    if len(label) <= LABEL_CHARACTERS:
        return label
    return label[: LABEL_CHARACTERS - 1].rstrip() + "…"


def _flows(lines: Sequence[dict[str, Any]]) -> list[MapFlow]:
    """Each as a share of the largest of its unit, so that kilograms and kilowatt-hours both show."""
    largest: dict[str, float] = defaultdict(float)
    for line in lines:
        unit = str(line.get("unit", ""))
        largest[unit] = max(largest[unit], float(line["quantity"]))
    return [
        MapFlow(
            str(line["from"]),
            str(line["to"]),
            float(line["quantity"]) / (largest[str(line.get("unit", ""))] or 1.0),
            key=str(number),
        )
        for number, line in enumerate(lines)
    ]


def _line(
    line: dict[str, Any], points: dict[str, dict[str, Any]], arrow: Arrow | None
) -> dict[str, Any]:
    source, target = str(line["from"]), str(line["to"])
    value = float(line["quantity"])
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
        "path": arrow.path if arrow else "",
        "head": arrow.head if arrow else "",
        "width": max(arrow.width, 1.8) if arrow else 1.8,
        "paint": paint_of(line.get("theme")),
    }


def _point(
    placed: PlacedPoint, points: dict[str, dict[str, Any]], weight: Counter[str]
) -> dict[str, Any]:
    key = placed.place.id
    x, y = placed.label_at or (placed.x, placed.y)
    return {
        "id": key,
        "label": points[key].get("label", key),
        "href": points[key].get("href", ""),
        "short": placed.place.label if placed.label_at else "",
        "x": placed.x,
        "y": placed.y,
        "r": 6 if weight[key] else 3.5,
        "quiet": not weight[key],
        "text_x": x,
        "text_y": y,
        "anchor": placed.anchor,
    }


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
