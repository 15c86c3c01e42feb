"""Handing out: a booking becomes loans, and custody passes to the borrower.

What comes back is in :mod:`kierto.sharing.actions.returning`, what stays longer in
:mod:`kierto.sharing.actions.renewing`; all can be imported from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.ledger.actions import record_events
from kierto.ledger.drafts import EventDraft
from kierto.ledger.models import Action
from kierto.parties.models import Agent
from kierto.sharing import blocks, rules
from kierto.sharing.actions.booking import move_booking, request_booking
from kierto.sharing.actions.prices import charge_booking
from kierto.sharing.actions.renewing import renew
from kierto.sharing.actions.returning import mark_lost, take_back
from kierto.sharing.changes import BookingChanged
from kierto.sharing.errors.lending import (
    BookingNotReady,
    BookingOver,
    LoanTooLong,
    NotHere,
    NothingToHandOut,
    NotInBooking,
    QuantityNotWhole,
    WasOutThen,
)
from kierto.sharing.errors.rules import TooShort
from kierto.sharing.handover import (
    YEARS,
    Handover,
    moment_of,
    most_out_since,
    to_hand_out,
    written_at_desk,
)
from kierto.sharing.models import Booking, BookingLine, Collection, Loan, Thing
from kierto.sharing.permissions import can_staff, roles_in
from kierto.sharing.states import BOOKING_STEPS, BookingState, Sort
from kierto.sharing.words import Moment

__all__ = ["hand_out", "lend_now", "mark_lost", "renew", "take_back"]

NOTE_LENGTH = 300


@transaction.atomic
def hand_out(
    booking: Booking,
    *,
    lines: Sequence[tuple[BookingLine, Thing, int]] | None = None,
    at: datetime | None = None,
    note: str = "",
    by: Agent,
) -> list[Loan]:
    """Hand out what is booked: everything that is still here, or the ``lines`` given.

    The price and the deposit of the booking are charged with the first of it. A line names the
    line of the booking, the thing itself (or a part of the kit), and how many.

    Raises:
        NotAllowed; BookingNotReady, BookingOver, NothingToHandOut, NotInBooking; NotHere and
        WasOutThen; LiesAhead, BackdatingNeedsNote; or a refusal of :mod:`kierto.sharing.rules`
        that nobody may override.
    """
    now = timezone.now()
    booking, things = _locked(booking)
    can_staff(by, booking.collection).require()
    moment = moment_of(at, note, now=now)
    _check_ready(booking, moment)
    chosen = _chosen(booking, lines)
    _check_rules(booking, moment, by)
    _check_here(chosen, things, moment, now)
    state = booking.state
    if state != BookingState.OUT:
        roles = roles_in(by, booking.collection)
        booking.state = move(BOOKING_STEPS, state, BookingState.OUT, roles)
    booking.begins = min(booking.begins, moment)
    booking.save(update_fields=["state", "begins"])
    loans = _record(booking, chosen, moment, note, by)
    charge_booking(booking, by=by)
    blocks.lay(things, now=now)
    announce(BookingChanged(booking))
    return loans


@transaction.atomic
def lend_now(
    *,
    collection: Collection,
    borrower: Agent,
    lines: Sequence[tuple[Thing, int]],
    due_at: datetime,
    at: datetime | None = None,
    note: str = "",
    by: Agent,
) -> list[Loan]:
    """Book and hand out in one go, until ``due_at``.

    Raises:
        NotAllowed, LoanTooLong, what :func:`~kierto.sharing.actions.booking.request_booking` refuses, and
        what :func:`hand_out` does.
    """
    can_staff(by, collection).require()
    moment = moment_of(at, note, now=timezone.now())
    if due_at > moment + YEARS * timedelta(days=366):
        raise LoanTooLong(years=YEARS)
    booking = request_booking(
        collection=collection,
        borrower=borrower,
        lines=lines,
        begins=moment,
        ends=due_at,
        via=rules.wishes.DESK,
        note=note,
        by=by,
    )
    if booking.state == BookingState.REQUESTED:
        booking = move_booking(booking, BookingState.CONFIRMED, by=by)
    return hand_out(booking, at=at, note=note, by=by)


def _locked(booking: Booking) -> tuple[Booking, list[Thing]]:
    """Things first, then the booking: the order that everybody keeps."""
    things = blocks.lock(Thing.objects.filter(booking_lines__booking=booking))
    stored = (
        Booking.objects.select_for_update(of=("self",))
        .select_related("collection__owner", "collection__place", "borrower", "agreement")
        .get(pk=booking.pk)
    )
    return stored, things


def _check_ready(booking: Booking, moment: datetime) -> None:
    if booking.state not in {BookingState.CONFIRMED, BookingState.MISSED, BookingState.OUT}:
        raise BookingNotReady(code=booking.code, state=booking.get_state_display())
    if moment >= booking.ends:
        ends = Moment(booking.ends, booking.collection.timezone)
        raise BookingOver(code=booking.code, ends=ends)


def _chosen(
    booking: Booking, lines: Sequence[tuple[BookingLine, Thing, int]] | None
) -> list[Handover]:
    """What goes over the counter now, judged against what is booked and not out yet."""
    left = to_hand_out(booking)
    if not left:
        raise NothingToHandOut(code=booking.code)
    if lines is None:
        return left
    open_ = {(each.line.pk, each.thing.pk): each for each in left}
    chosen = []
    for line, thing, quantity in lines:
        found = open_.pop((line.pk, thing.pk), None)
        if quantity < 1:
            raise QuantityNotWhole
        if found is None or quantity > found.quantity:
            raise NotInBooking(code=booking.code, thing=thing.name)
        chosen.append(Handover(found.line, found.thing, quantity))
    if not chosen:
        raise NothingToHandOut(code=booking.code)
    return chosen


def _check_rules(booking: Booking, moment: datetime, by: Agent) -> None:
    """The same rules as for booking: somebody may have been blocked, or be late, since then.

    What the desk may override was overridden when it was booked.
    """
    if booking.state == BookingState.OUT:
        return
    wish = rules.Wish(
        collection=booking.collection,
        borrower=booking.borrower,
        begins=moment,
        ends=booking.ends,
        lines=tuple((line.thing, line.quantity) for line in _lines(booking)),
        booking=booking,
        via=rules.wishes.DESK,
    )
    for refusal in rules.judge(wish, by=by).refusals:
        if not getattr(refusal, "overridable", False) and not isinstance(refusal, TooShort):
            raise refusal


def _lines(booking: Booking) -> Iterable[BookingLine]:
    return booking.lines.select_related("thing__collection__owner", "thing__terms", "thing__place")


def _check_here(
    chosen: list[Handover], things: list[Thing], moment: datetime, now: datetime
) -> None:
    """Nothing is handed out that the ledger says is elsewhere, now or at that earlier moment."""
    stocks = {thing.pk: thing.resource for thing in things}
    wanted: dict[int, int] = {}
    for each in chosen:
        thing, stock = each.thing, stocks[each.thing.pk]
        wanted[thing.pk] = wanted.get(thing.pk, 0) + each.quantity
        if stock is None:
            continue
        here = int(stock.onhand_quantity)
        if thing.sort == Sort.SPACE:
            here -= most_out_since(thing, now)
        if wanted[thing.pk] > here:
            raise NotHere(thing=thing.name, here=here)
        out = most_out_since(thing, moment)
        if moment < now and out + wanted[thing.pk] > int(stock.accounting_quantity):
            raise WasOutThen(thing=thing.name)


def _record(
    booking: Booking, chosen: list[Handover], moment: datetime, note: str, by: Agent
) -> list[Loan]:
    """The events, and a loan for each thing that goes over the counter."""
    passing = [each for each in chosen if _passes(each.thing, booking)]
    events = record_events((_event(booking, each, moment, note) for each in passing), by=by)
    of_pair = {(e.line.pk, e.thing.pk): event for e, event in zip(passing, events, strict=True)}
    loans = []
    for each in chosen:
        loans.append(
            Loan.objects.create(
                line=each.line,
                thing=each.thing,
                quantity=each.quantity,
                out_at=moment,
                due_at=booking.ends,
                out_event=of_pair.get((each.line.pk, each.thing.pk)),
                handed_out_by=by,
                note=note.strip()[:NOTE_LENGTH],
            )
        )
    return loans


def _passes(thing: Thing, booking: Booking) -> bool:
    """Whether custody changes hands: of rooms never, and never to the owner itself."""
    return (
        thing.resource is not None
        and thing.sort != Sort.SPACE
        and booking.borrower_id != booking.collection.owner_id
    )


def _event(booking: Booking, each: Handover, moment: datetime, note: str) -> EventDraft:
    """Out of the hands of the owner into those of the borrower."""
    return EventDraft(
        action=Action.TRANSFER_CUSTODY,
        provider=booking.collection.owner,
        receiver=booking.borrower,
        conforms_to=each.thing.kind,
        quantity=Decimal(each.quantity),
        resource=each.thing.resource,
        location=each.thing.place,
        happened_at=moment,
        note=note,
        **written_at_desk(booking),
    )
