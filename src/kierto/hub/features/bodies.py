"""What is answered: landing page, conformance, collections and features, with their links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from kierto.hub import vocabulary
from kierto.hub.features.collections import Collection
from kierto.hub.store.reading import Page
from kierto.ngsild.geojson import write_feature
from kierto.ngsild.members import Document
from kierto.ngsild.representations import Shape
from kierto.ngsild.times import now

ROOT: Final = "/data/features"
JSON: Final = "application/json"
GEO_JSON: Final = "application/geo+json"
OPEN_API: Final = "application/vnd.oai.openapi+json;version=3.1"
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMANCE: Final = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)

_LANGUAGES = re.compile(r"[A-Za-z0-9*;=.,\- ]{1,200}", re.ASCII)


def link(address: str, relation: str, media_type: str, title: str) -> dict[str, str]:
    """A link, as OGC writes them."""
    return {"href": address, "rel": relation, "type": media_type, "title": title}


def landing(base: str) -> dict[str, Any]:
    """Where everything starts."""
    root = base + ROOT
    return {
        "title": "Kierto: everything that has a place",
        "description": "What this node knows and has a place, as collections of GeoJSON features.",
        "links": [
            link(f"{root}/", "self", JSON, "This document"),
            link(f"{base}/data/openapi.json", "service-desc", OPEN_API, "The interface"),
            link(f"{root}/conformance", "conformance", JSON, "What is conformed to"),
            link(f"{root}/collections", "data", JSON, "The collections"),
        ],
    }


def collection(one: Collection, base: str) -> dict[str, Any]:
    """What is said of a collection."""
    address = collection_address(one, base)
    return {
        "id": one.name,
        "title": one.name,
        "description": f"Entities of the type {one.iri} that have a place.",
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(address, "self", JSON, "This collection"),
            link(f"{address}/items", "items", GEO_JSON, "Its features"),
        ],
    }


def collections(found: Sequence[Collection], base: str) -> dict[str, Any]:
    """All collections."""
    address = f"{base}{ROOT}/collections"
    return {
        "links": [link(address, "self", JSON, "The collections")],
        "collections": [collection(one, base) for one in found],
    }


def features(
    page: Page,
    one: Collection,
    base: str,
    said: Mapping[str, str],
    paging: tuple[int, int],
    languages: str,
) -> dict[str, Any]:
    """A page of features.

    Args:
        page: what was found, and how many there are in all.
        said: the parameters of the request.
        paging: limit and offset of this page.
        languages: the header Accept-Language.
    """
    limit, offset = paging
    address = f"{collection_address(one, base)}/items"

    def at(start: int, size: int) -> str:
        query = {**said, "limit": str(size), "offset": str(start)}
        return f"{address}?{urlencode(query, quote_via=quote, safe=':/,')}"

    own = f"?{urlencode(said, quote_via=quote, safe=':/,')}" if said else ""
    links = [
        link(address + own, "self", GEO_JSON, "This page"),
        link(collection_address(one, base), "collection", JSON, "The collection"),
    ]
    if offset > 0:
        size = min(limit, offset)
        links.append(link(at(offset - size, size), "prev", GEO_JSON, "The page before"))
    total = page.total or 0
    if offset + len(page.documents) < total and page.documents:
        links.append(link(at(offset + limit, limit), "next", GEO_JSON, "The next page"))
    return {
        "type": "FeatureCollection",
        "timeStamp": now(),
        "numberMatched": total,
        "numberReturned": len(page.documents),
        "links": links,
        "features": [_feature(document, one, languages) for document in page.documents],
    }


def feature(document: Document, one: Collection, base: str, languages: str) -> dict[str, Any]:
    """One feature."""
    address = collection_address(one, base)
    name = quote(document["id"], safe=":")
    links = [
        link(f"{address}/items/{name}", "self", GEO_JSON, "This feature"),
        link(address, "collection", JSON, "The collection"),
        link(
            f"{base}/ngsi-ld/v1/entities/{name}",
            "alternate",
            "application/ld+json",
            "The entity, as NGSI-LD",
        ),
    ]
    return {**_feature(document, one, languages), "links": links}


def collection_address(one: Collection, base: str) -> str:
    """Where a collection is."""
    return f"{base}{ROOT}/collections/{quote(one.name)}"


def _feature(document: Document, one: Collection, languages: str) -> dict[str, Any]:
    wanted = languages if _LANGUAGES.fullmatch(languages) else "en"
    shape = Shape(format="simplified", lang=wanted)
    context = vocabulary.context()
    written = write_feature(document, context, shape, geometry_property=one.geometry)
    place = context.compact(one.geometry)
    properties = {
        name: _plain(value) for name, value in written["properties"].items() if name != place
    }
    return {**written, "properties": properties}


def _plain(value: Any) -> Any:
    """Programs for maps know texts, not texts with a type."""
    if isinstance(value, dict) and "@value" in value:
        return value["@value"]
    return value
