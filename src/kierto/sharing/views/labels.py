"""Labels: chosen, printed; and what is scanned leads to its thing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kierto.core.errors import DomainError
from kierto.ledger.fields import add_domain_error
from kierto.parties.requests import reader
from kierto.sharing import codes, queries
from kierto.sharing.actions.things import whole
from kierto.sharing.forms.labels import LabelsForm
from kierto.sharing.labels import MOST, label_sheet
from kierto.sharing.models import Collection, Thing
from kierto.sharing.states import Sort, ThingState
from kierto.sharing.views.keeping import page, staffed_collection

PAGE_SIZE = 100


@require_safe
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """From the address on a label to the page of the thing."""
    thing = codes.thing_by_code(code)
    shown = queries.visible_things(reader(request))
    if thing is None or not shown.filter(pk=thing.pk).exists():
        raise Http404
    return redirect("sharing:thing", code=thing.code)


@require_safe
@login_required
def labels(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose things and a paper; ``?thing=`` chooses some beforehand, ``?q=`` finds."""
    return _labels(request, staffed_collection(request, slug), LabelsForm())


@require_safe
@login_required
def labels_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The labels as PDF."""
    collection = staffed_collection(request, slug)
    form = LabelsForm(request.GET)
    if form.is_valid():
        try:
            data = label_sheet(
                _chosen(collection, request.GET.getlist("thing"), form.cleaned_data["each"]),
                address=lambda thing: request.build_absolute_uri(
                    reverse("sharing:by_code", args=[thing.code])
                ),
                sheet=form.cleaned_data["sheet"],
                skip=form.cleaned_data["skip"] or 0,
            )
        except DomainError as error:
            add_domain_error(form, error)
        else:
            response = HttpResponse(data, content_type="application/pdf")
            response["Content-Disposition"] = f'inline; filename="labels-{collection.slug}.pdf"'
            response["Cache-Control"] = "private, no-store"
            return response
    return _labels(request, collection, form)


def _labels(request: HttpRequest, collection: Collection, form: LabelsForm) -> HttpResponse:
    rows = _things(collection)
    text = request.GET.get("q", "").strip()[:120]
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__iexact=codes.read_code(text)))
    context: dict[str, Any] = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "q": text,
        "chosen": set(request.GET.getlist("thing")),
    }
    return page(request, "sharing/labels.html", collection, context, form)


def _things(collection: Collection) -> QuerySet[Thing]:
    found = Thing.objects.filter(collection=collection).exclude(state=ThingState.RETIRED)
    return found.select_related("collection", "resource").order_by("name", "code")


def _chosen(collection: Collection, wanted: list[str], each: bool) -> list[Thing]:
    found = list(_things(collection).filter(code__in=wanted[: MOST + 1]))
    if not each:
        return found
    return [
        thing
        for thing in found
        for _copy in range(min(whole(thing), MOST + 1) if thing.sort == Sort.POOL else 1)
    ]
