"""The pages about nodes of other cities, and what is found there."""

from __future__ import annotations

import orjson
import pytest
from django.urls import reverse

from kierto.hub.models import Node
from kierto.hub.nodes import actions
from kierto.hub.nodes.links import link_of
from kierto.parties.queries import system_agent
from tests.factories.parties import NODE_ADMIN, ROLES, make_person
from tests.factories.parties import VISITOR as NOBODY
from tests.hub.neighbours import KIND, OWN, joined, neighbour, offer, word

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_city")]


@pytest.fixture
def admin(client):
    person = make_person(NODE_ADMIN)
    client.force_login(person.user)
    return person


def test_everybody_finds_what_other_cities_have(client):
    with neighbour(offer("there", name="Chairs", description="Twelve")) as endpoint:
        joined(endpoint)
        page = client.get(reverse("hub:cities"), {"kind": KIND})
    text = page.content.decode()
    assert page.status_code == 200
    assert [word in text for word in ("Chairs", "Twelve", "Prato")] == [True, True, True]


def test_a_city_that_does_not_answer_is_named(client):
    with neighbour() as endpoint:
        joined(endpoint)
    page = client.get(reverse("hub:cities"), {"kind": KIND})
    assert "Prato did not answer" in page.content.decode()


def test_a_link_of_a_found_thing_leads_to_its_own_node_only(client):
    url = {"type": "Property", "value": "https://evil.example/"}
    with neighbour(offer("there", name="Chairs") | {"url": url}) as endpoint:
        joined(endpoint)
        page = client.get(reverse("hub:cities"), {"kind": KIND})
    assert "evil.example" not in page.content.decode()


def test_an_administrator_invites_joins_and_parts_on_pages(client, admin):
    made = client.post(reverse("hub:node_invite"))
    assert "/cities/invitation/#" in made.content.decode()
    with neighbour() as endpoint:
        form = {"link": link_of(endpoint.url, word()), "address": OWN, "trusted": "on"}
        assert client.post(reverse("hub:node_join"), form).status_code == 302
        node = Node.objects.get()
        assert client.get(reverse("hub:nodes")).status_code == 200
        assert client.post(reverse("hub:node_refresh", args=[node.pk])).status_code == 302
        remove = reverse("hub:node_remove", args=[node.pk])
        assert client.get(remove).status_code == 200
        assert client.post(remove).status_code == 302
    node.refresh_from_db()
    assert node.removed_by == admin.agent


def test_what_is_wrong_with_a_link_is_said_beside_it(client, admin):
    page = client.post(reverse("hub:node_join"), {"link": "nonsense", "address": OWN})
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == {"link"}


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_administration_are_closed_to_others(client, role):
    if role != NOBODY:
        client.force_login(make_person(role).user)
    expected = {NOBODY: 302, NODE_ADMIN: 200}.get(role, 403)
    for name in ("hub:nodes", "hub:node_join"):
        assert client.get(reverse(name)).status_code == expected
    assert client.get(reverse("hub:cities")).status_code == 200
    assert client.get(reverse("hub:node_invitation")).status_code == 200


def test_the_list_of_nodes_asks_as_often_for_three_as_for_one(client, admin):
    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as context:
            client.get(reverse("hub:nodes"))
        return len(context)

    for number in range(1):
        _node(number)
    one = queries()
    for number in range(1, 3):
        _node(number)
    assert queries() == one


def _node(number):
    actions.invite(by=system_agent())
    return Node.objects.create(
        name=f"City {number}", address=f"http://c{number}.example", alias=f"c{number}",
        joined_by=system_agent(),
    )  # fmt: skip


def test_a_stranger_at_the_door_of_nodes_learns_nothing(client):
    door = reverse("hub:node_hello")
    assert client.get(door).status_code == 405
    for body in (b"", b"[]", b"{}", b'{"name": 1}', b"x" * 300_000):
        answer = client.post(door, body, content_type="application/json")
        assert answer.status_code == 400
    hello = {"name": "X", "address": "http://x.example", "alias": "x", "key": "k", "types": []}
    answer = client.post(door, orjson.dumps(hello), content_type="application/json")
    assert answer.status_code == 403
