"""Handing out: a thing to the chosen borrower, a booking, a consumable over the counter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.sharing import rules
from kierto.sharing.actions.lending import hand_out, lend_now
from kierto.sharing.actions.sales import sell
from kierto.sharing.availability import free_now, midnight
from kierto.sharing.day import rows_of, today_of
from kierto.sharing.errors.lending import NobodyChosen
from kierto.sharing.forms.desk import HandOutForm, LendForm
from kierto.sharing.handover import to_hand_out
from kierto.sharing.lateness import open_loans, with_facts
from kierto.sharing.lengths import usual_due
from kierto.sharing.models import Booking, Thing
from kierto.sharing.states import BookingState, Sort
from kierto.sharing.views.desk.counter import Counter, at_desk
from kierto.sharing.views.desk.doing import booking_at, lent, thing_at
from kierto.sharing.words import Moment

SHOWN = 25
READY = (BookingState.CONFIRMED, BookingState.MISSED, BookingState.OUT)


@require_safe
@login_required
def thing(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Lend it to the chosen borrower, or ask who borrows it; and who has it now."""
    counter = at_desk(request, slug)
    found = thing_at(counter, code)
    booked = _booked_by_them(counter, found)
    if booked is not None:
        return counter.go("desk_booking", booked.code)
    return _thing_page(counter, found)


def _booked_by_them(counter: Counter, found: Thing) -> Booking | None:
    """What the chosen borrower comes for today, if the thing is in it and not out yet."""
    if counter.to is None:
        return None
    ends = midnight(counter.collection, today_of(counter.collection) + timedelta(days=1))
    bookings = Booking.objects.filter(
        borrower=counter.to,
        collection=counter.collection,
        state=BookingState.CONFIRMED,
        lines__thing=found,
        begins__lt=ends,
        ends__gt=timezone.now(),
    )
    return bookings.order_by("begins").first()


def _thing_page(
    counter: Counter, found: Thing, form: LendForm | None = None, status: int = 200
) -> HttpResponse:
    due = usual_due(found, timezone.now())
    sold = found.sort == Sort.CONSUMABLE
    loans = with_facts(open_loans().filter(thing=found, line__booking__collection__isnull=False))
    loans = loans.select_related(
        "line__booking__borrower__person", "line__booking__borrower__organization"
    )
    lends = counter.to is not None and not sold
    if lends and form is None:
        form = LendForm(thing=found, zone=counter.zone, initial={"due_at": due})
    against = _against(counter, found, due) if lends and status == 200 else []
    ready = lends and not against
    return counter.show(
        "desk_thing",
        pending=f"lend:{found.code}" if ready else "",
        pending_label=_lend_label(counter, found) if ready else "",
        thing="" if counter.to is not None or sold else found.code,
        status=status,
        found=found,
        is_sold=sold,
        form=form,
        due=Moment(due, counter.collection.timezone),
        against=against,
        free=None if sold else free_now([found])[found.pk],
        stock=found.resource,
        loans=rows_of(counter.by, counter.collection, list(loans[:SHOWN])),
    )


def _lend_label(counter: Counter, found: Thing) -> str:
    assert counter.to is not None  # noqa: S101 (the caller has looked)
    words = {"thing": found.name, "name": counter.name_of(counter.to)}
    return _("lend %(thing)s to %(name)s") % words


def _against(counter: Counter, found: Thing, due: Any) -> list[DomainError]:
    """Why it cannot be lent to the chosen borrower now, as far as can be told before trying."""
    if counter.to is None:
        return []
    wish = rules.Wish(
        collection=counter.collection,
        borrower=counter.to,
        begins=timezone.now(),
        ends=due,
        lines=((found, 1),),
        via=rules.wishes.DESK,
    )
    return list(rules.judge(wish, by=counter.by).refusals)


@require_POST
@login_required
def lend(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Lend it, with its own day of return, an earlier time, or a note."""
    counter = at_desk(request, slug)
    found = thing_at(counter, code)
    form = LendForm(request.POST, thing=found, zone=counter.zone)
    if counter.to is None:
        counter.tell(NobodyChosen())
        return counter.go("desk_thing", code)
    if form.is_valid():
        data = form.cleaned_data
        try:
            lend_now(
                collection=counter.collection,
                borrower=counter.to,
                lines=[(found, data["quantity"])],
                due_at=data["due_at"],
                at=data["at"],
                note=data["note"],
                by=counter.by,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return lent(counter, found.name)
    return _thing_page(counter, found, form, status=422)


@require_POST
@login_required
def sell_it(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """So many of a consumable go to the chosen borrower for good."""
    counter = at_desk(request, slug)
    found = thing_at(counter, code)
    if counter.to is None:
        counter.tell(NobodyChosen())
        return counter.go("desk_thing", code)
    number = counter.said("quantity", 6)
    try:
        quantity = int(number) if number.isascii() and number.isdigit() else 0
        sell(found, quantity=quantity, buyer=counter.to, by=counter.by)
    except DomainError as error:
        counter.tell(error)
        return counter.go("desk_thing", code)
    messages.success(request, _("Sold: %(number)s × %(what)s.") % {
        "number": quantity, "what": found.name,
    })  # fmt: skip
    return counter.go("desk_borrower", counter.to.pk)


@require_safe
@login_required
def booking(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """What is booked under this code, ready to be handed out."""
    counter = at_desk(request, slug)
    return _booking_page(counter, booking_at(counter, code))


def _booking_page(
    counter: Counter, found: Booking, form: HandOutForm | None = None, status: int = 200
) -> HttpResponse:
    left = to_hand_out(found)
    ready = bool(left) and found.state in READY and found.ends > timezone.now()
    if ready and form is None:
        form = HandOutForm(rows=left, zone=counter.zone)
    loans = list(with_facts(open_loans().filter(line__booking=found)))
    pending, label = _booking_pending(found, ready=ready, is_out=bool(loans))
    return counter.show(
        "desk_booking",
        pending=pending,
        pending_label=label,
        status=status,
        found=found,
        name=counter.name_of(found.borrower),
        left=left,
        form=form if ready else None,
        loans=rows_of(counter.by, counter.collection, loans),
        is_over=found.ends <= timezone.now(),
    )


def _booking_pending(found: Booking, *, ready: bool, is_out: bool) -> tuple[str, str]:
    """What Enter alone does: everything goes out, or everything that is out comes back."""
    if ready:
        return f"out:{found.code}", _("hand out everything")
    if is_out:
        return f"in:{found.code}", _("take back everything")
    return "", ""


@require_POST
@login_required
def hand_out_booking(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Hand out so many of each as the form says."""
    counter = at_desk(request, slug)
    found = booking_at(counter, code)
    form = HandOutForm(request.POST, rows=to_hand_out(found), zone=counter.zone)
    if form.is_valid():
        data = form.cleaned_data
        try:
            hand_out(found, lines=form.chosen(), at=data["at"], note=data["note"], by=counter.by)
        except DomainError as error:
            form.refuse(error)
        else:
            return lent(counter, found.code, booking=found)
    return _booking_page(counter, booking_at(counter, code), form, status=422)
