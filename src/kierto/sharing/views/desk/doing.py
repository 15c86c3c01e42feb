"""What Enter does in the empty field: the one obvious thing that the page offers."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kierto.core.errors import DomainError
from kierto.parties.requests import find
from kierto.sharing.actions.lending import hand_out, lend_now, take_back
from kierto.sharing.errors.lending import NobodyChosen
from kierto.sharing.lateness import open_loans
from kierto.sharing.lengths import usual_due
from kierto.sharing.models import Booking, Loan, Thing
from kierto.sharing.views.desk.counter import Counter


def do_pending(counter: Counter, pending: str) -> HttpResponse:
    """Do what the page offered, with everything as usual.

    ``pending`` is ``lend:CODE``, ``out:CODE``, ``back:ID`` or ``in:CODE``.
    """
    verb, _colon, which = pending.partition(":")
    if verb not in _VERBS:
        raise Http404
    return _VERBS[verb](counter, which)


def _lend(counter: Counter, code: str) -> HttpResponse:
    thing = thing_at(counter, code)
    if counter.to is None:
        counter.tell(NobodyChosen())
        return counter.go("desk_thing", code)
    try:
        lend_now(
            collection=counter.collection,
            borrower=counter.to,
            lines=[(thing, 1)],
            due_at=usual_due(thing, timezone.now()),
            by=counter.by,
        )
    except DomainError as error:
        counter.tell(error)
        return counter.go("desk_thing", code)
    return lent(counter, thing.name)


def _hand_out(counter: Counter, code: str) -> HttpResponse:
    booking = booking_at(counter, code)
    try:
        hand_out(booking, by=counter.by)
    except DomainError as error:
        counter.tell(error)
        return counter.go("desk_booking", code)
    return lent(counter, booking.code, booking=booking)


def _take_back(counter: Counter, pk: str) -> HttpResponse:
    try:
        loan = loan_at(counter, UUID(pk))
    except ValueError:
        raise Http404 from None
    try:
        back = take_back(loan, by=counter.by)
    except DomainError as error:
        counter.tell(error)
        return counter.go("desk_loan", loan.pk)
    return taken_back(counter, back)


def _take_all_back(counter: Counter, code: str) -> HttpResponse:
    booking = booking_at(counter, code)
    try:
        with transaction.atomic():
            for loan in open_loans().filter(line__booking=booking).order_by("pk"):
                take_back(loan, by=counter.by)
    except DomainError as error:
        counter.tell(error)
        return counter.go("desk_booking", code)
    messages.success(counter.request, _("Everything of %(code)s is back.") % {"code": code})
    return counter.go("desk_borrower", booking.borrower_id)


def lent(counter: Counter, what: str, *, booking: Booking | None = None) -> HttpResponse:
    """Said, and back to the borrower, so that the next thing goes to them as well."""
    borrower = booking.borrower if booking is not None else counter.to
    assert borrower is not None  # noqa: S101 (somebody borrowed it)
    words = {"what": what, "name": counter.name_of(borrower)}
    messages.success(counter.request, _("%(what)s is handed out to %(name)s.") % words)
    return counter.go("desk_borrower", borrower.pk, to=borrower)


def taken_back(counter: Counter, loan: Loan) -> HttpResponse:
    """Said, and on to what follows: a fine, the deposit, a damage, the question."""
    messages.success(counter.request, _("%(what)s is back.") % {"what": loan.thing.name})
    return counter.go("desk_loan", loan.pk)


def thing_at(counter: Counter, code: str) -> Thing:
    """A thing of this collection."""
    things = Thing.objects.filter(collection=counter.collection).select_related(
        "collection__owner", "collection__place", "terms", "resource", "place", "kind"
    )
    return find(things, code=code)


def booking_at(counter: Counter, code: str) -> Booking:
    """A booking of this collection."""
    bookings = Booking.objects.filter(collection=counter.collection).select_related(
        "collection__owner", "borrower__person", "borrower__organization"
    )
    return find(bookings, code=code)


def loan_at(counter: Counter, pk: UUID) -> Loan:
    """A loan of this collection."""
    loans = Loan.objects.filter(line__booking__collection=counter.collection).select_related(
        "thing__collection",
        "thing__resource",
        "line__thing__collection",
        "line__thing__terms",
        "line__booking__collection__owner",
        "line__booking__collection__place",
        "line__booking__borrower__person",
        "line__booking__borrower__organization",
    )
    return find(loans, pk=pk)


_VERBS: dict[str, Callable[[Counter, str], HttpResponse]] = {
    "lend": _lend,
    "out": _hand_out,
    "back": _take_back,
    "in": _take_all_back,
}
