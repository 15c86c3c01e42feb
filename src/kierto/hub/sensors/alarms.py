"""Alarms: raised and ended as readings come, raised by a round when none come, told to the owner.

What readings do happens in their transaction. Notices are sent by a round of the job worker, so
that nobody's reading waits for a mail, and what is over within a minute troubles nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from kierto.hub.models import Alarm, Device
from kierto.hub.sensors import topics
from kierto.hub.sensors.declaring import Wanted
from kierto.hub.sensors.quality import GOOD, Judgement
from kierto.hub.sensors.states import AlarmKind, AlarmState, DeviceState
from kierto.notices.actions import notify

SILENT_AFTER: Final = 2.5
"""A device is silent when it misses this many of its intervals."""

_MOMENTS: Final = ("seen_at", "started_at", "created_at")
OUTLIERS: Final = frozenset({"range", "jump"})


class Watch:
    """The open alarms of some devices, inside a transaction that holds their rows."""

    def __init__(self, device_ids: Iterable[UUID]) -> None:
        rows = Alarm.objects.filter(device__in=list(device_ids)).exclude(state=AlarmState.OVER)
        self._open = {(row.device_id, row.kind, row.attribute): row for row in rows}

    def judged(self, device: Device, wanted: Wanted, value: float, judged: Judgement) -> None:
        """One reading: a strange one raises an alarm, a good one ends it; so for the battery."""
        if judged.why in OUTLIERS:
            self.raise_(device, AlarmKind.OUTLIER, wanted.name, value)
        elif judged.flag == GOOD:
            self.clear(device, AlarmKind.OUTLIER, wanted.name)
        if wanted.battery is not None and judged.flag == GOOD:
            if value < wanted.battery:
                self.raise_(device, AlarmKind.BATTERY, wanted.name, value)
            else:
                self.clear(device, AlarmKind.BATTERY, wanted.name)

    def raise_(self, device: Device, kind: str, attribute: str, value: float | None) -> None:
        """Once, until it is over."""
        place = (device.pk, kind, attribute)
        if place not in self._open:
            self._open[place] = Alarm.objects.create(
                device=device, kind=kind, attribute=attribute, value=value
            )

    def clear(self, device: Device, kind: str, attribute: str) -> None:
        """It is over, if there is one."""
        alarm = self._open.pop((device.pk, kind, attribute), None)
        if alarm is not None:
            alarm.state, alarm.over_at = AlarmState.OVER, timezone.now()
            alarm.save(update_fields=["state", "over_at"])


def raise_silence() -> int:
    """Raise an alarm for each device that has fallen silent, and tell owners of new alarms."""
    now = timezone.now()
    active = Device.objects.filter(state=DeviceState.ACTIVE, interval__isnull=False)
    warned = Alarm.objects.filter(kind=AlarmKind.SILENCE).exclude(state=AlarmState.OVER)
    quiet = active.exclude(pk__in=warned.values("device"))
    raised = 0
    for device in _with_last_silence(quiet).only(*_MOMENTS, "interval"):
        if _is_silent(device, now):
            raised += _raise_silence(device.pk)
    return raised + tell()


def _with_last_silence(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Each with the moment at which its last silence was over, or said to be."""
    silences = Q(alarms__kind=AlarmKind.SILENCE)
    return devices.annotate(ended_at=Max("alarms__over_at", filter=silences))


def _is_silent(device: Any, now: datetime) -> bool:
    """Whoever ends the alarm of a silent device hears of it again after as long a time."""
    since = max(filter(None, (getattr(device, name) for name in (*_MOMENTS, "ended_at"))))
    return bool(now - since > timedelta(seconds=SILENT_AFTER * (device.interval or 0)))


def _raise_silence(device_id: UUID) -> int:
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=device_id)
        device = _with_last_silence(Device.objects.filter(pk=device_id)).get()
        if device.state != DeviceState.ACTIVE or not _is_silent(device, timezone.now()):
            return 0
        try:
            with transaction.atomic():
                Alarm.objects.create(device=device, kind=AlarmKind.SILENCE)
        except IntegrityError:
            return 0
    return 1


def tell() -> int:
    """Send the owners a notice of each new alarm; how many were told."""
    waiting = Alarm.objects.filter(told_at__isnull=True).exclude(state=AlarmState.OVER)
    told = 0
    for pk in list(waiting.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            alarm = (
                Alarm.objects.select_for_update(of=("self",))
                .select_related("device__agent")
                .filter(pk=pk, told_at__isnull=True)
                .exclude(state=AlarmState.OVER)
                .first()
            )
            if alarm is None:
                continue
            alarm.told_at = timezone.now()
            alarm.save(update_fields=["told_at"])
            notify(
                alarm.device.agent,
                topics.OF_KIND[alarm.kind],
                path=reverse("hub:device", args=[alarm.device_id]),
                device=alarm.device.name,
                attribute=alarm.attribute,
                value="" if alarm.value is None else f"{alarm.value:g}",
            )
            told += 1
    return told
