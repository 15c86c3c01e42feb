"""The page that says how a device's messages are read, and tries it on a sample."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.hub.models import Device
from kierto.hub.sensors import actions, permissions, queries, showing, suggesting, trying, units
from kierto.hub.sensors.declaring import MappingFaulty, read_mapping
from kierto.hub.sensors.faults import Fault, Faulty
from kierto.hub.sensors.forms.mapping import (
    AttributeForm,
    AttributeForms,
    MappingForm,
    declared_of,
    initial_of,
    show_faults,
)
from kierto.hub.sensors.kinds import attributes_for
from kierto.hub.sensors.ready import READY
from kierto.hub.sensors.states import DeviceState
from kierto.hub.sensors.wording import value_text
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer

Rows = BaseFormSet[AttributeForm]
TIMES = ("iso", "unix", "unix_ms", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S")
ZONES = (
    "UTC",
    "Europe/Helsinki",
    "Europe/Stockholm",
    "Europe/Rome",
    "Europe/Paris",
    "Europe/Madrid",
)
PREFIX = "value"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """How are its messages read? POST tries it, reads a sample, adds a row, or keeps it."""
    by = writer(request)
    device = find(queries.visible_devices(by), device_id)
    permissions.can_change_device(by, device).require()
    if request.method != "POST":
        return _page(request, device, *_first(request, device))
    wish = request.POST.get("do", "try")
    if wish == "read":
        return _read_sample(request, device)
    data = _with_more_rows(request.POST) if wish == "more" else request.POST
    head, rows = MappingForm(data), AttributeForms(data, prefix=PREFIX)
    # Both are judged, so that all faults are shown at once.
    if wish == "more" or not (head.is_valid() & rows.is_valid()):
        return _page(request, device, head, rows, focus=wish == "more")
    declared, places = declared_of(head, rows)
    if wish in {"save", "start"}:
        kept = _save(
            device, declared, start=wish == "start", by=by, head=head, rows=rows, at=places
        )
        if kept:
            messages.success(request, _said(device, start=wish == "start"))
            return redirect("hub:device", device_id=device_id)
        return _page(request, device, head, rows)
    tried, faults = trying.try_sample(declared, head.cleaned_data["sample"])
    show_faults(head, rows, faults, places)
    return _page(request, device, head, rows, tried=tried)


def _first(request: HttpRequest, device: Device) -> tuple[MappingForm, Rows]:
    """The forms as the device has them, or as one of the ready ones."""
    ready = READY.get(request.GET.get("ready", ""))
    sample = ready.text if ready is not None else device.refused
    return _forms(ready.mapping if ready is not None else device.mapping, sample)


def _forms(declared: dict[str, Any], sample: str) -> tuple[MappingForm, Rows]:
    head, rows = initial_of(declared)
    return (
        MappingForm(initial=head | {"sample": sample}),
        AttributeForms(initial=rows, prefix=PREFIX),
    )


def _read_sample(request: HttpRequest, device: Device) -> HttpResponse:
    """Fill the form with what stands in the sample; nothing is kept."""
    text = request.POST.get("sample", "")
    try:
        found = trying.parsed(text, is_senml=request.POST.get("format") == "senml")
        if not found:
            raise Faulty(_("Paste a message that the device has sent."))
    except Faulty as error:
        head, rows = MappingForm(request.POST), AttributeForms(request.POST, prefix=PREFIX)
        head.full_clean()
        show_faults(head, rows, [Fault("", error.why)], [])
        return _page(request, device, head, rows)
    message = found if suggesting.form_of(found) == "senml" else found[0]
    head, rows = _forms(suggesting.suggest(message, device.entity_type), text)
    return _page(request, device, head, rows, is_guessed=True)


def _with_more_rows(data: QueryDict) -> QueryDict:
    more = data.copy()
    name = f"{PREFIX}-TOTAL_FORMS"
    count = data.get(name, "0")
    more[name] = (
        str(int(count) + 1) if count.isascii() and count.isdigit() and len(count) < 4 else "1"
    )
    return more


def _save(
    device: Device,
    declared: dict[str, Any],
    *,
    start: bool,
    by: Agent,
    head: MappingForm,
    rows: Rows,
    at: list[int],
) -> bool:
    """Keep the mapping; what is wrong with it stands in the forms."""
    try:
        read_mapping(declared)
        if start:
            actions.start_reading(device, declared, by=by)
        else:
            actions.declare_mapping(device, declared, by=by)
    except MappingFaulty as error:
        show_faults(head, rows, error.faults, at)
        return False
    except DomainError as error:
        add_domain_error(head, error)
        return False
    return True


def _said(device: Device, *, start: bool) -> str:
    if start:
        return _("“%(name)s” is started. What it sends now is taken.") % {"name": device.name}
    return _("Its messages are read like this from now on.")


def _page(
    request: HttpRequest,
    device: Device,
    head: MappingForm,
    rows: Rows,
    *,
    tried: list[trying.Tried] | None = None,
    is_guessed: bool = False,
    focus: bool = False,
) -> HttpResponse:
    context = {
        "device": device,
        "form": head,
        "rows": rows,
        "tried": None if tried is None else [_shown(each) for each in tried],
        "is_guessed": is_guessed,
        "is_new_row": focus,
        "has_faults": bool(head.errors or rows.total_error_count()) and not focus,
        "ready": [(key, each.label) for key, each in READY.items()],
        "names": attributes_for(device.entity_type),
        "units": [unit for unit in units.CODES if unit],
        "times": TIMES,
        "zones": ZONES,
        "is_draft": device.state == DeviceState.DRAFT,
    }
    return render(request, "hub/sensors/mapping.html", context)


def _shown(tried: trying.Tried) -> dict[str, Any]:
    """One message of the sample as rows of a table."""
    rows = []
    for kept in tried.kept:
        flag, tone = showing.FLAGS[kept.flag]
        reading = kept.reading
        rows.append(
            {
                "name": reading.wanted.name,
                "path": reading.path,
                "text": value_text("", reading.value, reading.unit),
                "code": reading.unit,
                "at": reading.at,
                "flag": flag,
                "tone": tone,
                "why": kept.why,
            }
        )
    return {"place": tried.place, "rows": rows, "faults": tried.faults, "taken": tried.taken}
