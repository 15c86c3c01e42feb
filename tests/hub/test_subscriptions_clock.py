"""Notifications by the clock: not more often than wanted, and at intervals."""

from __future__ import annotations

import time

import pytest

from kierto.hub.models import OutboxRow, Subscription
from kierto.hub.subscriptions import clock
from tests.hub.endpoints import Endpoint
from tests.hub.telling import due_now, put, settle, subscribe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("machinery")]


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
