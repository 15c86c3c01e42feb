from __future__ import annotations

import pytest

from kierto.parties import actions
from kierto.parties.models import MembershipRole
from kierto.parties.queries import acts_for, administers
from tests.factories.parties import ROLES, make_agents, make_district, make_organization, make_person

pytestmark = pytest.mark.django_db


def test_a_person_who_adds_an_organization_administers_it():
    person = make_person()
    organization = actions.create_organization(name="Kerän Puu", helix="company", by=person.agent)
    assert organization.slug == "keran-puu"
    assert administers(person.agent, organization)


def test_every_role_can_be_made():
    agents = make_agents(make_organization(), make_district())
    assert tuple(agents) == ROLES
