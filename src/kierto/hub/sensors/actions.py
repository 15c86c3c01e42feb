"""Devices are added, changed, given new keys, moved and retired; alarms are looked at."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kierto.core.geography import Point
from kierto.core.transitions import move
from kierto.hub import callers
from kierto.hub.errors.sensors import (
    DeviceIntervalUnusable,
    DeviceKindUnusable,
    DeviceNameMissing,
    DeviceOpennessUnknown,
    DeviceThingTaken,
    DeviceTopicUnusable,
    MappingMissing,
    MappingUnusable,
    TooManyDevices,
)
from kierto.hub.models import Alarm, Device, Openness
from kierto.hub.sensors import permissions, things
from kierto.hub.sensors.declaring import MappingFaulty, read_mapping
from kierto.hub.sensors.states import ALARM_STEPS, DEVICE_STEPS, AlarmState, DeviceState
from kierto.hub.store import tenants, writing
from kierto.parties.models import Agent
from kierto.parties.queries import district_at, sees_everything

MOST: Final = 200
"""Devices of one owner, unless an administrator of the node adds them."""

SHORTEST, LONGEST = 10, 31 * 86_400
LONGEST_NOTE: Final = 500
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}", re.ASCII)
_ID: Final = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[!-;=?-~]{1,250}", re.ASCII)
_TOPIC: Final = re.compile(r"[^+#\x00-\x1f]{1,300}")


@transaction.atomic
def add_device(
    *,
    name: str,
    agent: Agent,
    entity_type: str,
    by: Agent,
    entity_id: str = "",
    point: Point | None = None,
    openness: int = Openness.PRIVATE,
    interval: int | None = None,
    topic: str = "",
    tenant: str = "",
    at: datetime | None = None,
) -> tuple[Device, str]:
    """A new device, to be given a mapping and started, and its key, which is kept nowhere.

    ``at`` is since when it stands there, if not since now.

    Raises:
        NotAllowed, DeviceNameMissing, DeviceKindUnusable, DeviceIntervalUnusable,
        DeviceTopicUnusable, TooManyDevices, DeviceThingTaken.
    """
    permissions.can_add_device(by, agent).require()
    Agent.objects.select_for_update().get(pk=agent.pk)
    held = Device.objects.filter(agent=agent).exclude(state=DeviceState.RETIRED).count()
    if held >= MOST and not sees_everything(by):
        raise TooManyDevices(most=MOST)
    if not _KIND.fullmatch(entity_type) or (entity_id and not _ID.fullmatch(entity_id)):
        raise DeviceKindUnusable
    secret = callers.new_secret()
    since = at or timezone.now()
    device = Device(agent=agent, created_by=by, entity_type=entity_type, created_at=since)
    device.entity_id = entity_id or f"urn:ngsi-ld:{entity_type}:{device.pk}"
    device.tenant_id = tenants.find(tenant, create=sees_everything(by)).id
    device.key_hash = callers.hash_of(secret)
    _describe(device, name, point, openness, interval, topic)
    others = Device.objects.filter(tenant_id=device.tenant_id, entity_id=device.entity_id)
    if others.exclude(state=DeviceState.RETIRED).exists():
        raise DeviceThingTaken(entity=device.entity_id)
    device.save(force_insert=True)
    (made,) = writing.write_here([things.creation(device)])
    if made.error is not None:
        raise DeviceThingTaken(entity=device.entity_id) from made.error
    return device, secret


@transaction.atomic
def change_device(
    device: Device,
    *,
    name: str,
    point: Point | None,
    openness: int,
    interval: int | None,
    topic: str = "",
    by: Agent,
) -> Device:
    """Another name, place, readers, interval or topic.

    Raises:
        NotAllowed, DeviceNameMissing, DeviceIntervalUnusable, DeviceTopicUnusable.
    """
    device = _locked(device)
    permissions.can_change_device(by, device).require()
    _describe(device, name, point, openness, interval, topic)
    device.save()
    writing.write_here([things.renaming(device)])
    return device


@transaction.atomic
def declare_mapping(device: Device, mapping: dict[str, Any], *, by: Agent) -> Device:
    """How its messages are read from now on; what its readings were is forgotten.

    Raises:
        NotAllowed, MappingUnusable.
    """
    device = _locked(device)
    permissions.can_change_device(by, device).require()
    try:
        read_mapping(mapping)
    except MappingFaulty as error:
        raise MappingUnusable(faults=str(error)) from error
    device.mapping, device.past = mapping, {}
    device.save(update_fields=["mapping", "past"])
    return device


@transaction.atomic
def start_reading(device: Device, mapping: dict[str, Any], *, by: Agent) -> Device:
    """Declare how a device is read and take it into use, both or neither.

    Raises:
        NotAllowed, MappingUnusable, and what :func:`move_device` refuses.
    """
    return move_device(declare_mapping(device, mapping, by=by), DeviceState.ACTIVE, by=by)


@transaction.atomic
def renew_key(device: Device, *, by: Agent) -> tuple[Device, str]:
    """A new key; the old one opens nothing any more.

    Raises:
        NotAllowed.
    """
    device = _locked(device)
    permissions.can_change_device(by, device).require()
    secret = callers.new_secret()
    device.key_hash = callers.hash_of(secret)
    device.save(update_fields=["key_hash"])
    return device, secret


@transaction.atomic
def move_device(device: Device, to: str, *, by: Agent, at: datetime | None = None) -> Device:
    """Start, pause or retire it. A retired one has no key, and its entity is gone.

    ``at`` is when it was started, if not now.

    Raises:
        NotAllowed, IllegalTransition, TransitionNotYours, MappingMissing.
    """
    device = _locked(device)
    permissions.can_see_device(by, device).require()
    device.state = move(DEVICE_STEPS, device.state, to, permissions.roles_of(by, device))
    if to == DeviceState.ACTIVE:
        if not device.mapping:
            raise MappingMissing
        device.started_at = at or timezone.now()
    elif to == DeviceState.RETIRED:
        device.key_hash = ""
    device.save(update_fields=["state", "started_at", "key_hash"])
    if to != DeviceState.ACTIVE:
        end_alarms(device)
    if to == DeviceState.RETIRED:
        writing.write_here([things.removal(device)])
    return device


@transaction.atomic
def move_alarm(alarm: Alarm, to: str, *, note: str = "", by: Agent) -> Alarm:
    """Say that somebody looks at it, or that it is over, and what was found or done.

    Raises:
        NotAllowed, IllegalTransition, TransitionNotYours.
    """
    alarm = (Alarm.objects.select_for_update(of=("self",)).select_related("device__agent")).get(
        pk=alarm.pk
    )
    permissions.can_see_alarm(by, alarm).require()
    alarm.state = move(ALARM_STEPS, alarm.state, to, permissions.roles_of(by, alarm.device))
    said = note.strip()[:LONGEST_NOTE]
    if to == AlarmState.SEEN:
        alarm.seen_by, alarm.seen_at, alarm.seen_note = by, timezone.now(), said
    else:
        alarm.over_by, alarm.over_at, alarm.over_note = by, timezone.now(), said
    alarm.save()
    return alarm


def end_alarms(device: Device) -> None:
    """A device that is not listened to gives no alarm; called inside a transaction."""
    open_ones = Alarm.objects.filter(device=device).exclude(state=AlarmState.OVER)
    open_ones.update(state=AlarmState.OVER, over_at=timezone.now())


def _describe(
    device: Device,
    name: str,
    point: Point | None,
    openness: int,
    interval: int | None,
    topic: str,
) -> None:
    if not name.strip():
        raise DeviceNameMissing
    if openness not in Openness.values:
        raise DeviceOpennessUnknown
    if interval is not None and not SHORTEST <= interval <= LONGEST:
        raise DeviceIntervalUnusable
    topic = topic.strip()
    taken = Device.objects.filter(topic=topic).exclude(pk=device.pk)
    foreign = topic.startswith(("kierto/", "$"))
    if topic and (
        foreign or not _TOPIC.fullmatch(topic) or taken.exclude(state="retired").exists()
    ):
        raise DeviceTopicUnusable
    device.name, device.openness = name.strip()[:100], openness
    device.interval, device.topic = interval, topic
    device.latitude = None if point is None else point.latitude
    device.longitude = None if point is None else point.longitude
    device.district = None if point is None else district_at(point)


def _locked(device: Device) -> Device:
    devices = Device.objects.select_for_update(of=("self",)).select_related("agent", "tenant")
    return devices.get(pk=device.pk)
