"""What is asked of the store, and what came of it: plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from kierto.hub.access import Access
from kierto.hub.store.tenants import Tenant

if TYPE_CHECKING:
    from kierto.hub.callers import Caller

Document: TypeAlias = dict[str, Any]
Apply: TypeAlias = Callable[[Document | None], Document | None]


class Change(NamedTuple):
    """One entity is to become another.

    Attributes:
        tenant: whose entity.
        entity_id: which one; the new document's ``id``.
        apply: gets the document as it is (``None``: there is none) and returns the new one
            (``None``: it is deleted; the very same object: nothing to do), or raises an
            NgsiLdError. It changes nothing else and may be called again.
        by: who asks.
        access: who may read it from now on; ``None`` leaves it, or makes a new one public.
        source: what keeps this entity, where that is a part of the platform. Nobody else
            changes it then.
    """

    tenant: Tenant
    entity_id: str
    apply: Apply
    by: Caller
    access: Access | None = None
    source: str = ""


class Result(NamedTuple):
    """What came of one change: the documents before and after it, or why it was refused.

    ``error`` is an NgsiLdError. A change that asked for nothing has the same document twice.
    """

    before: Document | None = None
    after: Document | None = None
    error: Exception | None = None


class Changed(NamedTuple):
    """A change that really happened, as listeners hear of it.

    ``key`` is the entity's number; it is never given to another. ``at`` is the time of the
    change as the hub writes times.
    """

    tenant: Tenant
    entity_id: str
    key: int
    before: Document | None
    after: Document | None
    access_before: Access | None
    access_after: Access | None
    by: Caller
    at: str
