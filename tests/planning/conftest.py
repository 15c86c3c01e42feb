"""A client for each role, in regard to one small district with a finished plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from kierto.parties.models import Agent
from kierto.planning.models import CandidateSite, PlanRun
from tests.factories.parties import make_agents
from tests.factories.planning import (
    SmallDistrict,
    make_computing,
    make_plan,
    make_run,
    make_site,
    make_small_district,
)

SignIn = Callable[[Agent | None], Client]


@dataclass
class World:
    """The organisation of members and admins is the one that needs wood."""

    small: SmallDistrict
    plan: PlanRun
    sweep: PlanRun
    waiting: PlanRun
    found: PlanRun
    site: CandidateSite
    agents: dict[str, Agent | None]


@pytest.fixture
def world(db: None) -> World:
    cache.clear()
    small = make_small_district()
    agents = make_agents(small.need.agent.organization, small.district)
    return World(
        small,
        make_plan(small.district),
        make_plan(small.district, kind="sweep"),
        make_run(small.district),
        make_computing(small.district),
        make_site(small),
        agents,
    )


@pytest.fixture
def sign_in() -> SignIn:
    def as_agent(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            client.force_login(
                agent.person.user, backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    return as_agent
