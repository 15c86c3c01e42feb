"""Keeping something longer: refused when somebody else is next, judged by the rules of booking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.announce import announce
from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent
from kierto.sharing import blocks, pricing, rules
from kierto.sharing.actions.charges import charge
from kierto.sharing.actions.returning import locked_loan
from kierto.sharing.changes import BookingChanged
from kierto.sharing.demand import survey
from kierto.sharing.errors.booking import NotFree
from kierto.sharing.errors.lending import (
    AlreadyBack,
    BookedNext,
    LoanIsLost,
    NoMoreRenewals,
    OverdueNotRenewed,
    RenewsBackwards,
    SomebodyWaits,
)
from kierto.sharing.errors.rules import NotOnStep, TooLong, TooShort
from kierto.sharing.lateness import is_overdue
from kierto.sharing.lengths import renewed_until
from kierto.sharing.models import Loan, WaitingEntry
from kierto.sharing.permissions import BORROWER, SIGN_IN, STAFF, roles_for_booking
from kierto.sharing.states import Per, Reason, WaitingState
from kierto.sharing.words import Moment


def can_renew(by: Agent | None, loan: Loan) -> Decision:
    """Borrowers renew what they have; the desk does it for them."""
    if by is None:
        return SIGN_IN
    if {BORROWER, STAFF} & roles_for_booking(by, loan.line.booking):
        return ALLOWED
    return refuse(_("Only the borrower and the staff of this collection can do this."))


@transaction.atomic
def renew(loan: Loan, *, until: datetime | None = None, by: Agent) -> Loan:
    """Keep a loan until then; without ``until`` as long again as it was first lent for.

    The parts of a kit are renewed together. What costs by the hour, day or week costs more.

    Raises:
        NotAllowed, AlreadyBack, LoanIsLost, OverdueNotRenewed, NoMoreRenewals, RenewsBackwards;
        BookedNext or SomebodyWaits when it is somebody else's turn; or a refusal of
        :mod:`kierto.sharing.rules`.
    """
    now = timezone.now()
    loan, things = locked_loan(loan)
    booking = loan.line.booking
    can_renew(by, loan).require()
    until = until or renewed_until(loan, now)
    staffed = STAFF in roles_for_booking(by, booking)
    _check_own_limits(loan, until, now, staffed=staffed)
    _check_next(loan, until)
    _check_rules(loan, until, by, staffed=staffed)
    old = loan.due_at
    for each in loan.line.loans.filter(back_at__isnull=True, is_lost=False):
        each.due_at, each.renewals, each.reminders = until, each.renewals + 1, 0
        each.save(update_fields=["due_at", "renewals", "reminders"])
    booking.ends = max(booking.ends, until)
    booking.sequence += 1
    booking.save(update_fields=["ends", "sequence"])
    _charge_longer(loan, old, until, by)
    blocks.lay(things, now=now)
    announce(BookingChanged(booking))
    loan.refresh_from_db(fields=["due_at", "renewals", "reminders"])
    return loan


def _check_own_limits(loan: Loan, until: datetime, now: datetime, *, staffed: bool) -> None:
    due = Moment(loan.due_at, loan.line.booking.collection.timezone)
    if loan.is_lost:
        raise LoanIsLost
    if loan.back_at is not None:
        raise AlreadyBack
    if is_overdue(loan, now) and not staffed:
        raise OverdueNotRenewed(due=due)
    if loan.renewals >= rules.terms_of(loan.line.thing).renewals:
        raise NoMoreRenewals(times=loan.renewals, due=due)
    if until <= max(loan.due_at, now):
        raise RenewsBackwards(due=due)


def _check_next(loan: Loan, until: datetime) -> None:
    """Whether somebody else is next: their bookings and places on the waiting list go first."""
    booking, thing = loan.line.booking, loan.thing
    situation = survey([thing], begins=loan.due_at, ends=until, ignoring=booking)
    begins, ends = situation.window(thing.pk, thing.pk, loan.due_at, until)
    if situation.free_of(thing.pk, begins, ends) < loan.quantity:
        others = (each.begins for each in situation.taken[thing.pk] if each.ends > begins)
        raise BookedNext(**_facts(loan, max(min(others, default=begins), loan.due_at)))
    waits = (
        WaitingEntry.objects.filter(
            thing__in=[thing, loan.line.thing],
            state=WaitingState.WAITING,
            begins__lt=ends,
            ends__gt=begins,
        )
        .exclude(borrower=booking.borrower_id)
        .order_by("begins")
        .first()
    )
    if waits is not None:
        raise SomebodyWaits(**_facts(loan, waits.begins))


def _facts(loan: Loan, begins: datetime) -> dict[str, Any]:
    zone = loan.line.booking.collection.timezone
    return {
        "thing": loan.thing.name,
        "begins": Moment(begins, zone),
        "due": Moment(loan.due_at, zone),
    }


def _check_rules(loan: Loan, until: datetime, by: Agent, *, staffed: bool) -> None:
    """As for a change of the booking, but for its length: renewals have a limit of their own, and
    go on from the minute at which the loan began."""
    booking = loan.line.booking
    wish = rules.Wish(
        collection=booking.collection,
        borrower=booking.borrower,
        begins=booking.begins,
        ends=until,
        lines=((loan.line.thing, loan.line.quantity),),
        booking=booking,
        via=rules.wishes.DESK if staffed else "web",
    )
    for refusal in rules.judge(wish, by=by).refusals:
        if not isinstance(refusal, TooLong | TooShort | NotOnStep | NotFree):
            raise refusal


def _charge_longer(loan: Loan, old: datetime, until: datetime, by: Agent) -> None:
    """The price of the longer time less that of the time before; “each time” costs once."""
    line, booking = loan.line, loan.line.booking
    terms = rules.terms_of(line.thing)
    if terms.price_per == Per.BOOKING or booking.borrower_id == booking.collection.owner_id:
        return
    before = pricing.price_of(terms, booking.begins, old, line.quantity)
    more = pricing.price_of(terms, booking.begins, until, line.quantity) - before
    if more > 0:
        charge(
            collection=booking.collection,
            borrower=booking.borrower,
            reason=Reason.PRICE,
            amount=more,
            booking=booking,
            loan=loan,
            note=line.thing.name,
            by=by,
        )
