"""Which copies are to stand at which sources, worked out from subscriptions and registrations.

Only what changed since the last time is looked at: subscriptions by their version, and all of a
tenant where its registrations changed. Now and then everything is looked at, since time changes
things too: what expires, and who may still subscribe.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from django.db import connection

from kierto.hub.access import PARTNERS, Reader
from kierto.hub.distribution import forwarding, identity, registry
from kierto.hub.distribution.asking import Asking, Match, matching
from kierto.hub.distribution.registry import Source
from kierto.hub.models import Node, RegistrationState, SubscriptionCopy
from kierto.hub.subscriptions import index, owners, rows, tenants_by_id
from kierto.hub.subscriptions.copies import payloads
from kierto.hub.subscriptions.index import Entry
from kierto.hub.subscriptions.per_process import PerProcess
from kierto.ngsild import subscriptions, times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import LoopDetected, NgsiLdError

ALL_SECONDS: Final = 900.0
"""How often everything is looked at."""

AT_ONCE: Final = 500
"""Copies that are planned in one commit, and a few more."""

OPERATION: Final = "createSubscription"


@dataclass(slots=True)
class Seen:
    """What this process has planned for already."""

    version: int = 0
    states: dict[int, UUID] = field(default_factory=dict)
    all_at: float = 0.0


_all_seen = PerProcess(Seen)
forget = _all_seen.forget
_lock = threading.Lock()


def plan_due() -> int:
    """Plans for all that changed since the last time; how many copies are to change."""
    with _lock:
        planned = 0
        changes: list[SubscriptionCopy] = []
        for number in sorted(_due()):
            changes += plan(number)
            if len(changes) >= AT_ONCE:
                planned += _write(changes)
                changes = []
        return planned + _write(changes)


def _due() -> Collection[int]:
    known, seen = index.current(), _all_seen.current()
    with connection.cursor() as cursor:
        version = rows.version(cursor)
        changed = {row.id for row in rows.newer(cursor, seen.version)} if seen.version else set()
        # After that, so that the index knows all that changed.
        known.refresh(cursor)
    states = dict(RegistrationState.objects.values_list("tenant", "state"))
    now = time.monotonic()
    if not seen.version or now > seen.all_at + ALL_SECONDS:
        seen.all_at = now
        changed = set(SubscriptionCopy.objects.values_list("subscription", flat=True).distinct())
        fresh = set(states)
    else:
        fresh = {tenant for tenant, state in states.items() if seen.states.get(tenant) != state}
    for tenant in fresh:
        changed |= {entry.id for entry in known.of_kind(tenant, rows.ENTITIES)}
    seen.version, seen.states = version, states
    return changed


def plan(number: int) -> list[SubscriptionCopy]:
    """The copies of a subscription that are to change, as they are to be; not written yet."""
    entry = index.current().get(number)
    wanted = {} if entry is None else {one.source.key: one for one in _wanted(entry)}
    standing = list(SubscriptionCopy.objects.filter(subscription=number).exclude(wanted=""))
    return list(_changes(number, entry, wanted, standing)) if wanted or standing else []


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A source that a subscription is to stand at."""

    source: Source
    match: Match
    asking: Asking
    address: str


def _wanted(entry: Entry) -> Iterator[_Wanted]:
    stored, now = entry.stored, times.now()
    reader = owners.reader_for(entry.owner)
    if reader is None or entry.kind != rows.ENTITIES or stored.get("localOnly") is True:
        return
    if subscriptions.status(stored, now) == "expired" or registry.is_empty(entry.tenant):
        return
    asking = payloads.asking_of(
        stored,
        Asking(tenants_by_id.tenant(entry.tenant), reader, now=now, via=stored.get("via", "")),
    )
    try:
        matches = matching(asking, subscriptions.query_of(stored), OPERATION)
    except LoopDetected:
        return
    addresses = _addresses({match.source.stored.get("node") for match in matches} - {None})
    for match in matches:
        node = match.source.stored.get("node", "")
        address = addresses.get(node) or str(stored.get("base") or "")
        if address and match.source.stored.get("alias") != identity.alias(asking.tenant.name):
            yield _Wanted(match.source, match, asking, address)


def _addresses(nodes: Collection[Any]) -> dict[str, str]:
    """How nodes of other cities reach this one."""
    if not nodes:
        return {}
    found = Node.objects.filter(pk__in=nodes).values_list("pk", "own_address")
    return {str(pk): address for pk, address in found}


def _changes(
    number: int,
    entry: Entry | None,
    wanted: dict[int, _Wanted],
    standing: list[SubscriptionCopy],
) -> Iterator[SubscriptionCopy]:
    met = set()
    for row in standing:
        one = wanted.get(row.registration)
        if entry is None or one is None or not _same_place(orjson.loads(row.source), one.source):
            yield _changed(row, "", row.source, row.partners)
            continue
        met.add(row.registration)
        text, partners = _text(entry, one, row.urn), _as_partner(one.asking.reader)
        source = _source(one.source)
        if partners != row.partners:  # what it is told as cannot be changed where it stands
            yield _changed(row, "", source, row.partners)
            met.remove(row.registration)
        elif text is not None and (text, source) != (row.wanted, row.source):
            yield _changed(row, text, source, partners)
    for key, one in wanted.items():
        if key not in met and entry is not None:
            urn = f"urn:ngsi-ld:Subscription:{uuid4()}"
            text = _text(entry, one, urn)
            if text:
                partners = _as_partner(one.asking.reader)
                row = SubscriptionCopy(subscription=number, registration=key, urn=urn)
                yield _changed(row, text, _source(one.source), partners)


def _changed(row: SubscriptionCopy, wanted: str, source: str, partners: bool) -> SubscriptionCopy:
    row.wanted, row.source, row.partners = wanted, source, partners
    row.due_at, row.failures = time.time(), row.failures if not wanted else 0
    return row


def _text(entry: Entry, one: _Wanted, urn: str) -> str | None:
    """The copy; empty where there is to be none, ``None`` where that cannot be told now."""
    try:
        terms = forwarding.terms_for(one.source, CORE)
    except NgsiLdError:  # the context it is registered with cannot be had
        return None
    copy = payloads.copy_of(
        entry.stored, one.match, one.asking, terms, urn=urn, address=one.address
    )
    return "" if copy is None else orjson.dumps(copy, option=orjson.OPT_SORT_KEYS).decode()


def _source(source: Source) -> str:
    return orjson.dumps(source.stored, option=orjson.OPT_SORT_KEYS).decode()


def _same_place(stored: dict[str, Any], source: Source) -> bool:
    return all(stored.get(name) == source.stored.get(name) for name in ("endpoint", "tenant"))


def _as_partner(reader: Reader) -> bool:
    return reader.everything or PARTNERS in reader.levels


def _write(changes: Sequence[SubscriptionCopy]) -> int:
    from kierto.hub.store import writing

    if changes:
        writing.run(lambda _cursor: _put(changes))
    return len(changes)


def _put(changes: Iterable[SubscriptionCopy]) -> None:
    """Those that go first: a source has one copy of a subscription at a time."""
    names = ["wanted", "source", "partners", "due_at", "failures"]
    for row in sorted(changes, key=lambda row: row.wanted != ""):
        if row._state.adding:
            SubscriptionCopy.objects.bulk_create([row], ignore_conflicts=True)
        else:
            row.save(update_fields=names)
