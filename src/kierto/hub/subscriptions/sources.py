"""Subscriptions to context sources (clause 5.11): who is told of registrations that come and go.

The part that keeps registrations tells of their changes inside the transaction.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.db import connection, transaction

from kierto.hub.subscriptions import index, outbox
from kierto.hub.subscriptions.copies import working
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.matching_sources import matching_parts
from kierto.hub.subscriptions.outbox import Owed
from kierto.hub.subscriptions.rows import SOURCES
from kierto.ngsild import registrations, subscriptions, times
from kierto.ngsild.contexts import Context

if TYPE_CHECKING:
    from kierto.hub.distribution.registering import RegistrationChange

NEWLY: Final = "newlyMatching"
UPDATED: Final = "updated"
NO_LONGER: Final = "noLongerMatching"

Stored = dict[str, Any]


def registration_changed(changed: RegistrationChange) -> None:
    """Owe notifications of a registration, in the transaction of its change."""
    known = index.current()
    with connection.cursor() as cursor:
        fresh = known.refresh(cursor, tentative=True)
        owed = changes_owed(known, changed.before, changed.after, changed.tenant.id)
        outbox.add(cursor, owed)
    if owed or fresh:
        transaction.on_commit(lambda: _send(known, owed))
    working.registration_changed()


def changes_owed(
    known: index.Index, before: Stored | None, after: Stored | None, tenant: int
) -> list[Owed]:
    """What a change of a registration owes to whom."""
    now = times.now()
    owed = []
    for entry in known.of_kind(tenant, SOURCES):
        if entry.by_interval or not entry.is_active(now):
            continue
        was = before is not None and bool(matching_parts(entry.stored, before, now))
        is_now = after is not None and bool(matching_parts(entry.stored, after, now))
        source = after if is_now else before
        if source is None or not (was or is_now):
            continue
        reason = UPDATED if was and is_now else NEWLY if is_now else NO_LONGER
        owed.append(owed_of(entry.id, reason, [source], now))
    return owed


def owed_of(subscription: int, reason: str, found: list[Stored], now: str) -> Owed:
    """One notification about some registrations."""
    told = [_without_secrets(each) for each in found]
    payload = orjson.dumps({"at": now, "reason": reason, "sources": told})
    return Owed(subscription, "", payload, time.time())


def all_matching(entry: Entry) -> Owed | None:
    """The notification about all that matches now; None when nothing does."""
    from kierto.hub.distribution import registry

    now = times.now()
    found = [
        source.stored
        for source in registry.every(entry.tenant)
        if matching_parts(entry.stored, source.stored, now)
    ]
    return owed_of(entry.id, NEWLY, found, now) if found else None


def body(entry: Entry, happened: dict[str, Any], context: Context, at: str) -> dict[str, Any]:
    """The notification (clause 5.3.2): of each source only the parts that were asked for."""
    return subscriptions.registration_notification(
        entry.stored,
        [
            registrations.write_registration(_narrowed(entry, each), context)
            for each in happened["sources"]
        ],
        reason=happened["reason"],
        identifier=f"urn:ngsi-ld:ContextSourceNotification:{uuid.uuid4()}",
        now=at,
    )


def _narrowed(entry: Entry, source: Stored) -> Stored:
    parts = matching_parts(entry.stored, source, None)
    if not parts:
        return source
    narrowed = source | {"information": [source["information"][number] for number in parts]}
    original = source.get("original")
    if isinstance(original, dict) and len(original.get("information", ())) == len(
        source["information"]
    ):
        narrowed["original"] = original | {
            "information": [original["information"][number] for number in parts]
        }
    return narrowed


def _without_secrets(source: Stored) -> Stored:
    """What is said to sources only (tokens, for example) is nobody else's business."""
    told = {name: value for name, value in source.items() if name != "contextSourceInfo"}
    if isinstance(told.get("original"), dict):
        told["original"] = {
            name: value for name, value in told["original"].items() if name != "contextSourceInfo"
        }
    return told


def _send(known: index.Index, owed: list[Owed]) -> None:
    from kierto.hub.subscriptions import lanes

    known.confirm()
    lanes.send(owed)
