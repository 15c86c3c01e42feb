"""Who subscribed is told: what, of what, and no more than they may read."""

from __future__ import annotations

import pytest

from kierto.hub.access import PRIVATE, PUBLIC, Access, Reader
from kierto.hub.callers import Caller
from kierto.hub.distribution import identity
from kierto.hub.models import OutboxRow, Subscription
from tests.factories.parties import make_person
from tests.hub.endpoints import Endpoint
from tests.hub.telling import ask, put, read, settle, subscribe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("machinery")]


def test_a_change_is_told_with_what_the_subscriber_wants_said(endpoint: Endpoint):
    subscribe(
        endpoint.url + "/here",
        endpoint={"receiverInfo": [{"key": "Authorization", "value": "Bearer abc"}]},
    )
    put("urn:l:1", 5)
    (seen,) = endpoint.wait_for(1)
    assert (seen.method, seen.path) == ("POST", "/here")
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["Authorization"] == "Bearer abc"
    assert seen.headers["Via"] == identity.onward("", "")
    assert seen.headers["NGSILD-Notification"] == "true"
    assert "ngsi-ld-core-context" in seen.headers["Link"]
    body = seen.json
    assert (body["type"], body["subscriptionId"]) == ("Notification", "urn:s:1")
    assert body["data"] == [
        {"id": "urn:l:1", "type": "Lamp", "power": {"type": "Property", "value": 5}}
    ]


def test_a_subscriber_cannot_say_who_sends(endpoint: Endpoint):
    info = [
        {"key": "via", "value": "1.1 nobody"},
        {"key": "ngsild-notification", "value": "false"},
        {"key": "content-type", "value": "text/x-mine"},
    ]
    subscribe(endpoint.url, endpoint={"receiverInfo": info})
    put("urn:l:1", 5)
    (seen,) = endpoint.wait_for(1)
    said = {name.lower(): value for name, value in seen.headers.items()}
    assert said["via"] == identity.onward("", "")
    assert said["ngsild-notification"] == "true"
    assert said["content-type"] == "text/x-mine"


def test_after_it_arrived_nothing_is_owed_and_the_counters_say_so(endpoint: Endpoint):
    subscribe(endpoint.url)
    put("urn:l:1", 5)
    endpoint.wait_for(1)
    told = read()["notification"]
    assert (told["timesSent"], told["status"]) == (1, "ok")
    assert told["lastSuccess"] == told["lastNotification"]
    settle()
    assert OutboxRow.objects.count() == 0
    row = Subscription.objects.get()
    assert (row.times_sent, row.times_failed, row.failures) == (1, 0, 0)
    assert read()["notification"]["timesSent"] == 1


def test_changes_of_one_entity_arrive_in_order(endpoint: Endpoint):
    subscribe(endpoint.url)
    for power in range(20):
        put("urn:l:1", power)
    seen = endpoint.wait_for(20)
    assert [each.json["data"][0]["power"]["value"] for each in seen] == list(range(20))


def test_who_is_not_concerned_is_not_told(endpoint: Endpoint):
    subscribe(endpoint.url, "urn:s:1", entities=[{"type": "Tree"}])
    subscribe(endpoint.url, "urn:s:2", entities=[{"id": "urn:l:2", "type": "Lamp"}])
    subscribe(endpoint.url, "urn:s:3", q="power>100")
    subscribe(endpoint.url, "urn:s:4", isActive=False)
    subscribe(endpoint.url, "urn:s:5", watchedAttributes=["colour"])
    subscribe(endpoint.url, "urn:s:6", q="power>4")
    put("urn:l:1", 5)
    settle()
    assert [seen.json["subscriptionId"] for seen in endpoint.seen] == ["urn:s:6"]


def test_a_subscription_by_attribute_alone_finds_every_type(endpoint: Endpoint):
    subscribe(endpoint.url, entities=None, watchedAttributes=["power"])
    put("urn:l:1", 5)
    (seen,) = endpoint.wait_for(1)
    assert seen.entities == ["urn:l:1"]


def test_what_changed_and_what_went_is_shown(endpoint: Endpoint):
    subscribe(
        endpoint.url,
        notificationTrigger=["attributeUpdated", "entityDeleted"],
        notification={"showChanges": True},
    )
    put("urn:l:1", 5)
    put("urn:l:1", 6)
    assert ask("DELETE", "/entities/urn:l:1").status == 204
    changed, gone = endpoint.wait_for(2)
    assert changed.json["data"][0]["power"] == {
        "type": "Property",
        "value": 6,
        "previousValue": 5,
    }
    assert gone.json["data"][0]["power"] == {
        "type": "Property",
        "value": "urn:ngsi-ld:null",
        "previousValue": 6,
    }
    assert "deletedAt" in gone.json["data"][0]


def test_an_entity_that_is_gone_has_no_attributes_for_who_asked_only_that(endpoint: Endpoint):
    subscribe(endpoint.url, notificationTrigger=["entityDeleted"])
    put("urn:l:1", 5)
    assert ask("DELETE", "/entities/urn:l:1").status == 204
    (gone,) = endpoint.wait_for(1)
    assert sorted(gone.json["data"][0]) == ["deletedAt", "id", "type"]


@pytest.mark.parametrize(
    ("accept", "link", "inside"),
    [("application/json", True, False), ("application/ld+json", False, True)],
)
def test_the_context_is_said_as_the_media_type_wants(
    accept: str, link: bool, inside: bool, endpoint: Endpoint
):
    subscribe(endpoint.url, endpoint={"accept": accept})
    put("urn:l:1", 5)
    (seen,) = endpoint.wait_for(1)
    assert seen.headers["Content-Type"] == accept
    assert ("Link" in seen.headers, "@context" in seen.json["data"][0]) == (link, inside)


def test_the_context_wanted_for_notifications_is_named_as_it_was(endpoint: Endpoint):
    older = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
    subscribe(endpoint.url, jsonldContext=older, endpoint={"accept": "application/ld+json"})
    put("urn:l:1", 5)
    (seen,) = endpoint.wait_for(1)
    assert seen.json["data"][0]["@context"] == older


def test_places_may_be_told_as_features(endpoint: Endpoint):
    subscribe(endpoint.url, endpoint={"accept": "application/geo+json"})
    place = {"type": "Point", "coordinates": [24.7, 60.2]}
    put("urn:l:1", 5, location={"type": "GeoProperty", "value": place})
    (seen,) = endpoint.wait_for(1)
    assert seen.json["data"]["type"] == "FeatureCollection"
    assert seen.json["data"]["features"][0]["geometry"] == place


def test_linked_entities_travel_along(endpoint: Endpoint):
    put("urn:l:2", 2)
    subscribe(
        endpoint.url,
        entities=[{"id": "urn:l:1", "type": "Lamp"}],
        notification={"join": "flat", "joinLevel": 1},
    )
    put("urn:l:1", 1, near={"type": "Relationship", "object": "urn:l:2"})
    (seen,) = endpoint.wait_for(1)
    assert seen.entities == ["urn:l:1", "urn:l:2"]


def test_a_tenant_s_changes_are_told_to_its_subscribers(endpoint: Endpoint):
    subscribe(endpoint.url, "urn:s:1", headers={"NGSILD_Tenant": "one"})
    subscribe(endpoint.url, "urn:s:2")
    put("urn:l:1", 5, tenant="one")
    put("urn:l:2", 6)
    seen = endpoint.wait_for(2)
    settle()
    told = {each.json["subscriptionId"]: each for each in endpoint.seen}
    assert len(seen) == len(endpoint.seen) == 2
    assert told["urn:s:1"].headers["NGSILD-Tenant"] == "one"
    assert told["urn:s:1"].entities == ["urn:l:1"]
    assert told["urn:s:2"].entities == ["urn:l:2"]


def test_only_what_the_subscriber_may_read_is_told(endpoint: Endpoint):
    person, other = make_person().agent, make_person().agent
    caller = Caller(
        "somebody", person.pk, frozenset({"subscribe"}), None, Reader(frozenset({PUBLIC}))
    )
    subscribe(endpoint.url, caller=caller)
    put("urn:l:hidden", 1, access=Access(PRIVATE, frozenset({other.pk})))
    put("urn:l:theirs", 2, access=Access(PRIVATE, frozenset({person.pk})))
    put("urn:l:public", 3, access=Access(PUBLIC))
    endpoint.wait_for_entities({"urn:l:theirs", "urn:l:public"})
    settle()
    assert endpoint.told() == {"urn:l:theirs", "urn:l:public"}
