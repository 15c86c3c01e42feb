"""Collections: opened, changed, paused, closed. Their terms: :mod:`kierto.sharing.actions.terms`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext

from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.parties.models import Agent, Place
from kierto.parties.queries import acts_for, is_system, operates
from kierto.sharing.actions._checked import fit, locked, only
from kierto.sharing.actions.terms import (
    add_group,
    remove_terms,
    rename_group,
    set_plan,
    set_terms,
)
from kierto.sharing.changes import CollectionChanged
from kierto.sharing.errors import collections as errors
from kierto.sharing.models import Booking, Collection, Loan, Terms
from kierto.sharing.opening import check_hours
from kierto.sharing.permissions import (
    can_create_collection,
    can_keep,
    can_move_collection,
    roles_in,
)
from kierto.sharing.states import BLOCKING, THING_STEPS, ThingState

__all__ = [
    "add_group",
    "change_collection",
    "create_collection",
    "move_collection",
    "remove_terms",
    "rename_group",
    "set_plan",
    "set_terms",
]

EDITABLE = (
    "name",
    "description",
    "contact",
    "opening_hours",
    "holidays",
    "timezone",
    "place",
    "repairer",
)
"""What :func:`change_collection` takes."""


@transaction.atomic
def create_collection(
    *,
    owner: Agent,
    place: Place,
    name: str,
    description: str = "",
    opening_hours: str = "24/7",
    holidays: str | None = None,
    timezone: str | None = None,
    contact: str = "",
    by: Agent,
) -> Collection:
    """A draft of a collection, with terms that hold for everything in it.

    ``holidays`` (ISO 3166 country, or empty) and ``timezone`` are those of the place unless
    given.

    Raises:
        NotAllowed, PlaceOfSomebodyElse, NameMissing, BadOpeningHours, UnknownTimezone.
    """
    can_create_collection(by, owner, place).require()
    district = place.district
    values = {
        "name": name,
        "description": description,
        "opening_hours": opening_hours,
        "holidays": (place.country or "FI") if holidays is None else holidays,
        "timezone": timezone or (district.timezone if district else "Europe/Helsinki"),
        "contact": contact,
    }
    collection = Collection(owner=owner, place=place)
    _check_place(by, owner, place)
    _fill(collection, values)
    collection.slug = _slug(collection.name)
    collection.save()
    Terms.objects.create(collection=collection, name=gettext("General terms"), is_default=True)
    announce(CollectionChanged(collection))
    return collection


@transaction.atomic
def change_collection(
    collection: Collection, *, changes: Mapping[str, Any], by: Agent
) -> Collection:
    """Change some of :data:`EDITABLE`; the rest stays, its address too.

    Raises:
        NotAllowed, UnknownSetting, or what opening one would raise.
    """
    collection = locked(collection)
    can_keep(by, collection).require()
    only(changes, EDITABLE)
    if "place" in changes and changes["place"] != collection.place:
        _check_place(by, collection.owner, changes["place"])
    _fill(collection, changes)
    collection.save()
    announce(CollectionChanged(collection))
    return collection


@transaction.atomic
def move_collection(collection: Collection, to: str, *, by: Agent) -> Collection:
    """Publish, pause, open again, or close for good.

    Raises:
        NotAllowed, IllegalTransition: as the table of states says.
        StillOnLoan: somebody has something of it, or has booked it.
    """
    collection = locked(collection)
    roles = roles_in(by, collection)
    if (collection.state, to) in THING_STEPS:
        can_move_collection(by, collection, to).require()
    state = move(THING_STEPS, collection.state, to, roles)
    if state == ThingState.RETIRED:
        _check_nothing_open(collection)
    collection.state = state
    collection.save(update_fields=["state"])
    announce(CollectionChanged(collection))
    return collection


def _check_nothing_open(collection: Collection) -> None:
    out = Loan.objects.filter(line__booking__collection=collection, back_at__isnull=True).count()
    booked = Booking.objects.filter(collection=collection, state__in=BLOCKING, ends__gt=now())
    count = (
        out + booked.exclude(lines__loans__back_at__isnull=True, lines__loans__isnull=False).count()
    )
    if count:
        raise errors.StillOnLoan(count=count)


def _check_place(by: Agent, owner: Agent, place: Place) -> None:
    """One's own place, or a host's for whom one acts; an operator may put it anywhere there."""
    theirs = place.agent_id == owner.pk or acts_for(by, place.agent)
    if not (theirs or is_system(by) or operates(by, place.district_id)):
        raise errors.PlaceOfSomebodyElse


def _fill(collection: Collection, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(collection, name, _given(name, value))
    if not collection.name:
        raise errors.NameMissing
    fit(collection)


def _given(name: str, value: Any) -> Any:
    match name:
        case "opening_hours":
            return check_hours(value)
        case "timezone" if value not in available_timezones():
            raise errors.UnknownTimezone(timezone=value)
        case "holidays":
            return str(value).strip().upper()
        case "name" | "description" | "contact":
            return str(value).strip()
    return value


def _slug(name: str) -> str:
    """An address that no collection has yet."""
    base = slugify(name)[:70].strip("-") or "collection"
    taken = set(Collection.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken.add("new")  # the address of the page that opens one
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
