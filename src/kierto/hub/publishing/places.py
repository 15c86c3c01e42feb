"""Where a row lies: columns for tables, a geometry of RFC 7946 for maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kierto.hub.publishing.columns import NUMBER, Column

LATITUDE: Final = Column("latitude", NUMBER, "DD", "http://www.w3.org/2003/01/geo/wgs84_pos#lat")
LONGITUDE: Final = Column("longitude", NUMBER, "DD", "http://www.w3.org/2003/01/geo/wgs84_pos#long")
PLACED: Final = (LATITUDE, LONGITUDE)
"""Degrees (code DD of UN/CEFACT recommendation 20), WGS 84. Of a line or an area: the middle of
its box."""


def point_of(geometry: dict[str, Any] | None) -> tuple[float, float] | None:
    """Longitude and latitude of a point; of any other geometry, the middle of its box."""
    if not isinstance(geometry, dict):
        return None
    pairs = list(_pairs(geometry.get("coordinates")))
    if not pairs:
        return None
    if len(pairs) == 1:
        return pairs[0]
    longitudes, latitudes = zip(*pairs, strict=True)
    middle = ((min(axis) + max(axis)) / 2 for axis in (longitudes, latitudes))
    longitude, latitude = (round(number, 7) for number in middle)
    return longitude, latitude


def placed(point: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """Latitude and longitude, as the columns stand."""
    return (None, None) if point is None else (point[1], point[0])


def _pairs(coordinates: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list) or not coordinates:
        return
    if isinstance(coordinates[0], (int, float)):
        if len(coordinates) >= 2:
            yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _pairs(part)
