"""Who may see and do what: every role, every state; lists and decisions from one rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from kierto.core.transitions import Table
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import permissions, queries
from kierto.sharing.models import Booking, Collection, Membership, Thing
from kierto.sharing.states import (
    BOOKING_STEPS,
    MAINTENANCE_STEPS,
    THING_STEPS,
    WAITING_STEPS,
    BookingState,
    MaintenanceState,
    ThingState,
    WaitingState,
)
from tests.factories.parties import (
    make_agents,
    make_district,
    make_organization,
    make_person,
    make_place,
)
from tests.factories.sharing import make_collection, make_member, make_thing

pytestmark = pytest.mark.django_db

ROLES: dict[str, frozenset[str]] = {
    "visitor": frozenset(),
    "stranger": frozenset(),
    "borrower": frozenset(),
    "school": frozenset(),
    "staff": frozenset({"staff"}),
    "keeper": frozenset({"staff", "keeper"}),
    "operator": frozenset({"staff", "keeper"}),
    "other_operator": frozenset(),
    "node_admin": frozenset({"staff", "keeper"}),
    "node": frozenset({"staff", "keeper", "system"}),
}
"""Everybody towards a collection of an organisation, and the roles that they have in it."""


@dataclass(frozen=True)
class World:
    collection: Collection
    thing: Thing
    member: Membership
    school: Membership
    booking: Booking
    agents: dict[str, Agent | None]


@pytest.fixture
def world() -> World:
    district = make_district()
    owner, school = make_organization("Tool friends"), make_organization("School")
    collection = make_collection(place=make_place(owner.agent), name="Tools")
    thing = make_thing(collection)
    people = make_agents(owner, district)
    member = make_member(collection)
    teacher = make_person("member", organization=school).agent
    elsewhere = make_district(area={"type": "Polygon", "coordinates": [
        [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    ]})  # fmt: skip
    booking = Booking.objects.create(
        code="B1",
        collection=collection,
        borrower=member.agent,
        booked_by=member.agent,
        begins=timezone.now(),
        ends=timezone.now() + timedelta(hours=1),
        state=BookingState.REQUESTED,
    )
    agents = {
        "visitor": None,
        "stranger": people["resident"],
        "borrower": member.agent,
        "school": teacher,
        "staff": people["member"],
        "keeper": people["organization_admin"],
        "operator": people["operator"],
        "other_operator": make_person("operator", district=elsewhere).agent,
        "node_admin": people["node_admin"],
        "node": system_agent(),
    }
    return World(collection, thing, member, make_member(collection, school.agent), booking, agents)


# --------------------------------------------------------------------------- roles


@pytest.mark.parametrize("role", ROLES)
def test_roles_towards_a_collection(world: World, role: str) -> None:
    by, held = world.agents[role], ROLES[role]
    assert permissions.roles_in(by, world.collection) == held
    assert permissions.is_staff(by, world.collection) == ("staff" in held)
    assert bool(permissions.can_staff(by, world.collection)) == ("staff" in held)
    assert bool(permissions.can_keep(by, world.collection)) == ("keeper" in held)


def test_a_resident_keeps_a_collection_of_their_own() -> None:
    owner = make_person().agent
    collection = make_collection(place=make_place(owner))
    assert permissions.roles_in(owner, collection) == {"staff", "keeper"}
    assert permissions.roles_in(make_person().agent, collection) == frozenset()


def test_the_borrower_of_a_booking_and_whoever_acts_for_them(world: World) -> None:
    booking = world.booking
    assert permissions.roles_for_booking(world.agents["borrower"], booking) == {"borrower"}
    booking.borrower = world.school.agent
    assert permissions.roles_for_booking(world.agents["school"], booking) == {"borrower"}
    assert permissions.roles_for_booking(world.agents["keeper"], booking) == {"staff", "keeper"}
    assert permissions.roles_for_booking(None, booking) == frozenset()


@pytest.mark.parametrize("role", ROLES)
def test_lists_of_whose_collections_agree_with_roles(world: World, role: str) -> None:
    by, held = world.agents[role], ROLES[role]
    assert queries.staffed_collections(by).exists() == ("staff" in held)
    assert queries.kept_collections(by).exists() == ("keeper" in held)


# --------------------------------------------------------------------------- what one sees


@pytest.mark.parametrize("role", ROLES)
def test_what_is_open_is_public_and_the_rest_is_the_staffs(world: World, role: str) -> None:
    by, staff = world.agents[role], "staff" in ROLES[role]
    for state in ThingState.values:
        Collection.objects.update(state=state)
        shown = staff or state == ThingState.OPEN
        assert queries.visible_collections(by).exists() == shown, state
        assert bool(permissions.can_see_collection(by, world.collection)) == shown, state
        assert queries.visible_things(by).exists() == shown, state
        assert bool(permissions.can_see_thing(by, world.thing)) == shown, state


@pytest.mark.parametrize("role", ROLES)
def test_a_thing_is_public_while_it_is_open(world: World, role: str) -> None:
    by, staff = world.agents[role], "staff" in ROLES[role]
    for state in ThingState.values:
        Thing.objects.update(state=state)
        shown = staff or state == ThingState.OPEN
        assert queries.visible_things(by).exists() == shown, state
        assert bool(permissions.can_see_thing(by, world.thing)) == shown, state


@pytest.mark.parametrize("role", ROLES)
def test_bookings_and_members_are_shown_to_themselves_and_the_staff(
    world: World, role: str
) -> None:
    by, staff = world.agents[role], "staff" in ROLES[role]
    sees_booking = staff or role == "borrower"
    assert queries.visible_bookings(by).exists() == sees_booking
    assert bool(permissions.can_see_booking(by, world.booking)) == sees_booking
    seen = set(queries.visible_memberships(by).values_list("pk", flat=True))
    expected = {world.member.pk, world.school.pk} if staff else set()
    expected |= {world.member.pk} if role == "borrower" else set()
    expected |= {world.school.pk} if role == "school" else set()
    assert seen == expected
    for row in (world.member, world.school):
        assert bool(permissions.can_see_member(by, row)) == (row.pk in seen)


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize("role", ROLES)
def test_full_names_are_for_the_staff_of_that_collection(world: World, role: str) -> None:
    by, collection = world.agents[role], world.collection
    person = world.member.agent.person
    told = "staff" in ROLES[role] or role == "borrower"
    expected = person.name if told else "A resident"
    assert queries.borrower_name(by, collection, world.member.agent) == expected
    assert queries.borrower_name(by, collection, world.school.agent) == "School"


def test_staff_do_not_learn_the_names_of_strangers(world: World) -> None:
    stranger, staff = make_person(name="Secret").agent, world.agents["staff"]
    assert queries.borrower_name(staff, world.collection, stranger) == "A resident"
    make_member(make_collection(), stranger)
    assert queries.borrower_name(staff, world.collection, stranger) == "A resident"
    world.booking.borrower = stranger
    world.booking.save()
    assert queries.borrower_name(staff, world.collection, stranger) == "Secret"


def test_names_of_many_take_as_many_queries_as_of_one(
    world: World, django_assert_num_queries: Any
) -> None:
    agents = [make_member(world.collection).agent for _ in range(4)]
    loaded = list(Agent.objects.filter(pk__in=[a.pk for a in agents]).select_related("person"))
    staff = world.agents["staff"]
    for some in (loaded[:1], loaded):
        with django_assert_num_queries(4):
            queries.borrower_names(staff, world.collection, some)


# --------------------------------------------------------------------------- doing


@pytest.mark.parametrize("role", ROLES)
def test_who_opens_a_collection_for_an_organisation(world: World, role: str) -> None:
    by, owner, place = world.agents[role], world.collection.owner, world.collection.place
    allowed = bool(permissions.can_create_collection(by, owner, place))
    assert allowed == ("keeper" in ROLES[role])


def test_everybody_with_an_account_opens_one_of_their_own() -> None:
    agent = make_person().agent
    place = make_place(agent)
    assert permissions.can_create_collection(agent, agent, place)
    assert not permissions.can_create_collection(make_person().agent, agent, place)
    assert not permissions.can_create_collection(None, agent, place)


@pytest.mark.parametrize("role", ROLES)
def test_who_enrols_renews_and_agrees_for_whom(world: World, role: str) -> None:
    by, staff = world.agents[role], "staff" in ROLES[role]
    for row, own in ((world.member, "borrower"), (world.school, "school")):
        may = staff or role == own
        assert bool(permissions.can_enrol(by, world.collection, row.agent)) == may
        assert bool(permissions.can_renew_membership(by, row)) == may
        assert bool(permissions.can_agree(by, row)) == may


def test_a_refusal_says_why(world: World) -> None:
    stranger = world.agents["stranger"]
    assert str(permissions.can_staff(None, world.collection).reason) == "Sign in first."
    assert str(permissions.can_staff(stranger, world.collection).reason) == (
        "Only the staff of this collection can do this."
    )
    assert str(permissions.can_keep(stranger, world.collection).reason) == (
        "Only those who run this collection can change it."
    )


TABLES = [
    (THING_STEPS, ThingState.values),
    (BOOKING_STEPS, BookingState.values),
    (WAITING_STEPS, WaitingState.values),
    (MAINTENANCE_STEPS, MaintenanceState.values),
]
HELD = [
    frozenset(),
    frozenset({"borrower"}),
    frozenset({"staff"}),
    frozenset({"staff", "keeper"}),
    frozenset({"staff", "keeper", "system"}),
]


@pytest.mark.parametrize(("table", "states"), TABLES)
@pytest.mark.parametrize("held", HELD)
def test_every_step_of_every_table_is_judged_by_the_table(
    table: Table, states: list[str], held: frozenset[str]
) -> None:
    for source in states:
        for target in states:
            step = table.get((source, target))
            judged = permissions.judge_step(table, source, target, held)
            assert bool(judged) == (step is not None and not step.by.isdisjoint(held))
            assert bool(judged) == (str(judged.reason) == "")


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_a_collection_from_state_to_state(world: World, role: str) -> None:
    for source, target in product(ThingState.values, ThingState.values):
        world.collection.state = source
        step = THING_STEPS.get((source, target))
        may = step is not None and not step.by.isdisjoint(ROLES[role])
        judged = permissions.can_move_collection(world.agents[role], world.collection, target)
        assert bool(judged) == may, (source, target)
