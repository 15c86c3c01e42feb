"""One entity, from this node and from every source that may have a part of it (clause 5.7.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from kierto.hub.distribution import health
from kierto.hub.distribution.answers import Document, Found
from kierto.hub.distribution.asking import Asking, Match, matching
from kierto.hub.distribution.forwarding import Forward, send_all
from kierto.hub.distribution.inquiring import inquiry_of_entity
from kierto.hub.distribution.merging import merged, without
from kierto.hub.distribution.receiving import documents_of
from kierto.ngsild.errors import LoopDetected
from kierto.ngsild.matching import Query

OPERATIONS = ("retrieveEntity", "queryEntity", "queryBatch")

NOBODY_ELSE: Final = "@none"
"""Names this node among the sources of an entity (clause 5.2.39)."""


def retrieve(
    asking: Asking,
    query: Query,
    local: Callable[[], Document | None],
    known: Collection[str] | None = None,
) -> Found:
    """The entity that ``query`` names.

    Args:
        known: sources that have a part of it, where an entity map says so; no others are asked.
    """
    matches = matching(asking, query, *OPERATIONS)
    if known is not None:
        matches = [match for match in matches if match.source.name in known]
    if not matches:
        return here(local())
    (entity_id,) = query.ids or ("",)
    own = own_part(matches, local())
    if asking.in_circle:
        return _of_circle(matches, own)
    forwards = [_forward(asking, match, query, entity_id) for match in matches]
    outcomes = send_all(asking, forwards)
    parts: list[Document] = [] if own is None else [own]
    fillers: list[Document] = []
    warnings: list[str] = []
    sources = [] if own is None else [NOBODY_ELSE]
    for match, outcome in zip(matches, outcomes, strict=True):
        found = [one for one in documents_of(asking, match, outcome) if one["id"] == entity_id]
        (fillers if match.source.only_fills else parts).extend(found)
        if found:
            sources.append(match.source.name)
        if outcome.warning:
            warnings.append(outcome.warning)
    health.write_due()
    return Found(merged(parts, fillers), warnings, bool(warnings), sources=sources)


def here(document: Document | None) -> Found:
    """What this node alone has of an entity."""
    return Found(document, sources=[] if document is None else [NOBODY_ELSE])


def own_part(matches: list[Match], document: Document | None) -> Document | None:
    """What of the entity is this node's: not what exclusive and redirect sources hold."""
    for match in matches:
        if document is not None and match.source.mode in {"exclusive", "redirect"}:
            document = without(document, match.part.attributes)
    return document


def _of_circle(matches: list[Match], own: Document | None) -> Found:
    proxied = any(match.source.mode in {"exclusive", "redirect"} for match in matches)
    if own is None and proxied:
        raise LoopDetected("The request came back here, and all there is stands elsewhere.")
    return here(own)


def _forward(asking: Asking, match: Match, query: Query, entity_id: str) -> Forward:
    return inquiry_of_entity(asking, match, query, entity_id)
