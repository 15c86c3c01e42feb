"""Distances on the sphere, and which area a point lies in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

ROAD_FACTOR = 1.3
"""Road distance over straight distance; 1.2–1.4 in European cities (Ballou et al. 2002,
Transportation Research Part A 36, 843–848). A district can set its own."""


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"no such place on Earth: {self.latitude}, {self.longitude}")


def great_circle_km(a: Point, b: Point) -> float:
    """Great-circle distance in kilometres (haversine)."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def road_km(a: Point, b: Point, factor: float = ROAD_FACTOR) -> float:
    """Estimated road distance in kilometres: great circle times a detour factor."""
    return great_circle_km(a, b) * factor


def area_contains(geometry: dict[str, Any], point: Point) -> bool:
    """Whether a GeoJSON Polygon or MultiPolygon holds the point (even–odd rule, planar)."""
    match geometry.get("type"):
        case "Polygon":
            polygons = [geometry["coordinates"]]
        case "MultiPolygon":
            polygons = geometry["coordinates"]
        case other:
            raise ValueError(f"an area is a Polygon or a MultiPolygon, not {other!r}")
    return any(_rings_contain(rings, point) for rings in polygons)


def rings_of(geometry: dict[str, Any] | None) -> list[list[Point]]:
    """The rings of a GeoJSON Polygon or MultiPolygon, to be drawn; of anything else none."""
    match (geometry or {}).get("type"):
        case "Polygon":
            polygons = [(geometry or {})["coordinates"]]
        case "MultiPolygon":
            polygons = (geometry or {})["coordinates"]
        case _:
            polygons = []
    return [
        [Point(position[1], position[0]) for position in ring]
        for polygon in polygons
        for ring in polygon
    ]


def _rings_contain(rings: Sequence[Sequence[Sequence[float]]], point: Point) -> bool:
    inside = False
    for ring in rings:
        for (x1, y1, *_), (x2, y2, *_) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > point.latitude) != (y2 > point.latitude):
                crossing = (x2 - x1) * (point.latitude - y1) / (y2 - y1) + x1
                if point.longitude < crossing:
                    inside = not inside
    return inside
