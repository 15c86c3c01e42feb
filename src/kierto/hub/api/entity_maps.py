"""Entity maps: made, read, prolonged, deleted (clause 5.14; 6.32, 6.34, 6.35)."""

from __future__ import annotations

from typing import Any

from kierto.hub.distribution import entity_maps, gathering
from kierto.hub.distribution.asking import asking_of, matching
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Response
from kierto.hub.http.queries import FILTERS, read_query
from kierto.hub.http.routing import Route
from kierto.hub.models import EntityMap
from kierto.ngsild.errors import BadRequestData

MEMBERS = frozenset({"id", "type", "expiresAt", "entityMap", "linkedMaps", "@context"})


def make(call: Call) -> Response:
    """GET /entityMaps: the map of a query, without its entities."""
    lifetime = entity_maps.lifetime_of(call)
    query = read_query(call).query
    asking = asking_of(call)
    matches = [] if call.local else matching(asking, query, *gathering.OPERATIONS)
    found = entity_maps.collect(asking, matches, query)
    row = entity_maps.make(call.tenant, call.caller, list(found.sources.items()), lifetime)
    return answers.warn(_made(call, row), found.warnings)


def make_temporal(call: Call) -> Response:
    """GET /temporal/entityMaps: the map of a temporal query."""
    from kierto.hub.distribution import temporal_maps

    lifetime = entity_maps.lifetime_of(call)
    entries = temporal_maps.entries(call)
    return _made(call, entity_maps.make(call.tenant, call.caller, entries, lifetime))


def _made(call: Call, row: EntityMap) -> Response:
    response = answers.of_element(call, entity_maps.written(row))
    response.status = 201
    response.headers["NGSILD-EntityMap"] = response.headers["Location"] = (
        entity_maps.PATH + row.name
    )
    return response


def retrieve(call: Call) -> Response:
    """GET /entityMaps/{entityMapId}."""
    return answers.of_element(call, entity_maps.written(_row(call)))


def prolong(call: Call) -> Response:
    """PATCH /entityMaps/{entityMapId}: only when it ends can be changed."""
    row, members = _row(call), call.members
    unknown = sorted(set(members) - MEMBERS)
    if unknown:
        raise BadRequestData(f"An entity map has no member {unknown[0][:64]}.")
    if "expiresAt" in members:
        entity_maps.prolong(row, members["expiresAt"])
    return answers.no_content()


def delete(call: Call) -> Response:
    """DELETE /entityMaps/{entityMapId}."""
    _row(call).delete()
    return answers.no_content()


def _row(call: Call) -> EntityMap:
    return entity_maps.find(call.tenant, call.caller, call.params["entityMapId"])


_LIFETIME = frozenset({"entityMapLifetime", "splitEntities", "options"})
_TEMPORAL = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"})
_ONE = "/entityMaps/{entityMapId}"
_NONE: frozenset[Any] = frozenset()

ROUTES = [
    Route("GET", "/entityMaps", make, "createEntityMap", parameters=FILTERS | _LIFETIME),
    Route(
        "GET",
        "/temporal/entityMaps",
        make_temporal,
        "createTemporalEntityMap",
        parameters=FILTERS | _LIFETIME | _TEMPORAL,
    ),
    Route("GET", _ONE, retrieve, "retrieveEntityMap", parameters=_NONE),
    # Whoever may make a map by reading may also end it.
    Route("PATCH", _ONE, prolong, "updateEntityMap", scope="read", parameters=_NONE),
    Route("DELETE", _ONE, delete, "deleteEntityMap", scope="read", parameters=_NONE),
]
