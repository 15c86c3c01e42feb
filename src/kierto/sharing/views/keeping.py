"""Keeping things: the list, adding and changing, stock, parts, places, pictures and papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.catalogue.models import ResourceSpecification
from kierto.core.errors import DomainError
from kierto.core.transitions import steps_from
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent, Place
from kierto.parties.requests import find, writer
from kierto.sharing import permissions, queries
from kierto.sharing.actions import attachments, stock, things
from kierto.sharing.codes import read_code
from kierto.sharing.forms import things as thing_forms
from kierto.sharing.forms.things import ASKED, PartsForm, ThingForm
from kierto.sharing.models import Collection, Thing, ThingFile, ThingPhoto
from kierto.sharing.opening import zone_of
from kierto.sharing.states import THING_STEPS, Sort, ThingState

PAGE_SIZE = 25
TONES = {
    ThingState.DRAFT: "neutral",
    ThingState.OPEN: "success",
    ThingState.PAUSED: "warning",
    ThingState.RETIRED: "neutral",
}


def page(
    request: HttpRequest,
    template: str,
    collection: Collection,
    context: dict[str, Any],
    form: forms.Form | None = None,
) -> HttpResponse:
    """The page, with times as the clocks of the collection say; 422 if a form was refused."""
    refused = form is not None and form.is_bound and bool(form.errors)
    with timezone.override(zone_of(collection)):
        return render(
            request, template, {"collection": collection, **context}, status=422 if refused else 200
        )


def staffed_collection(request: HttpRequest, slug: str) -> Collection:
    """The collection of this address, for its staff."""
    by = writer(request)
    rows = queries.with_facts(queries.visible_collections(by)).select_related("repairer")
    collection = find(rows, slug=slug)
    permissions.can_staff(by, collection).require()
    return collection


def staffed_thing(request: HttpRequest, code: str) -> Thing:
    """The thing of this address, for the staff of its collection."""
    by = writer(request)
    rows = queries.visible_things(by).select_related(
        "collection__owner__organization", "collection__owner__person", "collection__place",
        "collection__repairer", "place", "kind", "resource", "terms",
    )  # fmt: skip
    thing = find(rows, code=read_code(code))
    permissions.can_staff(by, thing.collection).require()
    return thing


@require_safe
@login_required
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """All things of a collection, whatever their state; ``?q=`` finds, ``?state=`` narrows."""
    collection = staffed_collection(request, slug)
    rows = Thing.objects.filter(collection=collection)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:120]
    if state in ThingState.values:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(code__icontains=read_code(text) or text)
            | Q(brand__icontains=text) | Q(serial_number__iexact=text)
        )  # fmt: skip
    found = rows.select_related("kind", "resource", "place").prefetch_related("kind__labels")
    listed = Paginator(found.order_by("name", "code"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": listed,
        "rows": [(thing, TONES[ThingState(thing.state)]) for thing in listed],
        "q": text,
        "state": state,
        "states": ThingState.choices,
        "may_keep": permissions.can_keep(writer(request), collection),
    }
    return page(request, "sharing/keep.html", collection, context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A new thing; ``?sort=`` says how it is counted, and the form asks what matters for that."""
    collection, by = staffed_collection(request, slug), writer(request)
    permissions.can_keep(by, collection).require()
    sort = request.GET.get("sort", "")
    sort = sort if sort in ASKED else str(Sort.ITEM)
    form = ThingForm(
        request.POST or None, collection=collection, sort=sort, kinds=list(_kinds()),
        places=_places(collection),
    )  # fmt: skip
    parts = PartsForm(request.POST or None, collection=collection) if sort == Sort.KIT else None
    if request.method == "POST" and form.is_valid() and (parts is None or parts.is_valid()):
        values = form.values() | ({"parts": parts.parts()} if parts is not None else {})
        try:
            thing = things.add_thing(collection=collection, by=by, **values)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(
                request, _("It is written down as a draft. Add a picture, then publish it.")
            )
            return redirect("sharing:thing_edit", code=thing.code)
    context = {
        "form": form, "parts": parts, "sort": sort, "sorts": Sort.choices,
        "candidates": _candidates(collection) if parts is not None else [],
    }  # fmt: skip
    return page(request, "sharing/keep_add.html", collection, context, form)


@require_safe
@login_required
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Everything about a thing that its keepers look after."""
    return _edit(request, staffed_thing(request, code))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def facts(request: HttpRequest, code: str) -> HttpResponse:
    """Its name, words and rules."""
    thing, by = staffed_thing(request, code), writer(request)
    permissions.can_keep(by, thing.collection).require()
    form = ThingForm(
        request.POST or None, collection=thing.collection, sort=thing.sort, thing=thing
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = things.change_thing(thing, changes=form.changes(), by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("sharing:thing_edit", code=changed.code)
    return page(request, "sharing/keep_facts.html", thing.collection,
                {"thing": thing, "form": form}, form)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def parts(request: HttpRequest, code: str) -> HttpResponse:
    """What a kit is made of."""
    kit, by = staffed_thing(request, code), writer(request)
    permissions.can_keep(by, kit.collection).require()
    form = PartsForm(request.POST or None, collection=kit.collection, kit=kit)
    if request.method == "POST" and form.is_valid():
        try:
            things.set_parts(kit, parts=form.parts(), by=by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("The kit is made of these parts now."))
            return redirect("sharing:thing_edit", code=kit.code)
    context = {"thing": kit, "form": form, "candidates": _candidates(kit.collection)}
    return page(request, "sharing/keep_parts.html", kit.collection, context, form)


@require_POST
@login_required
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Publish, pause, open again or retire it."""
    thing = staffed_thing(request, code)
    moved = things.move_thing(thing, request.POST.get("to", ""), by=writer(request))
    messages.success(request, _("It is now “%(state)s”.") % {"state": moved.get_state_display()})
    return redirect("sharing:thing_edit", code=moved.code)


@require_POST
@login_required
def more(request: HttpRequest, code: str) -> HttpResponse:
    """So many more are there."""
    form = thing_forms.MoreForm(request.POST, auto_id="more_%s")
    return _settle(
        request, code, "more_form", form, _("The stock is larger now."),
        lambda thing, by: stock.add_stock(thing, by=by, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@login_required
def fewer(request: HttpRequest, code: str) -> HttpResponse:
    """So many fewer are there."""
    form = thing_forms.LessForm(request.POST, auto_id="less_%s")
    return _settle(
        request, code, "less_form", form, _("The stock is smaller now."),
        lambda thing, by: stock.take_from_stock(thing, by=by, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@login_required
def relocate(request: HttpRequest, code: str) -> HttpResponse:
    """It is picked up elsewhere from now on."""
    thing = staffed_thing(request, code)
    form = thing_forms.PlaceForm(request.POST, thing=thing, places=_places(thing.collection))
    return _settle(
        request, code, "place_form", form, _("It is picked up there now. Who booked it is told."),
        lambda thing, by: stock.relocate(thing, place=form.chosen(), by=by),
    )  # fmt: skip


@require_POST
@login_required
def photo_add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a picture."""
    form = thing_forms.ThingPhotoForm(request.POST, request.FILES)
    return _settle(
        request, code, "photo_form", form, _("The picture is added."),
        lambda thing, by: attachments.add_photo(
            thing, image=form.cleaned_data["photo"],
            description=form.cleaned_data["photo_description"], by=by,
        ),
    )  # fmt: skip


@require_POST
@login_required
def file_add(request: HttpRequest, code: str) -> HttpResponse:
    """Add a manual."""
    form = thing_forms.PaperForm(request.POST, request.FILES, languages=settings.LANGUAGES)
    return _settle(
        request, code, "file_form", form, _("The paper is added."),
        lambda thing, by: attachments.add_file(thing, by=by, **form.cleaned_data),
    )  # fmt: skip


@require_POST
@login_required
def photo_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a picture away."""
    by = writer(request)
    rows = ThingPhoto.objects.filter(thing__in=queries.visible_things(by))
    found = find(rows.select_related("thing"), pk=pk)
    attachments.remove_photo(found, by=by)
    messages.success(request, _("The picture is removed."))
    return redirect("sharing:thing_edit", code=found.thing.code)


@require_POST
@login_required
def file_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a manual away."""
    by = writer(request)
    rows = ThingFile.objects.filter(thing__in=queries.visible_things(by))
    found = find(rows.select_related("thing"), pk=pk)
    attachments.remove_file(found, by=by)
    messages.success(request, _("The paper is removed."))
    return redirect("sharing:thing_edit", code=found.thing.code)


def _settle(
    request: HttpRequest,
    code: str,
    name: str,
    form: forms.Form,
    done: str,
    work: Callable[[Thing, Agent], object],
) -> HttpResponse:
    """Do what one of the small forms asks; what is refused stands at its field, all else kept."""
    thing, by = staffed_thing(request, code), writer(request)
    if form.is_valid():
        try:
            work(thing, by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, done)
            return redirect("sharing:thing_edit", code=thing.code)
    return _edit(request, thing, **{name: form})


def _edit(request: HttpRequest, thing: Thing, **bound: forms.Form) -> HttpResponse:
    by = writer(request)
    may_keep = permissions.can_keep(by, thing.collection)
    context: dict[str, Any] = {
        "thing": thing,
        "tone": TONES[ThingState(thing.state)],
        "steps": steps_from(THING_STEPS, thing.state, permissions.roles_in(by, thing.collection)),
        "may_keep": may_keep,
        "photo_form": thing_forms.ThingPhotoForm(),
        "file_form": thing_forms.PaperForm(languages=settings.LANGUAGES),
    }
    if may_keep:
        if thing.sort != Sort.KIT and thing.state != ThingState.RETIRED:
            if thing.sort in (Sort.POOL, Sort.CONSUMABLE):
                context["more_form"] = thing_forms.MoreForm(auto_id="more_%s")
            context["less_form"] = thing_forms.LessForm(auto_id="less_%s", initial={"quantity": 1})
        places = thing_forms.PlaceForm(thing=thing, places=_places(thing.collection))
        context["place_form"] = places if places.places else None
    context |= bound
    form = next(iter(bound.values()), None)
    return page(request, "sharing/keep_thing.html", thing.collection, context, form)


def _kinds() -> QuerySet[ResourceSpecification]:
    return ResourceSpecification.objects.prefetch_related("labels")


def _places(collection: Collection) -> list[Place]:
    own = Q(agent=collection.owner_id) | Q(pk=collection.place_id)
    return list(Place.objects.filter(own).order_by("name", "pk"))


def _candidates(collection: Collection) -> QuerySet[Thing]:
    """What can be a part of a kit."""
    lendable = Thing.objects.filter(collection=collection).exclude(state=ThingState.RETIRED)
    return lendable.exclude(sort__in=[Sort.KIT, Sort.CONSUMABLE]).order_by("name", "code")
