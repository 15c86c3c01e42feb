"""Pages of devices: which there are, what one measures, adding, changing and ending it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.core.transitions import steps_from
from kierto.hub.entity_rows import entity_address
from kierto.hub.models import Device
from kierto.hub.sensors import actions, connecting, permissions, queries, showing, trying
from kierto.hub.sensors.forms.devices import DeviceForm, FilterForm, NewDeviceForm, initial_of
from kierto.hub.sensors.kinds import KINDS
from kierto.hub.sensors.states import DEVICE_STEPS, AlarmKind, DeviceState
from kierto.hub.sensors.views.alarms import rows_of
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.queries import visible_districts
from kierto.parties.requests import find, writer

A_PAGE = 25
TONES = {
    DeviceState.DRAFT: "info",
    DeviceState.ACTIVE: "success",
    DeviceState.PAUSED: "warning",
    DeviceState.RETIRED: "neutral",
}
ALARM_TONES = {
    AlarmKind.SILENCE: "danger",
    AlarmKind.OUTLIER: "danger",
    AlarmKind.BATTERY: "warning",
}
_CAPTIONS = {
    "1": gettext_lazy("The mean of each hour, without bad readings."),
    "7": gettext_lazy("The mean of every four hours, without bad readings."),
    "30": gettext_lazy("The mean of each day, without bad readings."),
}
_ROUGH = gettext_lazy("The mean of each step; bad readings are among them.")


@login_required
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """Do my devices work?"""
    by = writer(request)
    form = FilterForm(
        request.GET or None,
        owners=queries.owners_seen(by),
        kinds=queries.kinds_seen(by),
        by=by,
    )
    chosen = {name: str(value) for name, value in form.chosen().items()}
    slug = request.GET.get("district", "")
    district = visible_districts(by).filter(slug=slug).first() if slug else None
    found = queries.listed_devices(by, district=district, **chosen)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "is_narrowed": any(chosen.values()) or district is not None,
        "page": page,
        "rows": [_row(device, by) for device in page],
        **queries.counts(by),
    }
    return render(request, "hub/sensors/devices.html", context)


def _row(device: Device, by: Agent) -> dict[str, Any]:
    return {
        "device": device,
        "owner": _owner(device, by),
        "battery": showing.battery_of(device),
        "tags": _tags(device, {alarm.kind for alarm in device.alarms.all()}),
    }


def _owner(device: Device, by: Agent) -> str:
    """The name that everybody may read; nobody is told their own."""
    return _("you") if device.agent_id == by.pk else device.agent.name


def _tags(device: Device, kinds: set[str]) -> list[tuple[Any, str]]:
    """What is to be seen of its state: its open alarms; else, or besides, whether it works."""
    tags: list[tuple[Any, str]] = [
        (kind.label, ALARM_TONES[kind]) for kind in AlarmKind if kind in kinds
    ]
    if AlarmKind.SILENCE not in kinds or device.state != DeviceState.ACTIVE:
        tags.append((device.get_state_display(), TONES[DeviceState(device.state)]))
    return tags


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new device; its key is shown in the answer to POST and never again."""
    by = writer(request)
    owners = queries.possible_owners(by)
    form = NewDeviceForm(
        request.POST or None, owners=owners, places=queries.known_places(owners), by=by
    )
    if request.method == "POST" and form.is_valid():
        try:
            device, secret = actions.add_device(by=by, **form.values())
        except DomainError as error:
            _show_error(form, error)
        else:
            return _with_key(request, device, secret, is_new=True)
    return render(request, "hub/sensors/new.html", {"form": form, "kinds": KINDS})


def _show_error(form: DeviceForm, error: DomainError) -> None:
    """At its field; the interval is two fields."""
    if error.field == "interval":
        error.field = "every"
    add_domain_error(form, error)


@login_required
@require_safe
def device(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """What does it measure, and does it work?"""
    by = writer(request)
    found = find(queries.visible_devices(by), device_id)
    newest, recent = showing.recent(found)
    now = list(queries.with_people(queries.open_alarms(by)).filter(device=found)[:A_PAGE])
    past = queries.with_people(queries.past_alarms(by)).filter(device=found)[:5]
    steps = steps_from(DEVICE_STEPS, found.state, permissions.roles_of(by, found))
    context = {
        "device": found,
        "owner": _owner(found, by),
        "tags": _tags(found, {alarm.kind for alarm in now}),
        "every": showing.interval_text(found.interval),
        "battery": showing.battery_of(found),
        "newest": newest,
        "recent": recent,
        "now": rows_of(by, now),
        "past": rows_of(by, past),
        "steps": {to: step for to, step in steps.items() if to != DeviceState.RETIRED},
        "end": steps.get(DeviceState.RETIRED),
        "may_change": permissions.can_change_device(by, found),
        "entity": entity_address(found.entity_id),
        "refused": _refused(found),
        **_chart(request, found, newest),
    }
    return render(request, "hub/sensors/device.html", context)


def _chart(request: HttpRequest, device: Device, newest: list[showing.Shown]) -> dict[str, Any]:
    """The chart of the chosen attribute and days, and what else could be chosen."""
    numbers = {each.name: each for each in showing.wanted_of(device) if each.kind == "number"}
    days = request.GET.get("days", "7")
    days = days if days in showing.SPANS else "7"
    name = request.GET.get("of", "")
    wanted = numbers.get(name) or next(iter(numbers.values()), None)
    if wanted is None or not newest:
        return {}
    unit = next((each.unit for each in newest if each.name == wanted.name), "")
    chart = showing.chart(device, wanted, days, timezone.now(), unit)
    return {
        "chart": chart,
        "charted": wanted.name,
        "chartable": list(numbers),
        "caption": _ROUGH if chart and chart["is_rough"] else _CAPTIONS[days],
        "days": days,
        "spans": [(key, span.days) for key, span in showing.SPANS.items()],
    }


def _refused(device: Device) -> dict[str, Any] | None:
    """The last message that was refused, and why it would be now; None once one was taken."""
    at, seen = device.refused_at, device.seen_at
    if at is None or device.state == DeviceState.RETIRED or (seen is not None and at < seen):
        return None
    tried, faults = (
        trying.try_sample(device.mapping, device.refused) if device.mapping else ([], [])
    )
    faults = faults + [fault for each in tried for fault in each.faults]
    return {"at": at, "text": device.refused, "faults": faults[:10]}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Change its name, place, readers, interval or topic."""
    by = writer(request)
    found = find(queries.visible_devices(by), device_id)
    permissions.can_change_device(by, found).require()
    form = DeviceForm(
        request.POST or None,
        places=queries.known_places([found.agent]),
        initial=initial_of(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_device(found, by=by, **form.values())
        except DomainError as error:
            _show_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("hub:device", device_id=device_id)
    return render(request, "hub/sensors/edit.html", {"form": form, "device": found})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """How it connects. POST makes a new key; it is shown in the answer and never again."""
    by = writer(request)
    found = find(queries.visible_devices(by), device_id)
    permissions.can_change_device(by, found).require()
    if request.method == "POST":
        renewed, secret = actions.renew_key(found, by=by)
        return _with_key(request, renewed, secret, is_new=False)
    return _with_key(request, found, "", is_new=False)


def _with_key(request: HttpRequest, device: Device, secret: str, *, is_new: bool) -> HttpResponse:
    context = {
        "device": device,
        "secret": secret,
        "is_new": is_new,
        **connecting.lines(device, secret, request.build_absolute_uri("/")),
    }
    return render(request, "hub/sensors/key.html", context)


@login_required
@require_POST
def move(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Start, pause or retire it."""
    by = writer(request)
    found = find(queries.visible_devices(by), device_id)
    moved = actions.move_device(found, request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("hub:device", device_id=device_id)
