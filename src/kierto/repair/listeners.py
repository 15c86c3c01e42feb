"""What repair hears from the ledger.

A library of things promises its own to a workshop (`accept`) and gets it back (`modify`): that
makes a ticket. Promises that are taken back cancel it. A part that comes into a workshop's stock
is told to whoever waits for it.
"""

from __future__ import annotations

from django.db.models import QuerySet

from kierto.catalogue.models import CanonicalUnit, ResourceSpecification
from kierto.core.announce import listen
from kierto.ledger.changes import AgreementMade, CommitmentCancelled, EventRecorded
from kierto.ledger.models import Action, Agreement, Commitment, EconomicEvent
from kierto.notices.actions import notify
from kierto.parties.queries import system_agent
from kierto.repair import topics
from kierto.repair.actions.tickets import move_ticket, open_ticket, promise
from kierto.repair.actions.writing import page_of
from kierto.repair.models import Category, Ticket, TicketPart, Workshop
from kierto.repair.queries import OPEN_STATES
from kierto.repair.states import PartState, TicketState

MISCELLANEOUS = "Misc"
"""The category of the Open Repair Data Standard for what fits nowhere else."""

_NOT_BEGUN = (TicketState.NEW, TicketState.ESTIMATED, TicketState.ACCEPTED)
_BRINGS = frozenset({Action.TRANSFER, Action.TRANSFER_ALL_RIGHTS})


def register() -> None:
    """Listen to the ledger."""
    listen(AgreementMade, _ticket_for)
    listen(CommitmentCancelled, _cancel)
    listen(EventRecorded, _part_arrived)


def _ticket_for(change: AgreementMade) -> None:
    agreement = change.agreement
    brings = _promises(agreement, Action.ACCEPT).filter(resource__isnull=False).first()
    if brings is None or brings.resource is None or Ticket.objects.filter(agreement=agreement):
        return
    workshop = Workshop.objects.filter(agent=brings.receiver_id).first()
    category = category_of(brings.conforms_to, workshop)
    if workshop is None or category is None:
        return
    by = system_agent()
    ticket = open_ticket(
        workshop=workshop,
        owner=brings.provider,
        category=category,
        thing=str(brings.resource),
        problem=agreement.note or agreement.name,
        resource=brings.resource,
        by=by,
    )
    Ticket.objects.filter(pk=ticket.pk).update(agreement=agreement)
    back = _promises(agreement, Action.MODIFY).first()
    if back is not None:
        promise(ticket, ready_on=back.has_end, by=by)


def category_of(kind: ResourceSpecification, workshop: Workshop | None = None) -> Category | None:
    """The category whose kind is nearest above ``kind``; else the miscellaneous one; else any
    that the workshop repairs. None where no categories were imported."""
    above = kind.path.strip("/").split("/")
    named = Category.objects.filter(kind__code__in=above).select_related("kind")
    nearest = max(named, key=lambda category: (len(category.kind.path), -category.pk), default=None)
    if nearest is not None:
        return nearest
    others = Category.objects.order_by("pk")
    return (
        others.filter(name=MISCELLANEOUS).first()
        or (others.filter(workshops=workshop).first() if workshop else None)
        or others.first()
    )


def _cancel(change: CommitmentCancelled) -> None:
    promised = change.commitment
    if promised.action not in {Action.ACCEPT, Action.MODIFY} or promised.agreement_id is None:
        return
    ticket = Ticket.objects.filter(agreement=promised.agreement_id, state__in=_NOT_BEGUN).first()
    if ticket is not None:
        move_ticket(ticket, TicketState.CANCELLED, by=system_agent())


def _part_arrived(change: EventRecorded) -> None:
    event = change.event
    if event.action not in _BRINGS or event.corrects_id is not None:
        return
    if event.conforms_to.unit != CanonicalUnit.ITEM:
        return  # no part; streams of thousands of deliveries are asked nothing
    for part in _waiting_for(event):
        ticket = part.ticket
        reader = ticket.repairer.agent if ticket.repairer else ticket.workshop.agent
        notify(
            reader,
            topics.PART_ARRIVED,
            path=page_of(ticket),
            part=part.name,
            code=ticket.code,
            workshop=ticket.workshop.name,
            category=ticket.category.name,
        )


def _waiting_for(event: EconomicEvent) -> QuerySet[TicketPart]:
    """Parts of open tickets that this event may have brought into the workshop's stock."""
    return TicketPart.objects.filter(
        kind=event.conforms_to_id,
        state__in=(PartState.WANTED, PartState.ORDERED),
        ticket__workshop__agent=event.receiver_id,
        ticket__state__in=OPEN_STATES,
    ).select_related("ticket__workshop__agent", "ticket__repairer__agent", "ticket__category")


def _promises(agreement: Agreement, action: str) -> QuerySet[Commitment]:
    return Commitment.objects.filter(
        agreement=agreement, action=action, cancelled_at=None
    ).select_related("provider", "receiver", "conforms_to", "resource__conforms_to")
