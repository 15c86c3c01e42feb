"""Other cities: who joins, with which keys, and what is left when one goes."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.urls import reverse
from django.utils import timezone

from kierto.core.errors import NotAllowed
from kierto.hub import access, callers
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
from kierto.parties.models import Organization
from kierto.parties.queries import system_agent
from tests.factories.parties import NODE_ADMIN, ROLES, make_person
from tests.factories.parties import VISITOR as NOBODY
from tests.hub.neighbours import KIND, OWN, joined, knock, neighbour, offer, word
from tests.hub.sources import ask, lamp
from tests.hub.stored import entity, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_city")]


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


def test_a_node_may_ask_and_be_told_and_knows_how_we_are_reached():
    with neighbour() as endpoint:
        node = joined(endpoint)
        assert (node.own_address, node.token.scopes) == (OWN, ["read", "subscribe"])
        Token.objects.update(scopes=["read"])
        old = orjson.loads(node.registration.stored) | {"operations": ["retrieveEntity"]}
        Registration.objects.update(stored=orjson.dumps(old).decode())
        node = actions.refresh(Node.objects.get(), by=system_agent())
    assert Token.objects.get().scopes == ["read", "subscribe"]
    offered = orjson.loads(Registration.objects.get().stored)["operations"]
    assert {"createSubscription", "queryTemporal"} <= set(offered)
    assert "createEntity" not in offered


def test_subscriptions_of_a_node_end_with_it():
    with neighbour() as endpoint:
        node = joined(endpoint)
        token = node.token
        reader = access.Reader(frozenset({PARTNERS}), frozenset({token.agent_id}))
        scopes = frozenset(token.scopes)
        caller = callers.Caller("node", token.agent_id, scopes, None, reader, token.pk)
        payload = {
            "id": "urn:s:theirs",
            "type": "Subscription",
            "entities": [{"type": KIND}],
            "notification": {"endpoint": {"uri": endpoint.url}},
        }
        assert ask("POST", "/subscriptions", payload, caller).status == 201
        assert ask("GET", "/subscriptions/urn:s:theirs", caller=caller).status == 200
        actions.remove(node, by=system_agent())
        assert ask("GET", "/subscriptions/urn:s:theirs", caller=caller).status == 404


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
