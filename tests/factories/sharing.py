"""Collections, terms, things and members for tests. What there is of a thing, the ledger says."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kierto.catalogue.models import KindLabel, ResourceSpecification, Theme
from kierto.core.quantity import Unit
from kierto.ledger.actions import record_event
from kierto.ledger.models import EconomicResource, Provenance
from kierto.parties.models import Agent, Organization, Place
from kierto.parties.queries import system_agent
from kierto.sharing.models import (
    Collection,
    Group,
    KitPart,
    Membership,
    Terms,
    Thing,
)
from kierto.sharing.states import Sort, ThingState
from tests.factories.catalogue import make_kind
from tests.factories.parties import make_organization, make_person, make_place

_numbers = itertools.count(1)


def make_euro() -> ResourceSpecification:
    """Money as a kind: what charges promise and payments transfer."""
    kind, is_new = ResourceSpecification.objects.get_or_create(
        code="euro", defaults={"path": "/euro/", "unit": Unit.EURO, "theme": Theme.SIDE_STREAMS}
    )
    if is_new:
        KindLabel.objects.create(kind=kind, language="en", label="Euro")
    return kind


def make_collection(
    owner: Agent | Organization | None = None,
    *,
    place: Place | None = None,
    state: str = ThingState.OPEN,
    terms: dict[str, Any] | None = None,
    **fields: Any,
) -> Collection:
    """An open collection of an organisation (a new one if none is given), open day and night.

    ``terms`` changes its default terms. There is a euro to pay with.
    """
    make_euro()
    number = next(_numbers)
    if isinstance(owner, Organization):
        owner = owner.agent
    if place is None:
        owner = owner or make_organization().agent
        place = make_place(owner)
    values: dict[str, Any] = {
        "slug": f"collection-{number}",
        "name": f"Collection {number}",
        "opening_hours": "24/7",
        "state": state,
    }
    collection = Collection.objects.create(
        owner=owner or place.agent, place=place, **{**values, **fields}
    )
    make_terms(collection, is_default=True, name="Default", **(terms or {}))
    return collection


def make_terms(
    collection: Collection, *, groups: list[Group] | None = None, **fields: Any
) -> Terms:
    """Terms of a collection: steps of 15 minutes, at most 14 days, free of charge."""
    values: dict[str, Any] = {"name": f"Terms {next(_numbers)}"}
    terms = Terms.objects.create(collection=collection, **{**values, **fields})
    terms.groups.set(groups or [])
    return terms


def change_default_terms(collection: Collection, **fields: Any) -> Terms:
    """Give the collection's own terms other values."""
    terms = Terms.objects.get(collection=collection, is_default=True)
    for name, value in fields.items():
        setattr(terms, name, value)
    terms.save()
    return terms


def make_thing(
    collection: Collection | None = None,
    *,
    sort: str = Sort.ITEM,
    quantity: int = 1,
    state: str = ThingState.OPEN,
    kind: ResourceSpecification | None = None,
    terms: Terms | None = None,
    **fields: Any,
) -> Thing:
    """An open thing of which ``quantity`` exist and lie at its place: a `raise` in the ledger."""
    collection = collection or make_collection()
    number = next(_numbers)
    kind = kind or make_kind(unit=Unit.ITEM)
    values: dict[str, Any] = {
        "code": f"T-{number:05}",
        "name": f"Thing {number}",
        "place": collection.place,
    }
    thing = Thing(
        collection=collection,
        sort=sort,
        kind=kind,
        state=state,
        terms=terms,
        **{**values, **fields},
    )
    if sort != Sort.KIT:
        thing.resource = raise_stock(thing, quantity)
    thing.save()
    return thing


def raise_stock(thing: Thing, quantity: int) -> EconomicResource:
    """So many of the thing come into being."""
    event = record_event(
        action="raise",
        provider=thing.collection.owner,
        receiver=thing.collection.owner,
        conforms_to=thing.kind,
        quantity=Decimal(quantity),
        resource=thing.resource or EconomicResource(conforms_to=thing.kind, name=thing.name),
        to_location=thing.place,
        provenance=Provenance.PROGRAM,
        by=system_agent(),
    )
    assert event.resource is not None
    return EconomicResource.objects.get(pk=event.resource.pk)


def make_pool(collection: Collection | None = None, quantity: int = 5, **fields: Any) -> Thing:
    """Several equal items."""
    return make_thing(collection, sort=Sort.POOL, quantity=quantity, **fields)


def make_space(collection: Collection | None = None, **fields: Any) -> Thing:
    """A room for twelve."""
    return make_thing(collection, sort=Sort.SPACE, **{"seats": 12, **fields})


def make_kit(
    collection: Collection | None = None, *parts: tuple[Thing, int], **fields: Any
) -> Thing:
    """A kit of parts; without any, one item and two of a pool of five."""
    collection = collection or make_collection()
    chosen = parts or ((make_thing(collection), 1), (make_pool(collection), 2))
    kit = make_thing(collection, sort=Sort.KIT, **fields)
    for part, quantity in chosen:
        KitPart.objects.create(kit=kit, part=part, quantity=quantity)
    return kit


def make_group(collection: Collection, name: str | None = None) -> Group:
    """A group of a collection."""
    return Group.objects.create(collection=collection, name=name or f"Group {next(_numbers)}")


def make_member(
    collection: Collection,
    agent: Agent | None = None,
    *,
    groups: list[Group] | None = None,
    **fields: Any,
) -> Membership:
    """Somebody (a new person if nobody is given) is a member and has agreed to the rules."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "number": f"{number:06}",
        "since": timezone.localdate(),
        "agreed_at": timezone.now(),
    }
    membership = Membership.objects.create(
        collection=collection,
        agent=agent or make_person().agent,
        **{**values, **fields},
    )
    membership.groups.set(groups or [])
    return membership
