"""Remembers which private entities an answer shows, for whoever writes down who read what.

Nothing is remembered unless somebody watches: a visitor's reading costs one look at a variable.
Only what is read with the eyes of the caller counts, not what the platform looks at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from kierto.hub.access import PRIVATE, Reader
from kierto.hub.store import connections

if TYPE_CHECKING:
    from kierto.hub.store.tenants import Tenant

Seen = dict[tuple[int, str], str]
"""Number of the tenant and id → readers, as a row says them."""

_IDS: Final = 500
_watched: Final[ContextVar[tuple[Reader, Seen] | None]] = ContextVar("private entities read")


@contextmanager
def watch(reader: Reader) -> Iterator[Seen]:
    """Fills what it gives with the private entities that this reader reads meanwhile, here."""
    seen: Seen = {}
    token = _watched.set((reader, seen))
    try:
        yield seen
    finally:
        _watched.reset(token)


def saw(tenant: Tenant, entity_id: str, visibility: int, readers: str, reader: Reader) -> None:
    """An entity was read."""
    if visibility != PRIVATE:
        return
    watched = _watched.get(None)
    if watched is not None and watched[0] is reader:
        watched[1][tenant.id, entity_id] = readers


def saw_all(tenant: Tenant, documents: Sequence[dict[str, Any]], reader: Reader) -> None:
    """Entities were read; where somebody watches, the database says which are private."""
    watched = _watched.get(None)
    if watched is None or watched[0] is not reader or not documents:
        return
    ids = [document["id"] for document in documents]
    for start in range(0, len(ids), _IDS):
        part = ids[start : start + _IDS]
        marks = ",".join(["%s"] * len(part))
        for entity_id, readers in connections.read(
            "SELECT entity_id, readers FROM hub_entity WHERE tenant = %s AND visibility = %s"  # noqa: S608 - own
            f" AND entity_id IN ({marks})",
            (tenant.id, PRIVATE, *part),
        ):
            watched[1][tenant.id, entity_id] = readers


def saw_past(tenant: Tenant, pasts: Sequence[Any], reader: Reader) -> None:
    """Histories were read; each has ``entity_id`` and ``access``."""
    watched = _watched.get(None)
    if watched is None or watched[0] is not reader:
        return
    for past in pasts:
        if past.access.visibility == PRIVATE:
            readers = " ".join(each.hex for each in past.access.readers)
            watched[1][tenant.id, past.entity_id] = readers
