"""Answers about devices and alarms."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.states import AlarmState
from kierto.parties.models import Agent
from kierto.parties.queries import run_districts, sees_everything, spoken_for


def visible_devices(by: Agent | None) -> QuerySet[Device]:
    """Those of ``by`` and its organisations, those of districts it runs; an administrator's: all."""
    devices = Device.objects.select_related(
        "agent__organization", "agent__person", "district", "tenant"
    )
    if by is None:
        return devices.none()
    if sees_everything(by):
        return devices.all()
    return devices.filter(Q(agent__in=spoken_for(by)) | Q(district__in=run_districts(by)))


def visible_alarms(by: Agent | None) -> QuerySet[Alarm]:
    """The alarms of the devices that ``by`` sees."""
    alarms = Alarm.objects.select_related(
        "device__agent__organization", "device__agent__person", "device__district"
    )
    return alarms.filter(device__in=visible_devices(by).order_by())


def open_alarms(by: Agent | None) -> QuerySet[Alarm]:
    """Those that are not over, newest first."""
    return visible_alarms(by).exclude(state=AlarmState.OVER).order_by("-raised_at", "pk")
