"""Other cities: who joins, with which keys, and what is left when one goes."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import orjson
import pytest
from django.urls import reverse
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.hub import callers
from kierto.hub.access import PARTNERS, PRIVATE, Access
from kierto.hub.callers import OPEN, VISITOR
from kierto.hub.distribution import identity
from kierto.hub.errors.nodes import (
    AddressNotTheirs,
    AlreadyJoined,
    InvitationNotValid,
    InvitationOver,
    NodeGone,
    NodeNotReached,
    NotAnInvitation,
    NotReachedFromThere,
    OwnInvitation,
)
from kierto.hub.models import Invitation, Node, Registration, Token
from kierto.hub.nodes import actions
from kierto.hub.nodes.links import link_of, read_link
from kierto.hub.nodes.permissions import can_manage_nodes, can_remove_node, can_see_node
from kierto.hub.nodes.queries import visible_nodes
from kierto.hub.nodes.speaking import Hello
from kierto.parties.models import Organization
from kierto.parties.queries import system_agent
from tests.factories.parties import NODE_ADMIN, ROLES, make_person
from tests.factories.parties import VISITOR as NOBODY
from tests.hub.endpoints import listening
from tests.hub.sources import ask, fresh, lamp, saying
from tests.hub.stored import entity, put

pytestmark = pytest.mark.django_db

KIND = "urn:kierto:hub:Offer"
OWN = "http://own.example"


@pytest.fixture(autouse=True)
def _inward(settings):
    settings.HUB_INWARD = True
    settings.NODE_NAME = "Kera"
    fresh()
    callers.forget()
    yield
    fresh()
    callers.forget()


def offer(number, /, **values):
    return lamp(f"urn:ngsi-ld:Offer:{number}", KIND, **values)


@contextmanager
def neighbour(*entities, alias="neighbour", refusal=None):
    """A node of another city: says who it is, greets back, has some entities."""

    def reply(handler):
        path = handler.path.partition("?")[0]
        if path.endswith("/info/sourceIdentity"):
            body, status = {"contextSourceAlias": alias}, 200
        elif path.endswith("/join/hello/"):
            body, status = greeting, 200
            if refusal is not None:
                body, status = {"type": f"urn:kierto:error:{refusal[0]}"}, refusal[1]
        elif path.endswith("/types"):
            body, status = {"typeList": [KIND, "urn:kierto:hub:Need"]}, 200
        elif path.endswith("/leave/"):
            body, status = None, 204
        else:
            body, status = list(entities), 200
        saying(body, status)(handler)

    with listening(reply) as endpoint:
        greeting = {
            "name": "Prato",
            "address": endpoint.url,
            "alias": alias,
            "key": "kierto_theirs",
            "types": [KIND],
            "word": "",
        }
        yield endpoint


def word():
    return "w" * 54


def joined(endpoint, **options):
    link = link_of(endpoint.url, word())
    return actions.join(link, address=OWN, by=system_agent(), **options)


def knock(endpoint, secret, **changes):
    hello = Hello("Prato", endpoint.url, "neighbour", "kierto_theirs", [KIND], secret)
    said = {name: getattr(hello, name) for name in hello.__slots__} | changes
    return actions.admit(Hello(**said), own_address=OWN)


# ------------------------------------------------------------------- joining


def test_joining_keeps_a_key_of_each_side_and_the_way_there():
    with neighbour() as endpoint:
        node = joined(endpoint)
    assert (node.name, node.address, node.key) == ("Prato", endpoint.url, "kierto_theirs")
    assert node.registration.mode == "inclusive"
    said = endpoint.seen[0].json
    assert said["alias"] == identity.alias()
    assert node.token == Token.objects.get(digest=callers.hash_of(said["key"]))
    assert Organization.objects.get(agent=node.token.agent).is_partner


def test_the_key_that_was_given_opens_what_partners_may_see_and_no_more():
    put(entity("open"), access=Access(PARTNERS))
    put(entity("hidden"), access=Access(PRIVATE))
    with neighbour() as endpoint:
        joined(endpoint)
    key = endpoint.seen[0].json["key"]
    response = ask("GET", "/entities?type=Light", caller=None, Authorization=f"Bearer {key}")
    assert [each["id"] for each in response.body] == ["urn:ngsi-ld:Light:open"]
    body = lamp("urn:ngsi-ld:Light:new")
    written = ask("POST", "/entities", body, caller=None, Authorization=f"Bearer {key}")
    assert written.status == 403


def test_a_city_that_is_not_trusted_sees_what_is_public():
    put(entity("open"), access=Access(PARTNERS))
    with neighbour() as endpoint:
        joined(endpoint, trusted=False)
    key = endpoint.seen[0].json["key"]
    assert ask("GET", "/entities?type=Light", None, None, Authorization=f"Bearer {key}").body == []


def test_a_node_that_knocks_with_the_word_is_let_in_once():
    invitation, secret = actions.invite(by=system_agent())
    with neighbour() as endpoint:
        answer = knock(endpoint, secret)
        assert (answer.name, answer.address, answer.alias) == ("Kera", OWN, identity.alias())
        node = Node.objects.get()
        invitation.refresh_from_db()
        assert (node.name, invitation.node) == ("Prato", node)
        with pytest.raises(InvitationNotValid):
            knock(endpoint, secret, alias="other")


def test_nobody_is_let_in_by_a_wrong_an_old_or_a_withdrawn_word():
    old, secret = actions.invite(by=system_agent())
    withdrawn, other = actions.invite(by=system_agent())
    actions.withdraw(withdrawn, by=system_agent())
    long_ago = timezone.now() - timedelta(days=9)
    Invitation.objects.filter(pk=old.pk).update(
        made_at=long_ago, expires_at=long_ago + timedelta(days=7)
    )
    with neighbour() as endpoint:
        for wrong in (word(), secret, other):
            with pytest.raises(InvitationNotValid):
                knock(endpoint, wrong)
    assert not Node.objects.exists()


def test_a_node_is_asked_back_at_the_address_it_gives():
    _, secret = actions.invite(by=system_agent())
    with neighbour(alias="somebody") as endpoint:
        with pytest.raises(AddressNotTheirs):
            knock(endpoint, secret)
        url = endpoint.url
    with pytest.raises(NodeNotReached):
        knock(endpoint, secret, address=url)
    assert Invitation.objects.get().used_at is None


def test_two_nodes_are_joined_once():
    with neighbour() as endpoint:
        joined(endpoint)
        with pytest.raises(AlreadyJoined):
            joined(endpoint)
        _, secret = actions.invite(by=system_agent())
        with pytest.raises(AlreadyJoined):
            knock(endpoint, secret)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (("node_invitation_invalid", 403), InvitationNotValid),
        (("node_not_reached", 502), NotReachedFromThere),
        (("node_already_joined", 409), AlreadyJoined),
        (("something", 500), NodeNotReached),
    ],
)
def test_what_the_other_node_refuses_is_said_here(refusal, error):
    with neighbour(refusal=refusal) as endpoint:
        with pytest.raises(error):
            joined(endpoint)
    assert not Node.objects.exists()
    assert not Token.objects.exists()


def test_a_node_does_not_join_itself():
    _, secret = actions.invite(by=system_agent())
    with pytest.raises(OwnInvitation):
        actions.join(link_of("http://own.example", secret), address=OWN, by=system_agent())


@pytest.mark.parametrize(
    "link", ["", "http://kera.example/", "http://kera.example/cities/invitation/#short", "x" * 900]
)
def test_what_is_no_link_of_an_invitation_is_refused(link):
    with pytest.raises(NotAnInvitation):
        read_link(link)


def test_a_link_is_read_back_whatever_mail_did_to_its_lines():
    link = link_of("https://kera.example:8443/node", word())
    assert read_link(f" {link[:40]}\n {link[40:]} ") == ("https://kera.example:8443/node", word())


# -------------------------------------------------------------------- asking


def test_a_question_is_answered_by_both_nodes_and_goes_no_further():
    put(entity("here", KIND))
    with neighbour(offer("there", name="Chairs")) as endpoint:
        joined(endpoint)
        response = ask("GET", f"/entities?type={KIND}", caller=VISITOR)
        asked = endpoint.seen[-1]
    assert len(response.body) == 2
    assert "local=true" in asked.path


def test_the_key_of_a_node_is_shown_only_for_those_who_may_see_what_partners_see():
    with neighbour() as endpoint:
        joined(endpoint)
        ask("GET", f"/entities?type={KIND}", caller=VISITOR)
        assert "Authorization" not in endpoint.seen[-1].headers
        ask("GET", f"/entities?type={KIND}", caller=OPEN)
        assert endpoint.seen[-1].headers["Authorization"] == "Bearer kierto_theirs"


def test_another_city_has_no_say_in_what_is_ours():
    put(entity("mine", name="Chairs"))
    forged = lamp("urn:ngsi-ld:Light:mine", KIND, name="Forged", more="Added")
    forged["type"] = [KIND, "Light"]
    forged["name"]["modifiedAt"] = "2999-01-01T00:00:00Z"
    with neighbour(forged) as endpoint:
        joined(endpoint)
        entities = ask("GET", f"/entities?type={KIND},Light&format=simplified").body
    ours = next(each for each in entities if each["id"].endswith(":mine"))
    assert (ours["name"], ours["more"]) == ("Chairs", "Added")


def test_a_node_says_which_kinds_it_has_now():
    with neighbour() as endpoint:
        node = actions.refresh(joined(endpoint), by=system_agent())
    assert sorted(node.types) == ["urn:kierto:hub:Need", KIND]
    assert "urn:kierto:hub:Need" in node.registration.stored or Registration.objects.filter(
        stored__contains="urn:kierto:hub:Need"
    )


def test_a_node_that_does_not_answer_keeps_its_kinds_and_says_why():
    with neighbour() as endpoint:
        node = joined(endpoint)
    node = actions.refresh(node, by=system_agent())
    assert node.types == [KIND]
    assert endpoint.url in node.trouble
    assert actions.refresh_all() == 0


# ------------------------------------------------------------------- parting


def test_parting_ends_both_keys_and_the_way_and_tells_the_other(
    django_capture_on_commit_callbacks,
):
    with neighbour() as endpoint:
        node = joined(endpoint)
        with django_capture_on_commit_callbacks(execute=True):
            node = actions.remove(node, by=system_agent())
        last = endpoint.seen[-1]
    assert (last.path, last.headers["Authorization"]) == ("/cities/leave/", "Bearer kierto_theirs")
    assert (node.key, node.registration) == ("", None)
    assert not Registration.objects.exists()
    assert Token.objects.get().withdrawn_at is not None
    assert not Organization.objects.get(agent=node.token.agent).is_partner
    for action in (actions.remove, actions.refresh):
        with pytest.raises(NodeGone):
            action(node, by=system_agent())


def test_the_other_node_ends_it_with_the_key_we_gave(client):
    with neighbour() as endpoint:
        joined(endpoint)
    key = endpoint.seen[0].json["key"]
    leave = reverse("hub:node_leave")
    assert client.post(leave).status_code == 401
    assert client.post(leave, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.post(leave, headers={"Authorization": f"Bearer {key}"}).status_code == 204
    node = Node.objects.get()
    assert (node.removed_by, node.key) == (None, "")
    assert node.removed_at is not None


def test_an_invitation_is_withdrawn_once():
    invitation, _ = actions.invite(by=system_agent())
    actions.withdraw(invitation, by=system_agent())
    with pytest.raises(InvitationOver):
        actions.withdraw(invitation, by=system_agent())


# --------------------------------------------------------------- who may what


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_of_the_node_join_it_with_others(role):
    by = None if role == NOBODY else make_person(role).agent
    with neighbour() as endpoint:
        node = joined(endpoint)
    gone = Node.objects.create(
        name="Milan", address="http://m.example", alias="m", joined_by=system_agent(),
        removed_at=timezone.now(),
    )  # fmt: skip
    may = role == NODE_ADMIN
    assert bool(can_manage_nodes(by)) == may
    assert bool(can_remove_node(by, node)) == may
    assert not can_remove_node(by, gone)
    for each in (node, gone):
        assert bool(can_see_node(by, each)) == visible_nodes(by).filter(pk=each.pk).exists()
    if by is not None and not may:
        with pytest.raises(NotAllowed):
            actions.invite(by=by)
        with pytest.raises(NotAllowed):
            actions.remove(node, by=by)


# --------------------------------------------------------------------- pages


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
