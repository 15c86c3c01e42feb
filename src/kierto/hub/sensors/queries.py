"""Answers about devices and alarms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet

from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.states import AlarmState, DeviceState
from kierto.parties.models import Agent, District, Organization, Place
from kierto.parties.queries import (
    organizations_of,
    run_districts,
    sees_everything,
    spoken_for,
    visible_people,
)


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


def listed_devices(
    by: Agent, *, owner: str = "", state: str = "", kind: str = "", district: District | None = None
) -> QuerySet[Device]:
    """The visible ones of a filter, those with alarms first, each with its open ``alarms``.

    Args:
        owner: "mine", the id of an agent, or "" for everybody's.
        state: a state, "alarm" for those with an open alarm, or "" for all that are not retired.
    """
    found = visible_devices(by).annotate(
        open_alarms=Count("alarms", filter=~Q(alarms__state=AlarmState.OVER))
    )
    if owner == "mine":
        found = found.filter(agent__in=spoken_for(by))
    elif owner:
        found = found.filter(agent=UUID(owner))
    if state == "alarm":
        found = found.filter(open_alarms__gt=0)
    elif state:
        found = found.filter(state=state)
    else:
        found = found.exclude(state=DeviceState.RETIRED)
    if kind:
        found = found.filter(entity_type=kind)
    if district is not None:
        found = found.filter(district=district)
    open_ones = Alarm.objects.exclude(state=AlarmState.OVER)
    found = found.prefetch_related(Prefetch("alarms", queryset=open_ones))
    return found.order_by("-open_alarms", "name", "created_at", "pk")


def owners_seen(by: Agent) -> QuerySet[Agent]:
    """Whose devices ``by`` sees."""
    owners = visible_devices(by).order_by().values("agent")
    return Agent.objects.filter(pk__in=owners).select_related("organization", "person")


def kinds_seen(by: Agent) -> list[str]:
    """Types of the things that the visible devices measure, by name."""
    kinds = visible_devices(by).order_by("entity_type").values_list("entity_type", flat=True)
    return list(kinds.distinct())


def counts(by: Agent) -> dict[str, Any]:
    """How many devices are in use, and how many of them have an alarm."""
    used = visible_devices(by).order_by().exclude(state=DeviceState.RETIRED)
    troubled = Alarm.objects.exclude(state=AlarmState.OVER).values("device")
    return used.aggregate(devices=Count("pk"), troubled=Count("pk", filter=Q(pk__in=troubled)))


def possible_owners(by: Agent) -> list[Agent]:
    """For whom ``by`` may add a device: itself, its organisations, an administrator for all."""
    found: list[Agent] = [by]
    organizations = (
        list(Organization.objects.select_related("agent").order_by("name"))
        if sees_everything(by)
        else organizations_of(by)
    )
    for organization in organizations:
        organization.agent.organization = organization
        found.append(organization.agent)
    return found


def known_places(owners: list[Agent]) -> QuerySet[Place]:
    """Places of these agents, by name."""
    return Place.objects.filter(agent__in=owners).order_by("name", "street", "pk")


def visible_alarms(by: Agent | None) -> QuerySet[Alarm]:
    """The alarms of the devices that ``by`` sees."""
    alarms = Alarm.objects.select_related(
        "device__agent__organization", "device__agent__person", "device__district"
    )
    return alarms.filter(device__in=visible_devices(by).order_by())


def with_people(alarms: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Each with those who looked at it."""
    return alarms.select_related("seen_by__person", "over_by__person")


def names_of(by: Agent, alarms: Iterable[Alarm]) -> dict[UUID, str]:
    """Names of those who looked at these alarms, as far as ``by`` may read them, by agent."""
    agents = {pk for alarm in alarms for pk in (alarm.seen_by_id, alarm.over_by_id) if pk}
    people = visible_people(by).filter(agent__in=agents)
    return dict(people.values_list("agent", "name"))


def open_alarms(by: Agent | None) -> QuerySet[Alarm]:
    """Those that are not over, newest first."""
    return visible_alarms(by).exclude(state=AlarmState.OVER).order_by("-raised_at", "pk")


def past_alarms(by: Agent | None) -> QuerySet[Alarm]:
    """Those that are over, the last one first."""
    past = visible_alarms(by).filter(state=AlarmState.OVER)
    return past.order_by(F("over_at").desc(nulls_last=True), "pk")
