"""Requests for the files of a data set and for the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kierto.hub.callers import Caller
from kierto.hub.datasets.permissions import can_read_rows
from kierto.hub.datasets.queries import visible_data_sets
from kierto.hub.datasets.states import Openness
from kierto.hub.models import DataSet
from kierto.hub.problems import problem, refused
from kierto.hub.publishing import catalogue, files
from kierto.hub.publishing.about import About, about
from kierto.hub.publishing.asking import caller_of
from kierto.hub.reads.noting import note_data_set
from kierto.ngsild.errors import NgsiLdError, ResourceNotFound

PAGE_OF_ROWS = 5_000
"""After so many rows of a restricted data set it is written down how many were taken."""


@require_safe
def data_set_file(request: HttpRequest, slug: str, form: str) -> HttpResponseBase:
    """A data set as a file, for whom its openness names; with a token or signed in."""
    if form not in files.FORMS and form != files.METADATA:
        raise Http404(_("There is no such file."))
    try:
        caller, by = caller_of(request)
        found = visible_data_sets(by).filter(slug=slug).first()
        if found is None:
            raise ResourceNotFound("There is no such data set, or you may not see it.")
        decision = can_read_rows(by, found)
        if not decision and not _is_browser(request):
            return problem(403, str(decision.reason))
        decision.require()
        response = _answered(request, found, form, caller)
    except NgsiLdError as error:
        if isinstance(error, ResourceNotFound) and _is_browser(request):
            raise Http404(_("There is no such data set, or you may not see it.")) from error
        return refused(error)
    response["Vary"] = "Authorization, Cookie"
    response["Cache-Control"] = "private, no-cache"
    if found.openness == Openness.OPEN:
        response["Access-Control-Allow-Origin"] = "*"
    return response


def _is_browser(request: HttpRequest) -> bool:
    """People get a page that says what to do, programs a problem."""
    return "text/html" in request.headers.get("Accept", "")


def _answered(
    request: HttpRequest, data_set: DataSet, form: str, caller: Caller
) -> HttpResponseBase:
    base = _base(request)
    said = about(data_set, base)
    if form == files.METADATA:
        address = base + reverse("hub:data_set_file", args=[data_set.slug, "csv"])
        body = files.metadata(data_set, said, address)
        return _linked(HttpResponse(body, content_type="application/csvm+json"), said)
    kind = files.FORMS[form]
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=kind.media_type)
    else:
        counted: files.Counted = _uncounted
        if data_set.openness == Openness.RESTRICTED:
            note_data_set(data_set.pk, caller, files.HOW[form])
            counted = _counting(data_set, caller, form)
        found = files.pieces(data_set, form, said, counted)
        response = StreamingHttpResponse(found, content_type=kind.media_type)
    response["Content-Disposition"] = f'attachment; filename="{data_set.slug}.{form}"'
    if form == "csv":
        address = base + reverse("hub:data_set_file", args=[data_set.slug, files.METADATA])
        _link(response, f'<{address}>; rel="describedby"; type="application/csvm+json"')
    return _linked(response, said)


def _linked(response: HttpResponseBase, said: About) -> HttpResponseBase:
    if said.licence_url:
        _link(response, f'<{said.licence_url}>; rel="license"')
    _link(response, f'<{said.source}>; rel="collection"; type="text/html"')
    return response


def _link(response: HttpResponseBase, text: str) -> None:
    before = response.headers.get("Link")
    response["Link"] = f"{before}, {text}" if before else text


def _uncounted(rows: Iterator[Any]) -> Iterator[Any]:
    return rows


def _counting(
    data_set: DataSet, caller: Caller, form: str
) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """Writes down how many rows were taken, also where the reader stops in the middle."""

    def counted(rows: Iterator[Any]) -> Iterator[Any]:
        taken = 0
        try:
            for row in rows:
                taken += 1
                yield row
                if taken >= PAGE_OF_ROWS:
                    note_data_set(data_set.pk, caller, files.HOW[form], times=0, rows=taken)
                    taken = 0
        finally:
            if taken:
                note_data_set(data_set.pk, caller, files.HOW[form], times=0, rows=taken)

    return counted


@require_safe
def dcat(request: HttpRequest, form: str = "") -> HttpResponseBase:
    """The catalogue for data portals, DCAT-AP 3: by the end of its address, or by ``Accept``."""
    chosen = catalogue.SYNTAXES.get(form) or _preferred(request)
    if form and form not in catalogue.SYNTAXES:
        raise Http404(_("There is no such file."))
    if chosen is None:
        return problem(406, "The catalogue is written as JSON-LD, Turtle or RDF/XML.")
    body = catalogue.written(_base(request), chosen)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type=chosen.media_type)
    response["ETag"] = tag
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    response["Vary"] = "Accept"
    links = [
        f'<{reverse("hub:dcat_file", args=[each.name])}>; rel="alternate"; type="{each.iana}"'
        for each in catalogue.SYNTAXES.values()
        if each is not chosen
    ]
    response["Link"] = ", ".join(links)
    return get_conditional_response(request, etag=tag, response=response) or response


def _preferred(request: HttpRequest) -> catalogue.Syntax | None:
    names = {each.iana: each for each in catalogue.SYNTAXES.values()}
    with suppress(AttributeError):
        found = request.get_preferred_type(list(names))
        return names.get(found) if found else None
    return None


def _base(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
