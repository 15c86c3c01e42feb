"""Registrations: made, changed, deleted; found under the right words; in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from django.db import transaction
from django.utils import timezone

from kierto.hub import outgoing
from kierto.hub.access import EVERYTHING
from kierto.hub.distribution import registry
from kierto.hub.distribution.registry import Source
from kierto.hub.models import Registration, RegistrationKey, RegistrationState
from kierto.hub.store import reading, tenants
from kierto.ngsild import registrations, times
from kierto.ngsild.errors import (
    AlreadyExists,
    BadRequestData,
    Conflict,
    ResourceNotFound,
    TooManyResults,
)
from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.registrations import Stored
from kierto.ngsild.times import as_datetime
from kierto.ngsild.types import TypeSelection

if TYPE_CHECKING:
    from kierto.hub.callers import Caller
    from kierto.hub.store.tenants import Tenant

OF_ONE_TENANT = 100_000
_PORTION = 500


@dataclass(frozen=True, slots=True)
class RegistrationChange:
    """A change of a registration, as listeners hear of it inside the transaction."""

    tenant: Tenant
    name: str
    before: Stored | None
    after: Stored | None


Listener = Callable[[RegistrationChange], None]

_listeners: dict[str, Listener] = {}


def on_registration_changed(name: str, listener: Listener) -> None:
    """Hear of changes inside the transaction; what is to happen after it goes to on_commit."""
    _listeners[name] = listener


def find(tenant: Tenant, name: str) -> Registration:
    """The row of a registration.

    Raises:
        ResourceNotFound: there is none, or its time is over.
    """
    row = Registration.objects.filter(tenant=tenant.id, name=name).first()
    if row is None or _is_over(row):
        raise ResourceNotFound(f"There is no registration {name[:256]}.")
    return row


def create(tenant: Tenant, stored: Stored, *, by: Caller) -> Registration:
    """Registers a source.

    Raises:
        AlreadyExists: one of this name stands.
        BadRequestData: its address leads where this node does not go.
        Conflict: it takes what another source, or this node, has for itself.
        TooManyResults: the tenant has as many as the node keeps.
    """
    _check_address(stored)
    with transaction.atomic():
        _lock(tenant)
        rows = Registration.objects.filter(tenant=tenant.id)
        standing = rows.filter(name=stored["id"]).first()
        if standing is not None:
            if not _is_over(standing):
                raise AlreadyExists(f"There is a registration {stored['id'][:256]} already.")
            _take_away(tenant, standing)
        if rows.count() >= OF_ONE_TENANT:
            raise TooManyResults(f"The node keeps {OF_ONE_TENANT} registrations of a tenant.")
        _check_conflicts(tenant, stored)
        row = Registration(tenant=tenant.id, name=stored["id"], created_by_id=by.agent_id)
        _write(row, stored)
        _touch(tenant)
        _announce(RegistrationChange(tenant, row.name, None, stored))
    return row


def update(tenant: Tenant, name: str, change: Callable[[Stored], Stored]) -> Stored:
    """Changes a registration; ``change`` gets what stands and returns what shall.

    Raises:
        ResourceNotFound: there is none.
        BadRequestData, Conflict: as :func:`create`, or by ``change``.
    """
    # Whether the address is known is asked of the network: not inside the transaction.
    _check_address(change(orjson.loads(find(tenant, name).stored)))
    with transaction.atomic():
        _lock(tenant)
        row = find(tenant, name)
        before = orjson.loads(row.stored)
        after = change(before)
        _check_conflicts(tenant, after)
        _write(row, after)
        _touch(tenant)
        _announce(RegistrationChange(tenant, name, before, after))
    return after


def delete(tenant: Tenant, name: str) -> None:
    """Takes a registration away.

    Raises:
        ResourceNotFound: there is none.
    """
    with transaction.atomic():
        _lock(tenant)
        _take_away(tenant, find(tenant, name))


def delete_expired() -> int:
    """Takes away registrations whose time is over (5.9.2.4), and says how many."""
    over = Registration.objects.filter(expires_at__lte=timezone.now())
    numbers = set(over.values_list("tenant", flat=True)[:_PORTION])
    places = [tenants.find(name) for name in ["", *tenants.names()]] if numbers else []
    total = 0
    for place in places:
        if place.id not in numbers:
            continue
        with transaction.atomic():
            _lock(place)
            for row in over.filter(tenant=place.id)[:_PORTION]:
                _take_away(place, row)
                total += 1
    return total


def _is_over(row: Registration) -> bool:
    return row.expires_at is not None and row.expires_at <= timezone.now()


def _take_away(tenant: Tenant, row: Registration) -> None:
    before = orjson.loads(row.stored)
    row.delete()
    _touch(tenant)
    _announce(RegistrationChange(tenant, row.name, before, None))


def _lock(tenant: Tenant) -> None:
    """One change of a tenant's registrations after the other."""
    RegistrationState.objects.get_or_create(pk=tenant.id)
    RegistrationState.objects.select_for_update().get(pk=tenant.id)


def _touch(tenant: Tenant) -> None:
    """Every process will notice; said last, so that nobody remembers what is half done."""
    RegistrationState.objects.filter(pk=tenant.id).update(state=uuid4())
    transaction.on_commit(lambda: registry.forget(tenant.id))


def _write(row: Registration, stored: Stored) -> None:
    row.mode = stored["mode"]
    row.stored = orjson.dumps(stored).decode()
    expires = stored.get("expiresAt")
    row.expires_at = None if expires is None else as_datetime(expires)
    row.save()
    row.keys.all().delete()
    RegistrationKey.objects.bulk_create(
        [
            RegistrationKey(tenant=row.tenant, kind=kind, word=word, registration=row)
            for kind, word in sorted(registry.keys_of(stored))
        ],
        batch_size=500,
    )


def _announce(change: RegistrationChange) -> None:
    for listener in list(_listeners.values()):
        listener(change)


# ------------------------------------------------------------------- conflicts


def _check_address(stored: Stored) -> None:
    try:
        outgoing.check(stored["endpoint"])
    except outgoing.Refused as error:
        raise BadRequestData(f"endpoint: {error}") from error


def _check_conflicts(tenant: Tenant, stored: Stored) -> None:
    """What one source has for itself, no other source and no entity here may have (5.9.2.4)."""
    if stored["mode"] not in {"exclusive", "redirect"}:
        return
    now = times.now()
    for other in _neighbours(tenant, stored):
        if other.name == stored["id"] or not registrations.available(other.stored, now=now):
            continue
        if registrations.conflict(stored, other.stored):
            raise Conflict(f"The registration {other.name[:256]} holds a part of this for itself.")
    for query in _entities_of(stored):
        found = reading.find(tenant, query, EVERYTHING, limit=1)
        if found.documents:
            raise Conflict(
                f"The entity {found.documents[0]['id'][:256]} stands here and has a part of this."
            )


def _neighbours(tenant: Tenant, stored: Stored) -> tuple[Source, ...]:
    found: dict[int, Source] = {}
    for query in _selected(stored):
        found |= {one.key: one for one in registry.concerned(tenant.id, query)}
    return tuple(found.values())


def _selected(stored: Stored) -> list[Query]:
    queries = []
    for part in stored["information"]:
        names = frozenset([*part.get("properties", ()), *part.get("relationships", ())]) or None
        selectors = tuple(map(_selector, part.get("entities", ())))
        queries.append(Query(attrs=names, selectors=selectors))
    return queries


def _selector(selector: dict[str, Any]) -> Selector:
    ids = selector.get("id", [])
    types = selector.get("type", [])
    return Selector(
        types=_types([types] if isinstance(types, str) else types),
        ids=frozenset(ids if isinstance(ids, list) else [ids]),
        id_pattern=selector.get("idPattern"),
    )


def _types(names: list[str]) -> TypeSelection | None:
    return TypeSelection(tuple(frozenset({one}) for one in names)) if names else None


def _entities_of(stored: Stored) -> list[Query]:
    """Questions for entities here that the registration would take."""
    if stored["mode"] == "redirect":
        return [one for one in _selected(stored) if one.selectors or one.attrs]
    queries = []
    for one in _selected(stored):
        # The type does not matter: an entity is named.
        ids = frozenset().union(*(selector.ids for selector in one.selectors))
        if ids and one.attrs:
            queries.append(Query(ids=ids, attrs=one.attrs))
    return queries
