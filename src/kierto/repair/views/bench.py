"""What those who repair write on a ticket: estimate, hours, parts, outcome, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.transitions import IllegalTransition
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import find, reader, writer
from kierto.repair import actions, permissions, queries
from kierto.repair.forms.tickets import EstimateForm, FinishForm, PaidForm, PartForm, PhotoForm
from kierto.repair.models import Ticket, TicketPart, TicketPhoto, Work
from kierto.repair.views.ticket_page import assign_form, part_kinds, work_form
from kierto.repair.views.tickets import find_ticket, refused

_PART_STEPS: dict[str, Callable[..., TicketPart]] = {
    "order": actions.order_part,
    "fit": actions.fit_part,
    "drop": actions.drop_part,
}


@require_POST
@login_required
def estimate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it would cost; the owner is asked."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_work_on(by, found).require()
    form = EstimateForm(request.POST, ticket=found)
    return _done(
        request,
        found,
        by,
        "estimate_form",
        form,
        lambda: actions.estimate(found, by=by, **form.cleaned_data),
        _("The estimate waits for the owner's yes."),
    )


@require_POST
@login_required
def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who repairs it, and by when."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_work_on(by, found).require()
    form = assign_form(found, request.POST)

    def write() -> None:
        with transaction.atomic():
            actions.assign(found, repairer=form.chosen(), by=by)
            actions.promise(found, ready_on=form.cleaned_data["ready_on"], by=by)

    return _done(request, found, by, "assign_form", form, write, _("Your changes are saved."))


@require_POST
@login_required
def work(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Log hours."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_work_on(by, found).require()
    form = work_form(found, by, request.POST)
    return _done(
        request,
        found,
        by,
        "work_form",
        form,
        lambda: actions.log_work(found, by=by, **form.values()),
        _("The hours stand in the ledger now."),
    )


@require_POST
@login_required
def work_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hours that were logged by mistake."""
    by = writer(request)
    row = find(Work.objects.filter(ticket__in=queries.visible_tickets(by)), pk)
    actions.take_back_work(row, reason=_("Logged by mistake."), by=by)
    messages.success(request, _("The hours are taken back. The ledger shows both."))
    return redirect("repair:ticket", pk=row.ticket_id)


@require_POST
@login_required
def part(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A part is wanted."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_work_on(by, found).require()
    form = PartForm(request.POST, kinds=part_kinds())
    return _done(
        request,
        found,
        by,
        "part_form",
        form,
        lambda: actions.add_part(found, by=by, **form.values()),
        _("The part is noted."),
    )


@require_POST
@login_required
def part_step(request: HttpRequest, pk: int) -> HttpResponse:
    """A part is on its way, fitted, or not needed."""
    by = writer(request)
    row = find(TicketPart.objects.filter(ticket__in=queries.visible_tickets(by)), pk)
    verb = _PART_STEPS.get(request.POST.get("step", ""))
    if verb is None:
        raise Http404
    settled = verb(row, by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": settled.get_state_display()})
    return redirect("repair:ticket", pk=row.ticket_id)


@require_POST
@login_required
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What came of it."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_work_on(by, found).require()
    form = FinishForm(request.POST)
    return _done(
        request,
        found,
        by,
        "finish_form",
        form,
        lambda: actions.finish(found, by=by, **form.cleaned_data),
        _("It is ready. The owner is told."),
    )


@require_POST
@login_required
def give_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The owner has it again."""
    by = writer(request)
    actions.give_back(find_ticket(by, pk), by=by)
    messages.success(request, _("It is given back; the ledger has the whole repair."))
    return redirect("repair:ticket", pk=pk)


@require_POST
@login_required
def pay(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Euros at the counter."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_take_money(by, found).require()
    form = PaidForm(request.POST)
    return _done(
        request,
        found,
        by,
        "paid_form",
        form,
        lambda: actions.pay(found, amount=form.cleaned_data["amount"], by=by),
        _("The payment stands in the ledger now."),
    )


# --------------------------------------------------------------------------- pictures


@require_POST
@login_required
def photo_add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a picture."""
    by = writer(request)
    found = find_ticket(by, pk)
    form = PhotoForm(request.POST, request.FILES)
    return _done(
        request,
        found,
        by,
        "photo_form",
        form,
        lambda: actions.add_photo(
            found,
            image=form.cleaned_data["photo"],
            description=form.cleaned_data["description"],
            is_public=form.cleaned_data["is_public"],
            by=by,
        ),
        _("The picture is added."),
    )


@require_POST
@login_required
def photo_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show it to everybody, to the owner and the workshop only, or remove it."""
    by = writer(request)
    row = find(_photos(queries.visible_tickets(by)), pk)
    match request.POST.get("do"):
        case "show" | "hide" as word:
            actions.show_photo(row, is_public=word == "show", by=by)
            messages.success(request, _("Your changes are saved."))
        case "remove":
            actions.remove_photo(row, by=by)
            messages.success(request, _("The picture is removed."))
        case _:
            raise Http404
    return redirect("repair:ticket", pk=row.ticket_id)


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture itself, to those who may see it."""
    row = find(queries.visible_photos(reader(request)), pk)
    with row.image.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _photos(tickets: Any) -> Any:
    return TicketPhoto.objects.filter(ticket__in=tickets).select_related("ticket")


def _done(
    request: HttpRequest,
    found: Ticket,
    by: Agent,
    name: str,
    form: forms.Form,
    write: Callable[[], Any],
    said: str,
) -> HttpResponse:
    """Write what the form says and go back to the page, or show it again with what is wrong."""
    if form.is_valid():
        try:
            write()
        except (NotAllowed, IllegalTransition):
            raise
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, said)
            return redirect("repair:ticket", pk=found.pk)
    return refused(request, found, by, **{name: form})
