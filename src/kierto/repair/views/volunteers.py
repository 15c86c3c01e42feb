"""Who helps at an event: offering oneself, the rota, invitations and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.queries import visible_people
from kierto.parties.requests import writer
from kierto.repair import actions, event_permissions, event_queries, programme
from kierto.repair.forms.events import InviteForm, VolunteerForm
from kierto.repair.models import Event, Repairer, Volunteer
from kierto.repair.names import shown_name
from kierto.repair.states import VolunteerState
from kierto.repair.views.event_found import (
    all_categories,
    find_event,
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def volunteer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Offer to help, or change what one does."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_offer_help(by, found).require()
    row = event_queries.volunteer_of(by, found)
    data = request.POST if request.method == "POST" else None
    form = VolunteerForm(data, event=found, categories=all_categories(), row=row)
    if data is not None and form.is_valid():
        try:
            saved = actions.volunteer(found, agent=by, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _thanks(saved))
            return redirect("repair:event", pk=pk)
    context = {
        "form": form,
        "event": found,
        "row": row,
        "waits": event_permissions.first_state(by, by, found) == VolunteerState.OFFERED,
    }
    status = 422 if data is not None else 200
    return render(request, "repair/volunteer.html", context, status=status)


def _thanks(row: Volunteer) -> str:
    if row.state == VolunteerState.OFFERED:
        return _("Thank you. The workshop will answer you.")
    return _("Thank you. You are on the list.")


@require_safe
@login_required
def volunteers(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The rota: who does what at which table, and who is still to answer."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_see_volunteers(by, found).require()
    return _rota(request, by, found)


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody on the list, by their name, and what the reader may do about them."""

    row: Volunteer
    name: str
    steps: list[tuple[str, Any]]


def _rota(
    request: HttpRequest, by: Agent, found: Event, form: InviteForm | None = None
) -> HttpResponse:
    rota = programme.rota(found)
    may_invite = event_permissions.can_invite(by, found)
    if form is None and may_invite:
        form = InviteForm(event=found, people=_askable(by, found))

    steps = event_permissions.volunteer_steps(by, found, found.volunteers.all())

    def shown(rows: Iterable[Volunteer]) -> list[Helper]:
        return [
            Helper(
                row,
                shown_name(row.agent, to_staff=True),
                [
                    (to, step.label if row.agent_id == by.pk else _of_another(row.state, to))
                    for to, step in steps[row.pk].items()
                ],
            )
            for row in rows
        ]

    context = {
        "event": found,
        "rota": rota,
        "tables": [(table, shown(table.helpers)) for table in rota.tables],
        "groups": [
            (_("Repairs where needed"), shown(rota.roaming)),
            (_("Welcomes"), shown(rota.hosts)),
            (_("Helps otherwise"), shown(rota.others)),
        ],
        "offers": shown(rota.offers),
        "unanswered": shown(rota.unanswered),
        "declined": shown(rota.declined),
        "may_invite": may_invite,
        "form": form,
    }
    bound = form is not None and form.is_bound
    return render(request, "repair/volunteers.html", context, status=422 if bound else 200)


def _of_another(state: str, to: str) -> str:
    """A step as the workshop would call it, about somebody else."""
    match to:
        case VolunteerState.COMING if state == VolunteerState.OFFERED:
            return _("Welcome them")
        case VolunteerState.COMING:
            return _("Comes")
        case VolunteerState.DECLINED if state == VolunteerState.OFFERED:
            return _("Not needed this time")
        case VolunteerState.DECLINED:
            return _("Does not come")
        case _:
            return _("Ask again")


def _askable(by: Agent, found: Event) -> list[tuple[Agent, str]]:
    """People of the workshop and whoever one knows by name, who are not on the list yet."""
    listed = set(found.volunteers.values_list("agent_id", flat=True))
    people = {
        person.agent: person.name
        for person in visible_people(by)
        .filter(user__isnull=False, erased_at__isnull=True)
        .select_related("agent")
        .order_by("name")[:300]
    }
    repairers = Repairer.objects.filter(workshop=found.workshop, is_active=True)
    for row in repairers.select_related("agent__person"):
        people[row.agent] = shown_name(row.agent, to_staff=True)
    past = Volunteer.objects.filter(event__workshop=found.workshop, state=VolunteerState.COMING)
    for each in past.select_related("agent__person")[:300]:
        people[each.agent] = shown_name(each.agent, to_staff=True)
    named = [(agent, name) for agent, name in people.items() if agent.pk not in listed]
    return sorted(named, key=lambda pair: pair[1].casefold())


@require_POST
@login_required
def volunteer_invite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask somebody to help."""
    by = writer(request)
    found = find_event(by, pk)
    event_permissions.can_invite(by, found).require()
    form = InviteForm(request.POST, event=found, people=_askable(by, found))
    if form.is_valid():
        try:
            actions.invite_volunteer(found, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("They are asked, and will find it among their notices."))
            return redirect("repair:volunteers", pk=pk)
    return _rota(request, by, found, form)


@require_POST
@login_required
def volunteer_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Come, decline, welcome, ask again."""
    by = writer(request)
    row = visible_row(by, pk)
    moved = actions.move_volunteer(row, request.POST.get("to", ""), by=by)
    messages.success(request, _ANSWERS[moved.state]())
    if moved.agent_id == by.pk:
        return redirect("repair:event", pk=row.event_id)
    return redirect("repair:volunteers", pk=row.event_id)


def visible_row(by: Agent, pk: int) -> Volunteer:
    """One's own row, or one of an event that one works for.

    Raises:
        Http404: neither.
    """
    row = Volunteer.objects.select_related("event__workshop", "agent").filter(pk=pk).first()
    if row is None or find_event(by, row.event_id).pk != row.event_id:
        raise Http404
    if not event_permissions.volunteer_roles(by, row):
        raise Http404
    return row


_ANSWERS: dict[str, Any] = {
    VolunteerState.COMING: lambda: _("Noted: they come."),
    VolunteerState.DECLINED: lambda: _("Noted: they do not come."),
    VolunteerState.ASKED: lambda: _("They are asked again."),
    VolunteerState.OFFERED: lambda: _("Thank you. The workshop will answer you."),
}
