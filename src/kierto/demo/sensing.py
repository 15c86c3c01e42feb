"""The demonstration's sensors: bins that say how full they are, lampposts that say how they burn.

The bins of programme 2 send through a LoRaWAN server (ChirpStack) every six hours, the lampposts
of programme 3 plain JSON every hour. Their readings come in by the door that every device uses; one
device has fallen silent, one is stuck, one has sent what cannot be, and one battery is low.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.core.geography import Point
from kierto.demo.measuring import bin_seen, lamp_seen
from kierto.demo.people import People
from kierto.hub.models import Device, Openness
from kierto.hub.sensors.actions import add_device, declare_mapping, move_device
from kierto.hub.sensors.alarms import raise_silence
from kierto.hub.sensors.mapping import read_message
from kierto.hub.sensors.receiving import Upload, mapping_of, receive
from kierto.hub.sensors.states import DeviceState
from kierto.parties.models import Agent, Organization

DAYS: Final = 28
"""Days of readings before the demonstration is loaded."""

SILENT_AFTER: Final = timedelta(days=DAYS - 3)
STUCK_AFTER: Final = timedelta(days=DAYS - 5)
STRANGE: Final = 812.0
"""Watts that no lamppost of 58 W can take."""

_SHARE: Final = {"factor": 0.01, "unit": "", "low": 0, "high": 1}
"""Smart Data Models keep levels as shares of one; most sensors send percent."""

BIN: Final[dict[str, Any]] = {
    "format": "chirpstack",
    "attributes": [
        {"name": "fillingLevel", "path": "level", **_SHARE, "stuck": 12},
        {"name": "batteryLevel", "path": "battery", **_SHARE, "battery": 0.2},
        {"name": "status", "path": "state", "kind": "text"},
    ],
}
LAMP: Final[dict[str, Any]] = {
    "time": {"path": "t", "format": "unix"},
    "attributes": [
        {"name": "illuminanceLevel", "path": "dim", "unit": "", "low": 0, "high": 1},
        {"name": "powerConsumption", "path": "watts", "unit": "W", "low": 0, "high": 120},
        {"name": "powerState", "path": "power", "kind": "text"},
        {"name": "status", "path": "state", "kind": "text"},
    ],
}
_MAPPINGS: Final = {"WasteContainer": BIN, "Streetlight": LAMP}
EVERY: Final = {"WasteContainer": timedelta(hours=6), "Streetlight": timedelta(hours=1)}
_OPENNESS: Final = {each.name.lower(): each for each in Openness}
_ZERO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sensor:
    """One row of the table, put up at a moment."""

    kind: str
    key: str
    story: str
    begins: datetime
    zone: ZoneInfo

    def messages(self, until: datetime, after: datetime | None = None) -> list[dict[str, Any]]:
        """What it has sent after a moment (its beginning) until another, oldest first."""
        every = EVERY[self.kind]
        if self.story == "silent":
            until = min(until, self.begins + SILENT_AFTER)
        first, last = ((after or self.begins) - _ZERO) // every + 1, (until - _ZERO) // every
        write = self._bin if self.kind == "WasteContainer" else self._lamp
        return [write(_ZERO + number * every, number) for number in range(first, last + 1)]

    def _bin(self, at: datetime, number: int) -> dict[str, Any]:
        """An uplink as ChirpStack hands it on."""
        stuck = self.begins + STUCK_AFTER
        seen = bin_seen(
            self.key, (min(at, stuck) if self.story == "stuck" else at).astimezone(self.zone)
        )
        if self.story == "battery":
            seen["battery"] = max(5, 24 - 6 * (at - self.begins) // timedelta(days=DAYS))
        return {"time": at.isoformat(), "fCnt": number, "object": seen}

    def _lamp(self, at: datetime, number: int) -> dict[str, Any]:
        seen = lamp_seen(self.key, at.astimezone(self.zone))
        # The last one before the demonstration was loaded.
        loaded = self.begins + timedelta(days=DAYS)
        if self.story == "strange" and at <= loaded < at + EVERY[self.kind]:
            seen["watts"] = STRANGE
        return {"t": int(at.timestamp()), **seen}


def add_sensors(table: bytes, people: People, zone: ZoneInfo) -> None:
    """Put up the devices, let them send what they saw until now, and look whether one is silent."""
    now = timezone.now()
    owners = {each.slug: each.agent for each in Organization.objects.select_related("agent")}
    for row in csv.DictReader(io.StringIO(table.decode())):
        owner = owners[row["owner"]]
        sensor = Sensor(row["type"], row["key"], row["story"], now - timedelta(days=DAYS), zone)
        device = _put_up(sensor, row, owner, people.for_agent(owner))
        _send(device, sensor.messages(now))
    raise_silence()


def go_on(table: bytes, zone: ZoneInfo) -> int:
    """Let the devices that still work send what they have seen since; how many messages.

    Called while the demonstration is served: what somebody paused or retired stays quiet.
    """
    now, sent = timezone.now(), 0
    rows = {
        f"urn:ngsi-ld:{row['type']}:kera:{row['key']}": row
        for row in csv.DictReader(io.StringIO(table.decode()))
    }
    working = Device.objects.select_related("tenant").filter(
        entity_id__in=rows, state=DeviceState.ACTIVE, seen_at__isnull=False
    )
    for device in working:
        row = rows[device.entity_id]
        sensor = Sensor(row["type"], row["key"], row["story"], device.created_at, zone)
        messages = sensor.messages(now, after=device.seen_at)
        receive([Upload(device, message) for message in messages])
        sent += len(messages)
    return sent


def _put_up(sensor: Sensor, row: dict[str, str], owner: Agent, by: Agent) -> Device:
    device, _key = add_device(
        name=row["name"],
        agent=owner,
        entity_type=sensor.kind,
        entity_id=f"urn:ngsi-ld:{sensor.kind}:kera:{sensor.key}",
        point=Point(float(row["latitude"]), float(row["longitude"])),
        openness=_OPENNESS[row["openness"]],
        interval=int(EVERY[sensor.kind].total_seconds()),
        at=sensor.begins,
        by=by,
    )
    device = declare_mapping(device, _MAPPINGS[sensor.kind], by=by)
    return move_device(device, "active", at=sensor.begins, by=by)


def _send(device: Device, messages: list[dict[str, Any]]) -> None:
    """All of a device's messages in one commit, received when the last of them was sent."""
    uploads = [Upload(device, message) for message in messages]
    last = read_message(mapping_of(device), messages[-1]).readings[0].at
    for outcome in receive(uploads, at=last):
        for fault in outcome.faults:
            raise ValueError(f"{device.name}: {fault.path} {fault.why}")
