"""Who subscribed to context sources is told of those that come, change and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kierto.hub.models import Subscription
from kierto.hub.subscriptions import clock
from kierto.hub.subscriptions.matching_sources import matching_parts
from kierto.ngsild import registrations, subscriptions, times
from kierto.ngsild.contexts import CORE
from tests.hub.endpoints import Endpoint, listening
from tests.hub.telling import ask, fresh_machinery, settle

NOW = "2026-11-22T08:00:00Z"


@pytest.fixture
def endpoint(transactional_db: None, settings: Any) -> Iterator[Endpoint]:
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    with fresh_machinery(), listening() as found:
        yield found
        settle()


def registration(name: str = "urn:r:1", kind: str = "Lamp", **members: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": kind}]}, {"entities": [{"type": "Bin"}]}],
        "endpoint": "http://127.0.0.1:9998",
        **members,
    }


def subscribe(endpoint: Endpoint, **members: Any) -> None:
    payload = {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": endpoint.url}},
        **members,
    }
    assert ask("POST", "/csourceSubscriptions", payload).status == 201


def register(**members: Any) -> None:
    made = ask("POST", "/csourceRegistrations", registration(**members))
    assert made.status == 201, made.body


def reasons(endpoint: Endpoint) -> list[tuple[str, list[str]]]:
    return [(seen.json["triggerReason"], seen.entities) for seen in endpoint.seen]


def test_sources_that_are_there_come_change_and_go(endpoint: Endpoint):
    register(name="urn:r:0")
    subscribe(endpoint)
    endpoint.wait_for(1)
    register(contextSourceInfo=[{"key": "Authorization", "value": "Bearer s3cret"}])
    endpoint.wait_for(2)
    change = {"information": [{"entities": [{"type": "Lamp"}]}]}
    assert ask("PATCH", "/csourceRegistrations/urn:r:1", change).status == 204
    endpoint.wait_for(3)
    away = {"information": [{"entities": [{"type": "Tree"}]}]}
    assert ask("PATCH", "/csourceRegistrations/urn:r:1", away).status == 204
    endpoint.wait_for(4)
    assert ask("DELETE", "/csourceRegistrations/urn:r:0").status == 204
    endpoint.wait_for(5)
    assert ask("DELETE", "/csourceRegistrations/urn:r:1").status == 204
    settle()
    assert reasons(endpoint) == [
        ("newlyMatching", ["urn:r:0"]),
        ("newlyMatching", ["urn:r:1"]),
        ("updated", ["urn:r:1"]),
        ("noLongerMatching", ["urn:r:1"]),
        ("noLongerMatching", ["urn:r:0"]),
    ]
    assert [b"s3cret" in seen.body for seen in endpoint.seen] == [False] * 5
    told = endpoint.seen[0].json
    assert (told["type"], told["subscriptionId"]) == ("ContextSourceNotification", "urn:s:1")
    assert told["data"][0]["information"] == [{"entities": [{"type": "Lamp"}]}]


def test_an_interval_tells_all_that_match(endpoint: Endpoint):
    register(name="urn:r:1")
    subscribe(endpoint, timeInterval=600)
    register(name="urn:r:2")
    endpoint.wait_for(1)
    Subscription.objects.update(next_at=1.0)
    assert clock.tell_by_interval() == 1
    endpoint.wait_for(2)
    assert reasons(endpoint) == [
        ("newlyMatching", ["urn:r:1"]),
        ("newlyMatching", ["urn:r:1", "urn:r:2"]),
    ]


@pytest.mark.parametrize(
    ("asked", "registered", "parts"),
    [
        ({}, {}, [0]),
        ({"entities": [{"type": "Tree"}]}, {}, []),
        ({"entities": [{"type": "Lamp,Bin"}]}, {}, [0, 1]),
        ({"entities": [{"type": "Lamp", "id": "urn:l:1"}]}, {}, [0]),
        ({}, {"expiresAt": "2026-11-22T07:00:00Z"}, []),
        ({}, {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}}, []),
        (
            {"temporalQ": {"timerel": "after", "timeAt": "2021-01-01T00:00:00Z"}},
            {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}},
            [0],
        ),
        (
            {"temporalQ": {"timerel": "before", "timeAt": "2019-01-01T00:00:00Z"}},
            {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}},
            [],
        ),
        ({"csf": "owner==\"city\""}, {"owner": "city"}, [0]),
        ({"csf": "owner==\"city\""}, {"owner": "firm"}, []),
    ],
)  # fmt: skip
def test_only_parts_that_were_asked_for_match(
    asked: dict[str, Any], registered: dict[str, Any], parts: list[int]
):
    endpoint = {"uri": "http://example.org/"}
    payload = {"id": "urn:s:1", "type": "Subscription", "notification": {"endpoint": endpoint}}
    payload |= {"entities": [{"type": "Lamp"}]} | asked
    subscription = subscriptions.read_subscription(payload, CORE, now=NOW, kind="registrations")
    expires = registered.pop("expiresAt", None)
    source = registrations.read_registration(registration() | registered, CORE, now=NOW)
    if expires:
        source["expiresAt"] = times.read_time(expires)
    assert matching_parts(subscription, source, NOW) == parts
