"""An organisation and a district, and people in every role towards them."""

from __future__ import annotations

import pytest

from kierto.parties.models import Agent, District, Organization
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
)


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization("Kerava Bins", slug="bins")


@pytest.fixture
def district(db: None) -> District:
    return make_district(slug="kera", name="Kera")


@pytest.fixture
def agents(organization: Organization, district: District) -> dict[str, Agent | None]:
    return make_agents(organization, district)
