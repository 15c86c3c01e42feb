"""What is done for a person who takes their data out, or asks to be forgotten."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from kierto.core.announce import listen
from kierto.hub.history import entities, erasing
from kierto.hub.models import Alarm, Device, Received
from kierto.hub.sensors import things
from kierto.hub.sensors.actions import end_alarms
from kierto.hub.sensors.states import DeviceState
from kierto.hub.store import writing
from kierto.parties.changes import PersonErased
from kierto.parties.models import Person
from kierto.parties.records import contribute_to_export


def register() -> None:
    """Listen to erasures, and add the devices of a person to their download."""
    listen(PersonErased, _forget)
    contribute_to_export("devices", _devices_of)
    contribute_to_export("alarm_notes", _notes_of)


def _forget(change: PersonErased) -> None:
    """Their devices are retired, and what those measured at their home goes with its history.

    What they wrote about alarms of others goes, too.
    """
    devices = Device.objects.select_for_update(of=("self",)).select_related("tenant")
    with transaction.atomic(), connection.cursor() as cursor:
        for device in devices.filter(agent=change.agent):
            if device.state != DeviceState.RETIRED:
                writing.write_here([things.removal(device)])
            known = entities.find(cursor, device.tenant_id, [device.entity_id])
            for past in known.values():
                erasing.erase_entity(cursor, past.number)
            end_alarms(device)
            Received.objects.filter(device=device).delete()
            device.name = device.key_hash = device.topic = device.refused = ""
            device.latitude = device.longitude = device.district = None
            device.mapping, device.past, device.state = {}, {}, DeviceState.RETIRED
            device.save()
        Alarm.objects.filter(seen_by=change.agent).update(seen_note="")
        Alarm.objects.filter(over_by=change.agent).update(over_note="")


def _devices_of(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "name": device.name,
            "state": device.state,
            "writes": device.entity_id,
            "latitude": device.latitude,
            "longitude": device.longitude,
            "added": device.created_at.isoformat(),
            "last_seen": device.seen_at.isoformat() if device.seen_at else None,
            "last_refused_message": device.refused,
        }
        for device in Device.objects.filter(agent=person.agent_id)
    ]


def _notes_of(person: Person) -> list[dict[str, Any]]:
    """What they wrote about alarms, of whatever device."""
    looked = Alarm.objects.filter(seen_by=person.agent_id)
    ended = Alarm.objects.filter(over_by=person.agent_id)
    said = [("took up", alarm.seen_at, alarm.seen_note) for alarm in looked]
    said += [("ended", alarm.over_at, alarm.over_note) for alarm in ended]
    return [
        {"did": did, "at": at.isoformat() if at else None, "note": note} for did, at, note in said
    ]
