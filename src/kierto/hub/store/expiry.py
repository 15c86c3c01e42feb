"""Entities whose time is over are not read any more; a round takes them away."""

from __future__ import annotations

import time
from typing import Final

from kierto.hub.store import connections
from kierto.hub.store.changes import Change, Document
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.writing import write

_PORTION: Final = 500


def sweep() -> int:
    """Delete expired entities, and say how many. Who listens hears of each."""
    from kierto.hub.callers import SYSTEM

    total = 0
    while True:
        rows = connections.read(
            "SELECT e.tenant, t.name, e.entity_id FROM hub_entity e JOIN hub_tenant t"
            " ON t.id = e.tenant WHERE e.expires <= %s ORDER BY e.key LIMIT %s",
            (time.time(), _PORTION),
        )
        # That they are expired is found by the writer, under its lock.
        write([Change(Tenant(number, name), each, _same, SYSTEM) for number, name, each in rows])
        total += len(rows)
        if len(rows) < _PORTION:
            return total


def _same(document: Document | None) -> Document | None:
    return document
