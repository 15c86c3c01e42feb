"""Reading operations over this node and its sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kierto.hub.distribution.answers import Discovered, Document, Found, Gathered

if TYPE_CHECKING:
    from kierto.hub.http import Call
    from kierto.ngsild.matching import Query


def retrieve(
    call: Call,
    entity_id: str,
    query: Query | None,
    local: Callable[[], Document | None],
) -> Found:
    """One entity. ``query`` may narrow types and attributes; ``local`` reads the store once.

    Returns the document merged from everywhere, or None where nobody has it (the caller raises
    ResourceNotFound). Never raises for a source that fails: that is a warning.
    """
    return Found(local())


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
    (None: order by entity id).
    """
    page = local(limit, offset, count)
    return Gathered(list(page.documents), page.total)


def discovery(call: Call, kind: str, local: Callable[[], Any]) -> Discovered:
    """Types and attributes known here and at the sources.

    ``kind``: "types", "type" or "attributes", "attribute"; ``local()`` returns rows as
    store.reading.types / .attributes do, and the answer's rows have the same shape.
    """
    return Discovered(local())
