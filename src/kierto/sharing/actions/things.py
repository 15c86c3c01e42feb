"""Things: add, change, open and close them, and say what a kit is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.core.announce import announce
from kierto.core.quantity import SYMBOLS, Unit
from kierto.core.transitions import move
from kierto.ledger.actions import record_event
from kierto.ledger.models import (
    Action,
    EconomicEvent,
    EconomicResource,
    Provenance,
    Visibility,
)
from kierto.parties.models import Agent, Place
from kierto.sharing import codes, permissions
from kierto.sharing.changes import ThingChanged
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Booking, Collection, KitPart, Loan, Terms, Thing
from kierto.sharing.opening import check_hours
from kierto.sharing.states import BLOCKING, THING_STEPS, BookingState, Condition, Sort, ThingState

EDITABLE = (
    "code",
    "name",
    "description",
    "terms",
    "brand",
    "model",
    "serial_number",
    "value",
    "unit_price",
    "safety",
    "accessibility",
    "seats",
    "features",
    "opening_hours",
)
"""What :func:`change_thing` takes; the condition is reported, the number counted, the place moved."""

SINGLE = (Sort.ITEM, Sort.SPACE, Sort.VEHICLE)
"""Sorts of which each stands for itself."""

SHOWN_BOOKINGS = 5

Parts = Sequence[tuple[Thing, int]]
"""Things and how many of each belong to a kit."""


@transaction.atomic
def add_thing(
    *,
    collection: Collection,
    sort: str,
    name: str,
    kind: ResourceSpecification,
    quantity: int | Decimal = 1,
    place: Place | None = None,
    terms: Terms | None = None,
    code: str | None = None,
    changes: Mapping[str, Any] | None = None,
    parts: Parts = (),
    condition: str = Condition.GOOD,
    external_key: str = "",
    provenance: str = Provenance.FORM,
    by: Agent,
) -> Thing:
    """Write a thing down as a draft, and its number as a `raise` in the ledger.

    Args:
        quantity: how many there are, in the unit of the kind; a kit has only parts.
        place: where it is picked up; the collection's own place unless given.
        changes: more of :data:`EDITABLE`.
        parts: what a kit is made of, and how many of each.

    Raises:
        NotAllowed, or one of :mod:`kierto.sharing.errors.things`.
    """
    permissions.can_keep(by, collection).require()
    thing = Thing(
        collection=collection,
        sort=Sort(sort),
        kind=kind,
        place=place_of(collection, place),
        condition=Condition(condition),
        external_key=external_key,
    )
    _check_counted(thing, Decimal(quantity))
    values = {"name": name, "terms": terms, "code": code or "", **(changes or {})}
    _fill(thing, values)
    if thing.sort != Sort.KIT:
        stock = EconomicResource(conforms_to=kind, name=thing.name)
        record_raise(thing, stock, Decimal(quantity), provenance=provenance, by=by)
        thing.resource = EconomicResource.objects.get(pk=stock.pk)
    thing.save()
    if parts or thing.sort == Sort.KIT:
        _write_parts(thing, parts)
    announce(ThingChanged(thing))
    return thing


@transaction.atomic
def change_thing(thing: Thing, *, changes: Mapping[str, Any], by: Agent) -> Thing:
    """Change some of :data:`EDITABLE`; the rest stays.

    Raises:
        NotAllowed, FixedHere, or what adding would raise.
    """
    thing = locked(thing)
    permissions.can_keep(by, thing.collection).require()
    if not set(changes) <= set(EDITABLE):
        raise errors.FixedHere
    _fill(thing, changes)
    thing.save()
    announce(ThingChanged(thing))
    return thing


@transaction.atomic
def move_thing(thing: Thing, to: str, *, by: Agent) -> Thing:
    """Publish, pause, open again or retire it.

    Raises:
        IllegalTransition, TransitionNotYours: as the table of states says.
        KitNeedsParts: a kit without parts is not opened.
        StillNeeded, StillOut, PartOfKit: it cannot be retired yet.
    """
    thing = locked(thing)
    roles = permissions.roles_in(by, thing.collection)
    if (thing.state, to) in THING_STEPS:
        permissions.judge_step(THING_STEPS, thing.state, to, roles).require()
    state = move(THING_STEPS, thing.state, to, roles)
    if state == ThingState.OPEN and thing.sort == Sort.KIT and not thing.parts.exists():
        raise errors.KitNeedsParts
    if state == ThingState.RETIRED:
        _check_retirable(thing)
    thing.state = state
    thing.save(update_fields=["state"])
    announce(ThingChanged(thing))
    return thing


@transaction.atomic
def set_parts(kit: Thing, *, parts: Parts, by: Agent) -> Thing:
    """Say what a kit is made of; what is not named is taken out of it.

    Raises:
        NotAllowed, NotAKit, KitNeedsParts, BadPart, PartTwice, TooFewForKit.
        StillNeeded: the kit is booked, and its bookings hold the parts.
    """
    kit = locked(kit, *(part for part, _number in parts))
    permissions.can_keep(by, kit.collection).require()
    needed = open_bookings(kit)
    if needed:
        raise errors.StillNeeded(bookings=named(needed))
    _write_parts(kit, parts)
    return kit


def record_raise(
    thing: Thing,
    stock: EconomicResource,
    quantity: Decimal,
    *,
    note: str = "",
    provenance: str = Provenance.FORM,
    by: Agent,
) -> EconomicEvent:
    """So many more of a thing are there. For actions that have locked it and judged ``by``."""
    owner = thing.collection.owner
    return record_event(
        action=Action.RAISE,
        provider=owner,
        receiver=owner,
        conforms_to=thing.kind,
        quantity=quantity,
        resource=stock,
        location=thing.collection.place,
        to_location=thing.place,
        note=note,
        visibility=Visibility.PUBLIC,
        provenance=provenance,
        by=by,
    )


def locked(thing: Thing, *others: Thing) -> Thing:
    """The thing as it is now, locked together with its parts and others, in the order of all."""
    parts = KitPart.objects.filter(kit=thing.pk).values_list("part", flat=True)
    wanted = {thing.pk, *parts, *(other.pk for other in others)}
    related = ("collection__owner", "collection__place", "place", "kind", "resource", "terms")
    rows = Thing.objects.select_for_update(of=("self",)).select_related(*related)
    found = {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}
    return found[thing.pk]


def open_bookings(thing: Thing) -> list[Booking]:
    """Bookings that hold the thing, by itself or in a kit, and are not over; soonest first."""
    lines = Booking.objects.filter(lines__thing=thing) | Booking.objects.filter(
        lines__thing__parts__part=thing
    )
    running = lines.filter(state__in=BLOCKING).distinct().order_by("begins", "code")
    now = timezone.now()
    return [each for each in running if each.ends > now or each.state == BookingState.OUT]


def named(bookings: Iterable[Booking]) -> str:
    """Codes of bookings for a sentence; of many, the soonest."""
    found = [booking.code for booking in bookings]
    return ", ".join(found[:SHOWN_BOOKINGS]) + (" …" if len(found) > SHOWN_BOOKINGS else "")


def _fill(thing: Thing, values: Mapping[str, Any]) -> None:
    """Set the given fields and check the whole."""
    for name in EDITABLE:
        if name in values and name != "code":
            value = values[name]
            setattr(thing, name, value.strip() if isinstance(value, str) else value)
    if "code" in values:
        thing.code = _code(thing, values["code"] or "")
    if not thing.name:
        raise errors.NameMissing
    if thing.terms is not None and thing.terms.collection_id != thing.collection_id:
        raise errors.TermsElsewhere
    for name in ("value", "unit_price"):
        amount = getattr(thing, name)
        if amount is not None and amount < 0:
            raise errors.NegativePrice(field=name)
    if thing.opening_hours and "opening_hours" in values:
        thing.opening_hours = check_hours(thing.opening_hours)


def _code(thing: Thing, text: str) -> str:
    code = codes.read_code(text)
    if not code:
        return thing.code or codes.make_code()
    if not codes.OWN.fullmatch(code):
        raise errors.BadCode(text=text.strip()[:40])
    if Thing.objects.filter(code=code).exclude(pk=thing.pk).exists():
        raise errors.CodeTaken(text=code)
    return code


def place_of(collection: Collection, place: Place | None) -> Place:
    """The place if the collection's things may stand there; its own if none is given."""
    if place is None:
        return collection.place
    if place.pk != collection.place_id and place.agent_id != collection.owner_id:
        raise errors.PlaceElsewhere
    return place


def _check_counted(thing: Thing, quantity: Decimal) -> None:
    """Things to borrow are counted; a consumable may be measured; a kit is its parts."""
    if thing.sort == Sort.KIT:
        return
    if thing.sort != Sort.CONSUMABLE:
        if thing.kind.unit != Unit.ITEM:
            unit = SYMBOLS[Unit(thing.kind.unit)]
            raise errors.NotCounted(kind=thing.kind.label, unit=unit)
        if quantity != int(quantity):
            raise errors.AmountNotWhole
    if quantity <= 0:
        raise errors.AmountNotWhole
    if thing.sort in SINGLE and quantity != 1:
        raise errors.OneOnly


def _check_retirable(thing: Thing) -> None:
    kit = Thing.objects.filter(parts__part=thing).exclude(state=ThingState.RETIRED).first()
    if kit is not None:
        raise errors.PartOfKit(kit=kit.name)
    needed = open_bookings(thing)
    if needed:
        raise errors.StillNeeded(bookings=named(needed))
    out = Loan.objects.filter(thing=thing, back_at__isnull=True, is_lost=False)
    if out.exists():
        count = sum(out.values_list("quantity", flat=True))
        raise errors.StillOut(here=whole(thing, "onhand_quantity"), out=count, field=None)


def whole(thing: Thing, name: str = "accounting_quantity") -> int:
    """How many there are (or ``onhand_quantity``: lie here), as a whole number."""
    return int(getattr(thing.resource, name)) if thing.resource is not None else 0


def _write_parts(kit: Thing, parts: Parts) -> None:
    if kit.sort != Sort.KIT:
        raise errors.NotAKit
    if not parts:
        raise errors.KitNeedsParts
    now = Thing.objects.select_related("resource").in_bulk([part.pk for part, _number in parts])
    seen: set[int] = set()
    for given, number in parts:
        part = now[given.pk]
        _check_part(kit, part, number)
        if part.pk in seen:
            raise errors.PartTwice(part=part.name)
        seen.add(part.pk)
    kit.parts.all().delete()
    KitPart.objects.bulk_create(
        KitPart(kit=kit, part=part, quantity=number) for part, number in parts
    )


def _check_part(kit: Thing, part: Thing, number: int) -> None:
    if (
        part.collection_id != kit.collection_id
        or part.sort in (Sort.KIT, Sort.CONSUMABLE)
        or part.state == ThingState.RETIRED
    ):
        raise errors.BadPart(part=part.name)
    if number < 1:
        raise errors.AmountNotWhole(field="parts")
    if number > whole(part):
        raise errors.TooFewForKit(wanted=number, there=whole(part), part=part.name)
