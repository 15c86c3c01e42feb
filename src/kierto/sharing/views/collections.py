"""Collections: the list, a collection's own page, opening one, and its settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, District, Organization, Place
from kierto.parties.queries import administers, spoken_for
from kierto.parties.requests import find, reader, writer
from kierto.parties.whereabouts import is_public, shown_place
from kierto.sharing import charges, opening, queries, whereabouts
from kierto.sharing.actions import collections as actions
from kierto.sharing.forms.collections import CollectionForm, initial_of
from kierto.sharing.forms.members import JoinForm
from kierto.sharing.members import may_renew
from kierto.sharing.models import Collection, Membership, Thing
from kierto.sharing.permissions import can_keep, can_move_collection, can_staff
from kierto.sharing.rules.wishes import default_terms
from kierto.sharing.states import THING_STEPS, Sort, ThingState
from kierto.sharing.terms_in_words import in_words
from kierto.sharing.today import today

PAGE_SIZE = 25
SPECIAL_DAYS = 60
TONES = {
    ThingState.DRAFT: "neutral",
    ThingState.OPEN: "success",
    ThingState.PAUSED: "warning",
    ThingState.RETIRED: "danger",
}


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """Who shares what, and is it open now? ``?district=`` narrows."""
    by, now = reader(request), timezone.now()
    rows = queries.with_facts(queries.visible_collections(by)).exclude(state=ThingState.RETIRED)
    slug = request.GET.get("district", "")
    if slug:
        rows = rows.filter(place__district__slug=slug)
    lent = Count("things", filter=Q(things__state=ThingState.OPEN))
    rows = rows.annotate(thing_count=lent).order_by("name", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(each, today(each, now), _public_place(each)) for each in page.object_list],
        "districts": District.objects.order_by("name"),
        "slug": slug,
    }
    return render(request, "sharing/collections.html", context)


def _public_place(collection: Collection) -> str:
    return shown_place(collection.place, exact=is_public(collection.owner)).label


@require_safe
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """What is here, where, when is it open, under which terms, and how does one join?"""
    by = reader(request)
    found = collection_or_404(by, slug)
    return page_of(request, found, join_form(found, by))


def page_of(
    request: HttpRequest, found: Collection, form: JoinForm | None, status: int = 200
) -> HttpResponse:
    """A collection's own page; the form keeps what was typed."""
    by, now = reader(request), timezone.now()
    day = now.astimezone(ZoneInfo(found.timezone)).date()
    context = {
        "collection": found,
        "today": today(found, now),
        "place": whereabouts.place_for(by, found, found.place),
        "zone": found.timezone,
        "hours": opening.days_from(found, day),
        "special": opening.special_days(found, day, SPECIAL_DAYS),
        "facts": in_words(default_terms(found), Thing(sort=Sort.ITEM)),
        "more_terms": found.terms.filter(is_default=False).annotate(count=Count("things")),
        "thing_count": found.things.filter(state=ThingState.OPEN).count(),
        "memberships": _memberships(found, by, day),
        "form": form,
        "may_staff": can_staff(by, found),
        "may_keep": can_keep(by, found),
    }
    return render(request, "sharing/collection.html", context, status=status)


def collection_or_404(by: Agent | None, slug: str) -> Collection:
    """The collection, if the reader may know of it."""
    return find(queries.with_facts(queries.visible_collections(by)), slug=slug)


def _memberships(
    found: Collection, by: Agent | None, day: date
) -> list[tuple[Membership, Decimal, bool]]:
    """Those of the reader and of the organisations they act for: what is due, may it be renewed."""
    if by is None:
        return []
    mine = Membership.objects.filter(collection=found, agent__in=spoken_for(by))
    rows = mine.select_related("agent__person", "agent__organization", "plan")
    return [(row, charges.due_from(row.agent, found), may_renew(row, day)) for row in rows]


def join_form(found: Collection, by: Agent | None, data: Any = None) -> JoinForm | None:
    """For those of whom somebody is no member yet, while members are taken."""
    if by is None or found.state != ThingState.OPEN:
        return None
    members = Membership.objects.filter(collection=found)
    agents = spoken_for(by).exclude(pk__in=members.values("agent"))
    candidates = sorted(
        agents.select_related("person", "organization"), key=lambda agent: agent.pk != by.pk
    )
    if not candidates:
        return None
    plans = list(found.plans.filter(is_open=True).order_by("name"))
    initial = {"plan": str(plans[0].pk)} if len(plans) == 1 else {}
    return JoinForm(data, plans=plans, agents=candidates, initial=initial)


# --------------------------------------------------------------------------- running one


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Open a collection: one's own, or that of an organisation one administers."""
    by = writer(request)
    owners = _owners(by)
    places = list(Place.objects.filter(agent__in=owners).order_by("name", "pk"))
    initial = {"timezone": _usual_zone(places), "holidays": _usual_country(places)}
    form = CollectionForm(request.POST or None, owners=owners, places=places, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_collection(by=by, **form.values())
        except NotAllowed:
            raise
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The collection is written down. Add things to it next."))
            return redirect("sharing:collection", slug=made.slug)
    return render(request, "sharing/collection_form.html", {"form": form, "has_places": places})


def _owners(by: Agent) -> list[Agent]:
    organizations = Organization.objects.filter(memberships__person__agent_id=by.pk)
    run = [one.agent for one in organizations.select_related("agent") if administers(by, one)]
    return [*run, by]


def _usual_zone(places: list[Place]) -> str:
    zones = [place.district.timezone for place in places if place.district is not None]
    return zones[0] if zones else timezone.get_current_timezone_name()


def _usual_country(places: list[Place]) -> str:
    countries = [place.country for place in places if opening.has_holidays(place.country)]
    return countries[0] if countries else ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what a collection tells about itself, pause it, open it again."""
    by = writer(request)
    found = collection_or_404(by, slug)
    can_keep(by, found).require()
    form = CollectionForm(
        request.POST or None,
        places=_places(found),
        repairers=_repairers(found),
        initial=initial_of(found),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_collection(found, changes=form.values(), by=by)
        except NotAllowed:
            raise
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("sharing:collection_settings", slug=slug)
    context = {
        "collection": found,
        "form": form,
        "has_places": True,
        "tone": TONES[ThingState(found.state)],
        "steps": [
            (to, step.label, can_move_collection(by, found, to))
            for (state, to), step in THING_STEPS.items()
            if state == found.state
        ],
    }
    return render(request, "sharing/collection_form.html", context)


def _places(found: Collection) -> list[Place]:
    """The owner's places, and the one where it is."""
    theirs = Q(agent=found.owner_id) | Q(pk=found.place_id)
    return list(Place.objects.filter(theirs).order_by("name", "pk"))


def _repairers(found: Collection) -> list[Agent]:
    """Organisations of the district, and the one that repairs now."""
    near = Q(places__district=found.place.district_id) if found.place.district_id else Q(pk=None)
    organizations = Agent.objects.filter(type="organization").filter(near | Q(pk=found.repairer_id))
    chosen = organizations.select_related("organization").distinct()
    agents = sorted(chosen, key=lambda agent: agent.name.casefold())
    if found.repairer is not None and found.repairer not in agents:
        agents.append(found.repairer)
    return agents


@require_POST
@login_required
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish, pause, open again or close."""
    by = writer(request)
    found = collection_or_404(by, slug)
    moved = actions.move_collection(found, request.POST.get("to", ""), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("sharing:collection_settings", slug=slug)
