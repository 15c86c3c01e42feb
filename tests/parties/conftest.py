"""A small world for pages: one organisation, one district, and a signed-in client for each role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from kierto.parties import actions
from kierto.parties.models import (
    Agent,
    Appointment,
    District,
    Invitation,
    Organization,
    Person,
    Place,
)
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)


@dataclass
class World:
    """Everything a page of this app can be about."""

    organization: Organization
    other: Organization
    district: District
    other_district: District
    place: Place
    others_place: Place
    home: Place
    member: Person
    outsider: Person
    invitation: Invitation
    appointment: Appointment
    agents: dict[str, Agent | None]


@pytest.fixture
def world(db: None) -> World:
    organization, other = make_organization("Puu"), make_organization("Kangas")
    district = make_district("kera")
    elsewhere = make_district("turku", area={
        "type": "Polygon",
        "coordinates": [[[22, 60], [23, 60], [23, 61], [22, 61], [22, 60]]],
    })  # fmt: skip
    agents = make_agents(organization, district)
    outsider = make_person("organization_admin", organization=other)
    operator = make_person("operator", district=elsewhere)
    return World(
        organization=organization,
        other=other,
        district=district,
        other_district=elsewhere,
        place=make_place(organization.agent),
        others_place=make_place(other.agent),
        home=make_place(outsider.agent, latitude=60.5, longitude=22.5),
        member=make_person("member", organization=organization),
        outsider=outsider,
        invitation=actions.invite(organization, email="guest@example.org", by=system_agent()),
        appointment=operator.appointments.get(),
        agents=agents,
    )


@pytest.fixture
def sign_in() -> Callable[[Agent | None], Client]:
    """A client of the given agent, or of a visitor."""

    def client_of(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            user = Person.objects.get(pk=agent.pk).user
            assert user is not None
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of


@pytest.fixture(autouse=True)
def _no_rate_limits_between_tests() -> None:
    cache.clear()
