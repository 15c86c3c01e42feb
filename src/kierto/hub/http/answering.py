"""From a request to its response: the order of the checks is the specification's (6.3.2, 6.3.4)."""

from __future__ import annotations

import functools
import logging
from importlib import import_module
from typing import TYPE_CHECKING

from kierto.hub.http import answers, bodies, negotiation
from kierto.hub.http.call import Call
from kierto.hub.http.messages import REMOTE, Request, Response
from kierto.hub.http.routing import ALWAYS_ALLOWED, Route, Router
from kierto.hub.subscriptions import circles
from kierto.ngsild import versions
from kierto.ngsild.errors import (
    BadRequestData,
    Forbidden,
    InternalError,
    InvalidRequest,
    LengthRequired,
    NgsiLdError,
    NonexistentTenant,
    OperationNotSupported,
    ResourceNotFound,
    TooLarge,
    Unauthorized,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from kierto.hub.callers import Caller
    from kierto.hub.store.tenants import Tenant

logger = logging.getLogger("kierto.hub")

MODULES = (
    *("entities", "attributes", "batches", "purge", "discovery", "temporal", "subscriptions"),
    *("registrations", "registration_subscriptions", "contexts", "entity_maps", "snapshots"),
    "info",
)
"""Modules of :mod:`kierto.hub.api` with ``ROUTES``."""

TENANT = "NGSILD-Tenant"

WORDS = frozenset(
    {
        *("normalized", "concise", "simplified", "keyValues", "sysAttrs", "count", "local"),
        *("temporalValues", "aggregatedValues", "noOverwrite", "update", "replace", "deleteAll"),
        *("entityMap", "splitEntities", "upsert", "details", "audit"),
    }
)
"""Words of ``options`` and ``format``, of all operations (clauses 6.3.7, 6.3.11, 6.3.12)."""


@functools.cache
def router() -> Router:
    """All routes; read at the first request: who answers stands above who takes requests."""
    modules = [import_module(f"kierto.hub.api.{name}") for name in MODULES]
    return Router(route for module in modules for route in module.ROUTES)


def answer(request: Request, *, caller: Caller | None = None) -> Response:
    """The response to a request; never raises.

    Args:
        request: what came in.
        caller: who asks, where that is known already; else the request's headers say.
    """
    try:
        response = _answered(request, caller)
        version = versions.preferred(request.headers.get("prefer"))
        if version is not None:
            response.headers["Preference-Applied"] = versions.applied(version)
    except NgsiLdError as error:
        response = answers.problem(error)
        if isinstance(error, Unauthorized):
            response.headers["WWW-Authenticate"] = "Bearer"
    except Exception:
        # Headers stay out of the log: there may be a token in them.
        logger.exception("%s %s failed", request.method, request.path[:256])
        response = answers.problem(InternalError("The node failed; its log says why."))
    tenant = request.headers.get("ngsild-tenant")
    if tenant:
        response.headers.setdefault(TENANT, tenant)
    return response


def _answered(request: Request, caller: Caller | None) -> Response:
    found = router().find(request.path)
    if found is None:
        if request.path == REMOTE:
            return _told_by_source(request)
        if "//" in request.path:
            raise BadRequestData("An identifier is missing in the address.")
        raise ResourceNotFound(f"There is no operation at {request.path[:256]}.")
    routes, params = found
    route = routes.get("GET" if request.method == "HEAD" else request.method)
    if route is None:
        return _without_handler(request, routes)
    circles.refuse_own(request.headers)
    _check_body(request, route)
    _check_parameters(request, route)
    media_type = negotiation.chosen(request.headers.get("accept"), route.offered)
    caller = caller or _caller_of(request)
    _check_scope(caller, route)
    call = Call(
        request,
        route,
        params,
        caller=caller,
        tenant=_tenant_of(request, caller, route),
        media_type=media_type,
    )
    if caller.agent_id is None or route.needed_scope != "read":
        return route.handler(call)
    return _noted(call)


def _noted(call: Call) -> Response:
    """The answer to somebody who is known: which private entities it shows is written down."""
    from kierto.hub.models import How
    from kierto.hub.reads.noting import note_seen
    from kierto.hub.store.watching import watch

    with watch(call.reader) as seen:
        response = call.route.handler(call)
    if seen and response.status < 400:
        note_seen(seen, call.caller, How.NGSI_LD)
    return response


def _told_by_source(request: Request) -> Response:
    from kierto.hub.subscriptions.copies import arriving

    return arriving.take(request)


def _without_handler(request: Request, routes: dict[str, Route]) -> Response:
    allowed = ", ".join(sorted({*routes, "OPTIONS", *({"HEAD"} if "GET" in routes else ())}))
    if request.method == "OPTIONS":
        headers: dict[str, str | list[str]] = {"Allow": allowed}
        if "PATCH" in routes:
            headers["Accept-Patch"] = ", ".join(routes["PATCH"].accepted)
        return answers.no_content(headers)
    if request.path == "/entities/":
        raise BadRequestData("The identifier at the end of the address is missing.")
    response = answers.problem(
        OperationNotSupported(f"{request.method[:16]} is not offered here.", status=405)
    )
    response.headers["Allow"] = allowed
    return response


def _check_body(request: Request, route: Route) -> None:
    if request.method in {"POST", "PATCH", "PUT"} and "content-length" not in request.headers:
        raise LengthRequired("Send the header Content-Length.")
    if len(request.body) > bodies.BODY_BYTES:
        raise TooLarge(f"The body has more than {bodies.BODY_BYTES} bytes; send it in parts.")
    if not route.accepted:
        return
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("The body is compressed; send it as it is.")
    kind = negotiation.media_type(request.headers.get("content-type"))
    # Without a word on it, a body is taken for JSON (RFC 9110, clause 8.3).
    if kind and kind not in route.accepted:
        raise UnsupportedMediaType(f"The body is {kind[:64]}; send {' or '.join(route.accepted)}.")


def _check_parameters(request: Request, route: Route) -> None:
    if route.parameters is None:
        return
    for name in request.query:
        if name not in route.parameters and name not in ALWAYS_ALLOWED:
            raise InvalidRequest(f"The parameter {name[:64]!r} is unknown here.")
    for name in ("options", "format"):
        words = request.query.get(name)
        if words is None:
            continue
        for word in words.split(","):
            if word.strip() not in WORDS:
                raise InvalidRequest(f"{name} says {word[:40]!r}, which is unknown.")


def _caller_of(request: Request) -> Caller:
    from kierto.hub import callers

    return callers.caller_of(request)


def _check_scope(caller: Caller, route: Route) -> None:
    if route.needed_scope in caller.scopes:
        return
    if caller.is_visitor:
        raise Unauthorized("This needs a token: send the header Authorization: Bearer ….")
    raise Forbidden(f"The token does not allow to {route.needed_scope}; ask for one that does.")


def _tenant_of(request: Request, caller: Caller, route: Route) -> Tenant:
    from kierto.hub.store import tenants

    name = request.headers.get("ngsild-tenant", "")
    if caller.tenants is not None and name not in caller.tenants:
        # The same answer as for a tenant that is not there: strangers learn nothing.
        raise NonexistentTenant(f"There is no tenant {name[:64]!r}.")
    return tenants.find("" if route.tenantless else name, create=route.creates)
