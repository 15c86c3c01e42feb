"""Which entities a request means: from parameters or from the body of a query (clause 5.7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kierto.hub.http.shapes import join_of, names_of, words_of
from kierto.ngsild import q as value_queries
from kierto.ngsild.contexts import Context
from kierto.ngsild.core_terms import NGSI_LD
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.geo import GeoQuery, parse_geo
from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.members import LOCATION
from kierto.ngsild.names import read_uri
from kierto.ngsild.ordering import Ordering, parse_order_by
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.scopes import parse_scope_q
from kierto.ngsild.types import TypeSelection, parse_type_selection

if TYPE_CHECKING:
    from kierto.hub.http.call import Call

FILTERS: Final = frozenset(
    {
        *("id", "type", "idPattern", "attrs", "q", "scopeQ", "csf", "datasetId", "expandValues"),
        *("georel", "geometry", "coordinates", "geoproperty", "jsonKeys"),
    }
)
"""Parameters that say which entities are meant."""

SHAPES: Final = frozenset(
    {
        *("options", "format", "sysAttrs", "lang", "pick", "omit", "attrs", "datasetId"),
        *("geometryProperty", "join", "joinLevel", "containedBy"),
    }
)
"""Parameters that say how they are written."""

PAGES: Final = frozenset(
    {
        *("limit", "offset", "count", "orderBy", "collation", "orderFrom", "orderGeometry"),
        *("entityMap", "entityMapId", "entityMapLifetime", "splitEntities", "pageAnchor"),
    }
)
"""Parameters that say which page, and in which order."""

SYSTEM: Final = frozenset(
    {
        name
        for word in ("createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt")
        for name in (word, NGSI_LD + word)
    }
    | {"id", "type", "scope", "@id", "@type", NGSI_LD + "scope"}
)
"""Names that narrow nothing: every entity has them."""

_GEO: Final = ("georel", "geometry", "coordinates")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entities a request means, and in which order they come."""

    query: Query
    order: Ordering | None = None


def read_query(call: Call, *, too_wide: bool = True) -> Asked:
    """What the parameters of a GET (or DELETE) ask for.

    Args:
        call: the request.
        too_wide: refuse what narrows nothing (clause 5.7.2.4).

    Raises:
        BadRequestData: they are wrong, contradict each other, or narrow nothing.
        TooComplexQuery: they ask for more than the node gives.
    """
    said = call.query
    context = call.context
    query = filters_of(said, context)
    if query.types is not None and query.types.everything and said.get("local") == "false":
        raise BadRequestData("type=* means this node alone; leave local=false out.")
    _check_links(query, said)
    if too_wide and not call.local and not narrows(query):
        raise BadRequestData(
            "The query is too wide: name a type, an attribute, a q, a place, or say local=true."
        )
    order = None
    if "orderBy" in said:
        order = parse_order_by(
            said["orderBy"],
            context,
            collation=said.get("collation"),
            order_from=said.get("orderFrom"),
            order_geometry=said.get("orderGeometry", "Point"),
        )
    return Asked(query, order)


def read_posted(call: Call, *, in_time: bool = False) -> Asked:
    """What the body of a query by POST asks for (clauses 5.2.23, 6.23).

    Raises:
        BadRequestData: it is no query, or narrows nothing.
    """
    body = call.members
    if body.get("type") != "Query":
        raise BadRequestData('The body of a query has the type "Query".')
    if "temporalQ" in body and not in_time:
        raise BadRequestData("temporalQ goes to /temporal/entityOperations/query.")
    for name in ("q", "scopeQ", "csf", "lang", "collation"):
        if name in body and not isinstance(body[name], str):
            raise BadRequestData(f"{name} is a text.")
    context = call.context
    said = {**body, **_geo_of(body.get("geoQ"))}
    for name in ("id", "type", "idPattern"):
        said.pop(name, None)
    selectors = selectors_of(body.get("entities"), context)
    query = filters_of(said, context, selectors)
    _check_links(query, said)
    if not (call.local or narrows(query)):
        raise BadRequestData(
            "The query is too wide: name entities, attributes, a q, a geoQ, or say local=true."
        )
    return Asked(query, _ordering(body.get("ordering"), context))


def filters_of(
    said: Mapping[str, Any], context: Context, selectors: tuple[Selector, ...] = ()
) -> Query:
    """The query in parameters.

    Raises:
        BadRequestData: one of them is wrong.
    """
    ids = words_of(said.get("id"))
    pattern = said.get("idPattern")
    if pattern is not None:
        find_pattern(pattern)
    kinds = said.get("type")
    text, scopes = said.get("q"), said.get("scopeQ")
    if said.get("csf") is not None:
        value_queries.parse_q(said["csf"], context)
    return Query(
        ids=None if ids is None else frozenset(read_uri(one, "id") for one in ids),
        id_pattern=pattern,
        types=None if kinds is None else parse_type_selection(kinds, context),
        attrs=names_of(said.get("attrs"), context, "attrs"),
        q=None
        if text is None
        else value_queries.parse_q(
            text,
            context,
            expand_values=words_of(said.get("expandValues")) or (),
            json_keys=words_of(said.get("jsonKeys")) or (),
        ),
        geo=geo_of(said, context),
        scope_q=None if scopes is None else parse_scope_q(scopes),
        selectors=selectors,
    )


def geo_of(said: Mapping[str, Any], context: Context) -> GeoQuery | None:
    """The geoquery in parameters.

    Raises:
        BadRequestData: only a part of it is said.
    """
    given = [name for name in _GEO if said.get(name) is not None]
    if not given:
        if said.get("geoproperty") is not None:
            raise BadRequestData("geoproperty goes with georel, geometry and coordinates.")
        return None
    if len(given) != len(_GEO):
        missing = ", ".join(name for name in _GEO if name not in given)
        raise BadRequestData(f"A geoquery has georel, geometry and coordinates; add {missing}.")
    name = said.get("geoproperty")
    if name is not None and not isinstance(name, str):
        raise BadRequestData("geoproperty is the name of an attribute.")
    return parse_geo(
        said["georel"],
        said["geometry"],
        said["coordinates"],
        LOCATION if name is None else context.expand(name),
    )


def narrows(query: Query) -> bool:
    """Whether a query asks for less than everything (clause 5.7.2.4)."""
    if query.types is not None or query.geo is not None or query.selectors:
        return True
    if query.attrs is not None and query.attrs - SYSTEM:
        return True
    return query.q is not None and bool(value_queries.attributes(query.q) - SYSTEM)


def selectors_of(entities: Any, context: Context) -> tuple[Selector, ...]:
    """Selectors of entities (clause 5.2.33).

    Raises:
        BadRequestData: one of them has no type, or an identifier that is no URI.
    """
    if entities is None:
        return ()
    if not isinstance(entities, list) or not 0 < len(entities) <= 1_000:
        raise BadRequestData("entities is an array of one or more selectors.")
    return tuple(_selector(one, context) for one in entities)


def _selector(one: Any, context: Context) -> Selector:
    if not isinstance(one, dict) or not isinstance(one.get("type"), str):
        raise BadRequestData("A selector of entities is an object with a type.")
    ids = one.get("id", [])
    pattern = one.get("idPattern")
    if pattern is not None:
        if not isinstance(pattern, str):
            raise BadRequestData("idPattern is a text.")
        find_pattern(pattern)
    return Selector(
        types=_selected_types(one["type"], context),
        ids=frozenset(read_uri(item, "id") for item in (ids if isinstance(ids, list) else [ids])),
        id_pattern=pattern,
    )


def _selected_types(text: str, context: Context) -> TypeSelection:
    return parse_type_selection(text, context)


def _geo_of(geo: Any) -> dict[str, Any]:
    if geo is None:
        return {}
    if not isinstance(geo, dict):
        raise BadRequestData("geoQ is an object with georel, geometry and coordinates.")
    return {name: geo[name] for name in (*_GEO, "geoproperty") if name in geo}


def _ordering(ordering: Any, context: Context) -> Ordering | None:
    if ordering is None:
        return None
    if not isinstance(ordering, dict) or "orderBy" not in ordering:
        raise BadRequestData("ordering is an object with orderBy.")
    coordinates, geometry = ordering.get("coordinates"), ordering.get("geometry", "Point")
    if coordinates is not None and not isinstance(coordinates, list):
        raise BadRequestData("ordering.coordinates is an array.")
    if not isinstance(geometry, str):
        raise BadRequestData("ordering.geometry is the name of a geometry.")
    return parse_order_by(
        ordering["orderBy"],
        context,
        collation=ordering.get("collation"),
        order_from=coordinates,
        order_geometry=geometry,
    )


def _check_links(query: Query, said: Mapping[str, Any]) -> None:
    """A condition on linked entities asks for joining as deep (clause 5.7.2.4)."""
    if query.q is None:
        return
    wanted = value_queries.link_depth(query.q)
    if wanted and wanted > join_of(said)[1]:
        raise BadRequestData(
            "q goes through more relationships than are followed; add join and joinLevel."
        )
