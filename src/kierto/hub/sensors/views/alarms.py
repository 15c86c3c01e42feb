"""Pages of alarms: which are open, who looks at them, and how they ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.transitions import steps_from
from kierto.hub.models import Alarm
from kierto.hub.sensors import actions, permissions, queries, showing
from kierto.hub.sensors.forms.devices import NoteForm
from kierto.hub.sensors.states import ALARM_STEPS, AlarmState
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer

A_PAGE = 25
TONES = {AlarmState.OPEN: "danger", AlarmState.SEEN: "warning", AlarmState.OVER: "neutral"}


@login_required
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """What needs somebody to look at it?"""
    by = writer(request)
    is_past = request.GET.get("view") == "past"
    found = queries.past_alarms(by) if is_past else queries.open_alarms(by)
    page = Paginator(queries.with_people(found), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": rows_of(by, page), "is_past": is_past}
    return render(request, "hub/sensors/alarms.html", context)


def rows_of(by: Agent, alarms: Iterable[Alarm]) -> list[dict[str, Any]]:
    """What the pages show of alarms, and what ``by`` may do about each."""
    found = list(alarms)
    roles = permissions.roles_of_many(by, [alarm.device for alarm in found])
    names = queries.names_of(by, found)
    return [
        {
            "alarm": alarm,
            "tone": TONES[AlarmState(alarm.state)],
            "value": _value_of(alarm),
            "steps": steps_from(ALARM_STEPS, alarm.state, roles[alarm.device_id]),
            "seen_by": _name_of(alarm.seen_by, names),
            "over_by": _name_of(alarm.over_by, names),
        }
        for alarm in found
    ]


def _name_of(agent: Agent | None, names: dict[uuid.UUID, str]) -> str:
    """A colleague's own name; of others the one that everybody may read."""
    return "" if agent is None else names.get(agent.pk) or agent.name


def _value_of(alarm: Alarm) -> str:
    """What was measured, in the unit in which it is kept."""
    if alarm.value is None:
        return ""
    return showing.kept_text(alarm.device, alarm.attribute, alarm.value)


@login_required
@require_POST
def move(request: HttpRequest, alarm_id: uuid.UUID) -> HttpResponse:
    """Say that one looks at it, or that it is over, with a note."""
    by = writer(request)
    found = find(queries.visible_alarms(by), alarm_id)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else request.POST.get("note", "")
    moved = actions.move_alarm(found, request.POST.get("to", ""), note=note, by=by)
    messages.success(
        request, _("The alarm is now “%(state)s”.") % {"state": moved.get_state_display()}
    )
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return redirect(back)
    return redirect(reverse("hub:alarms"))
