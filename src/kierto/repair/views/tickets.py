"""Asking for a repair, and the page of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.queries import organizations_of
from kierto.parties.requests import find, writer
from kierto.repair import actions, permissions, queries
from kierto.repair.forms.tickets import AnswerForm, AskForm, ReasonForm, ThingForm
from kierto.repair.models import Category, Ticket, Workshop
from kierto.repair.states import TicketState
from kierto.repair.views.ticket_page import TONES, context_of
from kierto.repair.visitors import unnamed_visitor

PAGE_SIZE = 25


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What I and my organisations have asked to have repaired; open ones first."""
    by = writer(request)
    rows = queries.open_first(queries.with_facts(queries.my_tickets(by)))
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "repair/tickets.html", {"page": page, "tones": TONES})


@require_safe
@login_required
def ticket(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where it stands, and what one can do."""
    by = writer(request)
    found = find_ticket(by, pk)
    return render(request, "repair/ticket.html", context_of(found, by))


def find_ticket(by: Agent | None, pk: UUID) -> Ticket:
    """The ticket, to those who may know of it; else Http404."""
    return find(queries.with_facts(queries.visible_tickets(by)), pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """A new ticket at a workshop."""
    by = writer(request)
    workshop = find(queries.with_where(queries.visible_workshops(by)), slug=slug)
    form = AskForm(
        request.POST or None,
        categories=_categories_of(workshop, by),
        owners=_owners(by),
        at_the_counter=permissions.is_staff(by, workshop),
        initial={
            "category": request.GET.get("category", ""),
            "problem": request.GET.get("problem", "")[:4000],
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            opened = _open(workshop, by, form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _said(opened, by))
            return redirect("repair:ticket", pk=opened.pk)
    return render(request, "repair/ticket_ask.html", {"form": form, "workshop": workshop})


@transaction.atomic
def _open(workshop: Workshop, by: Agent, values: dict[str, Any]) -> Ticket:
    owner = values.pop("owner") or unnamed_visitor()
    return actions.open_ticket(workshop=workshop, owner=owner, by=by, **values)


def _said(opened: Ticket, by: Agent) -> str:
    if permissions.is_staff(by, opened.workshop):
        return _("Write this code on the thing: %(code)s") % {"code": opened.code}
    return _("Your request is sent. The workshop will answer here.")


def _categories_of(workshop: Workshop, by: Agent) -> list[Category]:
    """What the workshop names, or everything; its own people may take anything in."""
    named = list(workshop.categories.all())
    if named and not permissions.is_staff(by, workshop):
        return named
    return list(Category.objects.all())


def _owners(by: Agent) -> list[tuple[Agent, Any]]:
    mine: list[tuple[Agent, Any]] = [(by, _("mine"))]
    return mine + [(organization.agent, organization.name) for organization in organizations_of(by)]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct what the thing is and what is wrong with it."""
    by = writer(request)
    found = find_ticket(by, pk)
    permissions.can_change_ticket(by, found).require()
    names = ("thing", "problem", "brand", "model", "serial_number", "made_year", "age")
    known: dict[str, Any] = {name: getattr(found, name) for name in names}
    known |= {"category": str(found.category_id), "shares_data": found.shares_data}
    form = ThingForm(request.POST or None, categories=list(Category.objects.all()), initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_ticket(found, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("repair:ticket", pk=pk)
    return render(request, "repair/ticket_edit.html", {"form": form, "ticket": found})


@require_POST
@login_required
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Steps of one press: agree, cancel, begin, have it back unrepaired."""
    by = writer(request)
    moved = actions.move_ticket(find_ticket(by, pk), request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("repair:ticket", pk=pk)


@require_POST
@login_required
def decline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not here, and why."""
    by = writer(request)
    found = find_ticket(by, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        actions.move_ticket(found, TicketState.DECLINED, reason=reason, by=by)
        messages.success(request, _("The owner reads your reason."))
        return redirect("repair:ticket", pk=pk)
    permissions.can_move_ticket(by, found, TicketState.DECLINED).require()
    return refused(request, found, by, reason_form=form)


@require_POST
@login_required
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The one question, answered or skipped."""
    by = writer(request)
    found = find_ticket(by, pk)
    if "skip" in request.POST:
        actions.answer(found, alternative=None, by=by)
        return redirect("repair:ticket", pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        actions.answer(found, alternative=form.cleaned_data["alternative"], by=by)
        messages.success(request, _("Thank you. This makes the figures of the district better."))
        return redirect("repair:ticket", pk=pk)
    return refused(request, found, by, answer_form=form)


def refused(
    request: HttpRequest, found: Ticket, by: Agent | None, **bound: forms.Form
) -> HttpResponse:
    """The page again, with what was typed and what is wrong with it."""
    return render(request, "repair/ticket.html", context_of(found, by, **bound), status=422)
