"""Which types and attributes there are (clauses 5.7.5 to 5.7.11, 5.2.24 to 5.2.28; 6.25 to 6.28)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import uuid4

from kierto.hub import distribution
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.routing import Route
from kierto.hub.store import reading
from kierto.hub.store.reading import AttributeInfo, TypeInfo
from kierto.ngsild.errors import ResourceNotFound


def list_types(call: Call) -> Response:
    """GET /types."""
    details, compact = call.flag("details"), call.context.compact
    found = distribution.discovery(call, "types", lambda: reading.types(call.tenant, call.reader))
    rows: dict[str, TypeInfo] = found.rows
    if details:
        elements = [
            {
                "id": iri,
                "type": "EntityType",
                "typeName": compact(iri),
                "attributeNames": _names(rows[iri].attributes, call),
            }
            for iri in sorted(rows)
        ]
        response = answers.of_list(call, elements)
    else:
        response = _listed(call, "EntityTypeList", "typeList", map(compact, sorted(rows)))
    return answers.warn(response, found.warnings)


def retrieve_type(call: Call) -> Response:
    """GET /types/{type}."""
    iri = call.context.expand(call.params["type"])
    found = distribution.discovery(call, "type", lambda: reading.types(call.tenant, call.reader))
    info: TypeInfo | None = found.rows.get(iri)
    if info is None:
        raise ResourceNotFound(f"No entity has the type {iri[:256]}.")
    compact = call.context.compact
    details = [
        {
            "id": name,
            "type": "Attribute",
            "attributeName": compact(name),
            "attributeTypes": sorted(info.attributes[name]),
        }
        for name in sorted(info.attributes)
    ]
    body = {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": compact(iri),
        "entityCount": info.count,
        "attributeDetails": details,
    }
    return answers.warn(answers.of_element(call, body), found.warnings)


def list_attributes(call: Call) -> Response:
    """GET /attributes."""
    details, compact = call.flag("details"), call.context.compact
    found = distribution.discovery(
        call, "attributes", lambda: reading.attributes(call.tenant, call.reader)
    )
    rows: dict[str, AttributeInfo] = found.rows
    if details:
        elements = [
            {
                "id": iri,
                "type": "Attribute",
                "attributeName": compact(iri),
                "typeNames": _names(rows[iri].types, call),
            }
            for iri in sorted(rows)
        ]
        response = answers.of_list(call, elements)
    else:
        response = _listed(call, "AttributeList", "attributeList", map(compact, sorted(rows)))
    if call.flag("count"):
        response.headers["NGSILD-Results-Count"] = str(len(rows))
    return answers.warn(response, found.warnings)


def retrieve_attribute(call: Call) -> Response:
    """GET /attributes/{attrId}."""
    iri = call.context.expand(call.params["attrId"])
    found = distribution.discovery(
        call, "attribute", lambda: reading.attributes(call.tenant, call.reader)
    )
    info: AttributeInfo | None = found.rows.get(iri)
    if info is None:
        raise ResourceNotFound(f"No entity has the attribute {iri[:256]}.")
    body = {
        "id": iri,
        "type": "Attribute",
        "attributeName": call.context.compact(iri),
        "attributeCount": info.count,
        "attributeTypes": sorted(info.sorts),
        "typeNames": _names(info.types, call),
    }
    return answers.warn(answers.of_element(call, body), found.warnings)


def _names(iris: Collection[str], call: Call) -> list[str]:
    return [call.context.compact(iri) for iri in sorted(iris)]


def _listed(call: Call, kind: str, member: str, names: Iterable[str]) -> Response:
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{kind}:{uuid4().hex}",
        "type": kind,
        member: list(names),
    }
    return answers.of_element(call, body)


_MANY = frozenset({"details", "count"})

ROUTES = [
    Route("GET", "/types", list_types, "retrieveEntityTypes", parameters=_MANY),
    Route("GET", "/types/{type}", retrieve_type, "retrieveEntityTypeInfo", parameters=frozenset()),
    Route("GET", "/attributes", list_attributes, "retrieveAttrTypes", parameters=_MANY),
    Route(
        "GET",
        "/attributes/{attrId}",
        retrieve_attribute,
        "retrieveAttrTypeInfo",
        parameters=frozenset(),
    ),
]
