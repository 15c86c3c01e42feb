"""Who subscribed is told: what, when, how often, and what becomes of what does not arrive."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from kierto.hub.access import PRIVATE, PUBLIC, Access, Reader
from kierto.hub.callers import Caller
from kierto.hub.distribution import identity
from kierto.hub.models import OutboxRow, Subscription
from kierto.hub.store import reading, tenants, writing
from kierto.hub.subscriptions import circles, clock, lanes, outbox
from kierto.hub.subscriptions.budget import Budget
from kierto.hub.subscriptions.health import PAUSED_AFTER, wait_after
from tests.factories.parties import make_person
from tests.hub.endpoints import Endpoint, answer, listening
from tests.hub.telling import ask, due_now, fresh_machinery, put, settle, subscribe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _machinery(settings) -> Iterator[None]:
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    with fresh_machinery():
        yield


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found
        settle()


def read(name: str = "urn:s:1") -> dict:
    return ask("GET", f"/subscriptions/{name}").body


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


# ------------------------------------------------------------- what goes wrong


def test_what_fails_is_owed_and_counted_once_and_sent_again(endpoint: Endpoint):
    endpoint.reply = answer(status=500)
    subscribe(endpoint.url)
    put("urn:l:1", 5)
    endpoint.wait_for(1)
    settle()
    row = OutboxRow.objects.get()
    assert (row.attempts, row.holder, row.due_at > time.time()) == (1, "", True)
    assert read()["notification"]["status"] == "failed"
    due_now()
    assert OutboxRow.objects.get().attempts == 2
    endpoint.reply = answer(status=204)
    due_now()
    assert OutboxRow.objects.count() == 0
    told = read()["notification"]
    assert (told["timesSent"], told["timesFailed"], told["status"]) == (1, 1, "ok")
    assert len(endpoint.seen) == 3


def test_who_never_answers_is_paused_and_told_when_resumed(endpoint: Endpoint):
    endpoint.reply = answer(status=503)
    subscribe(endpoint.url)
    put("urn:l:1", 5)
    endpoint.wait_for(1)
    settle()
    for _ in range(PAUSED_AFTER - 1):
        assert read()["status"] == "active"
        due_now()
    assert (read()["status"], read()["notification"]["status"]) == ("paused", "failed")
    tried = len(endpoint.seen)
    due_now()
    assert len(endpoint.seen) == tried
    endpoint.reply = answer()
    assert ask("PATCH", "/subscriptions/urn:s:1", {"isActive": True}).status == 204
    due_now()
    assert len(endpoint.seen) == tried + 1
    assert (read()["status"], read()["notification"]["status"]) == ("active", "ok")


def test_what_is_owed_goes_with_its_subscription(endpoint: Endpoint):
    endpoint.reply = answer(status=500)
    subscribe(endpoint.url)
    put("urn:l:1", 5)
    endpoint.wait_for(1)
    settle()
    assert ask("DELETE", "/subscriptions/urn:s:1").status == 204
    assert OutboxRow.objects.count() == 0
    assert Subscription.objects.get().document == "{}"


def test_what_nobody_wants_for_a_day_is_deleted(endpoint: Endpoint):
    endpoint.reply = answer(status=500)
    subscribe(endpoint.url)
    put("urn:l:1", 5)
    endpoint.wait_for(1)
    settle()
    assert clock.tidy() == 0
    OutboxRow.objects.update(created_at=time.time() - 25 * 3600)
    assert clock.tidy() == 1
    assert OutboxRow.objects.count() == 0


def test_waits_double_up_to_five_minutes():
    waits = [wait_after(failures) for failures in range(1, 30)]
    assert 0.9 <= waits[0] <= 1.1
    assert 1.8 <= waits[1] <= 2.2
    assert max(waits) <= 330


def test_a_silent_endpoint_delays_no_other(endpoint: Endpoint):
    """The silent one answers only when all others have been told: no clock is needed to see it."""
    others_told = threading.Event()

    def silent(handler: object) -> None:
        others_told.wait(30)
        answer()(handler)  # type: ignore[arg-type]

    with listening(silent) as stuck:
        for number in range(8):
            subscribe(stuck.url, f"urn:s:stuck:{number}", endpoint={"timeout": 30_000})
        subscribe(endpoint.url, "urn:s:well")
        names = {f"urn:l:{number}" for number in range(50)}
        for name in names:
            put(name, 1)
        endpoint.wait_for_entities(names)
        assert len(stuck.seen) <= lanes.LANES
        others_told.set()
        stuck.wait_for_entities(names)
        settle()


def test_what_waits_travels_together(endpoint: Endpoint):
    go_on = threading.Event()

    def slowly(handler: object) -> None:
        go_on.wait(30)
        answer()(handler)  # type: ignore[arg-type]

    endpoint.reply = slowly
    subscribe(endpoint.url)
    names = [f"urn:l:{number}" for number in range(1 + lanes.TOGETHER + 5)]
    put(names[0], 1)
    endpoint.wait_for(1)
    for name in names[1:]:
        put(name, 1)
    go_on.set()
    endpoint.wait_for_entities(set(names))
    assert [len(seen.entities) for seen in endpoint.seen] == [1, lanes.TOGETHER, 5]


def test_what_a_living_process_sends_is_left_to_it(endpoint: Endpoint):
    go_on = threading.Event()

    def slowly(handler: object) -> None:
        go_on.wait(30)
        answer()(handler)  # type: ignore[arg-type]

    endpoint.reply = slowly
    subscribe(endpoint.url)
    put("urn:l:1", 1)
    endpoint.wait_for(1)
    row = OutboxRow.objects.get()
    assert (row.holder, row.due_at > row.created_at) == (outbox.holder(), True)
    writing.run(outbox.renew)
    assert writing.run(lambda cursor: outbox.take(cursor, limit=10)) == []
    assert OutboxRow.objects.get().due_at > row.due_at
    go_on.set()


# -------------------------------------------------------------------- the clock


def test_throttling_holds_back_and_then_tells_the_last_state(endpoint: Endpoint):
    subscribe(endpoint.url, throttling=600)
    for power in (1, 2, 3):
        put("urn:l:1", power)
    put("urn:l:2", 7)
    endpoint.wait_for(1)
    settle()
    assert len(endpoint.seen) == 1
    assert OutboxRow.objects.count() == 2
    due_now()
    last = endpoint.wait_for(2)[-1].json["data"]
    assert [(each["id"], each["power"]["value"]) for each in last] == [
        ("urn:l:1", 3),
        ("urn:l:2", 7),
    ]


def test_an_interval_tells_everything_that_matches(endpoint: Endpoint):
    for number in range(3):
        put(f"urn:l:{number}", number)
    subscribe(endpoint.url, timeInterval=600, q="power>0")
    put("urn:l:1", 5)
    settle()
    assert (endpoint.seen, clock.tell_by_interval()) == ([], 0)
    Subscription.objects.update(next_at=time.time() - 1)
    assert clock.tell_by_interval() == 1
    (seen,) = endpoint.wait_for(1)
    assert sorted(seen.entities) == ["urn:l:1", "urn:l:2"]
    assert clock.tell_by_interval() == 0
    assert Subscription.objects.get().next_at > time.time() + 500


# ------------------------------------------------------------------- many at once


def test_a_thousand_subscriptions_made_at_once_are_all_there_and_all_told(endpoint: Endpoint):
    names = [f"urn:s:{number}" for number in range(1000)]
    with ThreadPoolExecutor(8, initializer=None) as pool:
        list(pool.map(lambda name: _subscribed(endpoint.url, name), names))
    listed = ask("GET", "/subscriptions?limit=1000&count=true")
    assert {each["id"] for each in listed.body} == set(names)
    put("urn:l:1", 5)
    endpoint.wait_for(1000, 60)
    settle()
    assert sorted(seen.json["subscriptionId"] for seen in endpoint.seen) == sorted(names)
    assert OutboxRow.objects.count() == 0


def _subscribed(url: str, name: str) -> None:
    from django.db import connections

    try:
        subscribe(url, name)
    finally:
        reading_ends()
        connections.close_all()


def reading_ends() -> None:
    """A thread of the test that ends lets its reading connection go, as the server's do."""
    ends = getattr(reading, "close", None)
    if ends is not None:
        ends()


def test_a_subscription_is_known_to_the_next_change_whoever_made_it(endpoint: Endpoint):
    put("urn:l:0", 1)
    for number in range(1, 11):
        subscribe(endpoint.url, f"urn:s:{number}")
        put(f"urn:l:{number}", 1)
    settle()
    told = [
        (each.json["subscriptionId"], entity) for each in endpoint.seen for entity in each.entities
    ]
    made = range(1, 11)
    assert sorted(told) == sorted(
        (f"urn:s:{first}", f"urn:l:{then}") for first in made for then in made if first <= then
    )


# ------------------------------------------------------------------------ circles


def test_a_notification_of_this_node_is_not_taken_by_it():
    payload = {"id": "urn:n:1", "type": "Notification", "data": []}
    ours = {key.replace("-", "_"): value for key, value in circles.marks().items()}
    assert ask("POST", "/entities", payload, **ours).status == 508
    assert ask("POST", "/entities", payload, **ours, NGSILD_Tenant="other").status == 508
    theirs = ours | {"Via": "1.1 somebody-else"}
    assert ask("POST", "/entities", payload, **theirs).status == 201


def test_a_budget_is_spent_and_comes_back():
    budget = Budget(left=2.0)
    budget.spend()
    budget.spend()
    assert budget.left < 1.0


def test_tenants_are_told_apart_by_their_numbers():
    one = tenants.find("one", create=True)
    assert one.id != tenants.find("").id
