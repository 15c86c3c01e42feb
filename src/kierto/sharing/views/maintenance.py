"""The care of things, for those who run a collection: what falls due, and each time for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.core.transitions import steps_from
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.sharing import care, permissions, queries
from kierto.sharing.actions import maintenance as actions
from kierto.sharing.actions.things import named
from kierto.sharing.forms.maintenance import OutForm, PlanForm, ScheduleForm, TimeForm
from kierto.sharing.models import Maintenance, MaintenancePlan, Thing
from kierto.sharing.states import MAINTENANCE_STEPS, MaintenanceState
from kierto.sharing.views.keeping import page, staffed_collection, staffed_thing

PAGE_SIZE = 25
TONES = {
    MaintenanceState.PLANNED: "info",
    MaintenanceState.IN_WORK: "warning",
    MaintenanceState.DONE: "success",
    MaintenanceState.CANCELLED: "neutral",
}


@require_safe
@login_required
def due(request: HttpRequest, slug: str) -> HttpResponse:
    """What falls due in a collection, what time is kept for it, and what was done."""
    collection = staffed_collection(request, slug)
    now = timezone.now()
    found = care.due_of(care.plans_of(collection), now)
    cares = Maintenance.objects.filter(thing__collection=collection).select_related("thing")
    running = cares.filter(state__in=care.OPEN)
    over = cares.exclude(state__in=care.OPEN).order_by("-finished_at", "pk")
    context = {
        "collection": collection,
        "dues": [(each, each.is_due(now)) for each in found],
        "waiting": sum(1 for each in found if each.is_due(now) and each.running is None),
        "running": _toned(running),
        "page": Paginator(over, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return page(request, "sharing/maintenance_due.html", collection, context)


@require_safe
@login_required
def of_thing(request: HttpRequest, code: str) -> HttpResponse:
    """One thing's plans, the times kept for its care, and forms for more."""
    return _of_thing(request, staffed_thing(request, code))


@require_POST
@login_required
def plan_add(request: HttpRequest, code: str) -> HttpResponse:
    """What it needs again and again."""
    thing, by = staffed_thing(request, code), writer(request)
    form = PlanForm(request.POST, thing=thing, auto_id="plan_%s")
    if form.is_valid() and _done(form, lambda: actions.plan_maintenance(
        thing, by=by, **form.values()
    )):  # fmt: skip
        messages.success(request, _("The plan is made. We tell you when it falls due."))
        return redirect("sharing:maintenance_of", code=thing.code)
    permissions.can_keep(by, thing.collection).require()
    return _of_thing(request, thing, plan_form=form)


@require_POST
@login_required
def schedule(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a time free."""
    thing, by = staffed_thing(request, code), writer(request)
    form = ScheduleForm(request.POST, thing=thing)
    if form.is_valid() and _done(form, lambda: actions.schedule_maintenance(
        thing, by=by, **form.values()
    )):  # fmt: skip
        messages.success(request, _("It is kept free for that time."))
        return redirect("sharing:maintenance_of", code=thing.code)
    return _of_thing(request, thing, schedule_form=form)


@require_POST
@login_required
def take_out(request: HttpRequest, code: str) -> HttpResponse:
    """Out of service from now on, whoever has booked it."""
    thing, by = staffed_thing(request, code), writer(request)
    form = OutForm(request.POST, thing=thing, auto_id="out_%s")
    if form.is_valid():
        try:
            _care_of, short = actions.take_out_of_service(thing, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            _tell_taken_out(request, short)
            return redirect("sharing:maintenance_of", code=thing.code)
    return _of_thing(request, thing, out_form=form)


@require_safe
@login_required
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One time for the care of a thing, and what can be done with it."""
    return _one(request, _found(request, pk))


@require_POST
@login_required
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin it, say that it is done, or cancel it."""
    care_of = _found(request, pk)
    moved = actions.move_maintenance(care_of, request.POST.get("to", ""), by=writer(request))
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("sharing:maintenance", pk=pk)


@require_POST
@login_required
def reschedule(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another time."""
    care_of = _found(request, pk)
    form = TimeForm(request.POST, maintenance=care_of)
    times = {"begins": care_of.begins}
    if form.is_valid() and _done(form, lambda: actions.reschedule(
        care_of, by=writer(request), **{**times, **form.values()}
    )):  # fmt: skip
        messages.success(request, _("It has another time now."))
        return redirect("sharing:maintenance", pk=pk)
    return _one(request, care_of, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a plan, or let it rest."""
    by = writer(request)
    plans = MaintenancePlan.objects.filter(thing__in=queries.visible_things(by))
    found = find(plans.select_related("thing__collection__owner", "thing__resource"), pk=pk)
    permissions.can_keep(by, found.thing.collection).require()
    form = PlanForm(request.POST or None, thing=found.thing, plan=found)
    if request.method == "POST" and form.is_valid() and _done(form, lambda: actions.change_plan(
        found, changes=form.values(), by=by
    )):  # fmt: skip
        messages.success(request, _("Your changes are saved."))
        return redirect("sharing:maintenance_of", code=found.thing.code)
    context = {"plan": found, "thing": found.thing, "form": form}
    return page(request, "sharing/maintenance_plan.html", found.thing.collection, context,
                form)  # fmt: skip


def _of_thing(request: HttpRequest, thing: Thing, **bound: forms.Form) -> HttpResponse:
    by = writer(request)
    now = timezone.now()
    plans = thing.maintenance_plans.select_related("thing__collection")
    cares = Maintenance.objects.filter(thing=thing).select_related("thing")
    possible = thing.sort not in care.NOT_CARED_FOR and thing.resource is not None
    may_keep = permissions.can_keep(by, thing.collection)
    context: dict[str, Any] = {
        "thing": thing,
        "collection": thing.collection,
        "possible": possible,
        "dues": [(each, each.is_due(now)) for each in care.due_of(plans, now)],
        "running": _toned(cares.filter(state__in=care.OPEN)),
        "over": _toned(cares.exclude(state__in=care.OPEN).order_by("-finished_at", "pk")[:10]),
        "may_keep": may_keep,
    }
    if possible:
        context["schedule_form"] = ScheduleForm(thing=thing)
        context["out_form"] = OutForm(thing=thing, auto_id="out_%s")
        context["plan_form"] = PlanForm(thing=thing, auto_id="plan_%s") if may_keep else None
    context |= bound
    form = next(iter(bound.values()), None)
    return page(request, "sharing/maintenance_of.html", thing.collection, context, form)


def _one(request: HttpRequest, care_of: Maintenance, form: TimeForm | None = None) -> HttpResponse:
    collection = care_of.thing.collection
    roles = permissions.roles_in(writer(request), collection)
    is_open = care_of.state in care.OPEN
    context = {
        "care": care_of,
        "thing": care_of.thing,
        "collection": collection,
        "tone": TONES[MaintenanceState(care_of.state)],
        "steps": steps_from(MAINTENANCE_STEPS, care_of.state, roles),
        "ticket_url": _ticket_url(care_of, writer(request)),
        "form": form or (TimeForm(maintenance=care_of) if is_open else None),
    }
    return page(request, "sharing/maintenance.html", collection, context, form)


def _found(request: HttpRequest, pk: UUID) -> Maintenance:
    by = writer(request)
    cares = Maintenance.objects.filter(thing__in=queries.visible_things(by)).select_related(
        "thing__collection__owner", "thing__collection__place", "thing__collection__repairer",
        "thing__resource", "plan", "agreement", "created_by",
    )  # fmt: skip
    found = find(cares, pk=pk)
    permissions.can_staff(by, found.thing.collection).require()
    return found


def _ticket_url(care_of: Maintenance, by: Agent) -> str:
    """Where the repairer's ticket is shown, if an app of this node has made one of the promises."""
    ticket = getattr(care_of.agreement, "ticket", None)
    if ticket is None:
        return ""
    try:
        return reverse("repair:ticket", args=[ticket.pk])
    except NoReverseMatch:
        return ""


def _done(form: forms.Form, work: Any) -> bool:
    """Do it; what is refused stands at its field."""
    try:
        work()
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True


def _toned(cares: Any) -> list[tuple[Maintenance, str, bool]]:
    """Each with the tone of its state, and whether its time is over though it is not done."""
    now = timezone.now()
    return [
        (each, TONES[MaintenanceState(each.state)], each.state in care.OPEN and each.ends < now)
        for each in cares
    ]


def _tell_taken_out(request: HttpRequest, short: list[Any]) -> None:
    if not short:
        messages.success(request, _("It is out of service now."))
        return
    text = ngettext(
        "It is out of service now. This booking does not get it: %(bookings)s. "
        "The borrower is told; find another way for them.",
        "It is out of service now. These bookings do not get it: %(bookings)s. "
        "The borrowers are told; find another way for them.",
        len(short),
    )
    messages.warning(request, text % {"bookings": named(short)})
