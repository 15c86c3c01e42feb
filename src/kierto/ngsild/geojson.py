"""Documents as GeoJSON features (RFC 7946; clauses 4.5.16 and 4.5.17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kierto.ngsild.contexts import Context
from kierto.ngsild.geometries import is_geometry
from kierto.ngsild.members import LOCATION, NONE, Document
from kierto.ngsild.representations import NORMALIZED, Shape, write_entity

MEDIA_TYPE: Final = "application/geo+json"


def write_feature(
    document: Document,
    context: Context,
    shape: Shape = NORMALIZED,
    *,
    geometry_property: str = LOCATION,
    linked: Mapping[str, Document] | None = None,
) -> dict[str, Any]:
    """One entity as a Feature, without ``@context``.

    Args:
        geometry_property: IRI of the GeoProperty that gives the geometry; where there is none, or
            no geometry in it, the geometry is null.
    """
    properties = write_entity(document, context, shape, linked=linked)
    properties.pop("id", None)
    return {
        "id": document["id"],
        "type": "Feature",
        "geometry": _geometry(document, geometry_property, shape.dataset_id),
        "properties": properties,
    }


def write_collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features as a FeatureCollection, without ``@context``."""
    return {"type": "FeatureCollection", "features": list(features)}


def _geometry(document: Document, iri: str, datasets: frozenset[str] | None) -> Any:
    """The geometry of the default instance; with datasetIds asked, of the first of those."""
    for instance in document["attributes"].get(iri, ()):
        dataset = instance.get("datasetId", NONE)
        if dataset in (datasets or {NONE}):
            return instance["value"] if is_geometry(instance["value"]) else None
    return None
