"""Where something can be repaired, and the page of a workshop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, AgentType, District, Place
from kierto.parties.queries import members_of, spoken_for
from kierto.parties.requests import find, reader, writer
from kierto.repair import actions, permissions, queries
from kierto.repair.forms.workshops import (
    NewWorkshopForm,
    PriceForm,
    RepairerForm,
    SkillsForm,
    WhereForm,
    WorkshopForm,
)
from kierto.repair.models import Category, Price, Repairer, Workshop
from kierto.repair.names import shown_name
from kierto.repair.opening import opening_of

PAGE_SIZE = 25
EVENTS_SHOWN = 4
PRICES_SHOWN = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where can this be repaired? Workshops that take it, next events, prices."""
    by = reader(request)
    form = WhereForm(
        request.GET,
        categories=list(Category.objects.all()),
        districts=list(District.objects.order_by("name")),
    )
    category, district = form.chosen_category(), form.chosen_district()
    rows = queries.with_where(queries.workshops_taking(category, by, district=district))
    rows = rows.prefetch_related("prices").order_by("name", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    events = queries.coming_events()
    if district:
        events = events.filter(place__district__slug=district)
    return render(
        request,
        "repair/home.html",
        {
            "form": form,
            "category": category,
            "problem": form.cleaned_data.get("problem", ""),
            "page": page,
            "rows": [_row(workshop, category) for workshop in page.object_list],
            "events": events[:EVENTS_SHOWN],
            "mine": queries.my_tickets(by).filter(state__in=queries.OPEN_STATES).count()
            if by
            else 0,
            "benches": list(_own_benches(by)),
            "may_open": by is not None,
        },
    )


def _row(workshop: Workshop, category: Category | None) -> dict[str, Any]:
    """A workshop with its hours and what it asks for such things."""
    fitting = {None, category.pk} if category else set()
    prices = [price for price in workshop.prices.all() if price.category_id in fitting]
    return {
        "workshop": workshop,
        "opening": opening_of(workshop),
        "prices": prices[:PRICES_SHOWN],
    }


def _own_benches(by: Agent | None) -> Any:
    """The workshops where the reader repairs or for which they act: few, by hand."""
    if by is None:
        return []
    repairs = Repairer.objects.filter(agent=by, is_active=True)
    return Workshop.objects.filter(
        Q(agent__in=spoken_for(by)) | Q(pk__in=repairs.values("workshop"))
    ).order_by("name")


@require_safe
def workshop(request: HttpRequest, slug: str) -> HttpResponse:
    """What it repairs, for how much, when it is open, and how well that went so far."""
    by = reader(request)
    found = find(queries.with_where(queries.visible_workshops(by)), slug=slug)
    return render(request, "repair/workshop.html", _context(found, by))


def _context(found: Workshop, by: Agent | None, **bound: forms.Form) -> dict[str, Any]:
    staff = permissions.is_staff(by, found)
    keeper = permissions.can_keep(by, found)
    return {
        "workshop": found,
        "opening": opening_of(found),
        "categories": sorted(found.categories.all(), key=str),
        "prices": found.prices.select_related("category"),
        "events": queries.coming_events().filter(workshop=found)[:EVENTS_SHOWN],
        "share": found.fixed / found.tried if found.tried else None,  # type: ignore[attr-defined]
        "is_staff": staff,
        "may_keep": bool(keeper),
        "waiting": found.tickets.filter(state__in=queries.OPEN_STATES).count() if staff else 0,
        "repairers": _repairers(found, by) if staff else [],
        **(_keeper_forms(found, by) if keeper else {}),
        **bound,
    }


def _repairers(found: Workshop, by: Agent | None) -> list[dict[str, Any]]:
    rows = found.repairers.filter(is_active=True).select_related("agent__person")
    keeper = bool(permissions.can_keep(by, found))
    return [
        {
            "repairer": row,
            "name": shown_name(row.agent, to_staff=True),
            "skills": sorted(row.skills.all(), key=str),
            "may_change": keeper or (by is not None and row.agent_id == by.pk),
        }
        for row in rows.prefetch_related("skills")
    ]


def _keeper_forms(found: Workshop, by: Agent | None) -> dict[str, forms.Form]:
    return {
        "price_form": PriceForm(categories=list(Category.objects.all())),
        "repairer_form": _repairer_form(found, by),
    }


def _repairer_form(found: Workshop, by: Agent | None, data: Any = None) -> RepairerForm:
    """People to choose from: members of the workshop's organisation, and the reader."""
    active = set(found.repairers.filter(is_active=True).values_list("agent_id", flat=True))
    members = [member.agent for member in members_of(found.agent).select_related("agent__person")]
    people = {agent.pk: agent for agent in [*members, *([by] if by else [])]}
    named = [
        (agent, shown_name(agent, to_staff=True))
        for pk, agent in people.items()
        if pk not in active and agent.type == AgentType.PERSON
    ]
    return RepairerForm(data, people=named, categories=list(Category.objects.all()))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def workshop_new(request: HttpRequest) -> HttpResponse:
    """Open a workshop at one of one's places."""
    by = writer(request)
    places = _places(by)
    form = NewWorkshopForm(
        request.POST or None, categories=list(Category.objects.all()), places=places
    )
    if request.method == "POST" and form.is_valid():
        try:
            opened = actions.create_workshop(by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The workshop is open. Add prices and repairers now."))
            return redirect("repair:workshop", slug=opened.slug)
    return render(request, "repair/workshop_form.html", {"form": form, "places": places})


def _places(by: Agent) -> list[tuple[Place, str]]:
    """Places of whoever the reader may open a workshop for."""
    places = Place.objects.filter(agent__in=spoken_for(by)).select_related(
        "agent__organization", "agent__person"
    )
    return [
        (place, f"{place} – {place.agent.name}")
        for place in places
        if permissions.can_create_workshop(by, place.agent, place)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def workshop_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what the workshop says of itself."""
    by = writer(request)
    found = find(queries.visible_workshops(by), slug=slug)
    permissions.can_keep(by, found).require()
    form = WorkshopForm(
        request.POST or None, categories=list(Category.objects.all()), workshop=found
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_workshop(found, changes=form.values(), by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("repair:workshop", slug=slug)
    return render(request, "repair/workshop_form.html", {"form": form, "workshop": found})


def _add(
    request: HttpRequest,
    found: Workshop,
    by: Agent,
    form: dict[str, forms.Form],
    write: Callable[[], object],
    said: str,
) -> HttpResponse:
    """Write what the form says, or show the workshop with the form (by its name) and why not."""
    ((name, given),) = form.items()
    if given.is_valid():
        try:
            write()
        except DomainError as error:
            add_domain_error(given, error)
        else:
            messages.success(request, said)
            return redirect("repair:workshop", slug=found.slug)
    context = _context(found, by, **{name: given})
    return render(request, "repair/workshop.html", context, status=422)


@require_POST
@login_required
def price_add(request: HttpRequest, slug: str) -> HttpResponse:
    """A line more on the price list."""
    by = writer(request)
    found = find(queries.with_where(queries.visible_workshops(by)), slug=slug)
    permissions.can_keep(by, found).require()
    form = PriceForm(request.POST, categories=list(Category.objects.all()))
    return _add(
        request, found, by, {"price_form": form},
        lambda: actions.set_price(found, by=by, **form.values()),
        _("The price is on the list."),
    )  # fmt: skip


@require_POST
@login_required
def price_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """A line less."""
    by = writer(request)
    price = find(Price.objects.filter(workshop__in=queries.visible_workshops(by)), pk)
    actions.drop_price(price, by=by)
    messages.success(request, _("The price is taken off the list."))
    return redirect("repair:workshop", slug=price.workshop.slug)


@require_POST
@login_required
def repairer_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Somebody repairs here from now on."""
    by = writer(request)
    found = find(queries.with_where(queries.visible_workshops(by)), slug=slug)
    permissions.can_keep(by, found).require()
    form = _repairer_form(found, by, request.POST)
    return _add(
        request, found, by, {"repairer_form": form},
        lambda: actions.add_repairer(found, by=by, **form.values()),
        _("They see the queue now."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def repairer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody is good at: they say it themselves, or those who run the workshop."""
    by = writer(request)
    repairers = Repairer.objects.select_related("workshop__agent__organization", "agent__person")
    row = find(repairers.filter(workshop__in=queries.visible_workshops(by), is_active=True), pk)
    permissions.can_change_repairer(by, row).require()
    form = SkillsForm(request.POST or None, categories=list(Category.objects.all()), repairer=row)
    if request.method == "POST" and form.is_valid():
        actions.change_repairer(row, by=by, **form.values())
        messages.success(request, _("Your changes are saved."))
        return redirect("repair:workshop", slug=row.workshop.slug)
    context = {"form": form, "repairer": row, "name": shown_name(row.agent, to_staff=True)}
    return render(request, "repair/workshop_repairer.html", context)


@require_POST
@login_required
def repairer_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody repairs here no more."""
    by = writer(request)
    row = find(Repairer.objects.filter(workshop__in=queries.visible_workshops(by)), pk)
    actions.change_repairer(row, is_active=False, by=by)
    messages.success(request, _("They repair here no more; their tickets stay theirs."))
    return redirect("repair:workshop", slug=row.workshop.slug)
