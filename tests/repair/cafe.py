"""A repair café with two tables and a person in every role towards it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions
from kierto.repair.models import Category, Event, Slot, Station, Workshop
from kierto.repair.states import EventState
from tests.factories.parties import make_district, make_organization, make_person, make_place
from tests.factories.repair import (
    make_category,
    make_repairer,
    make_volunteer,
    make_workshop,
)

STAFF = frozenset({"member", "repairer", "admin", "operator", "node_admin", "system"})
"""Roles of :attr:`Cafe.people` that work for the workshop."""
HELPERS = STAFF | {"helper"}
"""And who is coming to help."""


@dataclass
class Cafe:
    """``people`` are by role; ``helper`` is coming to ``event``, ``offering`` waits to be."""

    workshop: Workshop
    toasters: Category
    lamps: Category
    jeans: Category
    event: Event
    people: dict[str, Agent | None] = field(default_factory=dict)

    def __getitem__(self, role: str) -> Agent:
        agent = self.people[role]
        assert agent is not None
        return agent

    @property
    def electronics(self) -> Station:
        return self.event.stations.get(name="Electronics")

    @property
    def textiles(self) -> Station:
        return self.event.stations.get(name="Textiles")

    def slot(self, number: int = 0, station: str = "Electronics") -> Slot:
        return list(Slot.objects.filter(station__event=self.event, station__name=station))[number]

    def starts(self, station: str = "Electronics") -> list[int]:
        """The slots of a table, in minutes after the event began."""
        slots = Slot.objects.filter(station__event=self.event, station__name=station)
        return [int((slot.begins - self.event.begins).total_seconds() / 60) for slot in slots]

    def refresh(self) -> Event:
        self.event = Event.objects.get(pk=self.event.pk)
        return self.event


def make_cafe(
    *, begins: datetime | None = None, state: str = EventState.OPEN, **fields: Any
) -> Cafe:
    """Two hours with slots of half an hour, going on since half an hour unless said otherwise."""
    district = make_district()
    organization = make_organization(name="Repair association")
    place = make_place(
        organization.agent, name="Kera library", street="Karamalmintie 1", locality="Espoo"
    )
    workshop = make_workshop(organization, place=place, name="Repair café Kera")
    toasters, lamps, jeans = (
        Category.objects.filter(name=name).first() or make_category(name, names={"fi": finnish})
        for name, finnish in (
            ("Toaster", "Leivänpaahdin"),
            ("Lamp", "Valaisin"),
            ("Clothing/textile", "Vaate"),
        )
    )
    begins = begins or (timezone.now() - timedelta(minutes=30)).replace(microsecond=0)
    values: dict[str, Any] = {
        "title": "Repair café in November",
        "begins": begins,
        "ends": begins + timedelta(hours=2),
        "stations": [("Electronics", [toasters, lamps]), ("Textiles", [jeans])],
        "slot_minutes": 30,
    }
    event = actions.create_event(
        workshop=workshop, place=place, by=system_agent(), **{**values, **fields}
    )
    if state != EventState.DRAFT:
        event = actions.move_event(event, EventState.OPEN, by=system_agent())
    if state not in {EventState.DRAFT, EventState.OPEN}:
        event = actions.move_event(event, state, by=system_agent())
    cafe = Cafe(workshop, toasters, lamps, jeans, event)
    cafe.people = {
        "visitor": None,
        "resident": make_person(name="Aino Virtanen").agent,
        "offering": make_person().agent,
        "helper": make_person().agent,
        "repairer": make_repairer(workshop).agent,
        "member": make_person("member", organization=organization).agent,
        "admin": make_person("organization_admin", organization=organization).agent,
        "other_staff": make_repairer(make_workshop()).agent,
        "operator": make_person("operator", district=district).agent,
        "node_admin": make_person("node_admin").agent,
        "system": system_agent(),
    }
    make_volunteer(event, agent=cafe["helper"])
    make_volunteer(event, agent=cafe["offering"], state="offered")
    return cafe


def future_cafe(**fields: Any) -> Cafe:
    """One that begins in a week."""
    begins = (timezone.now() + timedelta(days=7)).replace(microsecond=0)
    return make_cafe(begins=begins, **fields)


def past_cafe(**fields: Any) -> Cafe:
    """One that was a week ago; what happened is entered from paper."""
    begins = (timezone.now() - timedelta(days=7)).replace(microsecond=0)
    return make_cafe(begins=begins, **fields)


def client_of(agent: Agent | None) -> Client:
    """A browser, signed in as the person behind an agent; None is a visitor."""
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
    return client
