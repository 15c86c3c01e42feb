"""Money over the counter: pay, let go, charge, hand back or keep a deposit."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kierto.core.errors import DomainError
from kierto.core.quantity import parse_number
from kierto.parties.requests import find
from kierto.sharing.actions.charges import charge, hand_back_deposit, keep_deposit, pay, waive
from kierto.sharing.forms.desk import ChargeForm, refuse
from kierto.sharing.models import Charge, Loan
from kierto.sharing.views.desk.borrowers import borrower_page
from kierto.sharing.views.desk.counter import Counter, at_desk, borrower_at


@require_POST
@login_required
def settle(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One step with one charge: ``step`` is pay, waive, back or keep."""
    counter = at_desk(request, slug)
    found = find(
        Charge.objects.filter(collection=counter.collection).select_related("borrower"), pk=pk
    )
    try:
        words = _settle(counter, found, counter.said("step"))
    except DomainError as error:
        counter.tell(error)
    else:
        messages.success(request, words)
    loan = _loan_named(counter)
    if loan is not None:
        return counter.go("desk_loan", loan.pk)
    return counter.go("desk_borrower", found.borrower_id)


def _settle(counter: Counter, found: Charge, step: str) -> str:
    match step:
        case "pay":
            pay(found, amount=_amount(counter.said("amount", 30)), by=counter.by)
            return _("Paid.")
        case "waive":
            waive(found, reason=counter.said("note"), by=counter.by)
            return _("It need not be paid.")
        case "back":
            hand_back_deposit(found, by=counter.by)
            return _("The deposit is handed back.")
        case "keep":
            amount = _amount(counter.said("amount", 30)) or Decimal(0)
            keep_deposit(found, amount=amount, note=counter.said("note"), by=counter.by)
            return _("A part of the deposit stays here. Hand back the rest.")
    raise Http404


def _amount(text: str) -> Decimal | None:
    """Euros as typed; nothing means all that is due."""
    return parse_number(text) if text.strip() else None


def _loan_named(counter: Counter) -> Loan | None:
    """The page of a return from which somebody settles."""
    try:
        pk = UUID(counter.request.POST.get("loan", ""))
    except ValueError:
        return None
    return Loan.objects.filter(line__booking__collection=counter.collection, pk=pk).first()


@require_POST
@login_required
def charge_them(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Charge a borrower something: a damage, a lost thing, whatever the note says."""
    counter = at_desk(request, slug)
    agent = borrower_at(counter, pk)
    loan = _loan_named(counter)
    prefix = "damage" if loan is not None else "charge"
    form = ChargeForm(request.POST, prefix=prefix)
    if form.is_valid():
        data = form.cleaned_data
        try:
            charge(
                collection=counter.collection,
                borrower=agent,
                reason=data["reason"],
                amount=data["amount"],
                booking=loan.line.booking if loan is not None else None,
                loan=loan,
                note=data["note"],
                by=counter.by,
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, _("It is charged."))
            if loan is not None:
                return counter.go("desk_loan", loan.pk)
            return counter.go("desk_borrower", agent.pk)
    return borrower_page(counter, agent, form=form, status=422)
