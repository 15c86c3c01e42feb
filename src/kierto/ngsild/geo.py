"""Queries by place (clause 4.10): judging with GEOS, distances in metres on the sphere."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from kierto.ngsild import sphere
from kierto.ngsild.errors import BadRequestData, TooComplexQuery
from kierto.ngsild.geometries import read_geometry

Document = dict[str, Any]
Bounds = tuple[float, float, float, float]

WORLD: Final[Bounds] = (-180.0, -90.0, 180.0, 90.0)
POSITIONS: Final = 20_000
"""Corners of a reference geometry, in all its parts together."""

NEAR_POSITIONS: Final = 2_000
"""Corners where a distance is measured from all of them."""

LENGTH: Final = 2_000_000
"""Characters of ``coordinates``."""

RELATIONS: Final = frozenset({"within", "contains", "overlaps", "intersects", "equals", "disjoint"})
_NEAR = re.compile(
    r"near;(maxDistance|minDistance)==((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
)


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """What an entity's geometry must be to a reference geometry.

    Attributes:
        georel: ``near``, ``within``, ``contains``, ``overlaps``, ``intersects``, ``equals`` or
            ``disjoint``.
        geometry: the reference, as GeoJSON.
        geoproperty: IRI of the attribute that is looked at.
        max_distance: of ``near``, metres.
        min_distance: of ``near``, metres.
        shape: the reference for GEOS, made valid where it crosses itself.
    """

    georel: str
    geometry: dict[str, Any] = field(hash=False)
    geoproperty: str
    max_distance: float | None = None
    min_distance: float | None = None
    shape: BaseGeometry = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shape = shape_of(self.geometry)
        if shape is None:
            raise BadRequestData("coordinates: the geometry is empty.")
        shapely.prepare(shape)
        object.__setattr__(self, "shape", shape)


def parse_geo(georel: Any, geometry: Any, coordinates: Any, geoproperty: str) -> GeoQuery:
    """Read the parameters of a geoquery.

    Args:
        georel: for example ``near;maxDistance==2000``.
        geometry: a type of GeoJSON.
        coordinates: an array, or its JSON text.
        geoproperty: expanded name of the attribute.

    Raises:
        BadRequestData: one is missing or means nothing.
        TooComplexQuery: the reference has too many corners.
    """
    relation, furthest, nearest = _read_georel(georel)
    if not isinstance(geometry, str) or not geometry:
        raise BadRequestData("geometry names the type of the reference geometry, such as Point.")
    reference = read_reference(geometry, coordinates)
    if relation == "near" and _corners(reference["coordinates"]) > NEAR_POSITIONS:
        raise TooComplexQuery(
            f"coordinates: near measures from {NEAR_POSITIONS} positions at most."
        )
    return GeoQuery(relation, reference, geoproperty, furthest, nearest)


def read_reference(geometry: str, coordinates: Any, what: str = "coordinates") -> dict[str, Any]:
    """A reference geometry as GeoJSON.

    Raises:
        BadRequestData: it is none; ``what`` names the parameter.
        TooComplexQuery: it has too many corners.
    """
    if isinstance(coordinates, (str, bytes)):
        if len(coordinates) > LENGTH:
            raise TooComplexQuery(f"{what} is longer than {LENGTH} characters.")
        try:
            coordinates = orjson.loads(coordinates)
        except orjson.JSONDecodeError as error:
            raise BadRequestData(f"{what} is a JSON array such as [24.94, 60.17].") from error
    if not isinstance(coordinates, list):
        raise BadRequestData(f"{what} is an array such as [24.94, 60.17].")
    if _corners(coordinates) > POSITIONS:
        raise TooComplexQuery(f"{what} has more than {POSITIONS} positions.")
    return read_geometry({"type": geometry, "coordinates": coordinates}, what)


def _read_georel(georel: Any) -> tuple[str, float | None, float | None]:
    if isinstance(georel, str):
        if georel in RELATIONS:
            return georel, None, None
        found = _NEAR.fullmatch(georel)
        metres = float(found[2]) if found is not None else 0.0
        if found is not None and 0 < metres < math.inf:
            return ("near", metres, None) if found[1] == "maxDistance" else ("near", None, metres)
    raise BadRequestData(
        "georel is within, contains, overlaps, intersects, equals, disjoint, or near with one "
        "distance above 0 in metres, such as near;maxDistance==2000."
    )


def _corners(coordinates: Any) -> int:
    """Positions in an array; every array of something else than arrays counts as one."""
    count, waiting = 0, [coordinates]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            inner = [one for one in part if isinstance(one, list)]
            waiting.extend(inner)
            count += not inner
    return count


# ------------------------------------------------------------------ shapes


def shape_of(geometry: Any) -> BaseGeometry | None:
    """A GeoJSON geometry for GEOS; None where there is nothing to see.

    What crosses itself is mended, so that a badly drawn outline is found where it stands.
    """
    if not isinstance(geometry, dict):
        return None
    try:
        if geometry.get("type") == "Point":
            longitude, latitude, *_ = geometry["coordinates"]
            return shapely.Point(longitude, latitude)
        return _shape_of_text(orjson.dumps(geometry))
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError):
        return None


@lru_cache(maxsize=512)
def _shape_of_text(text: bytes) -> BaseGeometry | None:
    shape = shapely.force_2d(shapely.from_geojson(text))
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    return None if shape.is_empty else shape


# ----------------------------------------------------------------- judging


def matches(query: GeoQuery, document: Document) -> bool:
    """Whether one instance of the attribute stands as asked; false where there is none."""
    for instance in document["attributes"].get(query.geoproperty, ()):
        if instance["type"] == "GeoProperty" and fits(query, instance["value"]):
            return True
    return False


def fits(query: GeoQuery, geometry: Any) -> bool:
    """Whether one GeoJSON geometry stands as asked."""
    shape = shape_of(geometry)
    if shape is None:
        return False
    if query.georel == "near":
        metres = sphere.distance(shape, query.shape)
        if query.max_distance is not None:
            return metres <= query.max_distance
        return query.min_distance is not None and metres > query.min_distance
    try:
        return bool(_JUDGES[query.georel](query.shape, shape))
    except ShapelyError:
        return False


# The prepared geometry comes first: it is the one that is asked again and again.
_JUDGES: Final = {
    "within": lambda reference, target: reference.contains(target),
    "contains": lambda reference, target: reference.within(target),
    "overlaps": lambda reference, target: reference.overlaps(target),
    "intersects": lambda reference, target: reference.intersects(target),
    "equals": lambda reference, target: reference.equals(target),
    "disjoint": lambda reference, target: reference.disjoint(target),
}


def bounds(query: GeoQuery) -> Bounds:
    """West, south, east, north (degrees) that every match touches; the whole world if unknown."""
    if query.georel == "disjoint" or (query.georel == "near" and query.max_distance is None):
        return WORLD
    west, south, east, north = query.shape.bounds
    if query.max_distance is not None:
        return sphere.around((west, south, east, north), query.max_distance)
    return west, south, east, north


def distance(geometry: dict[str, Any], other: dict[str, Any]) -> float:
    """Metres between the nearest points of two GeoJSON geometries; inf where one is none."""
    one, two = shape_of(geometry), shape_of(other)
    return math.inf if one is None or two is None else sphere.distance(one, two)
