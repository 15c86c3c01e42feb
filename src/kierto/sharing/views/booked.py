"""A booking that stands: its page, its steps, other times, and the paper to sign; series."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.core.transitions import steps_from
from kierto.parties.models import Agent
from kierto.parties.requests import find, reader, writer
from kierto.sharing import charges, opening, queries
from kierto.sharing.actions.answering import answer as give_answer
from kierto.sharing.actions.answering import can_answer, may_be_asked
from kierto.sharing.actions.booking import CHANGEABLE, can_change, change_booking, move_booking
from kierto.sharing.actions.series import cancel_series
from kierto.sharing.forms.booking import ChangeForm
from kierto.sharing.models import Booking, BookingLine, Loan, Series
from kierto.sharing.occurrences import told
from kierto.sharing.permissions import BORROWER, STAFF, roles_for_booking
from kierto.sharing.pricing import deposit_of, price_of
from kierto.sharing.rules import terms_of
from kierto.sharing.states import BOOKING_STEPS, Alternative, BookingState, Sort
from kierto.sharing.terms_in_words import in_words
from kierto.sharing.whereabouts import place_for

TONES = {
    BookingState.REQUESTED: "warning",
    BookingState.HELD: "warning",
    BookingState.CONFIRMED: "success",
    BookingState.OUT: "info",
    BookingState.DONE: "neutral",
    BookingState.DECLINED: "danger",
    BookingState.CANCELLED: "neutral",
    BookingState.MISSED: "danger",
}
ENDING = (BookingState.CANCELLED, BookingState.DECLINED)
"""Steps that are taken with a reason, in a form of their own."""


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step out of the present state that the reader may take."""

    to: str
    label: Any
    needs_reason: bool


def visible(by: Agent | None) -> QuerySet[Booking]:
    """Bookings with what their pages show."""
    return queries.visible_bookings(by).select_related(
        "collection__owner__organization",
        "collection__owner__person",
        "collection__place__district",
        "borrower__organization",
        "borrower__person",
        "series",
        "agreement",
    )


def lines_of(booking: Booking) -> list[BookingLine]:
    """Its lines with their things."""
    return list(
        booking.lines.select_related(
            "thing__collection", "thing__terms", "thing__place__district", "thing__kind"
        )
    )


@require_safe
@login_required
def booking(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its state, what, when and where, and the steps that the reader may take."""
    return _page(request, find(visible(reader(request)), pk=pk))


def _page(
    request: HttpRequest, found: Booking, form: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    by = writer(request)
    roles = roles_for_booking(by, found)
    lines = lines_of(found)
    changes = found.state in CHANGEABLE and can_change(by, found)
    context = {
        "booking": found,
        "lines": lines,
        "zone": ZoneInfo(found.collection.timezone),
        "tone": TONES[BookingState(found.state)],
        "who": queries.borrower_name(by, found.collection, found.borrower),
        "is_staff": STAFF in roles,
        "is_mine": BORROWER in roles,
        "place": place_for(by, found.collection, lines[0].thing.place) if lines else None,
        "steps": _steps(found, lines, roles),
        "form": form or (ChangeForm(booking=found) if changes else None),
        "is_form_open": form is not None,
        "loans": _loans(found),
        "money": charges.standings(charges.with_promises(found.charges.all())),
        "price": _total(found, lines),
        "deposit": sum((deposit_of(terms_of(x.thing), x.quantity) for x in lines), Decimal(0)),
        "question": Alternative.choices if may_be_asked(found) and can_answer(by, found) else None,
    }
    return render(request, "sharing/booking.html", context, status=status)


def _total(found: Booking, lines: list[BookingLine]) -> Decimal:
    amounts = (
        price_of(terms_of(line.thing), found.begins, found.ends, line.quantity) for line in lines
    )
    return sum(amounts, Decimal(0))


def _loans(found: Booking) -> list[Loan]:
    return list(Loan.objects.filter(line__booking=found).select_related("thing"))


def _steps(found: Booking, lines: list[BookingLine], roles: frozenset[str]) -> list[StepButton]:
    """The steps for this reader; what goes over the counter is done at the desk."""
    steps = steps_from(BOOKING_STEPS, found.state, roles)
    steps.pop(BookingState.OUT, None)
    is_lent = any(line.thing.sort != Sort.SPACE for line in lines)
    if is_lent or found.begins > timezone.now():
        steps.pop(BookingState.DONE, None)
    if found.begins > timezone.now():
        steps.pop(BookingState.MISSED, None)
    if found.state == BookingState.HELD:
        approved = any(terms_of(line.thing).approval_needed for line in lines)
        asks = approved and STAFF not in roles
        steps.pop(BookingState.CONFIRMED if asks else BookingState.REQUESTED, None)
    others = BORROWER not in roles
    return [
        StepButton(to, step.label, to == BookingState.DECLINED or (others and to in ENDING))
        for to, step in steps.items()
    ]


@require_POST
@login_required
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve, decline, cancel, take what is held, let it go."""
    by = writer(request)
    found = find(visible(by), pk=pk)
    moved = move_booking(
        found, request.POST.get("to", ""), reason=request.POST.get("reason", ""), by=by
    )
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("sharing:booking", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another time, or more or fewer of a thing."""
    by = writer(request)
    found = find(visible(by), pk=pk)
    if request.method != "POST":
        return redirect("sharing:booking", pk=pk)
    form = ChangeForm(request.POST, booking=found)
    if form.is_valid():
        data = form.cleaned_data
        try:
            change_booking(
                found, begins=data["begins"], ends=data["ends"], lines=form.lines(), by=by
            )
        except DomainError as error:
            can_change(by, found).require()
            form.refuse(error)
        else:
            messages.success(request, _("The booking is changed."))
            return redirect("sharing:booking", pk=pk)
    found.refresh_from_db()
    return _page(request, find(visible(by), pk=pk), form, status=422)


@require_POST
@login_required
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the borrower would have done otherwise, or that they would rather not say."""
    by = writer(request)
    found = find(visible(by), pk=pk)
    said = request.POST.get("alternative", "")
    give_answer(found, alternative=said if said in Alternative.values else None, by=by)
    messages.success(request, _("Thank you."))
    return redirect("sharing:booking", pk=pk)


@require_safe
@login_required
def agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A paper to print and sign: who, what, in which shape, for how long, under which terms."""
    by = writer(request)
    found = find(visible(by), pk=pk)
    lines = lines_of(found)
    rows = [
        {
            "line": line,
            "facts": in_words(terms_of(line.thing), line.thing),
            "parts": line.thing.parts.select_related("part") if line.thing.sort == Sort.KIT else [],
        }
        for line in lines
    ]
    context = {
        "booking": found,
        "rows": rows,
        "zone": ZoneInfo(found.collection.timezone),
        "who": queries.borrower_name(by, found.collection, found.borrower),
        "membership": queries.membership_of(found.borrower, found.collection),
        "place": place_for(by, found.collection, lines[0].thing.place) if lines else None,
        "price": _total(found, lines),
        "deposit": sum((deposit_of(terms_of(x.thing), x.quantity) for x in lines), Decimal(0)),
        "hours": opening.hours_text(found.collection),
        "today": timezone.now(),
    }
    return render(request, "sharing/agreement.html", context)


# ------------------------------------------------------------------------ series


def _visible_series(by: Agent | None) -> QuerySet[Series]:
    return Series.objects.filter(bookings__in=queries.visible_bookings(by)).distinct()


@require_safe
@login_required
def series(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What came of each time, and a way to cancel what is still to come."""
    by = writer(request)
    found = find(_visible_series(by).select_related("collection__place", "borrower"), pk=pk)
    rows = told(found.report)
    first = visible(by).filter(series=found).first()
    booked = [row for row in rows if row.booking]
    now = timezone.now()
    coming = [row for row in booked if row.begins >= now and row.state in CANCELLABLE]
    context = {
        "series": found,
        "rows": rows,
        "lines": lines_of(first) if first else [],
        "zone": ZoneInfo(found.collection.timezone),
        "booked": len(booked),
        "refused": len(rows) - len(booked),
        "coming": coming if first and can_change(by, first) else [],
        "needs_reason": first is not None and BORROWER not in roles_for_booking(by, first),
    }
    return render(request, "sharing/series.html", context)


CANCELLABLE = (BookingState.REQUESTED, BookingState.HELD, BookingState.CONFIRMED)


@require_POST
@login_required
def series_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel everything of a series that is still to come."""
    by = writer(request)
    found = find(_visible_series(by), pk=pk)
    cancel_series(found, reason=request.POST.get("reason", ""), by=by)
    messages.success(request, _("What was still to come of it is cancelled."))
    return redirect("sharing:series", pk=pk)
