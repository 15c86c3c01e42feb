"""Who may add devices, change them, and look after their alarms.

A device is its owner's: a person's or an organisation's. Whoever runs the district where it stands
sees it and its alarms; the administrators of the node may do everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.states import DeviceState
from kierto.parties.models import Agent
from kierto.parties.queries import (
    acts_for,
    operated_districts,
    operates,
    sees_everything,
    spoken_for,
)


def roles_of(by: Agent | None, device: Device) -> frozenset[str]:
    """What ``by`` is in regard to a device, in the words of the tables of states."""
    if by is None:
        return frozenset()
    roles = set()
    if acts_for(by, device.agent):
        roles.add("owner")
    if device.district_id is not None and operates(by, device.district_id):
        roles.add("operator")
    if sees_everything(by):
        roles |= {"system"}
    return frozenset(roles)


def roles_of_many(by: Agent, devices: Iterable[Device]) -> dict[UUID, frozenset[str]]:
    """The same of many devices, by their ids, with as few questions as of one."""
    found = list(devices)
    system = sees_everything(by)
    spoken = set(spoken_for(by).values_list("pk", flat=True))
    run = set(operated_districts(by).values_list("pk", flat=True))
    roles: dict[UUID, frozenset[str]] = {}
    for device in found:
        held = {"owner"} if device.agent_id in spoken else set()
        held |= {"operator"} if device.district_id in run else set()
        held |= {"system"} if system else set()
        roles[device.pk] = frozenset(held)
    return roles


def can_add_device(by: Agent | None, agent: Agent) -> Decision:
    """For oneself and one's organisations."""
    if by is None:
        return refuse(_("Sign in to add a device."))
    if sees_everything(by) or acts_for(by, agent):
        return ALLOWED
    return refuse(_("You can add devices for yourself and for organisations you act for."))


def can_see_device(by: Agent | None, device: Device) -> Decision:
    """Its owner's people, the operators of its district, the administrators of the node."""
    if roles_of(by, device):
        return ALLOWED
    return refuse(_("This device belongs to somebody else."))


def can_change_device(by: Agent | None, device: Device) -> Decision:
    """Its owner's people and the administrators, until it is retired."""
    if not roles_of(by, device) & {"owner", "system"}:
        return refuse(_("Only its owner can change this device."))
    return _not_retired(device)


def can_see_alarm(by: Agent | None, alarm: Alarm) -> Decision:
    """Whoever sees the device."""
    return can_see_device(by, alarm.device)


def _not_retired(device: Device) -> Decision:
    if device.state == DeviceState.RETIRED:
        return refuse(_("This device is retired. Add it again as a new one."))
    return ALLOWED
