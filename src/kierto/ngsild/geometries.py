"""GeoJSON geometries as NGSI-LD allows them (RFC 7946; clauses 4.6.3 and 4.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from kierto.ngsild import limits
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import GEOMETRIES

_FAR: Final = 1e12
"""No altitude is beyond this, and neither is a number that is none."""


def is_geometry(value: object) -> bool:
    """Whether an object says it is a geometry NGSI-LD allows (its coordinates unread)."""
    if not isinstance(value, dict) or "coordinates" not in value:
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in GEOMETRIES


def read_geometry(value: object, path: str) -> dict[str, Any]:
    """A geometry, checked; a string that holds one is read (clause 4.7.2).

    Raises:
        BadRequestData: it is none; ``path`` names the member.
    """
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise BadRequestData(f"{path} is a GeoJSON geometry, not other text.") from error
    if not isinstance(value, dict):
        raise BadRequestData(f"{path} is a GeoJSON geometry, that is an object.")
    kind = value.get("type")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise BadRequestData(
            f"{path}.type is Point, MultiPoint, LineString, MultiLineString, Polygon or "
            "MultiPolygon."
        )
    check(value.get("coordinates"), f"{path}.coordinates")
    return value


def _position(value: object, path: str) -> None:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise BadRequestData(f"{path}: a position is [longitude, latitude] or with an altitude.")
    for number in value:
        if type(number) not in {int, float} or not -_FAR < number < _FAR:
            raise BadRequestData(f"{path}: a position is made of numbers.")
    if not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        raise BadRequestData(
            f"{path}: longitude is between -180 and 180, latitude between -90 and 90 degrees."
        )


def _each(check: Callable[[object, str], None], least: int) -> Callable[[object, str], None]:
    def checked(value: object, path: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= limits.POSITIONS:
            raise BadRequestData(f"{path} is an array of {least} or more.")
        for part in value:
            check(part, path)

    return checked


_line = _each(_position, 2)


def _ring(value: object, path: str) -> None:
    _line(value, path)
    if not isinstance(value, list) or len(value) < 4 or value[0] != value[-1]:
        raise BadRequestData(f"{path}: a ring has four positions or more and ends where it starts.")


_CHECKS: dict[str, Callable[[object, str], None]] = {
    "Point": _position,
    "MultiPoint": _each(_position, 0),
    "LineString": _line,
    "MultiLineString": _each(_line, 0),
    "Polygon": _each(_ring, 1),
    "MultiPolygon": _each(_each(_ring, 1), 0),
}
