"""One district with people in every role towards one organisation and one offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from kierto.exchange.models import Intent
from kierto.parties.models import Agent, District, Organization, Place
from tests.factories import exchange as make
from tests.factories.parties import make_agents, make_district, make_organization, make_place


@dataclass(frozen=True)
class World:
    """A district, an organisation with a place in it, and an agent for every role."""

    district: District
    organization: Organization
    place: Place
    agents: dict[str, Agent | None]

    def offer(self, **fields: object) -> Intent:
        """An offer of the organisation."""
        return make.make_offer(agent=self.organization.agent, place=self.place, **fields)


@pytest.fixture
def world(db: None) -> World:
    district = make_district(slug="kera", name="Kera")
    organization = make_organization("Kerava Weavers", slug="weavers")
    place = make_place(organization.agent, name="Mill", street="Karapellontie 1")
    return World(district, organization, place, make_agents(organization, district))


@pytest.fixture
def as_agent() -> Callable[[Agent | None], Client]:
    """A browser, signed in as the person behind an agent; None is a visitor."""

    def signed_in(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
