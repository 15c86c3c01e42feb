"""A ticket's way: asked for, estimated, agreed, in work, ready, given back."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone

from kierto.core.transitions import move
from kierto.ledger.models import EconomicResource
from kierto.parties.models import Agent
from kierto.repair import permissions, topics
from kierto.repair.actions import custody
from kierto.repair.actions.payment import send_bill, withdraw_bill
from kierto.repair.actions.writing import (
    euros,
    locked,
    moment,
    tell_owner,
    tell_workshop,
)
from kierto.repair.errors import tickets as errors
from kierto.repair.models import Category, Event, Repairer, Slot, Station, Ticket, Workshop
from kierto.repair.states import TICKET_STEPS, Barrier, Outcome, TicketState

EARLIEST_YEAR = 1800
MOST_YEARS = Decimal(300)
MOST_MINUTES = 60_000
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What nobody confuses when reading a code aloud or from a label."""

_BARRIER_FITS = frozenset({Outcome.END_OF_LIFE, Outcome.REPAIRABLE})


class ThingFields(TypedDict, total=False):
    """What can be corrected about the thing and its problem."""

    category: Category
    thing: str
    problem: str
    brand: str
    model: str
    serial_number: str
    made_year: int | None
    age: Decimal | None
    shares_data: bool


@transaction.atomic
def open_ticket(
    *,
    workshop: Workshop,
    owner: Agent,
    category: Category,
    thing: str,
    problem: str,
    brand: str = "",
    model: str = "",
    serial_number: str = "",
    made_year: int | None = None,
    age: Decimal | None = None,
    resource: EconomicResource | None = None,
    event: Event | None = None,
    station: Station | None = None,
    slot: Slot | None = None,
    shares_data: bool = True,
    at: datetime | None = None,
    by: Agent,
) -> Ticket:
    """Ask for the repair of one thing. ``at``: when it was asked, if that was earlier.

    Raises:
        NotAllowed, WorkshopClosed, NotRepairedHere, SlotTaken, SlotElsewhere, WordsMissing,
        YearImplausible, AgeImplausible, StillToCome.
    """
    permissions.can_open_ticket(by, workshop, owner, event).require()
    _check_taken(workshop, category, event, by)
    _check_slot(event, station, slot)
    ticket = Ticket(
        code=_free_code(),
        workshop=workshop,
        owner=owner,
        resource=resource,
        event=event,
        station=slot.station if slot is not None else station,
        slot=slot,
        created_by=by,
        created_at=moment(at),
    )
    _fill(
        ticket,
        category=category,
        thing=thing,
        problem=problem,
        brand=brand,
        model=model,
        serial_number=serial_number,
        made_year=made_year,
        age=age,
        shares_data=shares_data,
    )
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
    except IntegrityError:
        if slot is not None and Ticket.objects.filter(slot=slot).exists():
            raise errors.SlotTaken from None
        raise
    if event is None:
        tell_workshop(ticket, topics.ASKED, by=by)
    return ticket


@transaction.atomic
def change_ticket(ticket: Ticket, *, by: Agent, **fields: Unpack[ThingFields]) -> Ticket:
    """Correct some words about the thing; the others stay as they are."""
    ticket = locked(ticket)
    permissions.can_change_ticket(by, ticket).require()
    _fill(ticket, **fields)
    ticket.save()
    return ticket


@transaction.atomic
def estimate(
    ticket: Ticket,
    *,
    low: Decimal | int,
    high: Decimal | int,
    minutes: int | None = None,
    note: str = "",
    ready_on: date | None = None,
    by: Agent,
) -> Ticket:
    """Say what it would cost; the owner's yes is asked, and asked anew after every change.

    Raises:
        IllegalTransition, NotAllowed, EstimateBackwards, AmountImplausible.
    """
    ticket = locked(ticket)
    state = _step(ticket, TicketState.ESTIMATED, by)
    ticket.estimate_low, ticket.estimate_high = euros(low, "low"), euros(high, "high")
    if ticket.estimate_high < ticket.estimate_low:
        raise errors.EstimateBackwards(low=ticket.estimate_low, high=ticket.estimate_high)
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        raise errors.AmountImplausible(amount=minutes, least=0, most=MOST_MINUTES, field="minutes")
    ticket.estimate_minutes, ticket.estimate_note = minutes, note.strip()
    ticket.ready_on = ready_on or ticket.ready_on
    ticket.state = state
    ticket.save()
    tell_owner(
        ticket,
        topics.ESTIMATED,
        low=f"{ticket.estimate_low:.2f}",
        high=f"{ticket.estimate_high:.2f}",
        by=by,
    )
    return ticket


@transaction.atomic
def move_ticket(
    ticket: Ticket, to: str, *, reason: str = "", at: datetime | None = None, by: Agent
) -> Ticket:
    """Agree, decline, cancel, begin, or have it back unrepaired. ``at``: when work began.

    Raises:
        IllegalTransition, NotAllowed: the step is not there, or not theirs.
        StepHasItsForm: an estimate, an outcome or giving back want more words.
        ReasonMissing: declined without a reason.
        ThingIsHere, ThingIsNotHere: cancelled, or to be given back, when it cannot be.
    """
    ticket = locked(ticket, for_ledger=True)
    state = _step(ticket, to, by)
    match state:
        case TicketState.IN_WORK:
            return _begin(ticket, moment(at), by)
        case TicketState.ACCEPTED:
            return _agree(ticket, by)
        case TicketState.DECLINED | TicketState.CANCELLED:
            return _call_off(ticket, state, reason.strip(), by)
        case TicketState.DONE if ticket.state == TicketState.ESTIMATED:
            return _stop(ticket, reason.strip(), moment(at), by)
        case _:
            raise errors.StepHasItsForm


@transaction.atomic
def assign(ticket: Ticket, *, repairer: Repairer | None, by: Agent) -> Ticket:
    """Give it to a repairer of the workshop, or to nobody.

    Raises:
        NotAllowed, NotARepairerHere.
    """
    ticket = locked(ticket)
    permissions.can_work_on(by, ticket).require()
    if repairer is not None:
        repairer = Repairer.objects.get(pk=repairer.pk)
        if repairer.workshop_id != ticket.workshop_id or not repairer.is_active:
            raise errors.NotARepairerHere
    ticket.repairer = repairer
    ticket.save(update_fields=["repairer"])
    return ticket


@transaction.atomic
def promise(ticket: Ticket, *, ready_on: date | None, by: Agent) -> Ticket:
    """Say by when it will be ready; the queue is ordered by it."""
    ticket = locked(ticket)
    permissions.can_work_on(by, ticket).require()
    ticket.ready_on = ready_on
    ticket.save(update_fields=["ready_on"])
    return ticket


@transaction.atomic
def finish(
    ticket: Ticket,
    *,
    outcome: str,
    barrier: str = "",
    advice: str = "",
    price: Decimal | int | None = None,
    warranty_until: date | None = None,
    warranty_note: str = "",
    at: datetime | None = None,
    by: Agent,
) -> Ticket:
    """Say what came of it. Outside events the workshop's own warranty holds unless one is given.

    Raises:
        IllegalTransition, NotAllowed, OutcomeUnknown, BarrierNotAsked, WarrantyBackwards,
        AmountImplausible, StillToCome.
    """
    ticket = locked(ticket, for_ledger=True)
    if ticket.state != TicketState.IN_WORK:
        permissions.can_work_on(by, ticket).require()
    state = _step(ticket, TicketState.DONE, by)
    if ticket.state == TicketState.ESTIMATED:  # that step is for having it back unrepaired
        raise errors.StepHasItsForm
    ended = moment(at)
    _set_outcome(ticket, outcome, barrier)
    ticket.advice = advice.strip()
    ticket.price = None if price is None else euros(price, "price")
    ticket.warranty_until = warranty_until or _own_warranty(ticket, ended)
    if ticket.warranty_until and ticket.warranty_until < timezone.localdate(ended):
        raise errors.WarrantyBackwards(until=ticket.warranty_until.isoformat())
    ticket.warranty_note = warranty_note.strip()[:300]
    ticket.ended_at = max(ended, ticket.began_at or ended)
    ticket.state = state
    send_bill(ticket, by=by)
    ticket.save()
    if ticket.event is None:
        tell_owner(ticket, topics.READY, by=by)
    return ticket


@transaction.atomic
def give_back(ticket: Ticket, *, at: datetime | None = None, by: Agent) -> Ticket:
    """The owner has it again: `modify` in the ledger, which keeps the promise if there is one.

    Raises:
        IllegalTransition, NotAllowed, StillToCome.
    """
    ticket = locked(ticket, for_ledger=True)
    ticket.state = _step(ticket, TicketState.COLLECTED, by)
    ticket.save(update_fields=["state"])
    custody.hand_back(ticket, at=moment(at), by=by)
    return ticket


# --------------------------------------------------------------------------- steps


def _step(ticket: Ticket, to: str, by: Agent) -> str:
    roles = permissions.roles_for_ticket(by, ticket)
    if (ticket.state, to) in TICKET_STEPS:
        permissions.judge_step(TICKET_STEPS, ticket.state, to, roles).require()
    return TicketState(move(TICKET_STEPS, ticket.state, to, roles))


def _begin(ticket: Ticket, at: datetime, by: Agent) -> Ticket:
    again = ticket.state == TicketState.DONE
    if again:
        withdraw_bill(ticket, by=by)
        ticket.outcome, ticket.barrier, ticket.ended_at = "", "", None
        ticket.price, ticket.warranty_until, ticket.warranty_note = None, None, ""
    elif ticket.began_at is None:
        ticket.began_at = at
    custody.take_in(ticket, at=at, by=by)
    ticket.state, ticket.reason = TicketState.IN_WORK, ""
    ticket.save()
    return ticket


def _agree(ticket: Ticket, by: Agent) -> Ticket:
    ticket.state = TicketState.ACCEPTED
    ticket.save(update_fields=["state"])
    if permissions.OWNER in permissions.roles_for_ticket(by, ticket):
        tell_workshop(ticket, topics.AGREED, by=by)
    else:
        tell_owner(ticket, topics.TAKEN_ON, by=by)
    return ticket


def _call_off(ticket: Ticket, state: str, reason: str, by: Agent) -> Ticket:
    if state == TicketState.DECLINED and not reason:
        raise errors.ReasonMissing
    if custody.is_here(ticket):
        raise errors.ThingIsHere(thing=ticket.thing)
    ticket.state, ticket.reason, ticket.slot = state, reason[:300], None
    ticket.save(update_fields=["state", "reason", "slot"])
    custody.take_back_promises(ticket, by=by)
    if state == TicketState.DECLINED:
        tell_owner(ticket, topics.DECLINED, reason=ticket.reason, by=by)
    elif permissions.OWNER in permissions.roles_for_ticket(by, ticket):
        tell_workshop(ticket, topics.CANCELLED, by=by)
    else:
        tell_owner(ticket, topics.CANCELLED, by=by)
    return ticket


def _stop(ticket: Ticket, reason: str, at: datetime, by: Agent) -> Ticket:
    """The owner said no to a new estimate while it lies in the workshop."""
    if not custody.is_here(ticket):
        raise errors.ThingIsNotHere(thing=ticket.thing)
    ticket.state, ticket.outcome, ticket.barrier = TicketState.DONE, Outcome.REPAIRABLE, ""
    ticket.reason, ticket.ended_at = reason[:300], at
    ticket.save()
    tell_workshop(ticket, topics.STOPPED, by=by)
    return ticket


# --------------------------------------------------------------------------- checks


def _check_taken(workshop: Workshop, category: Category, event: Event | None, by: Agent) -> None:
    """At the table of an event, and by the workshop's own people, anything may be taken in."""
    if permissions.is_staff(by, workshop) or event is not None:
        return
    if not (workshop.is_open and workshop.takes_tickets):
        raise errors.WorkshopClosed(workshop=workshop.name)
    named = set(workshop.categories.values_list("pk", flat=True))
    if named and category.pk not in named:
        raise errors.NotRepairedHere(workshop=workshop.name, category=str(category))


def _check_slot(event: Event | None, station: Station | None, slot: Slot | None) -> None:
    if station is not None and (event is None or station.event_id != event.pk):
        raise errors.SlotElsewhere(field="station")
    if slot is None:
        return
    if event is None or slot.station.event_id != event.pk:
        raise errors.SlotElsewhere
    if station is not None and slot.station_id != station.pk:
        raise errors.SlotElsewhere
    if Ticket.objects.filter(slot=slot).exists():
        raise errors.SlotTaken


def _set_outcome(ticket: Ticket, outcome: str, barrier: str) -> None:
    if outcome not in Outcome.values:
        raise errors.OutcomeUnknown(outcome=outcome, choices=", ".join(Outcome.values))
    if barrier and (barrier not in Barrier.values or outcome not in _BARRIER_FITS):
        raise errors.BarrierNotAsked
    ticket.outcome, ticket.barrier = outcome, barrier


def _own_warranty(ticket: Ticket, ended: datetime) -> date | None:
    days = ticket.workshop.warranty_days
    if not days or ticket.event is not None or ticket.outcome != Outcome.FIXED:
        return None
    return timezone.localdate(ended) + timedelta(days=days)


def _fill(ticket: Ticket, **fields: Any) -> None:
    for name in ("thing", "problem"):
        if name in fields:
            words = fields[name].strip()
            if not words:
                raise errors.WordsMissing(field=name)
            fields[name] = words
    for name in ("brand", "model", "serial_number"):
        if name in fields:
            fields[name] = fields[name].strip()
    for name, value in fields.items():
        longest = getattr(Ticket._meta.get_field(name), "max_length", None)
        setattr(ticket, name, value[:longest] if longest and isinstance(value, str) else value)
    _check_age(ticket)


def _check_age(ticket: Ticket) -> None:
    last = timezone.localdate().year
    if ticket.made_year is not None and not EARLIEST_YEAR <= ticket.made_year <= last:
        raise errors.YearImplausible(year=ticket.made_year, first=EARLIEST_YEAR, last=last)
    if ticket.age is not None:
        ticket.age = Decimal(ticket.age).quantize(Decimal("0.1"))
        if not 0 <= ticket.age <= MOST_YEARS:
            raise errors.AgeImplausible(age=ticket.age, most=MOST_YEARS)


def _free_code() -> str:
    """A short code that says nothing; some 700 million of them."""
    while True:
        code = "R" + "".join(secrets.choice(_LETTERS) for _place in range(6))
        if not Ticket.objects.filter(code=code).exists():
            return code
