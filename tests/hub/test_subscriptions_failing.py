"""What becomes of notifications that do not arrive, and of those that wait."""

from __future__ import annotations

import threading
import time

import pytest

from kierto.hub.models import OutboxRow, Subscription
from kierto.hub.store import writing
from kierto.hub.subscriptions import clock, lanes, outbox
from kierto.hub.subscriptions.health import PAUSED_AFTER, wait_after
from tests.hub.endpoints import Endpoint, answer, listening
from tests.hub.telling import ask, due_now, put, read, settle, subscribe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("machinery")]


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
