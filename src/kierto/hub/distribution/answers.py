"""What a distributed operation gives back to the interface that asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kierto.ngsild.errors import NgsiLdError

Document = dict[str, Any]
Payload = dict[str, Any]


@dataclass(slots=True)
class Found:
    """One entity, put together from this node and its sources.

    Attributes:
        document: the entity (expanded), None where nobody has it.
        warnings: values of NGSILD-Warning headers, one per source that did not answer well.
        partial: whether a source that may hold a part of the entity did not answer.
        snapshot: which snapshot the entity is of, for the NGSILD-Snapshot header.
        sources: registrations that have a part of it, ``@none`` for this node.
        entity_map: address of the entity map that names them, for the NGSILD-EntityMap header.
    """

    document: Document | None
    warnings: list[str] = field(default_factory=list)
    partial: bool = False
    snapshot: str | None = None
    sources: list[str] = field(default_factory=list)
    entity_map: str | None = None


@dataclass(slots=True)
class Gathered:
    """Entities of one query, put together from this node and its sources.

    Attributes:
        documents: one page, in the order asked for.
        total: how many there are altogether; None where nobody asked for the count.
        warnings: values of NGSILD-Warning headers.
        entity_map: address of the entity map that holds the order of the whole result, for the
            NGSILD-EntityMap header; None where none is kept.
        more: whether there are further entities after this page; None where one more entity than
            the page has says it.
        made: the entity map was made by this very request, so the answer is 201 (6.4.3.2).
        snapshot: which snapshot the entities are of, for the NGSILD-Snapshot header.
    """

    documents: list[Document]
    total: int | None = None
    warnings: list[str] = field(default_factory=list)
    entity_map: str | None = None
    more: bool | None = None
    made: bool = False
    snapshot: str | None = None


@dataclass(slots=True)
class Provided:
    """What became of one writing operation on one entity.

    Attributes:
        result: what ``local`` returned; None where nothing was to be done here, or it failed.
        errors: one ``{"entityId", "error": problem, "registrationId"?}`` per part that failed.
        updated: expanded names of attributes that were written by sources.
        not_updated: ``{"attributeName" (expanded), "reason", "registrationId"?}`` by sources or by
            this node when its part failed.
        warnings: values of NGSILD-Warning headers.
        parts: how many parts there were: sources, and this node if it had one.
        done: how many of them succeeded wholly.
    """

    result: Any = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    not_updated: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    parts: int = 1
    done: int = 1

    @property
    def partial(self) -> bool:
        """Whether the answer is 207: several parts, and not all of them succeeded."""
        return bool(self.errors or self.not_updated)

    def batch_result(self, entity_id: str) -> dict[str, Any]:
        """The body of a 207 for a whole entity (BatchOperationResult)."""
        return {"success": [entity_id] if self.done else [], "errors": self.errors}


@dataclass(slots=True)
class ProvidedBatch:
    """What became of a batch.

    Attributes:
        success: ids of entities of which every part succeeded, in the order of the request.
        created: those of them that were created (for upserts), as ``local`` and sources say.
        errors: one ``{"entityId", "error": problem, "registrationId"?}`` per failed part.
        warnings: values of NGSILD-Warning headers.
    """

    success: list[str]
    created: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LocalBatch:
    """What ``local`` of a batch returns: ids done, ids created among them, errors as above."""

    success: Sequence[str]
    created: Sequence[str] = ()
    errors: Sequence[tuple[str, NgsiLdError]] = ()


@dataclass(slots=True)
class Discovered:
    """Types or attributes known here and at the sources: rows as ``local`` returned them."""

    rows: Any
    warnings: list[str] = field(default_factory=list)
