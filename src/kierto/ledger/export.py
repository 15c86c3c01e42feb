"""Events for other programs: ValueFlows JSON-LD and CSV, written as they are read.

What leaves says nothing about people: persons are opaque ids, organisations have their public
name; free text (notes, names of processes, file names) stays inside, and places are ids.
Callers choose the events; pages pass ``visible_events(by)``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from kierto.catalogue.labels import label_of
from kierto.catalogue.models import ResourceSpecification
from kierto.core.quantity import Unit
from kierto.core.tables import safe_cell
from kierto.ledger.errors import UnknownDistrict
from kierto.ledger.hashing import amount_text, plain
from kierto.ledger.models import EconomicEvent, Fulfillment
from kierto.ledger.queries import narrowed
from kierto.parties.models import Agent, AgentType, District

CHUNK = 1000

CONTEXT = {
    "@vocab": "https://w3id.org/valueflows/ont/vf#",
    "vf": "https://w3id.org/valueflows/ont/vf#",
    "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "kierto": "urn:kierto:ledger:",
    "id": "@id",
    "type": "@type",
    "name": "http://www.w3.org/2000/01/rdf-schema#label",
    **{
        term: {"@type": "@id"}
        for term in (
            "action", "provider", "receiver", "resourceInventoriedAs", "toResourceInventoriedAs",
            "resourceConformsTo", "inputOf", "outputOf", "realizationOf", "fulfills", "corrects",
            "triggeredBy", "atLocation", "toLocation", "om2:hasUnit", "prov:wasAttributedTo",
        )
    },
    **{
        term: {"@type": "xsd:dateTime"}
        for term in ("hasBeginning", "hasEnd", "prov:generatedAtTime")
    },
    "om2:hasNumericalValue": {"@type": "xsd:decimal"},
}  # fmt: skip
"""The ValueFlows vocabulary (https://w3id.org/valueflows/ont/vf), written into the file itself,
so that it can be read without fetching anything. Units are those of OM 2."""

OM2_UNITS = {
    Unit.KILOGRAM: "om2:kilogram",
    Unit.KILOWATT_HOUR: "om2:kilowattHour",
    Unit.CUBIC_METRE: "om2:cubicMetre",
    Unit.SQUARE_METRE: "om2:squareMetre",
    Unit.ITEM: "om2:one",
    Unit.HOUR: "om2:hour",
    Unit.EURO: "om2:euro",
}

CSV_COLUMNS = (
    "number",
    "id",
    "action",
    "provider",
    "provider_name",
    "receiver",
    "receiver_name",
    "kind",
    "kind_name",
    "quantity",
    "unit",
    "effort_hours",
    "has_beginning",
    "has_end",
    "resource",
    "to_resource",
    "location",
    "to_location",
    "input_of",
    "output_of",
    "agreement",
    "corrects",
    "triggered_by",
    "provenance",
    "recorded_by",
    "recorded_at",
    "previous_hash",
    "hash",
)


def write_csv(events: QuerySet[EconomicEvent]) -> Iterator[str]:
    """Lines of a CSV (RFC 4180) whose cells no spreadsheet runs as formulas."""
    yield _csv_line(CSV_COLUMNS)
    for event in _ready(events):
        yield _csv_line([_cell(value) for value in _csv_values(event)])


write_events_csv = write_csv


def write_jsonld(events: QuerySet[EconomicEvent]) -> Iterator[str]:
    """Pieces of a JSON-LD document: the events, then the agents and kinds that they name."""
    yield f'{{"@context": {json.dumps(CONTEXT)},\n"@graph": ['
    agents: dict[UUID, Agent] = {}
    kinds: dict[int, ResourceSpecification] = {}
    separator = "\n"
    for event in _ready(events):
        agents |= {event.provider_id: event.provider, event.receiver_id: event.receiver}
        kinds[event.conforms_to_id] = event.conforms_to
        yield separator + json.dumps(event_node(event), ensure_ascii=False)
        separator = ",\n"
    for node in [*map(_agent_node, agents.values()), *map(_kind_node, kinds.values())]:
        yield separator + json.dumps(node, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def export_chunks(
    form: str,
    *,
    district: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> Iterator[str]:
    """All events of the node for whoever runs it, as ``"jsonld"`` or ``"csv"``.

    Args:
        district: slug of a district; its events only.
        start: first day.
        end: last day, included.

    Raises:
        UnknownDistrict: there is no district of that slug.
    """
    found = None if district is None else District.objects.filter(slug=district).first()
    if district is not None and found is None:
        slugs = District.objects.values_list("slug", flat=True)
        raise UnknownDistrict(slug=district, known=", ".join(slugs) or "–")
    events = narrowed(EconomicEvent.objects.all(), since=start, until=end, district=found)
    return write_jsonld(events) if form == "jsonld" else write_csv(events)


def event_node(event: EconomicEvent) -> dict[str, Any]:
    """One event in the words of ValueFlows; absent facts are left out."""
    unit = Unit(event.conforms_to.unit)
    node = {
        "id": _urn(event.pk),
        "type": "EconomicEvent",
        "action": f"vf:{event.action}",
        "provider": _urn(event.provider_id),
        "receiver": _urn(event.receiver_id),
        "resourceConformsTo": _kind_id(event.conforms_to),
        "resourceInventoriedAs": _urn(event.resource_id),
        "toResourceInventoriedAs": _urn(event.to_resource_id),
        "resourceQuantity": _measure(event.resource_quantity, unit),
        "effortQuantity": _measure(event.effort_quantity, Unit.HOUR),
        "hasBeginning": plain(event.has_beginning),
        "hasEnd": plain(event.has_end),
        "atLocation": _urn(event.location_id),
        "toLocation": _urn(event.to_location_id),
        "inputOf": _urn(event.input_of_id),
        "outputOf": _urn(event.output_of_id),
        "realizationOf": _urn(event.realization_of_id),
        "fulfills": [_urn(kept.commitment_id) for kept in event.fulfills.all()],
        "corrects": _urn(event.corrects_id),
        "triggeredBy": _urn(event.triggered_by_id),
        "prov:wasAttributedTo": _urn(event.recorded_by_id),
        "prov:generatedAtTime": plain(event.recorded_at),
        "dcterms:provenance": event.provenance,
        "kierto:number": event.number,
        "kierto:previousHash": event.previous_hash,
        "kierto:hash": event.hash,
    }
    return {name: value for name, value in node.items() if value not in (None, [])}


def _ready(events: QuerySet[EconomicEvent]) -> Iterator[EconomicEvent]:
    return (
        events.order_by("number")
        .select_related("provider__organization", "receiver__organization", "conforms_to")
        .prefetch_related(
            "conforms_to__labels", Prefetch("fulfills", Fulfillment.objects.order_by("pk"))
        )
        .iterator(chunk_size=CHUNK)
    )


def _csv_values(event: EconomicEvent) -> tuple[Any, ...]:
    return (
        event.number,
        event.pk,
        event.action,
        event.provider_id,
        public_name(event.provider),
        event.receiver_id,
        public_name(event.receiver),
        event.conforms_to.code,
        label_of(event.conforms_to),
        event.resource_quantity,
        event.conforms_to.unit,
        event.effort_quantity,
        event.has_beginning,
        event.has_end,
        event.resource_id,
        event.to_resource_id,
        event.location_id,
        event.to_location_id,
        event.input_of_id,
        event.output_of_id,
        event.realization_of_id,
        event.corrects_id,
        event.triggered_by_id,
        event.provenance,
        event.recorded_by_id,
        event.recorded_at,
        event.previous_hash,
        event.hash,
    )


def _cell(value: Any) -> str:
    return safe_cell(plain(value))


def _csv_line(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def public_name(agent: Agent) -> str:
    """An organisation's name; nothing for a person."""
    return agent.name if agent.type == AgentType.ORGANIZATION else ""


def _agent_node(agent: Agent) -> dict[str, Any]:
    types = {AgentType.PERSON: "Person", AgentType.ORGANIZATION: "Organization"}
    node = {"id": _urn(agent.pk), "type": types.get(AgentType(agent.type), "Agent")}
    name = public_name(agent)
    return {**node, "name": name} if name else node


def _kind_node(kind: ResourceSpecification) -> dict[str, Any]:
    return {
        "id": _kind_id(kind),
        "type": "ResourceSpecification",
        "name": label_of(kind),
        "defaultUnitOfResource": {"id": OM2_UNITS[Unit(kind.unit)]},
    }


def _kind_id(kind: ResourceSpecification) -> str:
    return f"urn:kierto:kind:{kind.code}"


def _measure(amount: Decimal | None, unit: Unit) -> dict[str, str] | None:
    if amount is None:
        return None
    return {
        "type": "om2:Measure",
        "om2:hasNumericalValue": amount_text(amount),
        "om2:hasUnit": OM2_UNITS[unit],
    }


def _urn(pk: UUID | None) -> str | None:
    return f"urn:uuid:{pk}" if pk else None
