"""What a list shows and what a permission says is the same, for every role and object."""

from __future__ import annotations

import pytest

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair import actions, permissions, queries
from kierto.repair.models import Workshop
from tests.factories.exchange import picture
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.factories.repair import (
    make_event,
    make_repairer,
    make_ticket,
    make_volunteer,
    make_workshop,
)

pytestmark = pytest.mark.django_db

STAFF = {"member", "organization_admin", "operator", "node_admin", "system", "repairer"}
KEEPERS = {"organization_admin", "operator", "node_admin", "system"}


def _everybody(workshop: Workshop) -> dict[str, Agent | None]:
    elsewhere = make_district(area=square(10.0, 10.0))
    return {
        **make_agents(workshop.agent.organization, workshop.place.district),
        "system": system_agent(),
        "repairer": make_repairer(workshop).agent,
        "former repairer": make_repairer(workshop, is_active=False).agent,
        "repairer elsewhere": make_repairer().agent,
        "operator elsewhere": make_person("operator", district=elsewhere).agent,
    }


@pytest.fixture
def workshop() -> Workshop:
    make_district()
    return make_workshop(make_organization())


def test_staff_and_keepers_of_a_workshop(workshop: Workshop) -> None:
    people = _everybody(workshop)
    assert {name for name, by in people.items() if permissions.is_staff(by, workshop)} == STAFF
    assert {name for name, by in people.items() if permissions.can_staff(by, workshop)} == STAFF
    assert {name for name, by in people.items() if permissions.can_keep(by, workshop)} == KEEPERS
    for name, by in people.items():
        assert (workshop in queries.staffed_workshops(by)) == (name in STAFF), name


def test_a_person_keeps_their_own_workshop() -> None:
    person = make_person().agent
    workshop = make_workshop(place=make_place(person))
    assert permissions.can_keep(person, workshop)


def test_closed_workshops_are_known_to_those_who_work_there(workshop: Workshop) -> None:
    people = _everybody(workshop)
    for is_open in (True, False):
        Workshop.objects.filter(pk=workshop.pk).update(is_open=is_open)
        for name, by in people.items():
            seen = is_open or name in STAFF
            assert (workshop in queries.visible_workshops(by)) == seen, name
            assert bool(permissions.can_see_workshop(by, workshop)) == seen, name


def test_tickets_show_to_the_owner_the_staff_and_who_helps(workshop: Workshop) -> None:
    event = make_event(workshop)
    people = {
        **_everybody(workshop),
        "owner": make_person().agent,
        "helper": make_volunteer(event).agent,
        "helper who was asked": make_volunteer(event, state="asked").agent,
        "helper elsewhere": make_volunteer(make_event(workshop)).agent,
    }
    owner = people["owner"]
    assert owner is not None
    brought = make_ticket(workshop, event=event, owner=owner)
    sent = make_ticket(workshop)
    expected = {brought: STAFF | {"owner", "helper"}, sent: STAFF}
    for ticket, allowed in expected.items():
        for name, by in people.items():
            assert (ticket in queries.visible_tickets(by)) == (name in allowed), name
            assert bool(permissions.can_see_ticket(by, ticket)) == (name in allowed), name


def test_members_see_the_tickets_of_their_organization() -> None:
    organization = make_organization()
    ticket = make_ticket(owner=organization.agent)
    member = make_person("member", organization=organization).agent
    assert permissions.can_see_ticket(member, ticket)
    assert list(queries.my_tickets(member)) == [ticket]


def test_pictures_show_to_everybody_only_with_consent(workshop: Workshop) -> None:
    ticket = make_ticket(workshop)
    photos = {
        shown: actions.add_photo(
            ticket, image=picture(), description="A crack", is_public=shown, by=ticket.owner
        )
        for shown in (True, False)
    }
    for name, by in _everybody(workshop).items():
        for shown, photo in photos.items():
            seen = shown or name in STAFF
            assert (photo in queries.visible_photos(by)) == seen, name
            assert bool(permissions.can_see_photo(by, photo)) == seen, name


def test_who_may_ask_for_whom(workshop: Workshop) -> None:
    event = make_event(workshop)
    helper, stranger, owner = (
        make_volunteer(event).agent,
        make_person().agent,
        make_person().agent,
    )
    assert permissions.can_open_ticket(owner, workshop, owner)
    assert permissions.can_open_ticket(system_agent(), workshop, owner)
    assert permissions.can_open_ticket(helper, workshop, owner, event)
    assert not permissions.can_open_ticket(helper, workshop, owner)
    assert not permissions.can_open_ticket(stranger, workshop, owner)
    assert not permissions.can_open_ticket(None, workshop, owner)


def test_who_may_work_on_what(workshop: Workshop) -> None:
    people = _everybody(workshop)
    for state in ("new", "in_work", "done", "collected", "cancelled"):
        ticket = make_ticket(workshop, state=state)
        is_over = state in {"collected", "cancelled"}
        for name, by in people.items():
            expected = name in STAFF and not is_over
            assert bool(permissions.can_work_on(by, ticket)) == expected, (state, name)
        assert not permissions.can_work_on(ticket.owner, ticket)


def test_a_reason_is_given_to_whoever_may_not() -> None:
    ticket = make_ticket()
    assert str(permissions.can_keep(None, ticket.workshop).reason) == "Sign in first."
    assert str(permissions.can_move_ticket(ticket.owner, ticket, "declined").reason) == (
        "Only those who work for the workshop can do this."
    )


def test_names_are_read_by_those_who_work_there() -> None:
    ticket = make_ticket(owner=make_person(name="Aino").agent)
    assert permissions.sees_names(ticket.owner, ticket)
    assert permissions.sees_names(make_repairer(ticket.workshop).agent, ticket)
    assert not permissions.sees_names(make_person().agent, ticket)


def test_who_may_open_a_workshop() -> None:
    organization = make_organization()
    place = make_place(organization.agent)
    admin = make_person("organization_admin", organization=organization).agent
    member = make_person("member", organization=organization).agent
    assert permissions.can_create_workshop(admin, organization.agent, place)
    assert not permissions.can_create_workshop(member, organization.agent, place)
    assert not permissions.can_create_workshop(None, organization.agent, place)
    assert permissions.can_create_workshop(member, member, make_place(member))
