"""What tests of residents' pages begin with: a library, a room, and somebody signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from kierto.parties.models import Agent, District, Organization, Place
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import request_booking
from kierto.sharing.models import Booking, Collection, Thing
from tests.factories import sharing as make
from tests.factories.parties import make_agents, make_district, make_organization, make_place

HELSINKI = ZoneInfo("Europe/Helsinki")


@dataclass(frozen=True)
class Neighbourhood:
    """A tool library with a drill, chairs, a kit and a room, and an agent for every role."""

    district: District
    organization: Organization
    place: Place
    collection: Collection
    drill: Thing
    chairs: Thing
    kit: Thing
    room: Thing
    agents: dict[str, Agent | None]

    def agent(self, role: str) -> Agent:
        """Somebody with this role."""
        agent = self.agents[role]
        assert agent is not None
        return agent


def make_neighbourhood() -> Neighbourhood:
    """Everything open day and night, free of charge."""
    district = make_district(slug="kera", name="Kera")
    organization = make_organization("Tool House", slug="tools")
    place = make_place(organization.agent, name="Hall", street="Karapellontie 1")
    collection = make.make_collection(organization, place=place, name="Tool library", slug="tool")
    drill = make.make_thing(collection, name="Cordless drill", code="DRILL")
    chairs = make.make_pool(collection, 5, name="Folding chair", code="CHAIRS")
    kit = make.make_kit(collection, (drill, 1), (chairs, 2), name="Party kit", code="KIT")
    room = make.make_space(collection, name="Meeting room", code="ROOM", features=["projector"])
    agents = make_agents(organization, district)
    return Neighbourhood(
        district, organization, place, collection, drill, chairs, kit, room, agents
    )


def signed_in(agent: Agent | None) -> Client:
    """A browser of this person; of a visitor for None."""
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user)
    return client


def in_days(days: float, hour: int = 10, minute: int = 0) -> datetime:
    """A moment so many days from today, by the clocks of Helsinki."""
    day = timezone.now().astimezone(HELSINKI).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HELSINKI).astimezone(UTC)


def typed(moment: datetime) -> str:
    """A moment as a browser sends it from the form."""
    return moment.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M")


def book(thing: Thing, borrower: Agent, **fields: Any) -> Booking:
    """A booking for tomorrow from ten to twelve, unless said otherwise."""
    values: dict[str, Any] = {
        "begins": in_days(1, 10),
        "ends": in_days(1, 12),
        "by": system_agent(),
        "lines": [(thing, 1)],
    }
    return request_booking(collection=thing.collection, borrower=borrower, **{**values, **fields})
