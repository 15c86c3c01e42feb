"""What is owed and what lies here as a deposit: read from promises and events, never kept.

All amounts are euros. A charge is a promise of euros from the borrower to the owner of the
collection; paying it is an event that keeps the promise. A deposit changes hands and stays the
borrower's; a part that is kept becomes the owner's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from kierto.catalogue.models import ResourceSpecification
from kierto.core.money import CENT
from kierto.ledger.models import Action, EconomicEvent, EconomicResource, Fulfillment
from kierto.ledger.queries import standing
from kierto.parties.models import Agent
from kierto.sharing.errors.charges import MoneyUnknown
from kierto.sharing.models import Charge, Collection
from kierto.sharing.states import Reason

EURO = "euro"
NOTHING = Decimal(0)


def euro() -> ResourceSpecification:
    """The kind that money is booked as.

    Raises:
        MoneyUnknown: the catalogue has none yet.
    """
    kind = ResourceSpecification.objects.filter(code=EURO).first()
    if kind is None:
        raise MoneyUnknown
    return kind


@dataclass(frozen=True, slots=True)
class Standing:
    """How a charge stands. ``held`` is the part of a deposit that lies at the desk now."""

    charge: Charge
    amount: Decimal
    paid: Decimal
    due: Decimal
    kept: Decimal
    held: Decimal

    @property
    def waived_at(self) -> datetime | None:
        """When it was let go, if it was."""
        return self.charge.commitment.cancelled_at

    @property
    def is_deposit(self) -> bool:
        """Whether it goes back in the end."""
        return self.charge.reason == Reason.DEPOSIT


def standings(charges: Iterable[Charge]) -> list[Standing]:
    """How each of them stands, in a constant number of queries; ``commitment`` is selected along."""
    charges = list(charges)
    paid = _paid([charge.commitment_id for charge in charges])
    deposits = [each.pk for each in charges if each.reason == Reason.DEPOSIT]
    kept = _kept(charges, deposits) if deposits else {}
    return [
        _standing(each, paid[each.commitment_id], kept.get(each.pk, NOTHING)) for each in charges
    ]


def _standing(charge: Charge, paid: Decimal, kept: Decimal) -> Standing:
    promise = charge.commitment
    amount = promise.resource_quantity
    settled = promise.cancelled_at is not None or charge.returned is not None
    due = NOTHING if settled else max(amount - paid, NOTHING)
    back = charge.returned.resource_quantity if charge.returned else NOTHING
    is_deposit = charge.reason == Reason.DEPOSIT
    held = max(paid - kept - (back or NOTHING), NOTHING) if is_deposit else NOTHING
    return Standing(charge, _cents(amount), _cents(paid), _cents(due), _cents(kept), _cents(held))


def _cents(amount: Decimal) -> Decimal:
    return Decimal(amount).quantize(CENT)


def _paid(promises: list[UUID]) -> dict[UUID, Decimal]:
    paid: dict[UUID, Decimal] = defaultdict(Decimal)
    kept = Fulfillment.objects.filter(commitment__in=promises)
    for promise, amount in kept.values_list("commitment_id", "resource_quantity"):
        paid[promise] += amount
    return paid


def _kept(charges: list[Charge], deposits: list[UUID]) -> dict[UUID, Decimal]:
    """What of each deposit became the owner's: events that say for which deposit they are."""
    references = {reference_of(each): each.pk for each in charges if each.pk in deposits}
    events = EconomicEvent.objects.filter(
        action=Action.TRANSFER_ALL_RIGHTS, provenance_reference__in=list(references)
    )
    kept: dict[UUID, Decimal] = defaultdict(Decimal)
    for reference, amount in events.values_list("provenance_reference", "resource_quantity"):
        kept[references[reference]] += amount or NOTHING
    # A reversal has no reference; what it takes back is found by the event that it corrects.
    undone = EconomicEvent.objects.filter(corrects__in=events)
    for reference, amount in undone.values_list(
        "corrects__provenance_reference", "resource_quantity"
    ):
        kept[references[reference]] += amount or NOTHING
    return kept


def reference_of(charge: Charge) -> str:
    """By what the events of a charge say which charge they are for."""
    return f"charge:{charge.pk}"


def standing_of(charge: Charge) -> Standing:
    """How one charge stands."""
    return standings([with_promises(Charge.objects.filter(pk=charge.pk)).get()])[0]


def due(charge: Charge) -> Decimal:
    """What is still to be paid; nothing once it is waived."""
    return standing_of(charge).due


def with_promises(charges: QuerySet[Charge]) -> QuerySet[Charge]:
    """Charges with what their standing is read from."""
    return charges.select_related("commitment", "returned")


def charges_of(agent: Agent, collection: Collection) -> QuerySet[Charge]:
    """Everything that an agent owes or owed to a collection, the latest first."""
    return with_promises(Charge.objects.filter(borrower=agent, collection=collection))


def due_from(agent: Agent, collection: Collection, *reasons: str) -> Decimal:
    """What an agent owes to a collection: for these reasons, or for any."""
    charges = charges_of(agent, collection).filter(commitment__cancelled_at__isnull=True)
    if reasons:
        charges = charges.filter(reason__in=reasons)
    return sum((each.due for each in standings(charges)), NOTHING)


def open_standings(agent: Agent, collection: Collection) -> list[Standing]:
    """What is due, and deposits that lie here: what the desk has to settle, oldest first."""
    rows = standings(charges_of(agent, collection).order_by("created_at", "pk"))
    return [each for each in rows if each.due or each.held]


def deposit_stocks(charge: Charge) -> tuple[EconomicResource, EconomicResource]:
    """The borrower's own euros that a deposit was taken from, and the euros that lie here for it.

    Raises:
        EconomicEvent.DoesNotExist: nothing of it was paid.
    """
    events = standing(EconomicEvent.objects.filter(fulfills__commitment=charge.commitment_id))
    event = events.select_related("resource", "to_resource").order_by("number").first()
    if event is None or event.resource is None or event.to_resource is None:
        raise EconomicEvent.DoesNotExist
    return event.resource, event.to_resource
