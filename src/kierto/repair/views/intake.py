"""The table at the door, the line, and the results: pages for those who help at an event."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import reader, writer
from kierto.repair import actions, event_permissions, event_queries, programme
from kierto.repair.event_visitors import sign_up_of_code, visitor_of
from kierto.repair.forms.intake import CodeForm, IntakeForm, ResultForm
from kierto.repair.models import Event, Ticket, Volunteer
from kierto.repair.names import shown_name
from kierto.repair.queries import with_facts
from kierto.repair.results import most_used
from kierto.repair.states import EventState, TicketState
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
    find_ticket,
)

# --------------------------------------------------------------------------- intake


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def intake(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take things in, one after the other; ``?number=`` is the one just taken in."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_take_in(by, found).require()
    if request.method != "POST":
        return _intake_page(request, by, found)
    form = _intake_form(found, request.POST)
    if form.is_valid():
        try:
            owner = visitor_of(found, form.cleaned_data["visitor"])
            ticket = actions.take_in(found, owner=owner, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return _taken_in(request, ticket)
    return _intake_page(request, by, found, form)


def _taken_in(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    if request.POST.get("then") == "result":
        return redirect("repair:result", pk=ticket.pk)
    page = reverse("repair:intake", args=[ticket.event_id])
    return redirect(f"{page}?number={ticket.queue_number}")


def _intake_form(found: Event, data: Any = None, **options: Any) -> IntakeForm:
    return IntakeForm(
        data,
        event=found,
        categories=all_categories(),
        common=most_used(found.workshop),
        **options,
    )


def _intake_page(
    request: HttpRequest,
    by: Agent,
    found: Event,
    form: IntakeForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    board = programme.board(found)
    number = request.GET.get("number", "")
    last = _numbered(found, number) if number.isdecimal() else None
    initial = {"visitor": number} if last is not None and "same" in request.GET else {}
    context = {
        "event": found,
        "form": form or _intake_form(found, initial=initial),
        "code_form": code_form or CodeForm(),
        "last": last,
        "ahead": _ahead(board, last),
        "expected": [
            (ticket, shown_name(ticket.owner, to_staff=True)) for ticket in board.expected
        ],
        "categories": all_categories(),
        "waiting": len(board.waiting),
        "live": programme.is_now(found),
        "over": event_queries.is_over(found),
    }
    refused = form is not None or code_form is not None
    return render(request, "repair/intake.html", context, status=422 if refused else 200)


def _numbered(found: Event, number: str) -> Ticket | None:
    tickets = with_facts(event_queries.live_tickets(found))
    return tickets.filter(queue_number=int(number[:9])).first()


def _ahead(board: programme.Board, last: Ticket | None) -> int | None:
    """How many wait before this one; None if it does not wait."""
    if last is None:
        return None
    places = {ticket.pk: place for place, ticket in enumerate(board.waiting)}
    return places.get(last.pk)


@require_POST
@login_required
def check_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody who signed up is here: by their code, or by the button beside their name."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_take_in(by, found).require()
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            ticket = actions.check_in(sign_up_of_code(found, form.cleaned_data["code"]), by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return _taken_in(request, ticket)
    return _intake_page(request, by, found, code_form=form)


@require_safe
@login_required
def number(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """The number on a sheet of its own, to print or to show."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_help_at(by, found).require()
    ticket = _numbered(found, str(number))
    if ticket is None:
        raise Http404
    return render(request, "repair/intake_number.html", {"event": found, "ticket": ticket})


# --------------------------------------------------------------------------- the line


@require_safe
def queue(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Waiting, at a table, done: numbers for everybody, things and buttons for helpers."""
    by = reader(request)
    found = find_event(by, pk)
    if found.state not in {EventState.OPEN, EventState.CLOSED}:
        raise Http404
    helps = bool(event_permissions.can_help_at(by, found))
    board = programme.board(found)
    row = event_queries.volunteer_of(by, found) if helps else None
    at_hand = row.ticket if row is not None and _in_work(row) else None
    context = {
        "event": found,
        "board": board,
        "helps": helps,
        "may_work": bool(event_permissions.can_take_in(by, found)),
        "row": row,
        "at_hand": at_hand,
        "next": programme.next_for(board.waiting, row) if row is not None else None,
        "mine": _own_numbers(by, board),
        "still": "still" in request.GET,
        "now": timezone.now(),
    }
    template = "repair/event_queue.html"
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        template += "#board"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _in_work(row: Volunteer) -> bool:
    return row.ticket is not None and row.ticket.state == TicketState.IN_WORK


def _own_numbers(by: Agent | None, board: programme.Board) -> list[Ticket]:
    """The reader's own things that wait or are worked on."""
    if by is None:
        return []
    return [t for t in [*board.waiting, *board.at_tables] if t.owner_id == by.pk]


@require_POST
@login_required
def take_next(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the next thing that fits one's skills and table."""
    by = writer(request)
    ticket = actions.take_next(find_event(by, pk), by=by)
    return _on_my_table(request, ticket)


@require_POST
@login_required
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take this very thing."""
    by = writer(request)
    _event, ticket = find_ticket(by, pk)
    return _on_my_table(request, actions.take(ticket, by=by))


def _on_my_table(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    messages.success(
        request, _("Number %(number)s is on your table now.") % {"number": ticket.queue_number}
    )
    return redirect("repair:event_queue", pk=ticket.event_id)


# --------------------------------------------------------------------------- results


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def result(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of a thing."""
    by = writer(request)
    found, ticket = find_ticket(by, pk)
    event_permissions.can_take_in(by, found).require()
    form = _result_form(request, found, ticket, by)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.record_result(ticket, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, _at_its_field(error))
        else:
            messages.success(
                request,
                _("Number %(number)s: %(outcome)s.")
                % {"number": done.queue_number, "outcome": done.get_outcome_display()},
            )
            return redirect(_after(found), pk=found.pk)
    context = {
        "event": found,
        "ticket": ticket,
        "form": form,
        "visitor": shown_name(ticket.owner, to_staff=True),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "repair/result.html", context, status=status)


def _after(found: Event) -> str:
    """At the event the line is next; when slips are entered later, the next slip."""
    return "repair:event_queue" if programme.is_now(found) else "repair:intake"


def _result_form(request: HttpRequest, found: Event, ticket: Ticket, by: Agent) -> ResultForm:
    rows = list(event_queries.coming_volunteers(found))
    workers = [(row.agent, shown_name(row.agent, to_staff=True)) for row in rows]
    if by.pk not in {agent.pk for agent, _name in workers}:
        workers.append((by, shown_name(by, to_staff=True)))
    holders = [row.agent for row in rows if row.ticket_id == ticket.pk]
    minutes = None
    if ticket.began_at is not None and programme.is_now(found):
        minutes = max(round((timezone.now() - ticket.began_at).total_seconds() / 60), 1)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    return ResultForm(
        *data,
        event=found,
        workers=workers,
        worker=by if by in holders or not holders else holders[0],
        minutes=minutes,
    )


def _at_its_field(error: DomainError) -> DomainError:
    """Errors about a picture's words belong to that field here."""
    if error.field == "description":
        error.field = "photo_description"
    return error
