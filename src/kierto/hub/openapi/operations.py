"""What operations do, what they are sent and what they answer beside refusals."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop as _

from kierto.hub.http.routing import Route

SUMMARIES: Final[dict[str, str]] = {
    "createEntity": _("Make an entity"),
    "queryEntity": _("Find entities"),
    "purgeEntity": _("Delete entities, or attributes of them, by a query"),
    "retrieveEntity": _("Read an entity"),
    "replaceEntity": _("Replace an entity"),
    "mergeEntity": _("Merge into an entity"),
    "deleteEntity": _("Delete an entity"),
    "appendAttrs": _("Add attributes"),
    "updateAttrs": _("Change attributes"),
    "replaceAttrs": _("Replace an attribute"),
    "deleteAttrs": _("Delete an attribute"),
    "createBatch": _("Make several entities"),
    "upsertBatch": _("Make or replace several entities"),
    "updateBatch": _("Change several entities"),
    "mergeBatch": _("Merge into several entities"),
    "deleteBatch": _("Delete several entities"),
    "queryBatch": _("Find entities, asked in the body"),
    "retrieveEntityTypes": _("Which types there are"),
    "retrieveEntityTypeInfo": _("What is known of a type"),
    "retrieveAttrTypes": _("Which attributes there are"),
    "retrieveAttrTypeInfo": _("What is known of an attribute"),
    "upsertTemporal": _("Write the history of an entity"),
    "queryTemporal": _("Find histories"),
    "retrieveTemporal": _("Read a history"),
    "deleteTemporal": _("Delete a history"),
    "appendAttrsTemporal": _("Add to a history"),
    "deleteAttrsTemporal": _("Delete an attribute from a history"),
    "updateAttrInstanceTemporal": _("Change one instance in a history"),
    "deleteAttrInstanceTemporal": _("Delete one instance from a history"),
    "createSubscription": _("Subscribe"),
    "querySubscription": _("List subscriptions"),
    "retrieveSubscription": _("Read a subscription"),
    "updateSubscription": _("Change a subscription"),
    "deleteSubscription": _("End a subscription"),
    "createRegistration": _("Register a source"),
    "queryRegistrations": _("Find registrations"),
    "retrieveRegistration": _("Read a registration"),
    "updateRegistration": _("Change a registration"),
    "deleteRegistration": _("Withdraw a registration"),
    "createRegistrationSubscription": _("Subscribe to registrations"),
    "queryRegistrationSubscription": _("List subscriptions to registrations"),
    "retrieveRegistrationSubscription": _("Read a subscription to registrations"),
    "updateRegistrationSubscription": _("Change a subscription to registrations"),
    "deleteRegistrationSubscription": _("End a subscription to registrations"),
    "addContext": _("Host a context"),
    "listContexts": _("List contexts"),
    "serveContext": _("Read a context"),
    "deleteContext": _("Delete a context"),
    "createEntityMap": _("Make a map of an answer"),
    "createTemporalEntityMap": _("Make a map of an answer from histories"),
    "retrieveEntityMap": _("Read a map of an answer"),
    "updateEntityMap": _("Keep a map of an answer for longer"),
    "deleteEntityMap": _("Delete a map of an answer"),
    "createSnapshot": _("Make a snapshot"),
    "cloneSnapshot": _("Copy a snapshot"),
    "retrieveSnapshotStatus": _("Read the state of a snapshot"),
    "updateSnapshotStatus": _("Change a snapshot"),
    "deleteSnapshot": _("Delete a snapshot"),
    "purgeSnapshots": _("Delete snapshots by a query"),
    "retrieveContextSourceIdentity": _("Which node this is"),
}
"""Operation → what it does."""

_LIGHT: Final = {
    "id": "urn:ngsi-ld:Streetlight:1",
    "type": "Streetlight",
    "powerState": {"type": "Property", "value": "on"},
    "location": {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": [24.8, 60.2]},
    },
}
_ATTRIBUTE: Final = {"type": "Property", "value": "off"}
_HISTORY: Final = {
    "type": "Property",
    "value": 80,
    "observedAt": "2026-11-22T07:00:00Z",
}
_SUBSCRIPTION: Final = {
    "type": "Subscription",
    "entities": [{"type": "Streetlight"}],
    "notification": {"endpoint": {"uri": "https://program.example/told"}},
}
_REGISTRATION: Final = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Streetlight"}]}],
    "endpoint": "https://other.example",
}

_OBJECT: Final = {"type": "object"}

BODIES: Final[dict[str, tuple[str, Any]]] = {
    "createEntity": ("Entity", _LIGHT),
    "replaceEntity": ("Entity", _LIGHT),
    "mergeEntity": ("Fragment", {"powerState": _ATTRIBUTE}),
    "appendAttrs": ("Fragment", {"powerState": _ATTRIBUTE}),
    "updateAttrs": ("Fragment", {"powerState": _ATTRIBUTE}),
    "replaceAttrs": ("Fragment", _ATTRIBUTE),
    "createBatch": ("Entities", [_LIGHT]),
    "upsertBatch": ("Entities", [_LIGHT]),
    "updateBatch": ("Entities", [_LIGHT]),
    "mergeBatch": ("Entities", [_LIGHT]),
    "deleteBatch": ("Identifiers", ["urn:ngsi-ld:Streetlight:1"]),
    "queryBatch": ("Query", {"type": "Query", "entities": [{"type": "Streetlight"}]}),
    "queryTemporal": ("Query", {"type": "Query", "entities": [{"type": "Streetlight"}]}),
    "upsertTemporal": (
        "Entity",
        {
            "id": "urn:ngsi-ld:Streetlight:1",
            "type": "Streetlight",
            "illuminanceLevel": [_HISTORY],
        },
    ),
    "appendAttrsTemporal": ("Fragment", {"illuminanceLevel": [_HISTORY]}),
    "updateAttrInstanceTemporal": ("Fragment", {"illuminanceLevel": _HISTORY}),
    "createSubscription": ("Subscription", _SUBSCRIPTION),
    "createRegistrationSubscription": ("Subscription", _SUBSCRIPTION),
    "updateSubscription": ("Fragment", {"isActive": False}),
    "updateRegistrationSubscription": ("Fragment", {"isActive": False}),
    "createRegistration": ("Registration", _REGISTRATION),
    "updateRegistration": ("Fragment", {"endpoint": "https://third.example"}),
    "addContext": ("Context", {"@context": {"powerState": "https://words.example/powerState"}}),
    "updateEntityMap": ("Fragment", {"expiresAt": "2026-11-23T00:00:00Z"}),
    "createSnapshot": (
        "Fragment",
        {
            "type": "Snapshot",
            "snapshotQueries": [{"type": "Query", "entities": [{"type": "Streetlight"}]}],
        },
    ),
    "cloneSnapshot": ("Fragment", {"type": "Snapshot"}),
    "updateSnapshotStatus": ("Fragment", {"expiresAt": "2026-11-23T00:00:00Z"}),
}
"""Operation → name of the schema of its body, and an example."""

SCHEMAS: Final[dict[str, Any]] = {
    "Entity": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": {"type": "string", "format": "uri"},
            "type": {
                "oneOf": [
                    {"type": "string", "minLength": 1},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
            "scope": {"oneOf": [{"type": "string"}, {"type": "array"}]},
        },
        "additionalProperties": {"$ref": "#/components/schemas/Attribute"},
    },
    "Attribute": {
        "description": "An attribute: normalized, concise, or a plain value.",
        "anyOf": [
            _OBJECT,
            {"type": "array"},
            {"type": "string"},
            {"type": "number"},
            {"type": "boolean"},
        ],
    },
    "Entities": {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/components/schemas/Entity"},
    },
    "Fragment": {"type": "object", "minProperties": 1},
    "Identifiers": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "format": "uri"},
    },
    "Query": {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"const": "Query"},
            "entities": {"type": "array", "minItems": 1, "items": _OBJECT},
            "q": {"type": "string"},
            "geoQ": _OBJECT,
            "temporalQ": _OBJECT,
        },
    },
    "Subscription": {
        "type": "object",
        "required": ["type", "notification"],
        "properties": {
            "type": {"const": "Subscription"},
            "entities": {"type": "array", "items": _OBJECT},
            "watchedAttributes": {"type": "array", "items": {"type": "string"}},
            "q": {"type": "string"},
            "notification": _OBJECT,
        },
    },
    "Registration": {
        "type": "object",
        "required": ["type", "information", "endpoint"],
        "properties": {
            "type": {"const": "ContextSourceRegistration"},
            "information": {"type": "array", "minItems": 1, "items": _OBJECT},
            "endpoint": {"type": "string", "format": "uri"},
        },
    },
    "Context": {
        "type": "object",
        "required": ["@context"],
        "properties": {"@context": {"type": ["object", "array", "string"]}},
    },
    "BatchResult": {
        "type": "object",
        "description": "What was done, and what was refused and why.",
    },
    "Problem": {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    },
}

_PARTS: Final = (
    "Attrs", "mergeEntity", "replaceEntity", "deleteEntity", "purge", "Batch", "createEntity",
)  # fmt: skip

_MAKING_NOTHING: Final = frozenset(
    {"appendAttrs", "appendAttrsTemporal", "updateBatch", "mergeBatch", "deleteBatch"}
)
"""Operations by POST that answer 204."""


def names_no_instance(route: Route) -> bool:
    """Whether it is the address that says 405: an instance has to be named to be changed."""
    instance = route.operation == "updateAttrInstanceTemporal"
    return instance and not route.pattern.endswith("{instanceId}")


def successes(route: Route) -> list[int]:
    """Statuses of an operation that did what it was asked, or a part of it."""
    operation, method = route.operation, route.method
    if names_no_instance(route):
        return []
    if operation in {"createEntityMap", "createTemporalEntityMap"}:
        return [201]
    if method == "GET" or operation in {"queryBatch", "queryTemporal"}:
        # Where a map of the answer is asked for, it is made.
        return [200, 201] if "entityMap" in (route.parameters or ()) else [200]
    found = [204]
    if method == "POST":
        found = [201]
        if operation in {"upsertTemporal", "upsertBatch"}:
            found = [201, 204]
        elif operation in _MAKING_NOTHING:
            found = [204]
    if not operation.endswith("Temporal") and any(part in operation for part in _PARTS):
        found.append(207)
    return found
