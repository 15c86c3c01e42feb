"""An organisation and a district, and people in every role towards them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kierto.hub import callers
from kierto.parties.models import Agent, District, Organization
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
)
from tests.hub.copying import fresh_copies, keeping
from tests.hub.endpoints import Endpoint, listening
from tests.hub.sources import fresh
from tests.hub.telling import fresh_machinery, settle


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization("Kerava Bins", slug="bins")


@pytest.fixture
def district(db: None) -> District:
    return make_district(slug="kera", name="Kera")


@pytest.fixture
def agents(organization: Organization, district: District) -> dict[str, Agent | None]:
    return make_agents(organization, district)


@pytest.fixture
def machinery(settings: Any) -> Iterator[None]:
    """Whoever is named may be told, on this machine too; nothing is left of other tests."""
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    with fresh_machinery():
        yield


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Somebody who listens, until all that was sent has arrived."""
    with listening() as found:
        yield found
        settle()


@pytest.fixture
def fresh_sources(settings: Any) -> Iterator[None]:
    """Sources may be on this machine; nothing is remembered of them."""
    settings.HUB_INWARD = True
    fresh()
    yield
    fresh()


@pytest.fixture
def own_city(fresh_sources: None, settings: Any) -> Iterator[None]:
    """This node is that of Kera; nothing is remembered of who calls."""
    settings.NODE_NAME = "Kera"
    callers.forget()
    yield
    callers.forget()


@pytest.fixture
def copying_machinery(settings: Any) -> Iterator[None]:
    """Copies of subscriptions may stand on this machine; nothing is left of other tests."""
    with fresh_copies(settings):
        yield


@pytest.fixture
def source() -> Iterator[Endpoint]:
    """Another node, which keeps the copies that it is asked for."""
    with listening(keeping()) as found:
        yield found
