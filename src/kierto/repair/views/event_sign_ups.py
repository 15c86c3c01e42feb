"""Signing up for a time at an event."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.requests import reader, writer
from kierto.repair import actions, event_permissions, event_queries, programme
from kierto.repair.forms.events import (
    MoveSignUpForm,
    SignUpForm,
)
from kierto.repair.models import Event, Slot, Ticket
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
    find_ticket,
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign_up(request: HttpRequest, pk: UUID, slot: int) -> HttpResponse:
    """Say what one brings at this time."""
    by = writer(request)
    found = find_event(by, pk)
    chosen = _slots().filter(pk=slot, station__event=found).first()
    if chosen is None:
        raise Http404
    chosen.station.event = found
    event_permissions.can_sign_up(by, found).require()
    data = request.POST if request.method == "POST" else None
    form = SignUpForm(data, slot=chosen, categories=all_categories())
    if data is not None and form.is_valid():
        try:
            ticket = actions.sign_up(chosen, owner=by, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("You have this time. Bring the thing and the code."))
            return redirect("repair:sign_up_page", pk=ticket.pk)
    context = {"form": form, "event": found, "slot": chosen}
    status = 422 if data is not None else 200
    return render(request, "repair/event_sign_up.html", context, status=status)


def _slots() -> QuerySet[Slot]:
    return Slot.objects.select_related("station").prefetch_related("station__categories")


@require_safe
@login_required
def sign_up_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """My sign-up: its code, another time, or not at all."""
    return _sign_up_page(request, *find_ticket(writer(request), pk))


def _sign_up_page(
    request: HttpRequest, found: Event, ticket: Ticket, form: MoveSignUpForm | None = None
) -> HttpResponse:
    waits = ticket in event_queries.sign_ups_of(ticket.owner, found)
    may = event_permissions.can_change_sign_up(reader(request), ticket) and waits
    context = {
        "event": found,
        "ticket": ticket,
        "may_change": may,
        "waits": waits,
        "form": form
        or (MoveSignUpForm(slots=_fitting(found, ticket), event=found) if may else None),
    }
    status = 422 if form is not None else 200
    return render(request, "repair/event_sign_up_page.html", context, status=status)


def _fitting(found: Event, ticket: Ticket) -> list[Slot]:
    slots = event_queries.free_slots(found).prefetch_related("station__categories")
    return [slot for slot in slots if programme.takes(slot.station, ticket.category)]


@require_POST
@login_required
def sign_up_move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Come at another time."""
    by = writer(request)
    found, ticket = find_ticket(by, pk)
    form = MoveSignUpForm(request.POST, slots=_fitting(found, ticket), event=found)
    if form.is_valid():
        try:
            actions.move_sign_up(ticket, form.slots[form.cleaned_data["slot"]], by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("You have another time now."))
            return redirect("repair:sign_up_page", pk=pk)
    return _sign_up_page(request, found, ticket, form)


@require_POST
@login_required
def sign_up_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not come after all."""
    by = writer(request)
    found, ticket = find_ticket(by, pk)
    actions.cancel_sign_up(ticket, by=by)
    messages.success(request, _("Your sign-up is cancelled. The time is free for others."))
    return redirect("repair:event", pk=found.pk)
