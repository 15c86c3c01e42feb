"""Documents to answers: entities in the media type and shape that were asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.expiry import alive
from kierto.hub.http.messages import GEO_JSON, Response
from kierto.hub.store import reading
from kierto.ngsild import geojson, joins, versions
from kierto.ngsild.errors import ResourceNotFound
from kierto.ngsild.members import Document
from kierto.ngsild.representations import Shape, write_entity, write_flat


def one_entity(call: Call, document: Document, shape: Shape, geometry: str) -> Response:
    """A single entity; with ``join=flat`` a list of it and the linked ones."""
    there = alive(document, call.now)
    (known,) = _for_version(call, [there])
    response = _one_entity(call, known, shape, geometry)
    return response if known is there else _altered(response)


def _one_entity(call: Call, document: Document, shape: Shape, geometry: str) -> Response:
    linked = linked_to(call, [document], shape)
    context = call.context
    if call.media_type == GEO_JSON:
        feature = geojson.write_feature(
            document, context, shape, geometry_property=geometry, linked=linked
        )
        return answers.of_element(call, feature, context)
    if shape.join == "flat":
        elements = _flat([document], call, shape, linked)
        if len(elements) > 1:
            return answers.of_list(call, elements, context=context)
    written = write_entity(document, context, shape, linked=linked)
    if not written:
        raise ResourceNotFound(f"Nothing of {document['id']} is left to show.")
    return answers.of_element(call, written, context)


def some_entities(
    call: Call,
    documents: Sequence[Document],
    shape: Shape,
    geometry: str,
    *,
    total: int | None,
    more: bool,
) -> Response:
    """A page of entities."""
    there = [alive(one, call.now) for one in documents]
    known = _for_version(call, there)
    response = _some_entities(call, known, shape, geometry, total=total, more=more)
    same = all(one is other for one, other in zip(known, there, strict=True))
    return response if same else _altered(response)


def _some_entities(
    call: Call,
    documents: Sequence[Document],
    shape: Shape,
    geometry: str,
    *,
    total: int | None,
    more: bool,
) -> Response:
    linked = linked_to(call, documents, shape)
    context = call.context
    if call.media_type == GEO_JSON:
        collection = geojson.write_collection(
            geojson.write_feature(one, context, shape, geometry_property=geometry, linked=linked)
            for one in documents
        )
        return answers.of_list(
            call, [], total=total, more=more, context=context, body=collection, sort_links=True
        )
    if shape.join == "flat":
        elements = _flat(documents, call, shape, linked)
    else:
        elements = [write_entity(one, context, shape, linked=linked) for one in documents]
    elements = [element for element in elements if element]
    return answers.of_list(call, elements, total=total, more=more, context=context, sort_links=True)


def _for_version(call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    """Documents as the version of NGSI-LD knows them that the client prefers (clause 4.3.6.8)."""
    version = versions.preferred(call.request.headers.get("prefer"))
    if version is None:
        return documents
    return [versions.amended(document, version, call.context) for document in documents]


def _altered(response: Response) -> Response:
    if response.status == 200:
        response.status = 203
    return response


def linked_to(
    call: Call, documents: Sequence[Document], shape: Shape
) -> Mapping[str, Document] | None:
    """Entities that relationships lead to, where the client wants them."""
    if shape.join is None:
        return None

    def resolve(ids: Collection[str]) -> dict[str, Document]:
        found = reading.get_many(call.tenant, ids, call.reader)
        return {key: alive(one, call.now) for key, one in found.items()}

    return joins.linked(
        documents,
        level=shape.join_level,
        resolve_many=resolve,
        contained_by=shape.contained_by,
    )


def _flat(
    documents: Sequence[Document],
    call: Call,
    shape: Shape,
    linked: Mapping[str, Document] | None,
) -> list[dict[str, Any]]:
    return write_flat(documents, call.context, shape, linked or {})
