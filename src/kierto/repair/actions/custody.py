"""What a repair writes into the ledger: the thing is taken in, and given back changed.

Both stand in one process, and work and parts between them. A thing that a library of things
promised to bring is its own resource there; a resident's thing is written down when it comes.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from kierto.ledger.actions import cancel_commitment, record_event, start_process
from kierto.ledger.errors import PromiseAlreadyKept
from kierto.ledger.models import (
    Action,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Process,
    Provenance,
)
from kierto.ledger.queries import remaining
from kierto.parties.models import Agent, Place
from kierto.repair.actions.writing import recorder_for
from kierto.repair.errors.tickets import ThingIsNotHere
from kierto.repair.models import Ticket

ONE = Decimal(1)


def place_of(ticket: Ticket) -> Place:
    """Where the repair happens: at the event, else in the workshop."""
    return ticket.event.place if ticket.event is not None else ticket.workshop.place


def is_here(ticket: Ticket) -> bool:
    """Whether the thing was taken in and not given back."""
    return ticket.process is not None and _outstanding(ticket.process) > 0


def take_in(ticket: Ticket, *, at: datetime, by: Agent) -> None:
    """Record `accept`: from its owner into the workshop. Sets resource and process."""
    if is_here(ticket):
        return
    recorder = recorder_for(by, ticket.workshop)
    process = start_process(name=ticket.code, place=place_of(ticket), by=recorder)
    thing, is_known = _thing_of(ticket)
    promise = _open_promise(ticket, Action.ACCEPT)
    event = record_event(
        action=Action.ACCEPT,
        provider=ticket.owner,
        receiver=ticket.workshop.agent,
        conforms_to=thing.conforms_to,
        quantity=promise.resource_quantity if promise else ONE,
        resource=thing,
        location=thing.current_location if is_known else None,
        to_location=place_of(ticket),
        input_of=process,
        fulfills=promise,
        arises=not is_known,
        happened_at=at,
        provenance=Provenance.FORM,
        provenance_reference=ticket.code,
        by=recorder,
    )
    ticket.resource, ticket.process = event.resource, process


def hand_back(ticket: Ticket, *, at: datetime, by: Agent) -> EconomicEvent:
    """Record `modify`: from the workshop to its owner, as much as was taken in."""
    process = ticket.process
    if process is None or ticket.resource is None:
        raise ThingIsNotHere(thing=ticket.thing)
    taken = EconomicEvent.objects.filter(input_of=process, action=Action.ACCEPT).latest("number")
    return record_event(
        action=Action.MODIFY,
        provider=ticket.workshop.agent,
        receiver=ticket.owner,
        conforms_to=ticket.resource.conforms_to,
        quantity=_outstanding(process),
        resource=ticket.resource,
        location=place_of(ticket),
        to_location=taken.location,
        output_of=process,
        fulfills=_open_promise(ticket, Action.MODIFY),
        happened_at=max(at, taken.has_end),
        provenance=Provenance.FORM,
        provenance_reference=ticket.code,
        by=recorder_for(by, ticket.workshop),
    )


def take_back_promises(ticket: Ticket, *, by: Agent) -> None:
    """Cancel what was promised and has not happened; the ledger tells whoever promised it."""
    if ticket.agreement_id is None:
        return
    for promise in Commitment.objects.filter(agreement=ticket.agreement_id, cancelled_at=None):
        try:
            cancel_commitment(promise, by=recorder_for(by, ticket.workshop))
        except PromiseAlreadyKept:
            continue


def _open_promise(ticket: Ticket, action: str) -> Commitment | None:
    """The promise of the agreement that this event keeps, if one is still open."""
    if ticket.agreement_id is None:
        return None
    promises = Commitment.objects.filter(
        agreement=ticket.agreement_id, action=action, cancelled_at=None
    )
    return next((promise for promise in promises if remaining(promise)), None)


def _thing_of(ticket: Ticket) -> tuple[EconomicResource, bool]:
    """The thing in the ledger, and whether it stood there before."""
    if ticket.resource is not None:
        return ticket.resource, True
    earlier = _brought_before(ticket)
    if earlier is not None:
        return earlier, True
    return EconomicResource(conforms_to=ticket.category.kind), False


def _brought_before(ticket: Ticket) -> EconomicResource | None:
    """The same thing from an earlier ticket of the owner, known by its serial number."""
    if not ticket.serial_number:
        return None
    found = (
        Ticket.objects.filter(
            owner=ticket.owner,
            serial_number__iexact=ticket.serial_number,
            resource__conforms_to=ticket.category.kind,
            resource__custodian=ticket.owner,
            resource__onhand_quantity__gte=ONE,
        )
        .exclude(pk=ticket.pk)
        .select_related("resource__conforms_to", "resource__current_location")
        .order_by("-created_at")
        .first()
    )
    return found.resource if found else None


def _outstanding(process: Process) -> Decimal:
    """How much was taken in and not given back; reversals carry the other sign."""
    amounts = EconomicEvent.objects.filter(
        input_of=process, action=Action.ACCEPT
    ) | EconomicEvent.objects.filter(output_of=process, action=Action.MODIFY)
    return sum(
        (
            amount if action == Action.ACCEPT else -amount
            for action, amount in amounts.values_list("action", "resource_quantity").order_by()
        ),
        Decimal(0),
    )
