"""Questions for sources: a request and a registration, in one URL (clauses 4.3.6, 5.7.1, 5.7.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from kierto.hub.distribution.asking import GEO, Asking, Match
from kierto.hub.distribution.forwarding import (
    Forward,
    Terms,
    for_reading,
    part_of_path,
    terms_for,
)
from kierto.ngsild.matching import Query
from kierto.ngsild.q import attributes
from kierto.ngsild.types import write_type_selection

_TIMES = {"options": "sysAttrs"}
"""Sources say when an attribute was modified, so that the newest can be chosen."""


def inquiry_of_entity(asking: Asking, match: Match, query: Query, entity_id: str) -> Forward:
    """Retrieves one entity, with the operation that the source offers."""
    if match.operation != "retrieveEntity":
        return inquiry(asking, match, query, limit=1)
    terms = for_reading(terms_for(match.source, asking.context))
    names = _attributes(match, query, terms, filtered=False)
    said = {"attrs": ",".join(names)} if names else {}
    path = f"/entities/{part_of_path(entity_id)}"
    return Forward(match.source, "GET", path, terms, said | _TIMES | local_of(match))


def inquiry(
    asking: Asking,
    match: Match,
    query: Query,
    *,
    limit: int,
    offset: int = 0,
    ids: Collection[str] = (),
    count: bool = False,
) -> Forward:
    """Asks for entities, by GET or by POST, as the source offers.

    Args:
        ids: only these, whatever the query names.
        limit: how many at most; ``offset``: how many to pass over.
        count: whether the source shall count what it has.
    """
    page = {"limit": str(limit)} | ({"offset": str(offset)} if offset else {}) | _TIMES
    page |= local_of(match) | ({"count": "true"} if count else {})
    terms = terms_for(match.source, asking.context)
    if match.operation == "queryBatch":
        body = posted(asking, match, query, terms, ids)
        return Forward(match.source, "POST", "/entityOperations/query", terms, page, body)
    terms = for_reading(terms)
    said = parameters(asking, match, query, terms, ids)
    return Forward(match.source, "GET", "/entities", terms, said | page)


def local_of(match: Match) -> dict[str, str]:
    """Says that the source shall answer for itself only, where it is registered so."""
    return {"local": "true"} if match.source.local_only else {}


def parameters(
    asking: Asking, match: Match, query: Query, terms: Terms, ids: Collection[str]
) -> dict[str, str]:
    """The parameters that ask a source for its part of a query."""
    said: dict[str, str] = {}
    types = types_of(match, query, terms)
    if types:
        said["type"] = types
    wanted = sorted(ids or match.part.ids or _ids(query))
    if wanted:
        said["id"] = ",".join(wanted)
    elif match.part.id_pattern or query.id_pattern:
        said["idPattern"] = match.part.id_pattern or query.id_pattern or ""
    filters = _filters(asking, match, query, terms)
    names = _attributes(match, query, terms, filtered=bool(filters))
    if names:
        said["attrs"] = ",".join(names)
    return said | filters


def posted(
    asking: Asking, match: Match, query: Query, terms: Terms, ids: Collection[str]
) -> dict[str, Any]:
    """The body that asks a source for its part of a query."""
    selector: dict[str, str] = {}
    types = types_of(match, query, terms)
    if types:
        selector["type"] = types
    wanted = sorted(ids or match.part.ids or _ids(query))
    pattern = match.part.id_pattern or query.id_pattern
    if pattern and not wanted:
        selector["idPattern"] = pattern
    selectors = [{"id": one, **selector} for one in wanted] or [selector]
    body: dict[str, Any] = {"type": "Query"}
    if selector or wanted:
        body["entities"] = selectors
    filters = _filters(asking, match, query, terms)
    names = _attributes(match, query, terms, filtered=bool(filters))
    if names:
        body["attrs"] = names
    body |= {name: filters[name] for name in ("q", "scopeQ") if name in filters}
    geo = {name: filters[name] for name in GEO if name in filters}
    if geo:
        geo["coordinates"] = _parsed(geo.get("coordinates", "[]"))
        body["geoQ"] = geo
    return body


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def types_of(match: Match, query: Query, terms: Terms) -> str:
    if match.part.types:
        return ",".join(sorted(terms.context.compact(one) for one in match.part.types))
    if query.types is not None and not query.types.everything:
        return write_type_selection(query.types, terms.context)
    names = {
        name
        for selector in query.selectors
        if selector.types is not None
        for name in selector.types.mentioned
    }
    return ",".join(sorted(terms.context.compact(name) for name in names))


def _ids(query: Query) -> frozenset[str]:
    if query.ids is not None:
        return query.ids
    if query.selectors and all(one.ids for one in query.selectors):
        return frozenset().union(*(one.ids for one in query.selectors))
    return frozenset()


def _attributes(match: Match, query: Query, terms: Terms, *, filtered: bool) -> list[str]:
    """Names of the attributes to ask for; none for all of them.

    Where a filter travels along, what it looks at must come back: it is judged here once more.
    """
    names = match.part.attributes
    if names is None:
        names = query.attrs
    if names is None:
        return []
    if filtered and match.part.attributes is None:
        names = names | looked_at(query)
    return sorted(terms.context.compact(name) for name in names)


def _filters(asking: Asking, match: Match, query: Query, terms: Terms) -> dict[str, str]:
    """Filters that the source can judge: it has all they look at, and speaks the same terms."""
    if asking.split or terms.context is not asking.context or not asking.filters:
        return {}
    names = match.part.attributes
    if names is not None and not looked_at(query) <= names:
        return {}
    return dict(asking.filters)


def looked_at(query: Query) -> frozenset[str]:
    """Attributes (IRIs) that the filters of a query look at."""
    names = frozenset[str]()
    if query.q is not None:
        names |= attributes(query.q)
    if query.geo is not None:
        names |= {query.geo.geoproperty}
    return names
