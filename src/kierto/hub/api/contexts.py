"""Contexts kept here: add, list, serve, delete (clause 5.13; 6.29, 6.30)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from kierto.hub import context_rows, contexts
from kierto.hub.context_rows import HOSTED_PATH
from kierto.hub.http import answers
from kierto.hub.http.call import Call
from kierto.hub.http.messages import JSON, LD_JSON, Response
from kierto.hub.http.routing import Route
from kierto.hub.models import ContextKind, StoredContext
from kierto.ngsild.contexts import CORE_CONTEXT, is_core_url
from kierto.ngsild.core_terms import CORE_TERMS
from kierto.ngsild.errors import BadRequestData, InvalidRequest, ResourceNotFound
from kierto.ngsild.times import now, write_time

_STARTED = now()


def add_context(call: Call) -> Response:
    """POST /jsonldContexts."""
    body = call.payload
    if not isinstance(body, dict) or "@context" not in body:
        raise InvalidRequest("The body is an object with the member @context.")
    row = contexts.host(body["@context"], _tenant(call))
    return answers.created(f"{HOSTED_PATH}{row.pk}")


def list_contexts(call: Call) -> Response:
    """GET /jsonldContexts."""
    kind = call.query.get("kind")
    if kind is not None and kind not in ContextKind.values:
        raise BadRequestData(f"kind is {kind[:40]!r}; write {', '.join(ContextKind.values)}.")
    details = call.flag("details")
    rows = context_rows.listed(_tenant(call), kind)
    return answers.of_words(
        call, [_details(row, call) if details else _address(row, call) for row in rows]
    )


def serve_context(call: Call) -> Response:
    """GET /jsonldContexts/{contextId}."""
    name = unquote(call.params["contextId"])
    details = call.flag("details")
    if is_core_url(name):
        return Response(200, _core_details() if details else _core(), media_type=JSON)
    row = _found(call, name)
    told = _details(row, call)
    if row.kind != ContextKind.HOSTED:
        context_rows.count(row.pk)
    if details:
        return Response(200, told, media_type=JSON)
    return Response(200, context_rows.document_of(row), media_type=call.media_type)


def delete_context(call: Call) -> Response:
    """DELETE /jsonldContexts/{contextId}; with reload=true a copy is fetched anew instead."""
    name = unquote(call.params["contextId"])
    reload = call.flag("reload")
    if is_core_url(name):
        if not reload:
            raise BadRequestData("The core @context is built in and stays.")
        return answers.no_content()
    try:
        row = _found(call, name)
    except ResourceNotFound as error:
        if reload:
            raise BadRequestData("Only a cached @context can be loaded anew.") from error
        raise
    if reload:
        contexts.reload(row)
    else:
        row.delete()
        contexts.forget()
    return answers.no_content()


def _found(call: Call, name: str) -> StoredContext:
    row = context_rows.find(name)
    if row is None or not context_rows.visible(row, _tenant(call)):
        raise ResourceNotFound(f"There is no @context {name[:256]} here.")
    return row


def _tenant(call: Call) -> str:
    return call.request.headers.get("ngsild-tenant", "")


def _address(row: StoredContext, call: Call) -> str:
    if row.kind == ContextKind.CACHED:
        return row.address
    return context_rows.own_address(row, call.request.base)


def _details(row: StoredContext, call: Call) -> dict[str, Any]:
    hits, last = context_rows.used(row.pk)
    details: dict[str, Any] = {
        "URL": _address(row, call),
        "localId": str(row.pk),
        "kind": row.kind,
        "createdAt": write_time(row.created_at),
        "numberOfHits": hits,
    }
    if hits:
        details["lastUsage"] = write_time(datetime.fromtimestamp(last, UTC))
    return details


def _core_details() -> dict[str, Any]:
    return {
        "URL": CORE_CONTEXT,
        "localId": "core",
        "kind": ContextKind.CACHED.value,
        "createdAt": _STARTED,
    }


def _core() -> dict[str, Any]:
    return {"@context": dict(CORE_TERMS)}


_ALL = HOSTED_PATH.rstrip("/")
_ONE = HOSTED_PATH + "{contextId}"

ROUTES = [
    Route(
        "POST",
        _ALL,
        add_context,
        "addContext",
        parameters=frozenset(),
        accepts=(JSON, LD_JSON),
        tenantless=True,
    ),
    Route(
        "GET",
        _ALL,
        list_contexts,
        "listContexts",
        parameters=frozenset({"details", "kind"}),
        offers=(JSON, LD_JSON),
        tenantless=True,
    ),
    Route(
        "GET",
        _ONE,
        serve_context,
        "serveContext",
        parameters=frozenset({"details"}),
        offers=(JSON, LD_JSON),
        tenantless=True,
    ),
    Route(
        "DELETE",
        _ONE,
        delete_context,
        "deleteContext",
        parameters=frozenset({"reload"}),
        tenantless=True,
    ),
]
