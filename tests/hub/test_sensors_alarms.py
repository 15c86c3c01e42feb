"""Alarms of devices: raised, over, and told to their owners."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kierto.hub.models import Alarm, Device
from kierto.hub.sensors import actions, alarms
from kierto.notices.models import Notice
from kierto.parties.models import Organization
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    make_person,
)
from tests.hub.devices import AT, level, running, send


def state_of(kind: str) -> list[str]:
    return list(
        Alarm.objects.filter(kind=kind).order_by("raised_at").values_list("state", flat=True)
    )


def test_a_strange_value_and_a_low_battery_are_alarms_until_they_are_over(
    organization: Organization,
) -> None:
    device, key = running(organization.agent)
    send(device, key, level("2026-11-22T06:00:00Z", 140, battery=10))
    send(device, key, level("2026-11-22T06:01:00Z", 140, battery=9))
    assert (state_of("outlier"), state_of("battery")) == (["open"], ["open"])
    send(device, key, level("2026-11-22T06:02:00Z", 40, battery=90))
    assert (state_of("outlier"), state_of("battery")) == (["over"], ["over"])


def test_a_silent_device_is_told_once_and_its_next_message_ends_it(
    organization: Organization,
) -> None:
    person = make_person("member", organization=organization)
    device, key = running(organization.agent, interval=60)
    assert alarms.raise_silence() == 0
    Device.objects.update(
        started_at=timezone.now() - timedelta(seconds=200),
        created_at=timezone.now() - timedelta(seconds=200),
    )
    assert alarms.raise_silence() == 2
    assert alarms.raise_silence() == 0
    (notice,) = Notice.objects.filter(recipient=person)
    assert (notice.topic, notice.fields["device"]) == ("hub.device_silent", "Bin 7")
    send(device, key, level(AT, 40))
    assert state_of("silence") == ["over"]


def test_who_ends_the_alarm_of_a_silent_device_is_told_again_later(
    organization: Organization,
) -> None:
    running(organization.agent, interval=60)
    old = timezone.now() - timedelta(days=1)
    Device.objects.update(started_at=old, created_at=old)
    alarms.raise_silence()
    actions.move_alarm(
        Alarm.objects.get(), "over", note="It is at the workshop.", by=system_agent()
    )
    assert alarms.raise_silence() == 0
    Alarm.objects.update(over_at=timezone.now() - timedelta(seconds=151))
    alarms.raise_silence()
    assert state_of("silence") == ["over", "open"]


def test_what_is_over_at_once_is_told_nobody(organization: Organization) -> None:
    make_person("member", organization=organization)
    device, key = running(organization.agent)
    send(device, key, level("2026-11-22T06:00:00Z", 140))
    send(device, key, level("2026-11-22T06:01:00Z", 40))
    assert alarms.tell() == 0
    assert not Notice.objects.exists()
