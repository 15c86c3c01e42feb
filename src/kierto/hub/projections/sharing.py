"""Collections and what they lend: things, spaces and vehicles. Bookings are not published."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from kierto.core.announce import listen
from kierto.hub.access import PRIVATE, Access
from kierto.hub.projections import naming
from kierto.hub.projections.attributes import (
    agent_urn,
    document,
    prop,
    rel,
    urn,
    words,
)
from kierto.hub.projections.parties import follow_places, found_at, lying_at
from kierto.hub.projections.publishing import Projection, Published, publish
from kierto.parties.models import Place
from kierto.sharing.changes import CollectionChanged, ThingChanged
from kierto.sharing.models import Collection, Thing
from kierto.sharing.states import Sort, ThingState


def collection_urn(collection: Collection) -> str:
    return urn("Collection", collection.slug)


def _access(collection: Collection, *, is_open: bool) -> Access:
    """What is open is for everybody; else it is the keeper's, as on the pages."""
    return Access() if is_open else Access(PRIVATE, frozenset({collection.owner_id}))


def _collection(collection: Collection, now: str) -> Published | None:
    if collection.state == ThingState.DRAFT:
        return None
    attributes = {
        "name": prop(collection.name),
        "description": prop(collection.description),
        "owner": rel(agent_urn(collection.owner_id)),
        "contactPoint": prop(collection.contact),
        "openingHours": prop(collection.opening_hours),
        "timeZone": prop(collection.timezone),
        "state": prop(collection.state),
        **found_at(collection.place),
    }
    types = ["Collection", "PointOfInterest"]
    return Published(
        document(collection_urn(collection), types, now, attributes),
        _access(collection, is_open=collection.state == ThingState.OPEN),
    )


_COLLECTION_FACTS = ("owner", "place__district")

COLLECTIONS = Projection(
    "sharing.collection",
    lambda: Collection.objects.select_related(*_COLLECTION_FACTS).order_by("pk").iterator(),
    collection_urn,
    _collection,
)


# ------------------------------------------------------------------ things

_TYPES = {Sort.SPACE: ["Space", "Thing"], Sort.VEHICLE: ["Vehicle", "Thing"]}


def thing_urn(thing: Thing) -> str:
    return urn("Thing", thing.code)


def _thing(thing: Thing, now: str) -> Published | None:
    if ThingState.DRAFT in (thing.state, thing.collection.state):
        return None
    attributes = {
        "name": prop(thing.name),
        "description": prop(thing.description),
        "collection": rel(collection_urn(thing.collection)),
        "owner": rel(agent_urn(thing.collection.owner_id)),
        "countedAs": prop(thing.sort),
        "kind": prop(thing.kind.code),
        "kindName": words(naming.of_kind(thing.kind)),
        "condition": prop(thing.condition),
        "seats": prop(thing.seats),
        "equipment": prop(thing.features),
        "accessibility": prop(thing.accessibility),
        "openingHours": prop(thing.opening_hours),
        "state": prop(thing.state),
        **lying_at(thing.place),
    }
    is_open = thing.state == thing.collection.state == ThingState.OPEN
    types = _TYPES.get(Sort(thing.sort), ["Thing"])
    return Published(
        document(thing_urn(thing), types, now, attributes),
        _access(thing.collection, is_open=is_open),
    )


def _things(wanted: Q | None = None) -> Iterable[Thing]:
    return (
        Thing.objects.filter(wanted or Q())
        .select_related("collection__owner", "kind", "place__district")
        .prefetch_related("kind__labels")
        .order_by("pk")
        .iterator(chunk_size=500)
    )


THINGS = Projection("sharing.thing", _things, thing_urn, _thing)


# ------------------------------------------------------------------ what changes


def _collection_changed(collection: Collection) -> None:
    publish(COLLECTIONS, [collection])
    publish(THINGS, _things(Q(collection=collection)))


def _lying_at(place: Place) -> Iterable[Collection]:
    return Collection.objects.filter(place=place).select_related(*_COLLECTION_FACTS)


def start() -> None:
    """Hear of what changes."""
    follow_places((COLLECTIONS, _lying_at), (THINGS, lambda place: _things(Q(place=place))))
    naming.follow(
        naming.Named(
            THINGS, "kind", naming.of_kinds, lambda codes: _things(Q(kind__code__in=codes))
        )
    )
    listen(CollectionChanged, lambda change: _collection_changed(change.collection))
    listen(ThingChanged, lambda change: publish(THINGS, [change.thing]))
