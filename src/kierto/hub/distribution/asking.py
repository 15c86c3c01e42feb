"""Who asks for a distributed operation, and how: from a request, or by the platform itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kierto.hub.distribution.identity import alias, visited
from kierto.hub.distribution.registry import Source, concerned
from kierto.ngsild import registrations, times
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.matching import Query
from kierto.ngsild.q import matches, parse_q
from kierto.ngsild.registrations import Part

if TYPE_CHECKING:
    from kierto.hub.access import Reader
    from kierto.hub.http import Call
    from kierto.hub.store.tenants import Tenant

GEO = ("georel", "geometry", "coordinates", "geoproperty")


@dataclass(frozen=True, slots=True)
class Asking:
    """What distribution needs to know of a request.

    Attributes:
        tenant: whose data.
        reader: what whoever asks may read.
        context: what the terms mean.
        now: the moment of the request.
        via: nodes it passed, as the header says.
        headers: of the request, lower-case.
        local: other nodes are left out.
        csf: filter of context sources.
        split: parts of one entity may be spread; filters hold of the whole (clause 5.7.2.4).
        filters: q, scopeQ and the geo query as texts, to be passed on.
    """

    tenant: Tenant
    reader: Reader
    context: Context = CORE
    now: str = ""
    via: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    local: bool = False
    csf: str = ""
    split: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> frozenset[str]:
        """Aliases of the nodes that the request passed."""
        return visited(self.via)

    @property
    def in_circle(self) -> bool:
        """Whether the request was here before."""
        return alias(self.tenant.name) in self.passed


@dataclass(frozen=True, slots=True)
class Match:
    """A source, and what of a request it can be asked for."""

    source: Source
    part: Part
    operation: str

    @property
    def supported(self) -> bool:
        """Whether the source does what is asked; else it only holds the entities."""
        return bool(self.operation)


def asking_of(call: Call) -> Asking:
    """What a request of the interface asks."""
    body = call.payload if call.request.method == "POST" and call.operation == "queryBatch" else {}
    said = body if isinstance(body, dict) else {}
    return Asking(
        tenant=call.tenant,
        reader=call.reader,
        context=call.context,
        now=call.now,
        via=call.loop,
        headers=call.request.headers,
        local=call.local,
        csf=str(said.get("csf") or call.query.get("csf", "")),
        split=call.flag("splitEntities") or said.get("splitEntities") is True,
        filters=_filters(call.query, said),
    )


def _filters(query: Mapping[str, str], body: dict[str, Any]) -> dict[str, str]:
    filters = {name: query[name] for name in ("q", "scopeQ", *GEO) if query.get(name)}
    return filters | filters_in(body)


def filters_in(body: dict[str, Any]) -> dict[str, str]:
    """q, scopeQ and the geo query in the body of a query, as texts."""
    filters = {name: body[name] for name in ("q", "scopeQ") if isinstance(body.get(name), str)}
    geo = body.get("geoQ")
    if isinstance(geo, dict):
        filters |= {name: _text(geo[name]) for name in GEO if name in geo}
    return filters


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def matching(
    asking: Asking, asked: Query | dict[str, Any], *operations: str, unsupported: bool = False
) -> list[Match]:
    """Sources that can be asked, each for its part and with the first operation it does.

    Args:
        operations: names of clause 4.20, the one that fits best first.
        unsupported: also sources that hold what is asked and do not do any of the operations;
            their ``operation`` is empty.
    """
    found: list[Match] = []
    sources = concerned(asking.tenant.id, asked)
    if not sources:
        return found
    passed = asking.passed
    wanted = csf_filter(asking.csf, asking.context)
    for source in sources:
        stored = source.stored
        if not registrations.available(stored, now=asking.now or times.now(), visited=passed):
            continue
        if wanted is not None and not matches(wanted, pseudo_document(stored)):
            continue
        match = _match(source, asked, operations, unsupported)
        if match is not None:
            found.append(match)
    return found


def _match(
    source: Source, asked: Query | dict[str, Any], operations: tuple[str, ...], unsupported: bool
) -> Match | None:
    offered = source.stored["operations"]
    for operation in operations:
        if operation in offered:
            part = registrations.covers(source.stored, asked, operation)
            return None if part is None else Match(source, part, operation)
    if not unsupported or not offered:
        return None
    part = registrations.covers(source.stored, asked, offered[0])
    return None if part is None else Match(source, part, "")


def csf_filter(text: str, context: Context) -> Any:
    """A filter of context sources, read; ``None`` where there is none.

    Raises:
        BadRequestData: it is no query.
    """
    if not text:
        return None
    if not isinstance(text, str):
        raise BadRequestData('csf is a query such as sourceType=="sensor".')
    return parse_q(text, context)


def pseudo_document(stored: registrations.Stored) -> dict[str, Any]:
    """A registration as a document, so that queries can be asked of its properties."""
    attributes: dict[str, Any] = {}
    for name in ("endpoint", "mode", "tenant", "alias", "registrationName"):
        value = stored.get(name, stored.get("original", {}).get(name))
        if isinstance(value, str):
            key = "contextSourceAlias" if name == "alias" else name
            attributes[CORE.expand(key)] = [{"type": "Property", "value": value}]
    for iri, value in stored.get("csourceProperties", {}).items():
        attributes[iri] = [{"type": "Property", "value": value}]
    place = stored.get("location")
    if place is not None:
        attributes[CORE.expand("location")] = [{"type": "GeoProperty", "value": place}]
    for name in ("observationSpace", "operationSpace"):
        if stored.get(name) is not None:
            attributes[CORE.expand(name)] = [{"type": "GeoProperty", "value": stored[name]}]
    return {
        "id": stored["id"],
        "type": [CORE.expand("ContextSourceRegistration")],
        "createdAt": stored.get("createdAt", ""),
        "modifiedAt": stored.get("modifiedAt", ""),
        "scope": stored.get("scope", []),
        "attributes": attributes,
    }
