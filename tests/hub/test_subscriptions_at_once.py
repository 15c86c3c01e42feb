"""Many subscriptions made at once, and while things change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kierto.hub.models import OutboxRow
from kierto.hub.store import reading
from tests.hub.endpoints import Endpoint
from tests.hub.telling import ask, put, settle, subscribe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("machinery")]


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
