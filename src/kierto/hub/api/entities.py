"""Entities: create, retrieve, query, replace, merge, delete (clauses 5.6.1, 5.6.6, 5.6.17, 5.6.18,
5.7.1, 5.7.2; 6.4, 6.5)."""

from __future__ import annotations

from typing import Any

from kierto.hub import distribution
from kierto.hub.http import answers, storing
from kierto.hub.http.call import Call
from kierto.hub.http.messages import GEO_JSON, JSON, LD_JSON, Response
from kierto.hub.http.queries import FILTERS, PAGES, SHAPES, Asked, read_query
from kierto.hub.http.routing import Route
from kierto.hub.http.shapes import format_of, geometry_of
from kierto.hub.http.writing import one_entity, some_entities
from kierto.hub.store import reading
from kierto.ngsild import patches
from kierto.ngsild.entities import read_entity, read_fragment
from kierto.ngsild.errors import AlreadyExists, BadRequestData, InvalidRequest
from kierto.ngsild.matching import Query
from kierto.ngsild.members import Document
from kierto.ngsild.names import read_uri
from kierto.ngsild.representations import Shape
from kierto.ngsild.times import read_time
from kierto.ngsild.types import TypeSelection, parse_type_selection

REPRESENTATIONS = (JSON, LD_JSON, GEO_JSON)


def create_entity(call: Call) -> Response:
    """POST /entities."""
    if not call.payload:
        raise InvalidRequest("The body is empty; send an entity.")
    payload, context = call.members, call.context
    document = read_entity(payload, context, now=call.now)
    entity_id: str = document["id"]

    def local(rest: dict[str, Any] | None) -> Any:
        new = document if rest is payload else read_entity(rest, context, now=call.now)

        def apply(current: Document | None) -> Document:
            if current is not None:
                raise AlreadyExists(f"There is an entity {entity_id[:256]} already.")
            return new

        return storing.change(call, entity_id, apply)

    provided = distribution.provide(call, "createEntity", entity_id, payload, None, local)
    if provided.partial:
        response = Response(207, provided.batch_result(entity_id))
    else:
        response = answers.created(f"/entities/{entity_id}")
    return answers.warn(response, provided.warnings)


def retrieve_entity(call: Call) -> Response:
    """GET /entities/{entityId}."""
    entity_id = entity_of(call)
    shape, geometry = call.shape(), geometry_of(call)
    found = distribution.retrieve(
        call,
        entity_id,
        _narrowing(call, entity_id, shape),
        lambda: reading.get(call.tenant, entity_id, call.reader),
    )
    document = found.document
    if document is None or not _is_wanted(document, type_of(call), shape):
        response = answers.problem(storing.not_there(entity_id))
    else:
        response = one_entity(call, document, shape, geometry)
        if found.entity_map is not None:
            response.headers["NGSILD-EntityMap"] = found.entity_map
    if found.snapshot is not None:
        response.headers["NGSILD-Snapshot"] = found.snapshot
    return answers.warn(response, found.warnings)


def query_entities(call: Call) -> Response:
    """GET /entities."""
    return answer_query(call, read_query(call), call.shape(), geometry_of(call))


def answer_query(call: Call, asked: Asked, shape: Shape, geometry: str) -> Response:
    """The page of a query, from here and from other nodes; also for queries by POST."""
    limit, offset, count = call.paging()

    def local(limit: int, offset: int, count: bool) -> reading.Page:
        return reading.find(
            call.tenant,
            asked.query,
            call.reader,
            order=asked.order,
            limit=limit,
            offset=offset,
            count=count,
        )

    # One more than asked for tells whether another page follows.
    gathered = distribution.query(
        call,
        asked.query,
        local,
        limit=limit + 1 if limit else 0,
        offset=offset,
        count=count,
        order=asked.order,
    )
    documents = gathered.documents
    more = len(documents) > limit if gathered.more is None else gathered.more
    response = some_entities(
        call,
        documents[:limit],
        shape,
        geometry,
        total=gathered.total if count else None,
        more=more and limit > 0,
    )
    if gathered.entity_map is not None:
        response.headers["NGSILD-EntityMap"] = gathered.entity_map
        response.status = 201 if gathered.made else response.status
    if gathered.snapshot is not None:
        response.headers["NGSILD-Snapshot"] = gathered.snapshot
    return answers.warn(response, gathered.warnings)


def replace_entity(call: Call) -> Response:
    """PUT /entities/{entityId}."""
    entity_id, payload, context = entity_of(call), call.members, call.context
    wanted = type_of(call)
    whole = {"id": entity_id, **payload} if "@id" not in payload else payload
    document = read_entity(whole, context, now=call.now)
    check_same(document["id"], entity_id)

    def local(rest: dict[str, Any] | None) -> Any:
        new = document
        if rest is not payload:
            new = read_entity({"id": entity_id, **(rest or {})}, context, now=call.now)
        return storing.patch(
            call,
            entity_id,
            lambda current: patches.replace_entity(current, new, now=call.now),
            wanted,
        )

    provided = distribution.provide(call, "replaceEntity", entity_id, payload, None, local)
    return of_entity(entity_id, provided)


def merge_entity(call: Call) -> Response:
    """PATCH /entities/{entityId}."""
    entity_id, payload, context = entity_of(call), call.members, call.context
    wanted = type_of(call)
    observed_at, lang = call.query.get("observedAt"), call.query.get("lang")
    if observed_at is not None:
        observed_at = read_time(observed_at)
    plain = format_of(call) == "simplified"
    fragment = read_fragment(payload, context, now=call.now, merge=True, simplified=plain)
    if fragment.id is not None:
        check_same(fragment.id, entity_id)

    def local(rest: dict[str, Any] | None) -> Any:
        part = fragment
        if rest is not payload:
            part = read_fragment(rest, context, now=call.now, merge=True, simplified=plain)
        return storing.patch(
            call,
            entity_id,
            lambda current: patches.merge_entity(
                current,
                part,
                now=call.now,
                observed_at=observed_at,
                context=context,
                lang=lang,
            ),
            wanted,
        )

    provided = distribution.provide(call, "mergeEntity", entity_id, payload, None, local)
    return of_entity(entity_id, provided)


def delete_entity(call: Call) -> Response:
    """DELETE /entities/{entityId}."""
    entity_id = entity_of(call)
    wanted = type_of(call)

    def local(_: object) -> Any:
        return storing.patch(call, entity_id, lambda current: (None, None), wanted)

    provided = distribution.provide(call, "deleteEntity", entity_id, None, None, local)
    return of_entity(entity_id, provided)


# ----------------------------------------------------------------- what is shared


def entity_of(call: Call) -> str:
    """The identifier in the path.

    Raises:
        BadRequestData: it is no URI.
    """
    return read_uri(call.params["entityId"], "The identifier in the address")


def type_of(call: Call) -> TypeSelection | None:
    """The type that the entity must have, where the address names one."""
    text = call.query.get("type")
    return None if text is None else parse_type_selection(text, call.context)


def check_same(found: str, wanted: str) -> None:
    """Raises BadRequestData where body and address name two entities."""
    if found != wanted:
        raise BadRequestData("The id in the body is another one than in the address.")


def of_entity(entity_id: str, provided: distribution.Provided) -> Response:
    """The answer to a writing operation on one entity."""
    response = answers.no_content()
    if provided.partial:
        response = Response(207, provided.batch_result(entity_id))
    return answers.warn(response, provided.warnings)


def _narrowing(call: Call, entity_id: str, shape: Shape) -> Query:
    return Query(ids=frozenset({entity_id}), types=type_of(call), attrs=shape.attrs)


def _is_wanted(document: Document, wanted: TypeSelection | None, shape: Shape) -> bool:
    """An entity without any of the attributes asked for is not found (clause 5.7.1.4)."""
    if wanted is not None and not wanted.matches(document["type"]):
        return False
    return shape.attrs is None or not shape.attrs.isdisjoint(document["attributes"])


_ONE = SHAPES | {"type", "entityMap", "entityMapId", "entityMapLifetime"}

ROUTES = [
    Route("POST", "/entities", create_entity, "createEntity", parameters=frozenset(), creates=True),
    Route(
        "GET",
        "/entities",
        query_entities,
        "queryEntity",
        parameters=FILTERS | SHAPES | PAGES,
        offers=REPRESENTATIONS,
    ),
    Route(
        "GET",
        "/entities/{entityId}",
        retrieve_entity,
        "retrieveEntity",
        parameters=_ONE,
        offers=REPRESENTATIONS,
    ),
    Route(
        "PUT",
        "/entities/{entityId}",
        replace_entity,
        "replaceEntity",
        parameters=frozenset({"type", "options", "format"}),
    ),
    Route(
        "PATCH",
        "/entities/{entityId}",
        merge_entity,
        "mergeEntity",
        parameters=frozenset({"type", "options", "format", "observedAt", "lang"}),
    ),
    Route(
        "DELETE",
        "/entities/{entityId}",
        delete_entity,
        "deleteEntity",
        parameters=frozenset({"type"}),
    ),
]
