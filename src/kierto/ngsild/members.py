"""Names that NGSI-LD keeps for itself, and where each type of attribute has its value.

Source: ETSI GS CIM 009 v1.9.1 (2025), clauses 4.5.2 to 4.5.24 and 5.2.4 to 5.2.8, 5.2.32 to 5.2.40.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Document: TypeAlias = dict[str, Any]
"""An entity, expanded: id, type, scope?, createdAt, modifiedAt, expiresAt?, attributes."""

Instance: TypeAlias = dict[str, Any]
"""One instance of an attribute: type, value, datasetId?, observedAt?, …, attributes?

``observedAt`` is normalised; where the client wrote it otherwise, ``observedAtGiven`` keeps that.
"""

Attributes: TypeAlias = dict[str, list[Instance]]
"""IRI of an attribute → its instances, the default one first."""

NULL: Final = "urn:ngsi-ld:null"
"""Stands for "nothing" where JSON-LD cannot say null (clause 4.5.0): it deletes."""

NONE: Final = "@none"
"""Names the default instance (the one without datasetId), and the language nobody said."""

VALUE_MEMBER: Final[dict[str, str]] = {
    "Property": "value",
    "Relationship": "object",
    "GeoProperty": "value",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
    "JsonProperty": "json",
}
"""Type of an attribute → the member that holds its value."""

TYPE_OF_VALUE_MEMBER: Final[dict[str, str]] = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
    "json": "JsonProperty",
}
"""The other way round, where the type is not said (concise; GeoProperty shows by its value)."""

PREVIOUS_MEMBER: Final[dict[str, str]] = {
    "Property": "previousValue",
    "Relationship": "previousObject",
    "GeoProperty": "previousValue",
    "LanguageProperty": "previousLanguageMap",
    "VocabProperty": "previousVocab",
    "ListProperty": "previousValueList",
    "ListRelationship": "previousObjectList",
    "JsonProperty": "previousJson",
}
"""Type of an attribute → the member for what it was before, in notifications."""

TEMPORAL_MEMBER: Final[dict[str, str]] = {
    "Property": "values",
    "Relationship": "objects",
    "GeoProperty": "values",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
    "JsonProperty": "jsons",
}
"""Type of an attribute → the member for its history in the simplified temporal form."""

VALUE_MEMBERS: Final = frozenset(TYPE_OF_VALUE_MEMBER)

GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
"""GeoJSON geometries a GeoProperty may hold (clause 4.7; no GeometryCollection)."""

ENTITY_MEMBERS: Final = frozenset(
    {
        *("id", "@id", "type", "@type", "scope", "@context"),
        *("createdAt", "modifiedAt", "deletedAt", "expiresAt"),
    }
)
"""Members of an entity that are no attributes."""

SYSTEM_TIMES: Final = frozenset({"createdAt", "modifiedAt", "deletedAt"})
"""Times the node gives; from a client they are passed over (clause 5.6.1)."""

ATTRIBUTE_MEMBERS: Final = frozenset(
    {
        *("type", "@type", "@context", "datasetId", "observedAt", "unitCode", "instanceId"),
        *("createdAt", "modifiedAt", "deletedAt", "expiresAt", "objectType", "valueType", "lang"),
        *("entity", "entityList", "entityIdSealed", "entityTypeSealed"),
        *VALUE_MEMBERS,
        *PREVIOUS_MEMBER.values(),
    }
)
"""Members of an attribute that are no attributes of it, and no names of attributes (4.5.1)."""

PROOF: Final = "https://uri.etsi.org/ngsi-ld/ngsildproof"
"""The Property that carries a W3C data integrity proof (clause 4.5.2.2)."""

SPECIAL_GEO_ATTRIBUTES: Final = frozenset(
    f"https://uri.etsi.org/ngsi-ld/{name}"
    for name in ("location", "observationSpace", "operationSpace")
)
"""Attributes that can only be GeoProperties (clause 4.7)."""

LOCATION: Final = "https://uri.etsi.org/ngsi-ld/location"
