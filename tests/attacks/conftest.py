"""Two neighbours who have nothing to do with each other: what one owns, and six others who ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from kierto.exchange.actions import add_photo
from kierto.exchange.models import Intent
from kierto.exchange.topics import ACCEPTED
from kierto.ledger.actions import start_process
from kierto.ledger.models import Visibility
from kierto.notices.actions import notify
from kierto.parties import actions
from kierto.parties.models import Agent, Person
from kierto.parties.queries import system_agent
from tests.factories import exchange as make
from tests.factories.ledger import make_recipe, make_transfer
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.factories.planning import make_plan, make_run, make_site, make_small_district

ELSEWHERE = square(50.0, 10.0)


@dataclass
class Neighbours:
    """``agents``: the six roles, in one organisation and one district. ``things``: of others."""

    agents: dict[str, Agent | None]
    things: dict[str, Any]


@pytest.fixture
def neighbours(db: None) -> Neighbours:
    cache.clear()
    agents = make_agents(make_organization("Ours"), make_district("ours", area=ELSEWHERE))
    return Neighbours(agents, {**_parties(), **_exchange(), **_planning()})


@pytest.fixture
def as_agent() -> Callable[[Agent | None], Client]:
    def signed_in(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            user = Person.objects.get(pk=agent.pk).user
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def _parties() -> dict[str, Any]:
    district = make_district("theirs")
    organization = make_organization("Theirs", slug="theirs")
    owner = make_person("organization_admin", organization=organization)
    operator = make_person("operator", district=district)
    told = {"what": "wood", "quantity": "1", "unit": "kg", "provider": "A", "receiver": "B"}
    (notice,) = notify(owner.agent, ACCEPTED, **told)
    return {
        "notice": notice.pk,
        "slug": organization.slug,
        "district": district.slug,
        "person": owner.pk,
        "invitation": actions.invite(organization, email="guest@example.org", by=system_agent()).pk,
        "place": make_place(organization.agent).pk,
        "home": make_place(owner.agent).pk,
        "appointment": operator.appointments.get().pk,
    }


def _exchange() -> dict[str, Any]:
    offer, hidden = make.make_offer(), make.make_offer(visibility="matched")
    agreement = make.make_agreement(offer=offer)
    processor = make.make_processor(make.make_making(offer.kind, make.make_priced_kind()))
    event = make_transfer(visibility=Visibility.PARTIES)
    return {
        "offer": offer.pk,
        "hidden": hidden.pk,
        "partner": make.make_need(kind=hidden.kind).pk,
        "photo": _photo(hidden),
        "proposal": make.make_proposal().pk,
        "agreement": agreement.pk,
        "delivery": make.deliver(agreement, photo=make.picture()).pk,
        "processor": processor.pk,
        "event": event.pk,
        "resource": event.to_resource_id,
        "process": start_process(
            name="Theirs", based_on=make_recipe(), place=make_place(), by=system_agent()
        ).pk,
    }


def _photo(intent: Intent) -> int:
    photo = add_photo(intent, image=make.picture(), description="Secret", by=system_agent())
    return int(photo.pk)


def _planning() -> dict[str, Any]:
    small = make_small_district()
    return {
        "plan": make_plan(small.district).pk,
        "waiting": make_run(small.district).pk,
        "site": make_site(small).pk,
    }
