"""The words in which this platform publishes its own objects: terms and the IRIs they stand for.

Types and attributes are those of Smart Data Models where it has them, of ValueFlows for what is
offered, needed and agreed, of Dublin Core for words about data, and ours for the rest. The context
is served by every node under the same last part of its address, and known to every node: nobody
needs the network to read a neighbour.

Sources: the ``context.jsonld`` of smart-data-models/dataModel.{Building, Device,
KeyPerformanceIndicator, Organization, PointOfInterest, TourismDestinations, Transportation,
WasteManagement, Streetlighting} on GitHub (2025); https://w3id.org/valueflows/ont/vf (1.0).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from kierto.ngsild.contexts import Context, parse_context

CONTEXT_NAME: Final = "kierto-context-v1.jsonld"
"""The last part of its address at every node."""

VF: Final = "https://w3id.org/valueflows/ont/vf#"
SDM: Final = "https://smartdatamodels.org/"
DCT: Final = "http://purl.org/dc/terms/"
OURS: Final = "urn:kierto:hub:"
"""No address is ours for good, so names of our own are URNs."""


def _model(subject: str, *names: str) -> dict[str, str]:
    return {name: f"{SDM}dataModel.{subject}/{name}" for name in names}


SMART_DATA_MODELS: Final[dict[str, str]] = {
    **{
        name: f"{SDM}{name}"
        for name in (
            "name", "alternateName", "address", "areaServed", "owner", "seeAlso", "source", "url",
            "dataProvider", "startDate", "endDate", "openingHours", "contactPoint", "email",
        )
    },
    "description": f"{DCT}description",
    "status": "https://uri.etsi.org/ngsi-ld/status",
    **_model("Organization", "Organization", "legalName"),
    **_model("PointOfInterest", "PointOfInterest"),
    **_model("TourismDestinations", "Event"),
    **_model("Building", "Building"),
    **_model("Device", "Device", "DeviceMeasurement", "batteryLevel", "controlledProperty",
             "controlledAsset", "deviceState", "dateLastValueReported", "serialNumber"),
    **_model("Transportation", "Vehicle", "vehicleType", "serviceStatus"),
    **_model("KeyPerformanceIndicator", "KeyPerformanceIndicator", "kpiValue",
             "calculationFormula", "calculationPeriod", "organization", "effectiveSince"),
    **_model("WasteManagement", "WasteContainer", "fillingLevel", "storedWasteKind", "isleId",
             "binCapacity", "temperature"),
    **_model("Streetlighting", "Streetlight", "StreetlightGroup", "powerState",
             "illuminanceLevel", "powerConsumption", "lanternHeight", "circuit"),
}  # fmt: skip

VALUEFLOWS: Final[dict[str, str]] = {
    name: VF + name
    for name in (
        "Intent", "Agreement", "Plan", "Process", "provider", "receiver", "resourceConformsTo",
        "resourceQuantity", "effortQuantity", "hasBeginning", "hasEnd", "minimumQuantity",
        "availableQuantity", "basedOn", "finished",
    )
}  # fmt: skip

OWN: Final[dict[str, str]] = {
    name: OURS + name
    for name in (
        "Offer", "Need", "Processor", "District", "Place", "Collection", "Thing", "Space",
        "Workshop", "RepairEvent", "every", "state", "kind", "kindName", "theme", "place",
        "district", "helix", "isPartner", "isIllustration", "capacityPerWeek", "costPerLevel",
        "emissionsPerLevel", "cost", "emissions", "baselineCost", "baselineEmissions",
        "carbonPrice", "collection", "countedAs", "condition", "seats", "equipment",
        "accessibility", "takesWalkIns", "workshop", "repairs", "warrantyDays", "valueLow",
        "valueHigh", "timeZone", "country", "startsOn", "endsOn",
        "quantityPerWeek", "distance", "quality",
    )
}  # fmt: skip

TERMS: Final[dict[str, str]] = {**SMART_DATA_MODELS, **VALUEFLOWS, **OWN, "title": f"{DCT}title"}
"""Every term that a projection or a worked example uses."""


def document() -> dict[str, Any]:
    """The context as it is served."""
    return {"@context": dict(TERMS)}


@cache
def context() -> Context:
    """The context, parsed; without a source of its own, so the caller says what is echoed."""
    return parse_context(dict(TERMS), _nothing_else)


def _nothing_else(url: str) -> object:
    raise AssertionError(f"The vocabulary names no other context, and not {url}.")


def iri(term: str) -> str:
    """What a term of the vocabulary stands for."""
    return TERMS[term]
