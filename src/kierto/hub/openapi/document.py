"""The whole document, made from the routes of the hub."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.translation import gettext_noop as _

import kierto
from kierto.hub.http.answering import router
from kierto.hub.http.messages import GEO_JSON, JSON, LD_JSON
from kierto.hub.http.routing import ALWAYS_ALLOWED, Route
from kierto.hub.openapi.catalogue import catalogue_paths
from kierto.hub.openapi.features import feature_paths
from kierto.hub.openapi.operations import BODIES, SCHEMAS, SUMMARIES, names_no_instance, successes
from kierto.hub.openapi.parameters import parameter

ROOT: Final = "/ngsi-ld/v1"
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
MEANINGS: Final[dict[int, str]] = {
    200: _("What was asked for."),
    201: _("It stands; the header Location says where."),
    204: _("Done."),
    207: _("A part was done; the body says which."),
    400: _("The request means nothing that is allowed."),
    401: _("A token is needed, or this one is unknown, expired or withdrawn."),
    403: _("The token does not allow it, or it is too much work."),
    404: _("There is nothing that the caller may see."),
    405: _("This is not done here; name an instance."),
    406: _("The answer has no such media type."),
    409: _("It is there already, or something stands against it."),
    411: _("The header Content-Length is missing."),
    413: _("The body is too long."),
    415: _("The body has a media type that is not read here."),
    422: _("This node does not do that."),
    503: _("A context, or another node, cannot be had."),
    504: _("A context, or another node, cannot be had in time."),
    508: _("The request has passed this node before."),
}


def document(base: str = "") -> dict[str, Any]:
    """The description, OpenAPI 3.1.

    Args:
        base: scheme and host of this node; empty gives addresses without.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(router().routes, key=lambda route: (route.pattern, route.method)):
        paths.setdefault(ROOT + route.pattern, {})[route.method.lower()] = operation_of(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kierto: the data of this node",
            "version": kierto.__version__,
            "description": (
                "NGSI-LD (ETSI GS CIM 009 v1.9.1) for reading and writing, OGC API – Features "
                "(Part 1: Core 1.0.1) for maps, files of data sets and their catalogue (DCAT-AP "
                "3.0.1). Without a token, what is public is read."
            ),
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": base or "/"}],
        "paths": {**paths, **feature_paths(), **catalogue_paths()},
        "components": {
            "schemas": SCHEMAS,
            "parameters": {"Tenant": _TENANT, "Link": _LINK},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of a program; its scopes are named at each operation.",
                }
            },
        },
    }


_TENANT: Final = {
    "name": "NGSILD-Tenant",
    "in": "header",
    "description": "Whose data; left out, the node's own.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
}
_LINK: Final = {
    "name": "Link",
    "in": "header",
    "description": "The context of the request, where its body has none.",
    "schema": {"type": "string", "pattern": '^<[!-;=?-~]+>; rel="[a-z0-9:/.#-]+"$'},
    "example": (
        "<https://node.example/data/kierto-context-v1.jsonld>; "
        'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    ),
}


def operation_of(route: Route) -> dict[str, Any]:
    """One operation."""
    names = sorted((route.parameters or frozenset()) | ALWAYS_ALLOWED)
    found: dict[str, Any] = {
        "operationId": _identifier(route),
        "summary": SUMMARIES[route.operation],
        "description": f"Operation {route.operation}; needs the scope {route.needed_scope}.",
        "tags": [route.pattern.split("/")[1]],
        "parameters": [
            *(parameter(name, "path") for name in re.findall(r"{(\w+)}", route.pattern)),
            *(parameter(name, "query") for name in names),
            *([] if route.tenantless else [{"$ref": "#/components/parameters/Tenant"}]),
            {"$ref": "#/components/parameters/Link"},
        ],
        "responses": {
            **{str(status): _success(status, route) for status in successes(route)},
            **{str(status): _refusal(status) for status in refusals(route)},
        },
        "security": _security(route),
    }
    if route.accepted:
        found["requestBody"] = _body(route)
    return found


def refusals(route: Route) -> list[int]:
    """Statuses with which an operation may be refused."""
    found = {400, 401, 403, 404, 503, 504, 508}
    if names_no_instance(route):
        found.add(405)
    if route.offered:
        found.add(406)
    if route.method in {"POST", "PUT", "PATCH"}:
        found |= {411, 413}
    if route.accepted:
        found.add(415)
    if route.method != "GET":
        found |= {409, 422}
    return sorted(found)


def _identifier(route: Route) -> str:
    parts = re.findall(r"\w+", route.pattern)
    return "_".join([route.method.lower(), *parts])


def _security(route: Route) -> list[dict[str, list[str]]]:
    needed: list[dict[str, list[str]]] = [{"token": [route.needed_scope]}]
    return [{}, *needed] if route.needed_scope == "read" else needed


def _body(route: Route) -> dict[str, Any]:
    schema, example = BODIES[route.operation]
    content: dict[str, Any] = {}
    for kind in route.accepted:
        said: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        if kind != LD_JSON:
            said["example"] = example
        content[kind] = said
    return {"required": True, "content": content}


def _success(status: int, route: Route) -> dict[str, Any]:
    said: dict[str, Any] = {"description": MEANINGS[status]}
    if status == 201:
        said["headers"] = {"Location": {"schema": {"type": "string"}}}
    if status == 200 or (status == 201 and route.needed_scope == "read"):
        said["content"] = {kind: {"schema": _schema(kind)} for kind in route.offered}
    elif status == 207 or (status == 201 and route.operation.endswith("Batch")):
        said["content"] = {JSON: {"schema": _RESULT if status == 207 else {"type": "array"}}}
    return said


_RESULT: Final = {"$ref": "#/components/schemas/BatchResult"}


def _schema(kind: str) -> dict[str, Any]:
    return {"type": "object"} if kind == GEO_JSON else {"type": ["object", "array"]}


def _refusal(status: int) -> dict[str, Any]:
    if status == 411:
        return {"description": MEANINGS[status]}
    return {"description": MEANINGS[status], "content": {JSON: {"schema": PROBLEM}}}
