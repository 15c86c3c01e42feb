"""Taking back, and what follows: fine, deposit, damage, out of use, the question."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.sharing import charges, pricing, rules
from kierto.sharing.actions.answering import answer, may_be_asked
from kierto.sharing.actions.lending import mark_lost, renew, take_back
from kierto.sharing.actions.maintenance import take_out_of_service
from kierto.sharing.forms.desk import BackForm, ChargeForm, OutOfUseForm
from kierto.sharing.lateness import days_late, is_overdue, is_probably_lost
from kierto.sharing.models import Booking, Loan
from kierto.sharing.states import Alternative, Condition, Reason
from kierto.sharing.views.desk.counter import Counter, at_desk
from kierto.sharing.views.desk.doing import loan_at, taken_back
from kierto.sharing.words import Moment

BAD = (Condition.DAMAGED, Condition.BROKEN)


@require_safe
@login_required
def loan(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """What is out, ready to be taken back; what is back, and what is left to settle."""
    counter = at_desk(request, slug)
    return _page(counter, loan_at(counter, pk))


def _page(
    counter: Counter, found: Loan, form: BackForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    is_out = found.back_at is None
    takes = is_out or found.is_lost
    if takes and form is None:
        form = BackForm(loan=found, zone=counter.zone)
    booking = found.line.booking
    report = found.reports.prefetch_related("photos").first()
    money = charges.open_standings(booking.borrower, counter.collection)
    context: dict[str, Any] = {
        "loan": found,
        "booking": booking,
        "name": counter.name_of(booking.borrower),
        "form": form if takes else None,
        "due": Moment(found.due_at, counter.collection.timezone),
        "back": found.back_at and Moment(found.back_at, counter.collection.timezone),
        "is_overdue": is_overdue(found),
        "is_probably_lost": is_probably_lost(found),
        "days_late": max(days_late(found), 0),
        "fine": _fine(found) if is_out else None,
        "report": report,
        "is_bad": report is not None and report.condition in BAD,
        "money": [] if is_out else money,
        "rest": [] if is_out else _others_out(found),
        "damage_form": ChargeForm(initial=_damage(found), prefix="damage"),
        "use_form": OutOfUseForm(prefix="use", initial={"title": report.note if report else ""}),
        "question": Alternative.choices if may_be_asked(booking) else None,
    }
    return counter.show(
        "desk_loan",
        pending=f"back:{found.pk}" if is_out else "",
        pending_label=_("take back %(thing)s") % {"thing": found.thing.name} if is_out else "",
        status=status,
        **(context | more),
    )


def _fine(found: Loan) -> Any:
    """What coming back now would cost."""
    return pricing.fine_of(rules.terms_of(found.line.thing), found.due_at, timezone.now())


def _damage(found: Loan) -> dict[str, Any]:
    """A lost thing is worth what it was bought for; what a damage costs, the desk knows."""
    value = found.thing.value if found.is_lost else None
    text = formats.number_format(value * found.quantity) if value else ""
    return {"reason": Reason.DAMAGE.value, "amount": text}


def _others_out(found: Loan) -> list[Loan]:
    """What else of the same booking is still out."""
    others = Loan.objects.filter(line__booking=found.line.booking, back_at__isnull=True)
    return list(others.select_related("thing"))


@require_POST
@login_required
def back(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take it back, in part, in what shape, with pictures, at an earlier time."""
    counter = at_desk(request, slug)
    found = loan_at(counter, pk)
    form = BackForm(request.POST, request.FILES, loan=found, zone=counter.zone)
    if form.is_valid():
        data = form.cleaned_data
        try:
            done = take_back(
                found,
                quantity=data["quantity"],
                at=data["at"],
                condition=data["condition"] or None,
                note=data["note"],
                photos=data["photos"],
                by=counter.by,
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return taken_back(counter, done)
    return _page(counter, loan_at(counter, pk), form, status=422)


@require_POST
@login_required
def longer(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Renew it for as long again."""
    counter = at_desk(request, slug)
    found = loan_at(counter, pk)
    try:
        renewed = renew(found, by=counter.by)
    except DomainError as error:
        counter.tell(error)
    else:
        due = Moment(renewed.due_at, counter.collection.timezone)
        words = {"thing": found.thing.name, "due": due}
        messages.success(request, _("%(thing)s is renewed until %(due)s.") % words)
    if counter.to is not None:
        return counter.go("desk_borrower", counter.to.pk)
    return counter.go("desk_loan", pk)


@require_POST
@login_required
def lost(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Give it up; what it was worth can be charged on the next page."""
    counter = at_desk(request, slug)
    found = loan_at(counter, pk)
    try:
        mark_lost(found, note=counter.said("note"), by=counter.by)
    except DomainError as error:
        counter.tell(error)
    else:
        words = {"thing": found.thing.name}
        messages.success(request, _("%(thing)s counts as lost now.") % words)
    return counter.go("desk_loan", pk)


@require_POST
@login_required
def out_of_use(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Keep what came back damaged from going out again until it is mended."""
    counter = at_desk(request, slug)
    found = loan_at(counter, pk)
    form = OutOfUseForm(request.POST, prefix="use")
    if not form.is_valid():
        return _page(counter, found, status=422, use_form=form)
    data = form.cleaned_data
    try:
        _care, short = take_out_of_service(
            found.thing,
            ends=timezone.now() + timedelta(days=data["days"]),
            title=data["title"],
            quantity=found.quantity,
            makes_ticket=data["makes_ticket"],
            by=counter.by,
        )
    except DomainError as error:
        counter.tell(error)
    else:
        messages.success(request, _out_of_use_words(found, short))
    return counter.go("desk_loan", pk)


def _out_of_use_words(found: Loan, short: list[Booking]) -> str:
    if not short:
        return _("%(thing)s is out of use until it is mended.") % {"thing": found.thing.name}
    codes = ", ".join(booking.code for booking in short)
    words = {"thing": found.thing.name, "codes": codes}
    return _("%(thing)s is out of use. These bookings need something else: %(codes)s.") % words


@require_POST
@login_required
def say(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Write down what the borrower said they would have done otherwise, or that it is skipped."""
    counter = at_desk(request, slug)
    found = loan_at(counter, pk)
    said = request.POST.get("alternative", "")
    try:
        answer(
            found.line.booking,
            alternative=said if said in Alternative.values else None,
            by=counter.by,
        )
    except DomainError as error:
        counter.tell(error)
    else:
        messages.success(request, _("Thank you."))
    return counter.go("desk_loan", pk)
