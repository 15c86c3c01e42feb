"""Histories: retrieve and query (clauses 5.7.3, 5.7.4; 6.18 to 6.24)."""

from __future__ import annotations

from dataclasses import replace

import orjson
from django.conf import settings

from kierto.hub.api import temporal_provision, temporal_sources
from kierto.hub.api.entities import entity_of, type_of
from kierto.hub.distribution import entity_maps
from kierto.hub.history import cursors, finding, keeping, telling
from kierto.hub.history.spans import Range
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.queries import FILTERS, PAGES, read_posted, read_query
from kierto.hub.http.routing import Route
from kierto.hub.http.temporal import TIMES, descends, temporal_query, temporal_shape
from kierto.hub.models import EntityMap
from kierto.hub.store import watching
from kierto.ngsild.errors import ResourceNotFound
from kierto.ngsild.matching import Query
from kierto.ngsild.representations import Shape
from kierto.ngsild.temporal import TemporalQuery

#: Entities that one entity map holds.
MAPPED = 10_000


def retrieve_history(call: Call) -> Response:
    """GET /temporal/entities/{entityId}."""
    entity_id, wanted = entity_of(call), type_of(call)
    time, shape = temporal_query(call), temporal_shape(call)
    asked = temporal_sources.narrowed(entity_id, wanted, shape)
    elsewhere = temporal_sources.retrieve(call, asked, time, shape)
    if elsewhere is not None:
        return elsewhere
    with cursors.reading() as cursor:
        past = keeping.find(cursor, call.tenant.id, entity_id, call.reader)
        if wanted is not None and not wanted.matches(past.types):
            raise ResourceNotFound(f"The history knows no such entity {entity_id[:256]}.")
        called = telling.wanted_names(cursor, [past], shape)
        watching.saw_past(call.tenant, [past], call.reader)
        told, covered = telling.tell(
            cursor, [past], time, shape, call.context, page=settings.HUB_HISTORY_PAGE
        )
    element = told[0]
    if (called is not None and not called and not shape.dataset_id) or not element:
        raise ResourceNotFound(f"Nothing of {entity_id[:256]} is left to show.")
    response = _ranged(answers.of_element(call, element), covered)
    if call.flag("entityMap"):
        row = _make_map(call, [entity_id])
        response.headers["NGSILD-EntityMap"] = entity_maps.PATH + row.name
    return response


def query_histories(call: Call) -> Response:
    """GET /temporal/entities."""
    time, shape = temporal_query(call, required=True), temporal_shape(call)
    descending = descends(call)
    call.query.pop("orderBy", None)
    return _answer(call, read_query(call).query, time, shape, descending)


def query_histories_posted(call: Call) -> Response:
    """POST /temporal/entityOperations/query."""
    body = call.members
    time, shape = temporal_query(call, body, required=True), temporal_shape(call, body)
    query = read_posted(call, in_time=True).query
    return _answer(call, query, time, shape, descends(call, body))


def _answer(
    call: Call, query: Query, time: TemporalQuery, shape: Shape, descending: bool
) -> Response:
    limit, offset, count = call.paging()
    query = replace(query, dataset_ids=shape.dataset_id)
    kept = _named_map(call)
    if kept is not None:
        query = _within(query, [one for one, _sources in orjson.loads(kept.entries)])
    elif not call.flag("entityMap"):
        elsewhere = temporal_sources.query(call, query, time, shape, descending=descending)
        if elsewhere is not None:
            return elsewhere
    with cursors.reading() as cursor:
        found = finding.find(
            cursor,
            call.tenant.id,
            query,
            time,
            call.reader,
            limit=limit,
            offset=offset,
            count=count,
            descending=descending,
        )
        watching.saw_past(call.tenant, found.pasts, call.reader)
        told, covered = telling.tell(
            cursor,
            found.pasts,
            time,
            shape,
            call.context,
            page=settings.HUB_HISTORY_PAGE,
            scopes=query.scope_q,
        )
    elements = [one for one in told if one]
    response = answers.of_list(call, elements, total=found.total, more=found.more and limit > 0)
    _ranged(response, covered)
    return _mapped(call, response, query, time, kept)


def _ranged(response: Response, covered: Range | None) -> Response:
    """206 where instances are on other pages (clause 6.3.10)."""
    if covered is not None:
        response.status = 206
        response.headers["Content-Range"] = covered.header()
    return response


def _named_map(call: Call) -> EntityMap | None:
    """The entity map a request refers to; a dead one is made anew (clause 5.7.4.4)."""
    try:
        return entity_maps.named(call)
    except ResourceNotFound:
        return None


def _within(query: Query, ids: list[str]) -> Query:

    allowed = frozenset(ids)
    return replace(query, ids=allowed if query.ids is None else allowed & query.ids)


def _mapped(
    call: Call, response: Response, query: Query, time: TemporalQuery, kept: EntityMap | None
) -> Response:
    """Name the entity map of an answer; make one where it is asked for."""
    named = call.request.headers.get("ngsild-entitymap") or call.query.get("entityMapId")
    if kept is None and not named and not call.flag("entityMap"):
        return response
    if kept is None:
        with cursors.reading() as cursor:
            found = finding.find(
                cursor, call.tenant.id, query, time, call.reader,
                limit=MAPPED, offset=0, count=False,
            )  # fmt: skip
        kept = _make_map(call, [past.entity_id for past in found.pasts])
        if response.status == 200:
            response.status = 201
    response.headers["NGSILD-EntityMap"] = entity_maps.PATH + kept.name
    return response


def _make_map(call: Call, ids: list[str]) -> EntityMap:
    sources: list[tuple[str, list[str]]] = [(one, ["@none"]) for one in ids]
    return entity_maps.make(call.tenant, call.caller, sources, entity_maps.lifetime_of(call))


_SHAPES = frozenset({"options", "format", "sysAttrs", "lang", "pick", "omit", "attrs", "datasetId"})
_ONE = _SHAPES | TIMES | {"type", "entityMap", "entityMapId", "entityMapLifetime"}

ROUTES = [
    Route(
        "GET",
        "/temporal/entities",
        query_histories,
        "queryTemporal",
        parameters=FILTERS | _SHAPES | PAGES | TIMES,
    ),
    Route(
        "GET",
        "/temporal/entities/{entityId}",
        retrieve_history,
        "retrieveTemporal",
        parameters=_ONE,
    ),
    Route(
        "POST",
        "/temporal/entityOperations/query",
        query_histories_posted,
        "queryTemporal",
        scope="read",
        parameters=_SHAPES | PAGES | TIMES,
        offers=("application/json", "application/ld+json"),
    ),
    *temporal_provision.ROUTES,
]
