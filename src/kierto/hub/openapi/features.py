"""The paths of OGC API – Features in the description."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop as _

JSON: Final = "application/json"
GEO_JSON: Final = "application/geo+json"
ROOT: Final = "/data/features"

_NAME: Final = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": _("The collection."),
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,109}$"},
    "example": "Building",
}
_FEATURE: Final = {
    "name": "feature",
    "in": "path",
    "required": True,
    "description": _("The feature: the identifier of its entity."),
    "schema": {"type": "string", "format": "uri"},
    "example": "urn:ngsi-ld:Building:1",
}
_ITEMS: Final[list[dict[str, Any]]] = [
    {
        "name": "bbox",
        "in": "query",
        "description": _("west,south,east,north in degrees; or six numbers, with heights."),
        "schema": {
            "oneOf": [
                {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                {"type": "array", "items": {"type": "number"}, "minItems": 6, "maxItems": 6},
            ]
        },
        "style": "form",
        "explode": False,
        "example": [24.7, 60.1, 24.9, 60.3],
    },
    {
        "name": "datetime",
        "in": "query",
        "description": _("A moment, or two with a slash between them; `..` is open."),
        "schema": {"type": "string"},
        "example": "2026-11-01T00:00:00Z/..",
    },
    {
        "name": "limit",
        "in": "query",
        "description": _("Features of a page."),
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},
    },
    {
        "name": "offset",
        "in": "query",
        "description": _("Features before the page."),
        "schema": {"type": "integer", "minimum": 0, "maximum": 10000000, "default": 0},
    },
]


def feature_paths() -> dict[str, dict[str, Any]]:
    """Path → its operations."""
    one = f"{ROOT}/collections/{{name}}"
    return {
        f"{ROOT}/": _get("features", _("Where features start")),
        f"{ROOT}/conformance": _get("features_conformance", _("What is conformed to")),
        f"{ROOT}/collections": _get("features_collections", _("All collections")),
        one: _get("features_collection", _("One collection"), [_NAME]),
        f"{one}/items": _get(
            "features_items", _("Features of a collection"), [_NAME, *_ITEMS], GEO_JSON
        ),
        f"{one}/items/{{feature}}": _get(
            "features_item", _("One feature"), [_NAME, _FEATURE], GEO_JSON
        ),
    }


def _get(
    name: str, summary: str, parameters: list[dict[str, Any]] | None = None, kind: str = JSON
) -> dict[str, Any]:
    statuses = [400, 401, 403, *([404] if parameters else [])]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refusals = {
        400: _("A parameter is unknown or means nothing."),
        401: _("The token is unknown, expired or withdrawn."),
        403: _("The token does not allow it, or it is too much work."),
        404: _("There is nothing that the caller may see."),
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": "Needs the scope read.",
            "tags": ["features"],
            "parameters": parameters or [],
            "responses": {
                "200": {
                    "description": _("What was asked for."),
                    "content": {kind: {"schema": {"type": "object"}}},
                },
                **{
                    str(status): {"description": refusals[status], "content": problem}
                    for status in statuses
                },
            },
            "security": [{}, {"token": ["read"]}],
        }
    }
