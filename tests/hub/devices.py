"""Devices of tests: added and started, sending, and what is kept of what they sent."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import Client

from kierto.core.geography import Point
from kierto.hub import vocabulary
from kierto.hub.access import EVERYTHING
from kierto.hub.history import cursors, entities, reading
from kierto.hub.history.files import Asked
from kierto.hub.models import Device
from kierto.hub.sensors import actions
from kierto.hub.store import reading as store
from kierto.hub.store import tenants
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    KERA,
)

MAPPING = {
    "time": {"path": "at"},
    "attributes": [
        {"name": "fillingLevel", "path": "level", "unit": "percent", "low": 0, "high": 100, "jump": 60},
        {"name": "batteryLevel", "path": "battery", "unit": "percent", "battery": 20},
        {"name": "status", "path": "state", "kind": "text"},
    ],
}  # fmt: skip
LEVEL = vocabulary.iri("fillingLevel")
AT = "2026-11-22T07:00:00Z"


def add(agent: Agent, by: Agent | None = None, **fields: Any) -> tuple[Device, str]:
    said = {"name": "Bin 7", "entity_type": "WasteContainer", "point": Point(*KERA)} | fields
    return actions.add_device(agent=agent, by=by or system_agent(), **said)


def running(agent: Agent, **fields: Any) -> tuple[Device, str]:
    device, key = add(agent, **fields)
    actions.declare_mapping(device, MAPPING, by=system_agent())
    return actions.move_device(device, "active", by=system_agent()), key


def send(device: Device, key: str, body: Any, client: Client | None = None) -> Any:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return (client or Client(enforce_csrf_checks=True)).post(
        f"/data/devices/{device.pk}/readings",
        data,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def level(at: str, number: float, **more: Any) -> dict[str, Any]:
    return {"at": at, "level": number} | more


def shown(device: Device) -> dict[str, Any]:
    document = store.get(tenants.find(""), device.entity_id, EVERYTHING)
    assert document is not None
    return {iri: each[0] for iri, each in document["attributes"].items()}


def past(device: Device) -> list[tuple[str, float, str]]:
    """Moment, number and quality of the levels in the history, each row of it."""
    with cursors.reading() as cursor:
        number = entities.find(cursor, device.tenant_id, [device.entity_id])[
            device.entity_id
        ].number
        rows = reading.load(cursor, [number], Asked())[number]
        found = reading.attributes_of(cursor, rows).get(LEVEL, [])
    words = [each.get("attributes") for each in found]
    return [
        (each["observedAt"], each["value"], next(iter(word.values()))[0]["value"] if word else "")
        for each, word in zip(found, words, strict=True)
    ]
