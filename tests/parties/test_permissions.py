"""Lists and single permissions must never disagree: the same rule, asked twice."""

from __future__ import annotations

import pytest

from kierto.parties import actions, permissions, queries
from kierto.parties.models import Agent, Appointment
from tests.factories.parties import (
    KERA,
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> dict[str, Agent | None]:
    """Two organisations, two districts, places of all owners, invitations, and six readers."""
    kera = make_district("kera")
    elsewhere = make_district("elsewhere", area=square(61.5, 23.7))
    puu, kangas = make_organization("Puu"), make_organization("Kangas")
    agents = make_agents(puu, kera)
    stranger = make_person("organization_admin", organization=kangas)
    make_person("operator", district=elsewhere)
    for owner in (puu.agent, kangas.agent, stranger.agent, agents["resident"], agents["member"]):
        assert owner is not None
        make_place(owner)
        make_place(owner, latitude=61.5, longitude=23.7)
        make_place(owner, latitude=KERA[0] + 5, longitude=KERA[1])
    resident = queries.person_of(agents["resident"])
    assert resident is not None
    assert resident.user is not None
    for organization in (puu, kangas):
        for address in (resident.user.email, "nobody@example.org"):
            actions.invite(organization, email=address, by=queries.system_agent())
    return {**agents, "system": queries.system_agent(), "stranger": stranger.agent}


@pytest.mark.parametrize(
    ("visible", "can_see"),
    [
        (queries.visible_people, permissions.can_see_person),
        (queries.visible_organizations, permissions.can_see_organization),
        (queries.visible_memberships, permissions.can_see_membership),
        (queries.visible_invitations, permissions.can_see_invitation),
        (queries.visible_places, permissions.can_see_place),
        (queries.visible_districts, permissions.can_see_district),
        (queries.visible_appointments, permissions.can_see_appointment),
    ],
)
def test_lists_show_exactly_what_may_be_seen(world, visible, can_see):
    for role, by in world.items():
        everything = list(visible(queries.system_agent()).model.objects.all())
        listed = set(visible(by))
        assert len(everything) > 1
        assert {thing for thing in everything if can_see(by, thing)} == listed, role


def test_every_refusal_says_why(world):
    organization = make_organization()
    decisions = [
        permissions.can_edit_organization(world["resident"], organization),
        permissions.can_edit_organization(world["visitor"], organization),
        permissions.can_appoint(world["operator"]),
        permissions.can_create_district(world["member"]),
        permissions.can_mark_partner(world["organization_admin"]),
    ]
    assert [str(decision.reason) for decision in decisions] == [
        "Only administrators of the organisation can change this.",
        "Sign in first.",
        "Only node administrators can appoint people.",
        "Only node administrators can add a district.",
        "Only the operator of a district can name its partners.",
    ]


def may(world, can, *objects) -> set[str]:
    return {role for role, by in world.items() if can(by, *objects)}


def test_who_may_do_what(world):
    kera = queries.District.objects.get(slug="kera")
    puu = queries.Organization.objects.get(slug="puu")
    admins = {"organization_admin", "node_admin", "system"}
    node = {"node_admin", "system"}
    everybody_signed_in = set(world) - {"visitor"}
    assert may(world, permissions.can_create_organization) == everybody_signed_in
    assert may(world, permissions.can_edit_organization, puu) == admins
    assert may(world, permissions.can_manage_members, puu) == admins
    assert may(world, permissions.can_see_members, puu) == admins | {"member"}
    assert may(world, permissions.can_add_place, puu.agent) == admins | {"member"}
    assert may(world, permissions.can_mark_partner) == node | {"operator"}
    assert may(world, permissions.can_import_organizations) == node | {"operator"}
    assert may(world, permissions.can_edit_district, kera) == node | {"operator"}
    assert may(world, permissions.can_create_district) == node
    assert may(world, permissions.can_appoint) == node
    assert may(world, permissions.can_register_person) == node
    assert may(world, permissions.can_administer_node) == {"node_admin"}


def test_a_persons_own_things_are_theirs_alone(world):
    resident = queries.person_of(world["resident"])
    assert may(world, permissions.can_edit_person, resident) == {"resident", "system"}
    for can in (permissions.can_export_person, permissions.can_erase_person):
        assert may(world, can, resident) == {"resident", "node_admin", "system"}


def test_an_operator_runs_their_own_district_only(world):
    elsewhere = queries.District.objects.get(slug="elsewhere")
    operator = world["operator"]
    assert not permissions.can_edit_district(operator, elsewhere)
    assert [district.slug for district in queries.operated_districts(operator)] == ["kera"]
    assert queries.operated_districts(world["node_admin"]).count() == 2
    assert queries.operated_districts(None).count() == 0


def test_the_roles_of_a_person_are_told_apart(world):
    assert {role for role, by in world.items() if queries.is_operator(by)} == {"operator"}
    assert {role for role, by in world.items() if queries.is_node_admin(by)} == {"node_admin"}
    assert {role for role, by in world.items() if queries.is_system(by)} == {"system"}
    assert Appointment.objects.count() == 3
