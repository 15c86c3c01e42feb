"""What the parameters of addresses mean, for the description of the interface."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop as _

_TEXT: Final = {"type": "string", "minLength": 1}
_WORDS: Final = {"type": "string", "minLength": 1, "description": "Names, with commas between."}
_FLAG: Final = {"type": "boolean", "default": False}
_TIME: Final = {"type": "string", "format": "date-time"}
_LEVEL: Final = {"type": "integer", "minimum": 1, "maximum": 10}

Known = dict[str, tuple[dict[str, Any], str, Any]]

QUERY: Final[Known] = {
    "id": (_WORDS, _("Identifiers of entities."), "urn:ngsi-ld:Streetlight:1"),
    "type": (_TEXT, _("Types: `,` or `|` is or, `;` is and, with brackets."), "Streetlight"),
    "idPattern": (_TEXT, _("A regular expression (RE2), found in the identifier."), "Street"),
    "attrs": (_WORDS, _("Attributes; an entity has one of them, and only they are shown."), "name"),
    "q": (_TEXT, _("What values are (clause 4.9)."), "powerState==%22on%22"),
    "scopeQ": (_TEXT, _("Scopes (clause 4.19)."), "/kera/#"),
    "csf": (_TEXT, _("What registrations say of themselves."), "name==%22Kera%22"),
    "datasetId": (_WORDS, _("Datasets; `@none` is the default one."), "@none"),
    "expandValues": (_WORDS, _("Attributes whose values in q are terms."), "category"),
    "jsonKeys": (_WORDS, _("Attributes whose values keep their keys."), "details"),
    "georel": (_TEXT, _("The relation to the geometry (clause 4.10)."), "near;maxDistance==2000"),
    "geometry": (
        {
            "type": "string",
            "enum": [
                *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon"),
                "MultiPolygon",
            ],
        },
        _("The type of the geometry."),
        "Point",
    ),
    "coordinates": (_TEXT, _("Its coordinates, an array of JSON."), "[24.8,60.2]"),
    "geoproperty": (_TEXT, _("The attribute with the place; `location` unless said."), "location"),
    "geometryProperty": (_TEXT, _("The attribute that is the geometry of a feature."), "location"),
    "options": (_WORDS, _("Words such as `sysAttrs`, `concise`, `keyValues`."), "concise"),
    "format": (
        {
            "type": "string",
            "enum": [
                *("normalized", "concise", "simplified", "keyValues", "temporalValues"),
                "aggregatedValues",
            ],
        },
        _("How entities are written."),
        "concise",
    ),
    "sysAttrs": (_FLAG, _("Whether createdAt and modifiedAt are shown."), True),
    "lang": (_TEXT, _("The language of texts in several languages."), "fi,en;q=0.5"),
    "pick": (_WORDS, _("Members that are shown, alone."), "id,name"),
    "omit": (_WORDS, _("Members that are left out."), "name"),
    "join": (
        {"type": "string", "enum": ["inline", "flat", "@none"]},
        _("How linked entities are shown."),
        "inline",
    ),
    "joinLevel": (_LEVEL, _("Through how many relationships; goes with join."), 1),
    "containedBy": (_WORDS, _("Entities that are not shown again."), "urn:ngsi-ld:Building:1"),
    "limit": (
        {"type": "integer", "minimum": 0, "maximum": 1000, "default": 20},
        _("Elements of a page; 0 goes with count."),
        20,
    ),
    "offset": ({"type": "integer", "minimum": 0, "default": 0}, _("Elements before the page."), 0),
    "count": (_FLAG, _("Whether all are counted: header NGSILD-Results-Count."), True),
    "orderBy": (_WORDS, _("The order, such as `name` or `name;desc`."), "name;desc"),
    "collation": (_TEXT, _("The language that texts are ordered in."), "fi"),
    "orderFrom": (_TEXT, _("Coordinates that distances are ordered from."), "[24.8,60.2]"),
    "orderGeometry": (_TEXT, _("The type of that geometry."), "Point"),
    "entityMap": (_FLAG, _("Whether a map of the answer is kept."), True),
    "entityMapId": (_TEXT, _("A map that is kept."), "urn:ngsi-ld:EntityMap:1"),
    "entityMapLifetime": (_TEXT, _("How long it is kept, a duration of ISO 8601."), "PT10M"),
    "splitEntities": (_FLAG, _("Whether parts of entities stay apart."), False),
    "pageAnchor": (
        _TEXT,
        _("The entity that the page starts behind."),
        "urn:ngsi-ld:Streetlight:1",
    ),
    "details": (_FLAG, _("Whether all is said of each."), True),
    "deleteAll": (_FLAG, _("Whether all instances go, of whichever dataset."), False),
    "observedAt": (_TIME, _("The time that changed attributes get."), "2026-11-22T07:00:00Z"),
    "timerel": (
        {"type": "string", "enum": ["before", "after", "between"]},
        _("The relation to timeAt."),
        "after",
    ),
    "timeAt": (_TIME, _("A moment."), "2026-11-01T00:00:00Z"),
    "endTimeAt": (_TIME, _("The end, with between."), "2026-11-22T00:00:00Z"),
    "timeproperty": (
        {"type": "string", "enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
        _("Which time is meant."),
        "observedAt",
    ),
    "lastN": ({"type": "integer", "minimum": 1}, _("The last so many instances."), 10),
    "aggrMethods": (
        _WORDS,
        _("totalCount, distinctCount, sum, avg, min, max, stddev, sumsq."),
        "avg",
    ),
    "aggrPeriodDuration": (_TEXT, _("A duration of ISO 8601."), "PT1H"),
    "kind": (
        {"type": "string", "enum": ["Hosted", "Cached", "ImplicitlyCreated"]},
        _("The kind of contexts."),
        "Hosted",
    ),
    "reload": (_FLAG, _("Whether the copy is fetched anew."), False),
    "keep": (_WORDS, _("Attributes that stay."), "name"),
    "drop": (_WORDS, _("Attributes that go."), "name"),
    "local": (_FLAG, _("Whether other nodes are left out."), True),
}
"""Parameter → schema, meaning, example."""

PATH: Final[Known] = {
    "entityId": (
        {"type": "string", "format": "uri"},
        _("The entity."),
        "urn:ngsi-ld:Streetlight:1",
    ),
    "attrId": ({"type": "string", "minLength": 1}, _("The attribute."), "powerState"),
    "instanceId": (
        {"type": "string", "format": "uri"},
        _("One instance of its history."),
        "urn:ngsi-ld:Instance:1",
    ),
    "type": ({"type": "string", "minLength": 1}, _("The type."), "Streetlight"),
    "subscriptionId": (
        {"type": "string", "format": "uri"},
        _("The subscription."),
        "urn:ngsi-ld:Subscription:1",
    ),
    "registrationId": (
        {"type": "string", "format": "uri"},
        _("The registration."),
        "urn:ngsi-ld:ContextSourceRegistration:1",
    ),
    "contextId": (_TEXT, _("The context."), "urn:ngsi-ld:Context:1"),
    "entityMapId": (_TEXT, _("The map of an answer."), "urn:ngsi-ld:EntityMap:1"),
    "snapshotId": (_TEXT, _("The snapshot."), "urn:ngsi-ld:Snapshot:1"),
}


def parameter(name: str, where: str) -> dict[str, Any]:
    """A parameter as OpenAPI describes it.

    Raises:
        KeyError: nobody has said yet what it means.
    """
    schema, meaning, example = (PATH if where == "path" else QUERY)[name]
    if isinstance(example, str):
        example = example.replace("%22", '"')
    described = {
        "name": name,
        "in": where,
        "description": meaning,
        "schema": schema,
        "example": example,
    }
    return {**described, "required": True} if where == "path" else described
