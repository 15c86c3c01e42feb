"""Pages of collections and members: who may open them, what they do, how many queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.collections import add_group, set_plan
from kierto.sharing.models import Collection, Group, Membership, MembershipPlan, Terms
from kierto.sharing.states import ThingState
from tests.factories.parties import make_agents, make_district, make_organization, make_place
from tests.factories.parties import make_person as make_resident
from tests.factories.sharing import make_collection, make_member, make_terms, make_thing

pytestmark = pytest.mark.django_db

SignIn = Callable[[Agent | None], Client]
ROLES = ("visitor", "resident", "borrower", "staff", "keeper", "operator", "node_admin")
STAFF = {"staff", "keeper", "operator", "node_admin"}
KEEPERS = {"keeper", "operator", "node_admin"}


@dataclass(frozen=True)
class World:
    """A tool library with a member, and somebody in every role towards it."""

    collection: Collection
    member: Membership
    agents: dict[str, Agent | None]

    def path(self, name: str, *args: object) -> str:
        return reverse(f"sharing:{name}", args=[self.collection.slug, *args])


@pytest.fixture
def world() -> World:
    district = make_district(slug="kera", name="Kera")
    owner = make_organization("Tool friends")
    collection = make_collection(place=make_place(owner.agent), name="Tools", slug="tools")
    people = make_agents(owner, district)
    member = make_member(collection, make_resident(name="Noora Lahti").agent)
    agents = {
        "visitor": None,
        "resident": people["resident"],
        "borrower": member.agent,
        "staff": people["member"],
        "keeper": people["organization_admin"],
        "operator": people["operator"],
        "node_admin": people["node_admin"],
    }
    return World(collection, member, agents)


@pytest.fixture
def as_agent() -> SignIn:
    def signed_in(agent: Agent | None) -> Client:
        client = Client()
        if agent is not None:
            client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


# --------------------------------------------------------------------------- who may open what


@pytest.mark.parametrize("role", ROLES)
def test_public_pages_are_for_everybody(world: World, as_agent: SignIn, role: str) -> None:
    client = as_agent(world.agents[role])
    for path in [reverse("sharing:collections"), world.path("collection")]:
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_the_desk_are_for_staff(world: World, as_agent: SignIn, role: str) -> None:
    client = as_agent(world.agents[role])
    expected = 200 if role in STAFF else 302 if role == "visitor" else 403
    for path in [
        world.path("members"),
        world.path("members") + "?q=noora&only=blocked",
        world.path("member_new"),
        world.path("member", world.member.pk),
    ]:
        assert client.get(path).status_code == expected, path


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_those_who_run_it_are_for_keepers(
    world: World, as_agent: SignIn, role: str
) -> None:
    plan = set_plan(world.collection, changes={"name": "A year"}, by=system_agent())
    more = make_terms(world.collection)
    client = as_agent(world.agents[role])
    expected = 200 if role in KEEPERS else 302 if role == "visitor" else 403
    for path in [
        world.path("collection_settings"),
        world.path("terms"),
        world.path("terms_new"),
        world.path("terms_edit", more.pk),
        world.path("plans"),
        world.path("plan", plan.pk),
    ]:
        assert client.get(path).status_code == expected, path


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", [ThingState.DRAFT, ThingState.PAUSED, ThingState.RETIRED])
def test_what_is_not_open_is_known_to_its_staff(
    world: World, as_agent: SignIn, role: str, state: str
) -> None:
    Collection.objects.update(state=state)
    response = as_agent(world.agents[role]).get(world.path("collection"))
    assert response.status_code == (200 if role in STAFF else 404)


def test_members_of_another_collection_are_not_found(world: World, as_agent: SignIn) -> None:
    stranger = make_member(make_collection())
    client = as_agent(world.agents["keeper"])
    assert client.get(world.path("member", stranger.pk)).status_code == 404
    assert client.post(world.path("member_block", stranger.pk)).status_code == 404
    assert client.post(world.path("member_renew", stranger.pk)).status_code == 404
    assert client.get(world.path("terms_edit", make_terms(make_collection()).pk)).status_code == 404


def test_nothing_is_written_by_reading(world: World, as_agent: SignIn) -> None:
    client = as_agent(world.agents["keeper"])
    for name in ["join", "collection_move", "group_add"]:
        assert client.get(world.path(name)).status_code == 405
    for name in ["member_renew", "member_agree", "member_block", "member_unblock"]:
        assert client.get(world.path(name, world.member.pk)).status_code == 405


# --------------------------------------------------------------------------- what they show


def test_the_page_says_whether_it_is_open_and_what_holds(world: World, as_agent: SignIn) -> None:
    page = as_agent(None).get(world.path("collection")).content.decode()
    assert "Open day and night." in page
    assert "At most 14 days, at least 15 minutes." in page
    assert "Noora" not in page


def test_where_somebody_lives_is_shown_roughly(as_agent: SignIn) -> None:
    make_district(name="Kera")
    neighbour = make_resident().agent
    home = make_place(neighbour, street="Secret street 7", locality="Espoo")
    collection = make_collection(place=home)
    for agent, shown in [(None, False), (make_resident().agent, False), (neighbour, True)]:
        page = as_agent(agent).get(reverse("sharing:collection", args=[collection.slug]))
        assert ("Secret street" in page.content.decode()) == shown
    listed = as_agent(None).get(reverse("sharing:collections")).content.decode()
    assert "Secret street" not in listed


def test_staff_find_members_by_name_without_accents_and_by_card(
    world: World, as_agent: SignIn
) -> None:
    made = make_member(world.collection, make_resident(name="Äijö Ödman").agent)
    client = as_agent(world.agents["staff"])
    for words in ["aijo", "ÖDMAN", made.number]:
        rows = client.get(world.path("members"), {"q": words}).context["rows"]
        assert [name for _row, name in rows] == ["Äijö Ödman"], words
    assert client.get(world.path("members"), {"q": "nobody"}).context["rows"] == []


# --------------------------------------------------------------------------- what they do


def test_a_resident_joins_on_the_page(world: World, as_agent: SignIn) -> None:
    agent = world.agents["resident"]
    client = as_agent(agent)
    refused = client.post(world.path("join"), {})
    assert (refused.status_code, Membership.objects.filter(agent=agent).count()) == (422, 0)
    done = client.post(world.path("join"), {"agreed": "on"})
    assert done.status_code == 302
    assert Membership.objects.get(agent=agent).agreed_at is not None


def test_an_organisation_joins_by_whoever_acts_for_it(world: World, as_agent: SignIn) -> None:
    school = make_organization("School")
    teacher = make_resident("member", organization=school).agent
    client = as_agent(teacher)
    client.post(world.path("join"), {"agreed": "on", "who": str(school.agent.pk)})
    membership = Membership.objects.get(agent=school.agent)
    assert membership.agreed_at is not None
    assert client.post(world.path("member_agree", membership.pk)).status_code == 302


def test_the_desk_enrols_somebody_without_an_account(world: World, as_agent: SignIn) -> None:
    plan = set_plan(world.collection, changes={"name": "A year"}, by=system_agent())
    client, page = as_agent(world.agents["staff"]), world.path("member_new")
    values = {"name": "Aino Virta", "language": "fi", "signed": "on", "plan": plan.pk}
    client.post(page, values)
    made = Membership.objects.get(agent__person__name="Aino Virta")
    assert (made.agreed_at is not None, made.agent.person.language, made.plan) == (True, "fi", plan)
    taken = client.post(page, values | {"name": "Omar", "number": made.number})
    assert list(taken.context["form"].errors) == ["number"]
    assert list(client.post(page, {"language": "en"}).context["form"].errors) == ["name"]


def test_an_address_tells_nobody_whose_it_is(world: World, as_agent: SignIn) -> None:
    """Everybody may open a collection; by it they learn nothing about other people."""
    resident = world.agents["resident"]
    assert resident is not None
    client = as_agent(world.agents["keeper"])
    values = {"name": "", "email": resident.person.user.email, "language": "en"}
    page = client.post(world.path("member_new"), values)
    assert resident.person.name not in page.content.decode()
    assert not Membership.objects.filter(agent=resident).exists()


def test_the_desk_blocks_lifts_renews_and_groups(world: World, as_agent: SignIn) -> None:
    group = add_group(world.collection, name="Schools", by=system_agent())
    client, pk = as_agent(world.agents["staff"]), world.member.pk
    assert client.post(world.path("member_block", pk), {"reason": ""}).status_code == 422
    client.post(world.path("member_block", pk), {"reason": "Keys lost"})
    assert Membership.objects.get(pk=pk).blocked_reason == "Keys lost"
    assert "Keys lost" in client.get(world.path("member", pk)).content.decode()
    client.post(world.path("member_unblock", pk))
    assert Membership.objects.get(pk=pk).blocked_at is None
    client.post(world.path("member_groups", pk), {"groups": [group.pk]})
    assert list(world.member.groups.all()) == [group]


def test_borrowers_do_not_do_what_the_desk_does(world: World, as_agent: SignIn) -> None:
    client, pk = as_agent(world.agents["borrower"]), world.member.pk
    for name in ["member_block", "member_unblock", "member_groups"]:
        assert client.post(world.path(name, pk)).status_code == 403
    for name in ["collection_move", "group_add", "plans", "terms_new", "collection_settings"]:
        assert client.post(world.path(name), {"to": "paused"}).status_code == 403


def test_a_resident_opens_a_collection_of_their_own(as_agent: SignIn) -> None:
    make_district()
    agent = make_resident().agent
    client = as_agent(agent)
    assert "You have no place yet" in client.get(reverse("sharing:collection_new")).content.decode()
    place = make_place(agent)
    values = {
        "owner": str(agent.pk),
        "name": "New",
        "place": str(place.pk),
        "opening_hours": "Mo 18:00-20",
        "holidays": "FI",
        "timezone": "Europe/Helsinki",
    }
    wrong = client.post(reverse("sharing:collection_new"), values)
    assert list(wrong.context["form"].errors) == ["opening_hours"]
    assert "from character" in str(wrong.context["form"].errors["opening_hours"])
    client.post(reverse("sharing:collection_new"), values | {"opening_hours": "Mo 18:00-20:00"})
    made = Collection.objects.get(owner=agent)
    assert (made.slug, made.state) == ("new-2", ThingState.DRAFT)
    client.post(reverse("sharing:collection_move", args=[made.slug]), {"to": "open"})
    made.refresh_from_db()
    assert made.state == ThingState.OPEN


def test_the_keeper_changes_details_terms_plans_and_groups(world: World, as_agent: SignIn) -> None:
    client, collection = as_agent(world.agents["keeper"]), world.collection
    page = client.get(world.path("collection_settings"))
    values = {name: value for name, value in page.context["form"].initial.items() if value}
    client.post(world.path("collection_settings"), values | {"name": "More tools"})
    collection.refresh_from_db()
    assert collection.name == "More tools"
    fresh = client.get(world.path("terms_new")).context["form"].initial
    given = {name: value for name, value in fresh.items() if value or value == 0}
    given = {name: value for name, value in given.items() if value is not False}
    given |= {"name": "Large", "longest_minutes": 3, "longest_minutes_unit": 1440, "price": "2,50"}
    client.post(world.path("terms_new"), given)
    large = Terms.objects.get(name="Large")
    assert (large.longest_minutes, large.price) == (3 * 1440, Decimal("2.50"))
    wrong = client.post(world.path("terms_edit", large.pk), given | {"step_minutes": 7})
    assert list(wrong.context["form"].errors) == ["step_minutes"]
    client.post(world.path("terms_general", large.pk))
    assert Terms.objects.get(collection=collection, is_default=True) == large
    client.post(world.path("group_add"), {"name": "Schools"})
    group = Group.objects.get(collection=collection)
    client.post(world.path("group_rename", group.pk), {"name": "All schools"})
    client.post(
        world.path("plans"),
        {"name": "A year", "months": 12, "price": "20", "group": group.pk, "is_open": "on"},
    )
    plan = MembershipPlan.objects.get(collection=collection)
    assert (plan.price, plan.group, str(plan.group)) == (Decimal(20), group, "All schools")
    client.post(world.path("plan", plan.pk), {"name": "A year", "months": 6, "price": ""})
    plan.refresh_from_db()
    assert (plan.months, plan.price, plan.group, plan.is_open) == (6, 0, None, False)
    old = Terms.objects.get(name="Default")
    client.post(world.path("terms_remove", old.pk))
    assert list(Terms.objects.filter(collection=collection)) == [large]


# --------------------------------------------------------------------------- load


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("role", ["visitor", "resident", "keeper"])
def test_the_list_asks_as_often_for_many_as_for_one(
    world: World, as_agent: SignIn, role: str
) -> None:
    client, path = as_agent(world.agents[role]), reverse("sharing:collections")
    _queries(client, path)
    one = _queries(client, path)
    for _ in range(3):
        make_thing(make_collection())
        make_collection(place=make_place(make_resident().agent))
    assert _queries(client, path) == one


def test_the_list_of_members_asks_as_often_for_many_as_for_one(
    world: World, as_agent: SignIn
) -> None:
    client, path = as_agent(world.agents["staff"]), world.path("members")
    _queries(client, path)
    one = _queries(client, path)
    for _ in range(3):
        make_member(world.collection)
    assert _queries(client, path) == one


def test_terms_and_plans_ask_as_often_for_many_as_for_one(world: World, as_agent: SignIn) -> None:
    client = as_agent(world.agents["keeper"])
    set_plan(world.collection, changes={"name": "First"}, by=system_agent())
    paths = [world.path("terms"), world.path("plans"), world.path("collection")]
    counts = [[_queries(client, path) for path in paths] for _ in range(2)][1]
    for number in range(3):
        make_terms(world.collection)
        set_plan(world.collection, changes={"name": f"Plan {number}"}, by=system_agent())
    assert [_queries(client, path) for path in paths] == counts
