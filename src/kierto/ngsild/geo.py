"""Queries by place (clause 4.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


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
    """

    georel: str
    geometry: dict[str, Any]
    geoproperty: str
    max_distance: float | None = None
    min_distance: float | None = None


def parse_geo(georel: str, geometry: str, coordinates: Any, geoproperty: str) -> GeoQuery:
    """Read the parameters of a geoquery.

    Args:
        georel: for example ``near;maxDistance==2000``.
        geometry: a type of GeoJSON.
        coordinates: an array, or its JSON text.
        geoproperty: expanded name of the attribute.

    Raises:
        BadRequestData: they are none.
    """
    raise NotImplementedError


def matches(query: GeoQuery, document: Document) -> bool:
    """Whether one instance of the attribute stands as asked; false where there is none."""
    raise NotImplementedError


def bounds(query: GeoQuery) -> tuple[float, float, float, float]:
    """West, south, east, north (degrees) that every match touches; the whole world if unknown."""
    raise NotImplementedError


def distance(geometry: dict[str, Any], other: dict[str, Any]) -> float:
    """Metres between the nearest points of two GeoJSON geometries, on the sphere."""
    raise NotImplementedError
