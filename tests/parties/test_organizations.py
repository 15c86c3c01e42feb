from __future__ import annotations

import pytest

from kierto.core.errors import NotAllowed
from kierto.parties import actions
from kierto.parties.actions.invitations import MOST_INVITATIONS
from kierto.parties.errors import (
    AlreadyInvited,
    AlreadyMember,
    BadAddress,
    LastAdministrator,
    NameMissing,
    NotAMember,
    NotYourInvitation,
    SlugTaken,
    TooLong,
    TooManyInvitations,
    UnknownChoice,
)
from kierto.parties.models import Agent, Invitation, Membership, MembershipRole, Organization
from kierto.parties.queries import (
    acts_for,
    administers,
    is_partner,
    organizations_of,
    search_organizations,
    system_agent,
)
from tests.factories.parties import (
    ROLES,
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)

pytestmark = pytest.mark.django_db


def test_a_person_who_adds_an_organization_administers_it():
    person = make_person()
    organization = actions.create_organization(name="Kerän Puu", helix="company", by=person.agent)
    assert organization.slug == "keran-puu"
    assert administers(person.agent, organization)
    assert acts_for(person.agent, organization.agent)
    assert organizations_of(person.agent) == [organization]


def test_an_organization_of_the_node_has_no_members():
    assert Membership.objects.filter(organization=make_organization()).count() == 0


def test_every_role_can_be_made():
    agents = make_agents(make_organization(), make_district())
    assert tuple(agents) == ROLES


def test_names_that_are_alike_get_short_names_that_differ():
    slugs = [make_organization("Kierrätys Oy").slug for _ in range(3)]
    assert slugs == ["kierratys-oy", "kierratys-oy-2", "kierratys-oy-3"]
    assert make_organization("New").slug == "new-2"
    assert make_organization("تدوير").slug == "organization"


def test_a_wanted_short_name_is_not_changed_but_refused():
    make_organization("Puu", slug="puu")
    with pytest.raises(SlugTaken):
        make_organization("Another", slug="puu")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "  "}, NameMissing),
        ({"name": "x" * 201}, TooLong),
        ({"helix": "church"}, UnknownChoice),
        ({"website": "javascript:alert(1)"}, BadAddress),
        ({"email": "not an address"}, BadAddress),
    ],
)
def test_an_organization_that_makes_no_sense_is_refused_and_nothing_stays(fields, error):
    agents = Agent.objects.count() + 1  # the node itself
    with pytest.raises(error):
        make_organization(**{"name": "Puu", **fields})
    assert (Organization.objects.count(), Agent.objects.count()) == (0, agents)


def test_only_the_city_says_who_is_a_partner():
    organization = make_organization()
    admin = make_person("organization_admin", organization=organization)
    with pytest.raises(NotAllowed):
        actions.change_organization(organization, changes={"is_partner": True}, by=admin.agent)
    operator = make_person("operator").agent
    actions.change_organization(organization, changes={"is_partner": True}, by=operator)
    assert is_partner(admin.agent)
    with pytest.raises(NotAllowed):
        actions.change_organization(organization, changes={"name": "Mine"}, by=operator)


def test_an_organization_keeps_its_short_name_when_it_is_renamed():
    organization = make_organization("Puu")
    changed = actions.change_organization(
        organization, changes={"name": "Metsä", "website": "https://example.org"}, by=system_agent()
    )
    assert (changed.slug, changed.name, changed.website) == ("puu", "Metsä", "https://example.org")


# ------------------------------------------------------------------- members


def test_the_last_administrator_can_neither_leave_nor_step_down():
    organization = make_organization()
    admin = make_person("organization_admin", organization=organization)
    make_person("member", organization=organization)
    with pytest.raises(LastAdministrator):
        actions.remove_member(organization, person=admin, by=admin.agent)
    with pytest.raises(LastAdministrator):
        actions.change_role(organization, person=admin, role="member", by=admin.agent)
    successor = make_person("organization_admin", organization=organization)
    actions.remove_member(organization, person=admin, by=admin.agent)
    assert administers(successor.agent, organization)
    assert not acts_for(admin.agent, organization.agent)


def test_members_may_leave_but_not_remove_others():
    organization = make_organization()
    one, other = (make_person("member", organization=organization) for _ in range(2))
    with pytest.raises(NotAllowed):
        actions.remove_member(organization, person=other, by=one.agent)
    with pytest.raises(NotAllowed):
        actions.change_role(organization, person=one, role="admin", by=one.agent)
    actions.remove_member(organization, person=one, by=one.agent)
    with pytest.raises(NotAMember):
        actions.remove_member(organization, person=one, by=one.agent)


def test_adding_a_member_twice_changes_nothing_and_never_lowers_a_role():
    organization, person, by = make_organization(), make_person(), system_agent()
    first = actions.add_member(organization, person=person, role="admin", by=by)
    assert actions.add_member(organization, person=person, role="admin", by=by) == first
    with pytest.raises(AlreadyMember):
        actions.add_member(organization, person=person, role="member", by=by)


# --------------------------------------------------------------- invitations


def test_an_invited_person_joins_by_their_own_hand():
    organization = make_organization()
    admin = make_person("organization_admin", organization=organization)
    guest = make_person(email="aino@example.org")
    invitation = actions.invite(organization, email=" Aino@Example.org ", by=admin.agent)
    assert invitation.email == "aino@example.org"
    membership = actions.accept_invitation(invitation, by=guest.agent)
    assert (membership.person, membership.role) == (guest, MembershipRole.MEMBER)
    assert not Invitation.objects.exists()


def test_an_invitation_is_for_the_confirmed_owner_of_the_address_only():
    organization = make_organization()
    invitation = actions.invite(organization, email="aino@example.org", by=system_agent())
    stranger = make_person()
    for answer in (actions.accept_invitation, actions.decline_invitation):
        with pytest.raises(NotAllowed):
            answer(invitation, by=stranger.agent)
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=stranger.user, email="aino@example.org", verified=False)
    with pytest.raises(NotAllowed):
        actions.accept_invitation(invitation, by=stranger.agent)


def test_an_invitation_is_answered_once():
    organization, guest = make_organization(), make_person(email="aino@example.org")
    invitation = actions.invite(organization, email="aino@example.org", by=system_agent())
    actions.decline_invitation(invitation, by=guest.agent)
    with pytest.raises(NotYourInvitation):
        actions.accept_invitation(invitation, by=guest.agent)


def test_one_open_invitation_for_each_address():
    organization = make_organization()
    first = actions.invite(organization, email="aino@example.org", by=system_agent())
    with pytest.raises(AlreadyInvited):
        actions.invite(organization, email="AINO@example.org", by=system_agent())
    actions.withdraw_invitation(first, by=system_agent())
    actions.invite(organization, email="aino@example.org", by=system_agent())


def test_an_organization_cannot_write_to_ever_more_strangers():
    organization, by = make_organization(), system_agent()
    for number in range(MOST_INVITATIONS):
        actions.invite(organization, email=f"stranger{number}@example.org", by=by)
    with pytest.raises(TooManyInvitations):
        actions.invite(organization, email="one-more@example.org", by=by)


def test_a_member_who_is_invited_again_keeps_the_higher_role():
    organization = make_organization()
    person = make_person("organization_admin", organization=organization, email="a@example.org")
    lower = actions.invite(organization, email="a@example.org", by=system_agent())
    assert actions.accept_invitation(lower, by=person.agent).role == "admin"
    other = make_person("member", organization=organization, email="b@example.org")
    higher = actions.invite(organization, email="b@example.org", role="admin", by=system_agent())
    assert actions.accept_invitation(higher, by=other.agent).role == "admin"


# -------------------------------------------------------------------- search


@pytest.mark.parametrize("words", ["ääne", "AANE", "Ääne", "nekos"])
def test_search_minds_neither_capitals_nor_accents(words):
    make_organization("Äänekosken Puu")
    make_organization("Kangas")
    assert [found.name for found in search_organizations(None, words=words)] == ["Äänekosken Puu"]


def test_search_narrows_by_group_and_district():
    kera = make_district()
    puu = make_organization("Puu", helix="company")
    make_organization("Koulu", helix="research")
    make_place(puu.agent)
    make_place(puu.agent)
    assert [one.name for one in search_organizations(None, helix="research")] == ["Koulu"]
    assert [one.name for one in search_organizations(None, district=kera)] == ["Puu"]
