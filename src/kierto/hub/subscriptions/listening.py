"""At every change, in its transaction: who is to be told gets a row in the outbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from kierto.hub.access import OPEN
from kierto.hub.subscriptions import index, outbox, owners, throttling
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.outbox import Owed
from kierto.ngsild import subscriptions

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from kierto.hub.store.changes import Changed

Document = dict[str, Any]


def entities_changed(changes: list[Changed], cursor: CursorWrapper) -> Callable[[], None] | None:
    """Write what is owed; what is returned sends it, after the commit."""
    known = index.current()
    fresh = known.refresh(cursor, tentative=True)
    tenants = {changed.tenant.id for changed in changes}
    heard = {tenant for tenant in tenants if known.has_words(tenant)}
    owed = [
        each
        for changed in changes
        if changed.tenant.id in heard
        for each in _owed_for(known, changed)
    ]
    if not owed:
        return known.confirm if fresh else None
    at_once = write_owed(cursor, owed)

    def after_commit() -> None:
        from kierto.hub.subscriptions import lanes

        known.confirm()
        lanes.send(at_once)

    return after_commit


def _owed_for(known: index.Index, changed: Changed) -> list[tuple[Entry, Owed]]:
    owed: list[tuple[Entry, Owed]] = []
    access = changed.access_after if changed.after is not None else changed.access_before
    created_at = time.time()
    payloads: dict[bool, bytes] = {}
    differences: subscriptions.Changes | None = None
    for entry in known.concerning(changed.tenant.id, changed.before, changed.after):
        if entry.by_interval or not entry.is_active(changed.at):
            continue
        reader = owners.reader_for(entry.owner)
        if reader is None or not reader.may_read(access or OPEN):
            continue
        if differences is None:
            differences = subscriptions.changes(changed.before, changed.after)
        if not subscriptions.concerns(
            entry.stored,
            changed.before,
            changed.after,
            _resolver(changed, reader),
            changed=differences,
        ):
            continue
        whole = entry.shows_before or changed.after is None
        if whole not in payloads:
            payloads[whole] = _payload(changed, with_before=whole)
        owed.append((entry, Owed(entry.id, changed.entity_id, payloads[whole], created_at)))
    return owed


def _payload(changed: Changed, *, with_before: bool) -> bytes:
    happened: dict[str, Any] = {"at": changed.at, "after": changed.after}
    if with_before:
        happened["before"] = changed.before
    return orjson.dumps(happened)


def _resolver(changed: Changed, reader: Any) -> Callable[[str], Document | None]:
    """Finds entities for queries that follow relationships (clause 4.9)."""
    from kierto.hub.store import reading

    def resolve(entity_id: str) -> Document | None:
        if entity_id == changed.entity_id:
            return changed.after
        return reading.get(changed.tenant, entity_id, reader)

    return resolve


def write_owed(cursor: CursorWrapper, owed: Sequence[tuple[Entry, Owed]]) -> list[Owed]:
    """Write the rows; those that may go at once."""
    rows = [
        each if not entry.throttling else throttling.held_back(cursor, entry, each)
        for entry, each in owed
    ]
    outbox.add(cursor, rows)
    return [each for each in rows if not each.due_at]
