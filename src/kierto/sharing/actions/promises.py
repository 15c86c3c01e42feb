"""What a confirmed booking promises in the ledger, and what becomes of the promises."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.ledger.actions import cancel_commitment, create_agreement, record_event
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Action, Agreement, Commitment, Fulfillment, Provenance
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, system_agent
from kierto.sharing.models import Booking, BookingLine, Thing
from kierto.sharing.rules import Wish
from kierto.sharing.states import Sort

_HOUR = Decimal(3600)


def scribe(by: Agent, owner: Agent, borrower: Agent) -> Agent:
    """Who stands in the ledger as the writer: ``by`` if it is a party, else the node for it.

    An operator runs the collections of a district without being a party of their promises.
    """
    if by.pk in {owner.pk, borrower.pk} or acts_for(by, owner) or acts_for(by, borrower):
        return by
    return system_agent()


def promise(wish: Wish, code: str, by: Agent) -> Agreement:
    """The use of every line, promised by the owner to the borrower."""
    owner, zone = wish.collection.owner, ZoneInfo(wish.collection.timezone)
    return create_agreement(
        name=f"{code}: {', '.join(thing.name for thing, _count in wish.lines)}",
        commitments=[
            CommitmentDraft(
                action=Action.USE,
                provider=owner,
                receiver=wish.borrower,
                conforms_to=thing.kind,
                resource=thing.resource,
                quantity=Decimal(count),
                has_beginning=wish.begins.astimezone(zone).date(),
                has_end=wish.ends.astimezone(zone).date(),
                from_place=wish.collection.place,
            )
            for thing, count in wish.lines
        ],
        by=scribe(by, owner, wish.borrower),
    )


def commitments_by_line(
    agreement: Agreement | None, lines: tuple[tuple[Thing, int], ...]
) -> list[Commitment | None]:
    """The promise of each line, in the order of the lines. Equal ones may change places."""
    if agreement is None:
        return [None] * len(lines)
    found: dict[tuple[UUID | None, int, Decimal], list[Commitment]] = defaultdict(list)
    for each in agreement.commitments.all():
        found[each.resource_id, each.conforms_to_id, each.resource_quantity].append(each)
    return [found[thing.resource_id, thing.kind_id, Decimal(n)].pop() for thing, n in lines]


def take_back(booking: Booking, by: Agent) -> None:
    """Cancel what a booking promised, as far as nothing of it has been kept."""
    if booking.agreement_id is None:
        return
    kept = set(
        Fulfillment.objects.filter(commitment__agreement=booking.agreement_id).values_list(
            "commitment_id", flat=True
        )
    )
    writer = scribe(by, booking.collection.owner, booking.borrower)
    for line in booking.lines.select_related("commitment"):
        if line.commitment is not None and line.commitment_id not in kept:
            cancel_commitment(line.commitment, by=writer)


def use_spaces(booking: Booking, *, until: datetime | None = None) -> int:
    """Record that the spaces of a booking were used, once; how many lines were recorded.

    A space that was handed out at the desk (its key) is recorded when that comes back.
    """
    until = min(booking.ends, until or timezone.now())
    lines = booking.lines.select_related("thing__kind", "thing__resource", "commitment")
    done = 0
    for line in lines.filter(thing__sort=Sort.SPACE, loans__isnull=True):
        if not Fulfillment.objects.filter(commitment=line.commitment).exists():
            _use(booking, line, until)
            done += 1
    return done


def _use(booking: Booking, line: BookingLine, until: datetime) -> None:
    hours = Decimal(str((until - booking.begins).total_seconds())) / _HOUR
    record_event(
        action=Action.USE,
        provider=booking.collection.owner,
        receiver=booking.borrower,
        conforms_to=line.thing.kind,
        resource=line.thing.resource,
        quantity=Decimal(line.quantity),
        effort=hours,
        location=booking.collection.place,
        fulfills=line.commitment,
        has_beginning=booking.begins,
        has_end=until,
        provenance=Provenance.PROGRAM,
        provenance_reference=f"booking:{booking.pk}",
        by=system_agent(),
    )
