"""How many of a thing there are, and where: every change is an event in the ledger.

The number is changed under the lock that bookings take, so it never falls below what is promised
or out.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.quantity import Unit
from kierto.ledger.actions import record_event
from kierto.ledger.models import Action, EconomicResource, Provenance, Visibility
from kierto.ledger.recording import lock_head
from kierto.notices.actions import notify
from kierto.parties.models import Agent, Place
from kierto.sharing import blocks, permissions
from kierto.sharing.actions.things import (
    SINGLE,
    locked,
    move_thing,
    named,
    open_bookings,
    place_of,
    record_raise,
)
from kierto.sharing.changes import ThingChanged
from kierto.sharing.errors import things as errors
from kierto.sharing.models import BookingLine, KitPart, Thing
from kierto.sharing.states import BLOCKING, Sort, ThingState

LONGEST_NOTE = 300


@transaction.atomic
def add_stock(
    thing: Thing,
    *,
    quantity: int | Decimal,
    note: str = "",
    provenance: str = Provenance.FORM,
    by: Agent,
) -> Thing:
    """So many more are there: a `raise`.

    Raises:
        NotAllowed, KitHasNoStock, AmountNotWhole.
        OneOnly: it stands for itself and is there already.
    """
    thing = locked(thing)
    permissions.can_keep(by, thing.collection).require()
    amount = _counted(thing, quantity)
    stock = _stock(thing)
    if thing.sort in SINGLE and stock.accounting_quantity + amount > 1:
        raise errors.OneOnly
    record_raise(thing, stock, amount, note=note[:LONGEST_NOTE], provenance=provenance, by=by)
    return _again(thing)


@transaction.atomic
def take_from_stock(
    thing: Thing,
    *,
    quantity: int | Decimal,
    note: str,
    receiver: Agent | None = None,
    provenance: str = Provenance.FORM,
    by: Agent,
) -> Thing:
    """So many fewer: given to ``receiver`` (a `transfer`), else broken, lost or used up (`lower`).

    A thing that stands for itself is retired when it goes.

    Raises:
        NotAllowed, KitHasNoStock, AmountNotWhole, ReasonMissing.
        StillOut: fewer lie here than are to go.
        StillNeeded: bookings, which it names, need more than would be left.
        TooFewForKit: a kit would be left with too few of it.
    """
    thing = locked(thing)
    permissions.can_keep(by, thing.collection).require()
    amount = _counted(thing, quantity)
    if not note.strip():
        raise errors.ReasonMissing
    stock = _stock(thing)
    if amount > stock.onhand_quantity:
        away = stock.accounting_quantity - stock.onhand_quantity
        raise errors.StillOut(here=shown(stock.onhand_quantity), out=shown(away))
    left = stock.accounting_quantity - amount
    _check_kits(thing, left)
    if thing.sort == Sort.CONSUMABLE:
        _check_measured(thing, left)
    short_already = blocks.lay([thing])
    _record_less(thing, stock, amount, note.strip()[:LONGEST_NOTE], receiver, provenance, by)
    thing = _again(thing)
    short = [each for each in blocks.lay([thing]) if each not in short_already]
    if short:  # the event goes back with everything else
        raise errors.StillNeeded(bookings=named(sorted(short, key=lambda b: (b.begins, b.code))))
    if thing.sort in SINGLE and not left and thing.state != ThingState.RETIRED:
        return move_thing(thing, ThingState.RETIRED, by=by)
    return thing


@transaction.atomic
def relocate(thing: Thing, *, place: Place, provenance: str = Provenance.FORM, by: Agent) -> Thing:
    """It is picked up elsewhere from now on: a `move`; a kit takes its parts along.

    Whoever has booked it is told.

    Raises:
        NotAllowed, PlaceElsewhere, StandsThere.
        NoneHere: all of it is out.
    """
    thing = locked(thing)
    permissions.can_keep(by, thing.collection).require()
    place = place_of(thing.collection, place)
    if place.pk == thing.place_id:
        raise errors.StandsThere
    for each in _carried(thing):
        if each.place_id != place.pk:
            _carry(each, place, provenance, by)
    thing.place = place
    thing.save(update_fields=["place"])
    announce(ThingChanged(thing))
    for booking in open_bookings(thing):
        if booking.ends > timezone.now():
            notify(
                booking.borrower,
                "sharing.relocated",
                path=reverse("sharing:by_code", args=[thing.code]),
                thing=thing.name,
                booking=booking.code,
                place=str(place),
            )
    return thing


def _carried(thing: Thing) -> list[Thing]:
    if thing.sort != Sort.KIT:
        return [thing]
    related = ("collection__owner", "collection__place", "place", "kind", "resource")
    return list(Thing.objects.filter(part_of__kit=thing).select_related(*related).order_by("pk"))


def _carry(thing: Thing, place: Place, provenance: str, by: Agent) -> None:
    stock = _stock(thing)
    if not stock.onhand_quantity:
        raise errors.NoneHere
    owner = thing.collection.owner
    record_event(
        action=Action.MOVE,
        provider=owner,
        receiver=owner,
        conforms_to=thing.kind,
        quantity=stock.onhand_quantity,
        resource=stock,
        to_resource=stock,
        location=thing.place,
        to_location=place,
        visibility=Visibility.PUBLIC,
        provenance=provenance,
        by=by,
    )
    thing.place = place
    thing.save(update_fields=["place"])
    announce(ThingChanged(thing))


def _record_less(
    thing: Thing,
    stock: EconomicResource,
    amount: Decimal,
    note: str,
    receiver: Agent | None,
    provenance: str,
    by: Agent,
) -> None:
    owner = thing.collection.owner
    given = receiver is not None and receiver.pk != owner.pk
    record_event(
        action=Action.TRANSFER if given else Action.LOWER,
        provider=owner,
        receiver=receiver if receiver is not None and given else owner,
        conforms_to=thing.kind,
        quantity=amount,
        resource=stock,
        location=thing.collection.place,
        note=note,
        visibility=None if given else Visibility.PUBLIC,
        provenance=provenance,
        by=by,
    )


def _counted(thing: Thing, quantity: int | Decimal) -> Decimal:
    if thing.sort == Sort.KIT:
        raise errors.KitHasNoStock
    amount = Decimal(quantity)
    if amount <= 0 or (thing.kind.unit == Unit.ITEM and amount != int(amount)):
        raise errors.AmountNotWhole
    return amount


def _stock(thing: Thing) -> EconomicResource:
    """Its stock as it is now. Things, then the head of the chain: the order in which everybody
    locks, whoever records for a repairer included."""
    lock_head()
    return _resource(thing)


def _again(thing: Thing) -> Thing:
    thing.resource = _resource(thing)
    return thing


def _resource(thing: Thing) -> EconomicResource:
    if thing.resource_id is None:
        raise errors.KitHasNoStock
    return EconomicResource.objects.get(pk=thing.resource_id)


def _check_kits(thing: Thing, left: Decimal) -> None:
    kits = KitPart.objects.filter(part=thing, quantity__gt=left).select_related("kit")
    for each in kits.exclude(kit__state=ThingState.RETIRED):
        raise errors.TooFewForKit(
            wanted=each.quantity, part=thing.name, there=shown(left), field="quantity"
        )


def _check_measured(thing: Thing, left: Decimal) -> None:
    """Consumables take no slots; what is promised of them is counted."""
    lines = BookingLine.objects.filter(thing=thing, booking__state__in=BLOCKING)
    if (lines.aggregate(Sum("quantity"))["quantity__sum"] or 0) > left:
        raise errors.StillNeeded(bookings=named(open_bookings(thing)))


def shown(amount: Decimal) -> str:
    """An amount without zeros at its end."""
    return f"{amount.normalize():f}"
