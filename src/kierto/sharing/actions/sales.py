"""Consumables over the counter: a transfer in the ledger, and what is to be paid for it."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from kierto.core.money import CENT
from kierto.ledger.actions import record_event
from kierto.ledger.models import Action, Provenance
from kierto.parties.models import Agent
from kierto.sharing.actions.charges import charge
from kierto.sharing.errors.lending import NotForSale, QuantityNotWhole
from kierto.sharing.models import Charge, Sale, Thing
from kierto.sharing.permissions import can_staff
from kierto.sharing.states import Reason, Sort


@transaction.atomic
def sell(thing: Thing, *, quantity: int | Decimal, buyer: Agent, by: Agent) -> Sale:
    """So many of a consumable go to somebody for good, at its price for one; none means free.

    Raises:
        NotAllowed, NotForSale, QuantityNotWhole; InsufficientStock when there is less.
    """
    thing = (
        Thing.objects.select_for_update(of=("self",))
        .select_related("collection__owner", "place", "resource", "kind")
        .get(pk=thing.pk)
    )
    can_staff(by, thing.collection).require()
    if thing.sort != Sort.CONSUMABLE or thing.resource is None:
        raise NotForSale(thing=thing.name)
    if quantity <= 0:
        raise QuantityNotWhole
    event = record_event(
        action=Action.TRANSFER,
        provider=thing.collection.owner,
        receiver=buyer,
        conforms_to=thing.kind,
        quantity=Decimal(quantity),
        resource=thing.resource,
        location=thing.place,
        provenance=Provenance.FORM,
        by=by,
    )
    return Sale.objects.create(thing=thing, event=event, charge=_price(thing, quantity, buyer, by))


def _price(thing: Thing, quantity: int | Decimal, buyer: Agent, by: Agent) -> Charge | None:
    amount = (Decimal(quantity) * (thing.unit_price or Decimal(0))).quantize(CENT)
    if not amount or buyer.pk == thing.collection.owner_id:
        return None
    return charge(
        collection=thing.collection,
        borrower=buyer,
        reason=Reason.SALE,
        amount=amount,
        note=thing.name,
        by=by,
    )
