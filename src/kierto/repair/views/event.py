"""The page of one event, and its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.decision import Decision
from kierto.parties.models import Agent
from kierto.parties.requests import reader, writer
from kierto.repair import actions, event_permissions, event_queries, programme
from kierto.repair.models import Event, Slot
from kierto.repair.results import public_photos, results_of
from kierto.repair.states import EVENT_STEPS, EventState, VolunteerState
from kierto.repair.views.event_found import (
    find_event,
)

TONES = {
    EventState.DRAFT: "neutral",
    EventState.OPEN: "success",
    EventState.CANCELLED: "danger",
    EventState.CLOSED: "info",
}


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step out of the present state, and whether the reader may take it."""

    to: str
    label: Any
    decision: Decision


@require_safe
def event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """When and where, what can be brought, free times; afterwards what came of it."""
    by = reader(request)
    found = find_event(by, pk)
    row = event_queries.volunteer_of(by, found)
    rota = programme.rota(found)
    mine = event_queries.sign_ups_of(by, found).select_related("slot__station") if by else []
    return render(
        request,
        "repair/event.html",
        {
            "event": found,
            "tone": TONES[EventState(found.state)],
            "now": programme.is_now(found),
            "over": event_queries.is_over(found),
            "rota": rota,
            "slots": _slots_by_table(found, rota),
            "may_sign_up": event_permissions.can_sign_up(by, found),
            "mine": mine,
            "row": row,
            "row_steps": _volunteer_steps(by, row, found),
            "may_offer": event_permissions.can_offer_help(by, found),
            "may_help": event_permissions.can_help_at(by, found),
            "may_change": event_permissions.can_change_event(by, found),
            "may_run": event_permissions.can_create_event(by, found.workshop),
            "steps": _steps(by, found),
            "results": results_of(found) if found.state == EventState.CLOSED else None,
            "photos": public_photos(found) if found.state == EventState.CLOSED else [],
        },
    )


def _slots_by_table(found: Event, rota: programme.Rota) -> list[tuple[programme.Table, list[Slot]]]:
    if found.state != EventState.OPEN:
        return [(table, []) for table in rota.tables]
    free: dict[int, list[Slot]] = {}
    for slot in event_queries.free_slots(found):
        free.setdefault(slot.station_id, []).append(slot)
    return [(table, free.get(table.station.pk, [])) for table in rota.tables]


def _steps(by: Agent | None, found: Event) -> list[StepButton]:
    """Every step out of its state, for those who work there."""
    if not event_permissions.can_create_event(by, found.workshop):
        return []
    return [
        StepButton(to, step.label, event_permissions.can_move_event(by, found, to))
        for (state, to), step in EVENT_STEPS.items()
        if state == found.state
    ]


def _volunteer_steps(by: Agent | None, row: Any, found: Event) -> list[StepButton]:
    """What somebody on the list can answer for themselves."""
    if row is None or found.state in {EventState.CLOSED, EventState.CANCELLED}:
        return []
    row.event = found
    answers = [
        (VolunteerState.COMING, _("I am coming")),
        (VolunteerState.DECLINED, _("I cannot come")),
    ]
    return [
        StepButton(to, label, decision)
        for to, label in answers
        if (decision := event_permissions.can_move_volunteer(by, row, to))
    ]


@require_POST
@login_required
def event_move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Publish, take back, cancel, close or open again."""
    by = writer(request)
    moved = actions.move_event(find_event(by, pk), request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("repair:event", pk=pk)
