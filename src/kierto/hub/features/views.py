"""Requests below ``/data/features/``: read only, by anybody or with a token."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kierto.hub import callers
from kierto.hub.features import asking, bodies
from kierto.hub.features.collections import Collection, collection_of, collections_of
from kierto.hub.http import Request
from kierto.hub.http.call import once
from kierto.hub.models import How
from kierto.hub.problems import problem, refused
from kierto.hub.reads.noting import note_seen
from kierto.hub.store import reading, tenants
from kierto.hub.store.tenants import Tenant
from kierto.hub.store.watching import watch
from kierto.ngsild.errors import (
    BadRequestData,
    Forbidden,
    InvalidRequest,
    NgsiLdError,
    ResourceNotFound,
)

Answer = tuple[dict[str, Any], str]
_METHODS = "GET, HEAD, OPTIONS"


class Asked:
    """One request.

    Attributes:
        said: its parameters, each once.
        base: scheme and host, as the client knows this node.
        languages: that the client reads.
        reader: what the caller may see.
        tenant: the default one; there is no other here.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.said = _parameters(request)
        self.base = f"{request.scheme}://{request.get_host()}"
        self.languages = request.headers.get("Accept-Language", "en")
        self.caller = _caller(request)
        self.reader = self.caller.reader
        self.tenant: Tenant = tenants.find("")

    def knows(self, *names: str) -> None:
        """Refuses every other parameter (requirement 8 of OGC 17-069r4)."""
        for name in self.said:
            if name not in names:
                raise InvalidRequest(f"The parameter {name[:64]!r} is unknown here.")

    def collection(self, name: str) -> Collection:
        """The collection in the address."""
        return collection_of(self.tenant, name, self.reader)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Which private entities somebody known reads meanwhile, is written down."""
        if self.caller.agent_id is None:
            yield
            return
        with watch(self.reader) as seen:
            yield
        note_seen(seen, self.caller, How.FEATURES)


def _parameters(request: HttpRequest) -> dict[str, str]:
    text = request.META.get("QUERY_STRING", "")
    try:
        said = once(parse_qsl(text, keep_blank_values=True, max_num_fields=64, errors="strict"))
    except ValueError as error:
        raise InvalidRequest("The address is no UTF-8, or has too many parameters.") from error
    if said.get("f", "json") not in {"json", "geojson"}:
        raise BadRequestData("f is json: there is no other form.")
    return said


def _caller(request: HttpRequest) -> callers.Caller:
    known: callers.Caller | None = getattr(request, "caller", None)
    if known is not None:  # the page about the interface asks, as its reader
        return known
    token = request.headers.get("Authorization")
    headers = {} if token is None else {"authorization": token}
    caller = callers.caller_of(Request("GET", request.path, headers=headers))
    if "read" not in caller.scopes:
        raise Forbidden("The token does not allow to read; ask for one that does.")
    if caller.tenants is not None and "" not in caller.tenants:
        raise Forbidden("The token is for other tenants than the one that is shown here.")
    return caller


def _reading(work: Callable[..., Answer]) -> Callable[..., HttpResponse]:
    """Carries what ``work`` says to the client; every refusal is a problem (RFC 9457)."""

    # No cookie lets anybody in here, so no other site can use one.
    @csrf_exempt
    @functools.wraps(work)
    def view(request: HttpRequest, **params: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return _open(HttpResponse(status=204))
        if request.method not in {"GET", "HEAD"}:
            response = _open(problem(405, "Only reading is offered here."))
            response["Allow"] = _METHODS
            return response
        try:
            body, media_type = work(Asked(request), **params)
        except NgsiLdError as error:
            return _open(refused(error))
        return _written(body, media_type)

    return view


def _written(body: dict[str, Any], media_type: str) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), content_type=media_type)
    return _open(response)


def _open(response: HttpResponse) -> HttpResponse:
    """Pages of any site may read: nobody is let in by a cookie here."""
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Accept-Language"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = _METHODS
    response["Access-Control-Allow-Headers"] = "Authorization, Accept, Accept-Language"
    return response


@_reading
def landing(asked: Asked) -> Answer:
    """The landing page."""
    asked.knows("f")
    return bodies.landing(asked.base), bodies.JSON


@_reading
def conformance(asked: Asked) -> Answer:
    """The classes of conformance."""
    asked.knows("f")
    return {"conformsTo": list(bodies.CONFORMANCE)}, bodies.JSON


@_reading
def collections(asked: Asked) -> Answer:
    """All collections."""
    asked.knows("f")
    return bodies.collections(collections_of(asked.tenant, asked.reader), asked.base), bodies.JSON


@_reading
def collection(asked: Asked, name: str) -> Answer:
    """One collection."""
    asked.knows("f")
    return bodies.collection(asked.collection(name), asked.base), bodies.JSON


@_reading
def items(asked: Asked, name: str) -> Answer:
    """Features of a collection."""
    one = asked.collection(name)
    limit, offset = asking.page_of(asked.said)
    query = asking.query_of(asked.said, one, asked.tenant, asked.reader)
    with asked.noted():
        page = reading.find(
            asked.tenant, query, asked.reader, limit=limit, offset=offset, count=True
        )
    paging = (limit, offset)
    body = bodies.features(page, one, asked.base, asked.said, paging, asked.languages)
    return body, bodies.GEO_JSON


@_reading
def item(asked: Asked, name: str, feature: str) -> Answer:
    """One feature."""
    asked.knows("f")
    one = asked.collection(name)
    with asked.noted():
        document = reading.get(asked.tenant, feature, asked.reader)
        if document is None or not one.everything.matches(document):
            raise ResourceNotFound(f"There is no feature {feature[:256]!r} in this collection.")
    return bodies.feature(document, one, asked.base, asked.languages), bodies.GEO_JSON
