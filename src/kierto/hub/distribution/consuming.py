"""Reading operations over this node and its sources (clauses 5.7.1, 5.7.2, 5.7.5 to 5.7.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kierto.hub.distribution import (
    discovering,
    entity_maps,
    gathering,
    registry,
    retrieving,
    snapshots,
)
from kierto.hub.distribution.answers import Discovered, Document, Found, Gathered
from kierto.hub.distribution.asking import asking_of, matching
from kierto.ngsild.errors import BadRequestData

if TYPE_CHECKING:
    from kierto.hub.http import Call
    from kierto.ngsild.matching import Query


def retrieve(
    call: Call,
    entity_id: str,
    query: Query,
    local: Callable[[], Document | None],
) -> Found:
    """One entity. ``query`` may narrow types and attributes; ``local`` reads the store once.

    Returns the document merged from everywhere, or None where nobody has it (the caller raises
    ResourceNotFound). Never raises for a source that fails: that is a warning.

    Raises:
        LoopDetected: all there is stands at a source that asked us.
        ResourceNotFound: the request names a snapshot that is not there.
    """
    frozen = snapshots.named(call)
    if frozen is not None:
        return snapshots.retrieve(frozen, entity_id, call.reader)
    kept, wanted = entity_maps.known(call)
    if call.local or registry.is_empty(call.tenant.id):
        found = retrieving.here(local())
    else:
        sources = None if kept is None else entity_maps.sources_of(kept, entity_id)
        found = retrieving.retrieve(asking_of(call), query, local, sources)
    if found.document is None or not (kept or wanted):
        return found
    if kept is None:
        lifetime = entity_maps.lifetime_of(call)
        entries = [(entity_id, found.sources)]
        kept = entity_maps.make(call.tenant, call.caller, entries, lifetime)
    found.entity_map = entity_maps.PATH + kept.name
    return found


def query(
    call: Call,
    query: Query,
    local: Callable[[int, int, bool], Any],
    *,
    limit: int,
    offset: int,
    count: bool,
    order: Any = None,
) -> Gathered:
    """One page of the entities that match.

    ``local(limit, offset, count)`` reads one page of the store's matches and returns something
    with ``.documents`` and ``.total`` (store.reading.Page); ``order`` is what ordering.sort takes
    (None: order by entity id). Say one more than the page as ``limit``, to see whether there are
    more.

    Raises:
        BadRequestData: the order of a query over several sources cannot be chosen (4.23).
        ResourceNotFound: the request names a snapshot or an entity map that is not there.
        TooManyResults: the page lies deeper than sources are asked for.
    """
    frozen = snapshots.named(call)
    if frozen is not None:
        return snapshots.query(frozen, query, call.reader, limit, offset, count, order)
    kept = entity_maps.named(call)
    if kept is not None:
        return entity_maps.page(call, kept, query, limit, offset, count)
    wanted = "entityMap" in call.query and call.flag("entityMap")
    if not wanted and (call.local or registry.is_empty(call.tenant.id)):
        return _of_page(local(limit, offset, count))
    asking = asking_of(call)
    matches = [] if asking.local else matching(asking, query, *gathering.OPERATIONS)
    if wanted:
        return entity_maps.first_page(call, asking, matches, query, limit, offset, count)
    if not matches:
        return _of_page(local(limit, offset, count))
    if order is not None:
        raise BadRequestData(
            "Other sources have a part in this query, so its order cannot be chosen; "
            "leave orderBy out, or say local=true."
        )
    return gathering.page(asking, matches, query, local, limit, offset, count)


def _of_page(page: Any) -> Gathered:
    return Gathered(list(page.documents), page.total)


def discovery(call: Call, kind: str, local: Callable[[], Any]) -> Discovered:
    """Types and attributes known here and at the sources.

    ``kind``: "types", "type", "attributes" or "attribute" (the address says which one);
    ``local()`` returns rows as store.reading.types / .attributes do, and the answer's rows have
    the same shape.
    """
    if call.local or registry.is_empty(call.tenant.id):
        return Discovered(local())
    return discovering.discovery(call, asking_of(call), kind, local())
