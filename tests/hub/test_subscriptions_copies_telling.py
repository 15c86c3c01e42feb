"""What sources tell of copies is judged here, and told on to whom it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kierto.hub import access
from kierto.hub.callers import Caller
from kierto.hub.distribution import identity
from kierto.hub.models import OutboxRow, SubscriptionCopy
from kierto.hub.subscriptions import owners
from kierto.hub.subscriptions.copies import payloads, planning, working
from tests.factories.parties import make_organization, make_person
from tests.hub.copying import (
    LAMP,
    NOWHERE,
    person,
    registered,
    subscribe,
    tell,
)
from tests.hub.endpoints import Endpoint, listening
from tests.hub.sources import lamp
from tests.hub.stored import entity, put
from tests.hub.telling import ask, settle

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("copying_machinery"),
]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found
        settle()


# ----------------------------------------------------------------- telling on


def test_what_a_source_tells_is_told_on_as_the_subscriber_wants_it(
    source: Endpoint, endpoint: Endpoint
):
    registered(source)
    name = subscribe(
        f"{endpoint.url}/mine",
        q="brightness>50",
        notification={"format": "keyValues", "attributes": ["brightness"]},
    )
    told = [lamp(brightness=99, colour="red"), lamp("urn:ngsi-ld:Light:dark", brightness=1)]
    assert tell(*told) == 200
    (seen,) = endpoint.wait_for(1)
    assert seen.path == "/mine"
    assert seen.json["subscriptionId"] == name
    assert seen.json["data"] == [{"id": LAMP, "type": "Light", "brightness": 99}]
    settle()
    assert OutboxRow.objects.count() == 0


def test_parts_from_here_and_from_there_are_told_together(source: Endpoint, endpoint: Endpoint):
    registered(source)
    subscribe(
        endpoint.url,
        q='brightness>50;colour=="red"',
        splitEntities=True,
        notification={"format": "keyValues"},
    )
    put(entity("one", colour="red"))
    assert tell(lamp(brightness=10)) == 200
    assert tell(lamp(brightness=99)) == 200
    (seen,) = endpoint.wait_for(1)
    settle()
    assert len(endpoint.seen) == 1
    assert seen.json["data"] == [{"id": LAMP, "type": "Light", "brightness": 99, "colour": "red"}]


def test_what_is_gone_at_the_source_is_told_on(source: Endpoint, endpoint: Endpoint):
    registered(source)
    subscribe(endpoint.url, notificationTrigger=["entityDeleted", "attributeDeleted"])
    gone = {"id": LAMP, "type": "Light", "deletedAt": "2026-11-22T08:00:00Z"}
    assert tell(gone) == 200
    first = endpoint.wait_for(1)[0].json["data"][0]
    assert (first["id"], "deletedAt" in first) == (LAMP, True)
    lost = {"colour": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    assert tell(lamp(brightness=1) | lost) == 200
    second = endpoint.wait_for(2)[1].json["data"][0]
    assert second["colour"]["value"] == "urn:ngsi-ld:null"
    assert second["brightness"]["value"] == 1


def test_a_source_tells_only_of_what_it_is_registered_for(source: Endpoint, endpoint: Endpoint):
    registered(source, names=("brightness",))
    subscribe(endpoint.url, notification={"format": "keyValues"})
    assert tell(lamp("urn:ngsi-ld:Moon:1", "Moon", brightness=1)) == 200
    assert tell(lamp(brightness=2, secret=3)) == 200
    (seen,) = endpoint.wait_for(1)
    settle()
    assert len(endpoint.seen) == 1
    assert seen.json["data"] == [{"id": LAMP, "type": "Light", "brightness": 2}]


def test_who_does_not_know_the_word_is_not_believed(
    settings: Any, source: Endpoint, endpoint: Endpoint
):
    registered(source)
    subscribe(endpoint.url)
    assert tell(lamp(brightness=1), **{payloads.WORD: "guess"}) == 404
    settings.HUB_OPEN = False
    owners.forget()
    assert tell(lamp(brightness=1), Accept="*/*") == 404
    settings.HUB_OPEN = True
    assert tell(lamp(brightness=1), Accept="*/*") == 200
    endpoint.wait_for(1)


def test_what_nobody_asked_for_is_refused(source: Endpoint):
    stranger = SubscriptionCopy(urn="urn:ngsi-ld:Subscription:strange")
    assert tell(lamp(brightness=1), copy=stranger) == 404
    assert ask("GET", payloads.REMOTE).status == 405
    assert ask("POST", payloads.REMOTE, [1]).status == 400


@pytest.mark.parametrize("told", ["lamp", {"id": "no uri", "type": "Light"}, {"type": "Light"}])
def test_what_is_no_entity_is_refused(source: Endpoint, told: Any):
    registered(source)
    subscribe(NOWHERE)
    assert tell(told) == 400


# ------------------------------------------------------------------ visibility


def test_who_sees_what_is_public_asks_for_no_more(source: Endpoint):
    registered(source)
    subscribe(NOWHERE, caller=person(access.PUBLIC))
    assert source.wait_for(1)[0].headers["Kierto-Readership"] == "public"


def test_who_is_no_partner_any_more_is_told_nothing_that_partners_see(
    source: Endpoint, endpoint: Endpoint
):
    city = make_organization(is_partner=True)
    partner = make_person("member", organization=city)
    scopes = frozenset({"read", "subscribe"})
    reader = access.reader_of(partner.agent)
    registered(source)
    subscribe(
        endpoint.url, caller=Caller("partner", partner.agent.pk, scopes, frozenset({""}), reader)
    )
    assert "Kierto-Readership" not in source.wait_for(1)[0].headers
    copy = SubscriptionCopy.objects.get()
    assert tell(lamp(brightness=1)) == 200
    endpoint.wait_for(1)
    type(city).objects.filter(pk=city.pk).update(is_partner=False)
    owners.forget()
    assert tell(lamp(brightness=2)) == 404
    planning.forget()
    working.look_after()
    assert working.current().wait()
    asked = sorted(source.seen, key=lambda seen: seen.method)  # two threads may carry them
    assert [seen.method for seen in asked] == ["DELETE", "POST", "POST"]
    assert asked[2].headers["Kierto-Readership"] == "public"
    assert SubscriptionCopy.objects.get().urn != copy.urn


def test_a_copy_for_the_public_is_told_what_is_public(endpoint: Endpoint):
    payload = {
        "type": "Subscription",
        "entities": [{"type": "Light"}],
        "notification": {"endpoint": {"uri": endpoint.url}},
    }
    made = ask("POST", "/subscriptions", payload, Kierto_Readership="public")
    assert made.status == 201
    put(entity("hidden", brightness=1), access=access.Access(access.PARTNERS))
    put(entity("one", brightness=1))
    assert [seen.entities for seen in endpoint.wait_for(1)] == [[LAMP]]
    settle()
    assert len(endpoint.seen) == 1


def test_the_notification_of_this_very_node_is_not_taken(source: Endpoint):
    registered(source)
    subscribe(NOWHERE)
    loop = {"NGSILD_Notification": "true", "Via": identity.onward("")}
    assert tell(lamp(brightness=9), **loop) == 508
