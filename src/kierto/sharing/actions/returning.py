"""Taking back: custody returns, the hours are counted, a late return is fined, others move up.

A part of a loan may come back before the rest: then the part gets a row of its own, without the
event of the hand-out, which stays with what is still out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.ledger.actions import record_event, record_events, reverse_event
from kierto.ledger.drafts import EventDraft
from kierto.ledger.models import Action, Commitment, EconomicEvent
from kierto.ledger.queries import remaining
from kierto.parties.models import Agent
from kierto.sharing import blocks, pricing, rules
from kierto.sharing.actions import telling, waiting
from kierto.sharing.actions.charges import charge, drop_deposits
from kierto.sharing.actions.condition import report_condition
from kierto.sharing.changes import BookingChanged
from kierto.sharing.errors.lending import (
    AlreadyBack,
    BackBeforeOut,
    LostNeedsNote,
    MoreThanOut,
)
from kierto.sharing.handover import moment_of, written_at_desk
from kierto.sharing.models import Answer, Booking, Charge, Loan, Thing
from kierto.sharing.permissions import can_staff, roles_in
from kierto.sharing.states import BOOKING_STEPS, BookingState, Reason, Sort
from kierto.sharing.words import Moment

SHORTEST = Decimal("0.01")
"""Hours: what was out for seconds was used all the same."""

NOTE_LENGTH = 300
CAME_BACK = "sharing.came_back"


@transaction.atomic
def take_back(
    loan: Loan,
    *,
    quantity: int | None = None,
    at: datetime | None = None,
    condition: str | None = None,
    note: str = "",
    photos: Sequence[IO[bytes]] = (),
    by: Agent,
) -> Loan:
    """Take back a loan or ``quantity`` of it; what was given up as lost may turn up, too.

    Writes custody and use to the ledger, and a report if there is a condition or a picture. Once
    all of a line is back, being late is fined. Once all of a booking is back it is done.

    Returns:
        The loan that came back; of a part, its own row.

    Raises:
        NotAllowed, AlreadyBack, MoreThanOut, LiesAhead, BackdatingNeedsNote, BackBeforeOut,
        and what :func:`~kierto.sharing.actions.condition.report_condition` raises.
    """
    now = timezone.now()
    loan, things = locked_loan(loan)
    booking = loan.line.booking
    can_staff(by, booking.collection).require()
    if loan.is_lost:
        _turn_up(loan, by)
    if loan.back_at is not None:
        raise AlreadyBack
    moment = moment_of(at, note, now=now)
    if moment < loan.out_at:
        raise BackBeforeOut(out_at=Moment(loan.out_at, booking.collection.timezone))
    part = _part(loan, loan.quantity if quantity is None else quantity)
    _record_return(loan, part, moment, note, by)
    if condition or photos:
        report_condition(
            part.thing,
            condition=condition or part.thing.condition,
            note=note,
            photos=photos,
            loan=part,
            by=by,
        )
    _close(part, things, now, by)
    return part


@transaction.atomic
def mark_lost(loan: Loan, *, note: str, by: Agent) -> Loan:
    """Give up what is out: it becomes the borrower's, so that it no longer counts as here.

    What it was worth is charged apart. It can be taken back should it turn up.

    Raises:
        NotAllowed, AlreadyBack, LostNeedsNote.
    """
    now = timezone.now()
    loan, things = locked_loan(loan)
    booking = loan.line.booking
    can_staff(by, booking.collection).require()
    if loan.back_at is not None:
        raise AlreadyBack
    if not note.strip():
        raise LostNeedsNote
    if loan.out_event is not None:
        loan.back_event = _give_up(loan, loan.out_event, note, by)
    loan.is_lost, loan.back_at, loan.taken_back_by = True, now, by
    loan.note = " · ".join(filter(None, [loan.note, note.strip()]))[:NOTE_LENGTH]
    loan.save()
    _close(loan, things, now, by)
    return loan


def locked_loan(loan: Loan) -> tuple[Loan, list[Thing]]:
    """The loan as it is now, with its things locked before its booking and itself."""
    thing = Thing.objects.filter(booking_lines__booking__lines__loans=loan).distinct()
    things = blocks.lock([*thing, loan.thing])
    Booking.objects.select_for_update(of=("self",)).get(lines__loans=loan)
    stored = (
        Loan.objects.select_for_update(of=("self",))
        .select_related(
            "out_event__to_resource",
            "back_event",
            "thing__kind",
            "thing__place",
            "thing__resource",
            "thing__collection__owner",
            "line__thing__collection",
            "line__thing__terms",
            "line__thing__kind",
            "line__commitment",
            "line__booking__collection__owner",
            "line__booking__collection__place",
            "line__booking__borrower",
            "line__booking__agreement",
        )
        .get(pk=loan.pk)
    )
    return stored, things


def _part(loan: Loan, quantity: int) -> Loan:
    """The row of what comes back: the loan itself, or one split off it."""
    if not 1 <= quantity <= loan.quantity:
        raise MoreThanOut(out=loan.quantity)
    if quantity == loan.quantity:
        return loan
    loan.quantity -= quantity
    loan.save(update_fields=["quantity"])
    return Loan(
        line=loan.line,
        thing=loan.thing,
        quantity=quantity,
        out_at=loan.out_at,
        due_at=loan.due_at,
        handed_out_by_id=loan.handed_out_by_id,
        renewals=loan.renewals,
        reminders=loan.reminders,
        note=loan.note,
    )


def _record_return(loan: Loan, part: Loan, moment: datetime, note: str, by: Agent) -> None:
    """Custody and use, in one stretch of the ledger, and the row that names them."""
    drafts = [_use(part, moment, note)]
    if loan.out_event is not None:
        drafts.append(_custody(part, loan.out_event, moment, note))
    events = record_events(drafts, by=by)
    part.use_event = events[0]
    part.back_event = events[1] if loan.out_event is not None else None
    part.back_at, part.taken_back_by = moment, by
    part.note = " · ".join(filter(None, [part.note, note.strip()]))[:NOTE_LENGTH]
    part.save()


def _custody(part: Loan, out: EconomicEvent, moment: datetime, note: str) -> EventDraft:
    booking = part.line.booking
    return EventDraft(
        action=Action.TRANSFER_CUSTODY,
        provider=booking.borrower,
        receiver=booking.collection.owner,
        conforms_to=part.thing.kind,
        quantity=Decimal(part.quantity),
        resource=out.to_resource,
        to_resource=part.thing.resource,
        location=part.thing.place,
        to_location=part.thing.place,
        happened_at=moment,
        note=note,
        **written_at_desk(booking),
    )


def _use(part: Loan, moment: datetime, note: str) -> EventDraft:
    """So many were used for so long. The use of a kit's part does not keep the kit's promise."""
    promise = part.line.commitment if part.line.thing_id == part.thing_id else None
    return EventDraft(
        **_use_of(part.line.booking, promise, Decimal(part.quantity)),
        conforms_to=part.thing.kind,
        quantity=Decimal(part.quantity),
        effort=_hours(part.out_at, moment),
        resource=part.thing.resource,
        location=part.thing.place,
        has_beginning=part.out_at,
        has_end=moment,
        note=note,
    )


def _use_of(booking: Booking, promise: Commitment | None, wanted: Decimal) -> dict[str, Any]:
    """Who used whose, and how much of the promise that keeps."""
    kept = min(wanted, remaining(promise)) if promise is not None else Decimal(0)
    return {
        "action": Action.USE,
        "provider": promise.provider if promise else booking.collection.owner,
        "receiver": promise.receiver if promise else booking.borrower,
        "fulfills": [(promise, kept)] if promise is not None and kept > 0 else None,
        **written_at_desk(booking),
    }


def _hours(begins: datetime, ends: datetime) -> Decimal:
    seconds = Decimal((ends - begins).total_seconds())
    return max((seconds / 3600).quantize(Decimal("0.0001")), SHORTEST)


def _give_up(loan: Loan, out: EconomicEvent, note: str, by: Agent) -> EconomicEvent:
    booking = loan.line.booking
    return record_event(
        action=Action.TRANSFER_ALL_RIGHTS,
        provider=booking.collection.owner,
        receiver=booking.borrower,
        conforms_to=loan.thing.kind,
        quantity=Decimal(loan.quantity),
        resource=loan.thing.resource,
        to_resource=out.to_resource,
        location=loan.thing.place,
        note=note,
        **written_at_desk(booking),
        by=by,
    )


def _turn_up(loan: Loan, by: Agent) -> None:
    """It was given up and is here: it is the owner's again, and counts as having been out."""
    if loan.back_event is not None:
        reverse_event(loan.back_event, reason="It turned up.", by=by)
        loan.thing.resource.refresh_from_db()  # type: ignore[union-attr]
    loan.is_lost, loan.back_at, loan.back_event = False, None, None


# ------------------------------------------------------------------------ what follows


def _close(part: Loan, things: list[Thing], now: datetime, by: Agent) -> None:
    """The line is settled, the booking done, the times are laid anew, who waits moves up."""
    line, booking = part.line, part.line.booking
    if not line.loans.filter(back_at__isnull=True).exists():
        _keep_promise_of_kit(part, by)
        _fine(part, by)
    if not Loan.objects.filter(line__booking=booking, back_at__isnull=True).exists():
        if booking.state == BookingState.OUT:
            roles = roles_in(by, booking.collection)
            booking.state = move(BOOKING_STEPS, booking.state, BookingState.DONE, roles)
            booking.save(update_fields=["state"])
        drop_deposits(booking, by=by)
        _thank(booking)
    blocks.lay(things, now=now)
    waiting.pass_on(things, now=now)
    announce(BookingChanged(booking))


def _keep_promise_of_kit(part: Loan, by: Agent) -> None:
    """The promise was a kit: its use is written down when the last part is back."""
    line, booking = part.line, part.line.booking
    if line.thing.sort != Sort.KIT or line.commitment is None:
        return
    loans = list(line.loans.all())
    begins = min(each.out_at for each in loans)
    ends = max(each.back_at or each.out_at for each in loans)
    if not remaining(line.commitment):
        return
    draft = EventDraft(
        **_use_of(booking, line.commitment, Decimal(line.quantity)),
        conforms_to=line.thing.kind,
        quantity=Decimal(line.quantity),
        effort=_hours(begins, ends),
        location=booking.collection.place,
        has_beginning=begins,
        has_end=ends,
    )
    record_events([draft], by=by)


def _fine(part: Loan, by: Agent) -> None:
    """One fine for a line, by whatever of it was latest; nothing for what is lost."""
    line, booking = part.line, part.line.booking
    if booking.borrower_id == booking.collection.owner_id:
        return
    terms = rules.terms_of(line.thing)
    times = line.loans.filter(is_lost=False).values_list("due_at", "back_at")
    fines = [pricing.fine_of(terms, due_at, back_at) for due_at, back_at in times if back_at]
    fine = max(fines, default=Decimal(0))
    charged = Charge.objects.filter(loan__line=line, reason=Reason.FINE)
    before = charged.aggregate(total=Sum("commitment__resource_quantity"))["total"] or 0
    if fine > before:
        charge(
            collection=booking.collection,
            borrower=booking.borrower,
            reason=Reason.FINE,
            amount=fine - before,
            booking=booking,
            loan=part,
            note=line.thing.name,
            by=by,
        )


def _thank(booking: Booking) -> None:
    """A word of thanks, and the question what they would have done otherwise."""
    if Answer.objects.filter(booking=booking).exists():
        return
    telling.tell_borrower(booking, CAME_BACK)
