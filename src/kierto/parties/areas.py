"""Areas as GeoJSON (RFC 7946): what is taken, what is refused and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.parties.errors import BadArea

SMALLEST_RING = 4
"""Positions of the smallest closed ring: three corners and the first again."""

Ring = list[list[float]]


def checked_area(given: Mapping[str, Any]) -> dict[str, Any]:
    """A Polygon or MultiPolygon with closed rings, two numbers a position.

    A Feature or FeatureCollection gives the polygons of its geometries.

    Raises:
        BadArea: with the first problem found.
    """
    polygons = [[_ring(ring) for ring in rings] for rings in _polygons(given)]
    if not polygons:
        raise BadArea(problem=_("There is no polygon in it."))
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def bounds(area: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east and north of a checked area, in degrees."""
    positions = [position for rings in _polygons(area) for ring in rings for position in ring]
    longitudes = [position[0] for position in positions]
    latitudes = [position[1] for position in positions]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _polygons(given: object) -> list[Any]:
    """The lists of rings in any GeoJSON object."""
    if not isinstance(given, Mapping):
        raise BadArea(problem=_("It is not a GeoJSON object."))
    match given.get("type"):
        case "Polygon":
            return [_list(given.get("coordinates"))]
        case "MultiPolygon":
            return _list(given.get("coordinates"))
        case "Feature":
            return _polygons(given.get("geometry"))
        case "FeatureCollection":
            return [rings for part in _list(given.get("features")) for rings in _polygons(part)]
        case other:
            raise BadArea(problem=_("Its type is “%(type)s”.") % {"type": other})


def _list(given: object) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise BadArea(problem=_("A list is missing or empty."))
    return given


def _ring(given: object) -> Ring:
    if not isinstance(given, list):
        raise BadArea(problem=_("A ring is not a list of positions."))
    ring = [_position(position) for position in given]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < SMALLEST_RING:
        raise BadArea(problem=_("A ring has fewer than three corners."))
    return ring


def _position(given: object) -> list[float]:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < 2:
        raise BadArea(problem=_("A position is not a pair of longitude and latitude."))
    longitude, latitude = given[0], given[1]
    for number, limit in ((longitude, 180), (latitude, 90)):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadArea(problem=_("A position holds something else than numbers."))
        if not -limit <= number <= limit:
            raise BadArea(
                problem=_("%(number)s degrees are not on Earth; longitude comes first.")
                % {"number": number}
            )
    return [float(longitude), float(latitude)]
