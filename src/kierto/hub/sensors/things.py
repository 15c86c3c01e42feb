"""The entity that a device writes: what it is before any reading, and how readings change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from kierto.hub import vocabulary
from kierto.hub.access import Access, district_reader, given_by
from kierto.hub.callers import SYSTEM
from kierto.hub.history.rows import QUALITY
from kierto.hub.models import Device
from kierto.hub.projections.attributes import LOCATION, point
from kierto.hub.sensors.quality import WORDS
from kierto.hub.store.changes import Change
from kierto.hub.store.tenants import Tenant
from kierto.ngsild import times
from kierto.ngsild.errors import AlreadyExists
from kierto.ngsild.instances import new_instance_id
from kierto.ngsild.members import Document, Instance

NAME: Final = vocabulary.iri("name")


def access_of(device: Device) -> Access:
    """Who may read what it measures: as its owner says, and its owner and operator always."""
    readers = {device.agent_id, given_by(device.agent_id)}
    if device.district_id is not None:
        readers.add(district_reader(device.district_id))
    return Access(device.openness, frozenset(readers))


def bare(device: Device, now: str) -> Document:
    """The entity without readings."""
    document: Document = {
        "id": device.entity_id,
        "type": [vocabulary.context().expand_type_name(device.entity_type)],
        "createdAt": now,
        "modifiedAt": now,
        "attributes": {},
    }
    for name, instance in _told(device, now).items():
        document["attributes"][name] = [instance]
    return document


def creation(device: Device) -> Change:
    """Makes the entity; fails where there is one."""

    def apply(before: Document | None) -> Document:
        if before is not None:
            raise AlreadyExists("There is such an entity already.")
        return bare(device, times.now())

    return _change(device, apply)


def renaming(device: Device) -> Change:
    """Says its name, place and readers as the device has them now."""

    def apply(before: Document | None) -> Document:
        now = times.now()
        if before is None:
            return bare(device, now)
        told = _told(device, now)
        old = before["attributes"]
        kept = {name: each for name, each in old.items() if name not in {NAME, LOCATION}}
        for name, instance in told.items():
            was = old.get(name)
            same = was is not None and was[0]["value"] == instance["value"]
            kept[name] = was if same else [instance]
        if kept == old:
            return before
        return before | {"modifiedAt": now, "attributes": kept}

    return _change(device, apply)


def removal(device: Device) -> Change:
    """Takes the entity away; its history stays."""
    return _change(device, lambda before: None)


def update(device: Device, instances: Mapping[str, Instance]) -> Change:
    """Puts readings, by name of the attribute, where they are newer than what stands there."""

    def apply(before: Document | None) -> Document:
        now = times.now()
        document = bare(device, now) if before is None else before
        old = document["attributes"]
        newer = {iri: each for iri, each in instances.items() if _is_newer(each, old.get(iri))}
        if not newer:
            return document
        changed = {
            iri: [each | {"createdAt": old[iri][0]["createdAt"] if iri in old else now}]
            for iri, each in newer.items()
        }
        return document | {"modifiedAt": now, "attributes": {**old, **changed}}

    return _change(device, apply)


def instance(
    value: float | str | bool, at: str, *, unit: str, flag: int, now: str, instance_id: str | None
) -> Instance:
    """A reading as an instance of an attribute; without an id it is given a new one."""
    made: Instance = {"type": "Property", "value": value, "observedAt": at}
    if unit:
        made["unitCode"] = unit
    if flag:
        word = {"type": "Property", "value": WORDS[flag], "createdAt": now, "modifiedAt": now}
        made["attributes"] = {QUALITY: [word]}
    made |= {"createdAt": now, "modifiedAt": now, "instanceId": instance_id or new_instance_id()}
    return made


def _change(device: Device, apply: Any) -> Change:
    tenant = Tenant(device.tenant_id, device.tenant.name)
    access = access_of(device)
    return Change(tenant, device.entity_id, apply, SYSTEM, access, device.source)


def _told(device: Device, now: str) -> dict[str, Instance]:
    found: dict[str, Instance] = {
        NAME: {"type": "Property", "value": device.name},
    }
    if device.latitude is not None and device.longitude is not None:
        found[LOCATION] = point(device.latitude, device.longitude)
    for each in found.values():
        each |= {"createdAt": now, "modifiedAt": now, "instanceId": new_instance_id()}
    return found


def _is_newer(new: Instance, there: Iterable[Instance] | None) -> bool:
    for each in there or ():
        if "datasetId" not in each and "observedAt" in each:
            return times.sort_key(new["observedAt"]) > times.sort_key(each["observedAt"])
    return True
