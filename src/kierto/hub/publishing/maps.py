"""GeoJSON (RFC 7946) piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from kierto.hub.publishing.about import About
from kierto.hub.publishing.places import LATITUDE, LONGITUDE

PIECE: Final = 64 * 1024

Shape = dict[str, Any]
_KINDS: Final = frozenset(
    {
        *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
        "GeometryCollection",
    }
)


def write_geojson(
    shapes: Iterable[tuple[dict[str, Any], Shape | None]], said: About
) -> Iterator[bytes]:
    """Pieces of a FeatureCollection; what has no place is a feature without geometry."""
    members = b"".join(
        orjson.dumps(name) + b":" + orjson.dumps(text) + b"," for name, text in said.facts.items()
    )
    piece = bytearray(b'{"type":"FeatureCollection",' + members + b'"features":[')
    between = b"\n"
    for row, geometry in shapes:
        piece += between + orjson.dumps(feature(row, geometry))
        between = b",\n"
        if len(piece) > PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece + b"\n]}\n")


def feature(row: dict[str, Any], geometry: Shape | None) -> dict[str, Any]:
    """One feature; its place is its geometry and no property."""
    properties = {
        name: value
        for name, value in row.items()
        if value is not None and name not in {LATITUDE.name, LONGITUDE.name}
    }
    found = {
        "type": "Feature",
        "geometry": None if geometry is None else _right_handed(geometry),
        "properties": properties,
    }
    return {**found, "id": row["id"]} if "id" in row else found


def _right_handed(shape: Shape) -> Shape | None:
    """Rings around areas turn to the left, those around holes to the right (clause 3.1.6)."""
    kind = shape.get("type")
    coordinates: Any = shape.get("coordinates")
    if kind not in _KINDS:
        return None
    if kind == "GeometryCollection":
        parts = [_right_handed(part) for part in shape.get("geometries", ())]
        return {"type": kind, "geometries": [part for part in parts if part is not None]}
    if kind == "Polygon":
        coordinates = _turned(coordinates)
    elif kind == "MultiPolygon":
        coordinates = [_turned(rings) for rings in coordinates]
    return {"type": kind, "coordinates": coordinates}


def _turned(rings: list[Any]) -> list[Any]:
    return [
        ring if (_area(ring) >= 0) == (number == 0) else ring[::-1]
        for number, ring in enumerate(rings)
    ]


def _area(ring: list[Any]) -> float:
    """Twice the area, above nought where the ring turns to the left."""
    return math.fsum(
        one[0] * other[1] - other[0] * one[1]
        for one, other in zip(ring, ring[1:] + ring[:1], strict=True)
    )
