"""The terms of the NGSI-LD core context, version 1.9.

Source of the facts (which term means which IRI): ETSI, NGSI-LD core context v1.9, published beside
ETSI GS CIM 009 v1.9.1 (2025), annex B; https://uri.etsi.org/ngsi-ld/v1/. The table is written for
Kierto; a test compares it with the published context where that is at hand.
"""

from __future__ import annotations

from typing import Final

NGSI_LD: Final = "https://uri.etsi.org/ngsi-ld/"
GEOJSON: Final = "https://purl.org/geojson/vocab#"
DUBLIN_CORE: Final = "http://purl.org/dc/terms/"
DEFAULT_VOCABULARY: Final = NGSI_LD + "default-context/"

# Terms whose IRI is their own name in the namespace of NGSI-LD.
_DATA_TYPES = """
    Attribute AttributeList ContextSourceIdentity ContextSourceNotification
    ContextSourceRegistration Date DateTime EntityMap EntityType EntityTypeInfo EntityTypeList
    ExecutionResultDetails GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship
    Notification Property Relationship Snapshot SnapshotNotification Subscription TemporalProperty
    Time VocabProperty
"""
_MEMBERS = """
    accept aggrMethods aggrParams aggrPeriodDuration attributeCount attributeDetails attributeList
    attributeName attributeNames attributeTypes attributes attrs avg cacheDuration collation
    contextSourceAlias contextSourceExtras contextSourceInfo contextSourceTimeAt
    contextSourceUptime cooldown createdAt csf data datasetId deletedAt detail distinctCount endAt
    endTimeAt endpoint entities entity entityCount entityId entityList error errors expandValues
    expiresAt format geoQ geoproperty georel idPattern information instanceId isActive join
    jsonKeys jsonldContext jsons lang lastFailure lastN lastNotification lastSuccess lastUsedAt
    linkedMaps localOnly location management managementInterval max min mode modifiedAt
    ngsildConformance ngsildproof notUpdated notification notificationTrigger notifiedAt
    notifierInfo observationInterval observationSpace observedAt omit operationSpace operations
    orderBy ordering pick problemDetails propertyNames q reason receiverInfo refreshRate
    registrationId registrationName relationshipNames resultStatus scope scopeQ showChanges
    snapshotId snapshotLifetime snapshotPriority snapshotQueries snapshotQueriesDetails
    snapshotStatus snapshotTemporalQueries snapshotTemporalQueriesDetails startAt status stddev
    subscriptionId subscriptionName success sum sumsq sysAttrs temporalQ tenant throttling timeAt
    timeInterval timeout timeproperty timerel timesFailed timesSent totalCount triggerReason
    typeList typeName typeNames unchanged unitCode updated uri watchedAttributes
"""

# Terms whose IRI has a name of its own there.
_RENAMED = {
    "containedBy": "isContainedBy",
    "dataset": "hasDataset",
    "entityMap": "hasEntityMap",
    "entityMapLifetime": "hasEntityMapLifetime",
    "joinLevel": "hasJoinLevel",
    "json": "hasJSON",
    "key": "hasKey",
    "languageMap": "hasLanguageMap",
    "languageMaps": "hasLanguageMaps",
    "object": "hasObject",
    "objectList": "hasObjectList",
    "objectLists": "hasObjectLists",
    "objectType": "hasObjectType",
    "objects": "hasObjects",
    "previousJson": "hasPreviousJson",
    "previousLanguageMap": "hasPreviousLanguageMap",
    "previousObject": "hasPreviousObject",
    "previousObjectList": "hasPreviousObjectList",
    "previousValue": "hasPreviousValue",
    "previousValueList": "hasPreviousValueList",
    "previousVocab": "hasPreviousVocab",
    "splitEntities": "hasSplitEntities",
    "value": "hasValue",
    "valueList": "hasValueList",
    "valueLists": "hasValueLists",
    "valueType": "hasValueType",
    "values": "hasValues",
    "vocab": "hasVocab",
    "vocabs": "hasVocabs",
}

_GEOJSON = """
    Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon
    Point Polygon bbox coordinates features geometry properties
"""

CORE_TERMS: Final[dict[str, str]] = {
    "ngsi-ld": NGSI_LD,
    "geojson": GEOJSON,
    "id": "@id",
    "type": "@type",
    **{name: NGSI_LD + name for name in (_DATA_TYPES + _MEMBERS).split()},
    **{term: NGSI_LD + name for term, name in _RENAMED.items()},
    **{name: GEOJSON + name for name in _GEOJSON.split()},
    "description": DUBLIN_CORE + "description",
    "title": DUBLIN_CORE + "title",
    "langString": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
}
