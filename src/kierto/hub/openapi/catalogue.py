"""The paths of files and of the catalogue in the description."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop as _

PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
TEXT: Final = {"type": "string"}

_SLUG: Final = {
    "name": "slug",
    "in": "path",
    "required": True,
    "description": _("The data set: the last part of the address of its page."),
    "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,80}$"},
    "example": "street-lights",
}
_REFUSALS: Final = {
    400: _("What the data set asks for means nothing any more; its owner has to change it."),
    401: _("The token is unknown, expired or withdrawn."),
    403: _("The data set is open to others than the caller."),
    404: _("There is nothing that the caller may see."),
}
_WRITTEN: Final = (
    ("jsonld", "application/ld+json", _("The catalogue for data portals, as JSON-LD")),
    ("ttl", "text/turtle", _("The catalogue for data portals, as Turtle")),
    ("rdf", "application/rdf+xml", _("The catalogue for data portals, as RDF/XML")),
)
_FILES: Final = (
    ("csv", "text/csv", _("The rows of a data set, as CSV")),
    ("csv-metadata.json", "application/csvm+json", _("What the columns of the CSV mean")),
    ("geojson", "application/geo+json", _("The rows of a data set, as GeoJSON")),
    ("parquet", "application/vnd.apache.parquet", _("The rows of a data set, as Parquet")),
)


def catalogue_paths() -> dict[str, dict[str, Any]]:
    """Path → its operations."""
    catalogue = {
        f"/data/catalog.{end}": _get(f"catalogue_{end}", summary, kind, [], {})
        for end, kind, summary in _WRITTEN
    }
    files = {
        f"/data/sets/{{slug}}.{end}": _get(
            f"data_set_{end.replace('-', '_').replace('.', '_')}", summary, kind, [_SLUG], _REFUSALS
        )
        for end, kind, summary in _FILES
    }
    return {**catalogue, **files}


def _get(
    name: str,
    summary: str,
    kind: str,
    parameters: list[dict[str, Any]],
    refusals: dict[int, str],
) -> dict[str, Any]:
    schema = {"type": "object"} if kind.endswith("json") else TEXT
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": "Needs the scope read.",
            "tags": ["catalogue"],
            "parameters": parameters,
            "responses": {
                "200": {
                    "description": _("What was asked for."),
                    "content": {kind: {"schema": schema}},
                },
                **{
                    str(status): {"description": text, "content": PROBLEM}
                    for status, text in refusals.items()
                },
            },
            "security": [{}, {"token": ["read"]}],
        }
    }
