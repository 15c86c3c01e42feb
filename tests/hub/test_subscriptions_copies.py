"""A subscription stands at the sources too: made there, kept up, shown and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson
import pytest

from kierto.hub import access
from kierto.hub.callers import Caller
from kierto.hub.distribution import identity, registry
from kierto.hub.models import Registration, Subscription, SubscriptionCopy
from kierto.hub.subscriptions import actions
from kierto.hub.subscriptions.copies import carrying, payloads, planning, working
from tests.factories.parties import make_person
from tests.hub.copying import (
    LAMP,
    NOWHERE,
    again,
    asked,
    keeping,
    person,
    registered,
    subscribe,
)
from tests.hub.endpoints import Endpoint, listening
from tests.hub.sources import register
from tests.hub.telling import ask

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("copying_machinery"),
]


# -------------------------------------------------------------------- standing


def test_a_source_gets_a_reduced_copy_that_tells_this_node(source: Endpoint):
    registered(source)
    subscribe(
        f"{NOWHERE}/mine",
        q="brightness>50",
        watchedAttributes=["brightness"],
        expiresAt="2099-01-01T00:00:00Z",
        throttling=5,
        notification={"format": "keyValues", "attributes": ["brightness"]},
    )
    (seen,) = source.wait_for(1)
    copy = seen.json
    row = SubscriptionCopy.objects.get()
    assert (seen.method, seen.path) == ("POST", "/ngsi-ld/v1/subscriptions")
    assert copy == {
        "id": row.urn,
        "type": "Subscription",
        "entities": [{"type": "Light"}],
        "q": "brightness>50",
        "watchedAttributes": ["brightness"],
        "expiresAt": "2099-01-01T00:00:00Z",
        "isActive": True,
        "notification": {
            "format": "normalized",
            "sysAttrs": True,
            "endpoint": {
                "uri": "http://node.example/ngsi-ld/ex/remote-notify",
                "accept": "application/json",
                "receiverInfo": [{"key": "Kierto-Copy-Word", "value": payloads.word_of(row.urn)}],
            },
        },
    }
    assert seen.headers["Via"] == identity.onward("")
    assert row.standing == row.wanted


def test_a_source_is_asked_for_its_part_only(source: Endpoint):
    registered(source, entity_id=LAMP, names=("colour",))
    subscribe(NOWHERE, q="brightness>50", watchedAttributes=["colour", "brightness"])
    copy = source.wait_for(1)[0].json
    assert copy["entities"] == [{"id": LAMP, "type": "Light"}]
    assert copy["watchedAttributes"] == ["colour"]
    assert copy["notification"]["attributes"] == ["colour"]
    # It has not what the query looks at.
    assert "q" not in copy


def test_what_may_be_spread_is_not_judged_by_the_source(source: Endpoint):
    registered(source)
    subscribe(NOWHERE, q="brightness>50", splitEntities=True)
    copy = source.wait_for(1)[0].json
    assert (copy.get("q"), copy["splitEntities"]) == (None, True)


@pytest.mark.parametrize(
    ("registration", "subscription"),
    [
        ({"operations": ("retrieveOps",)}, {}),
        ({"kind": "Moon"}, {}),
        ({"names": ("colour",)}, {"watchedAttributes": ["brightness"]}),
        ({}, {"localOnly": True}),
    ],
)
def test_a_source_that_has_nothing_to_do_with_it_is_not_asked(
    source: Endpoint, registration: dict[str, Any], subscription: dict[str, Any]
):
    registered(source, **registration)
    subscribe(NOWHERE, **subscription)
    assert (source.seen, SubscriptionCopy.objects.count()) == ([], 0)


def test_a_source_that_answers_for_itself_gets_a_copy_that_does(source: Endpoint):
    registered(source, management={"localOnly": True})
    subscribe(NOWHERE)
    assert source.wait_for(1)[0].json["localOnly"] is True


def test_a_change_reaches_the_source_and_the_end_too(source: Endpoint):
    registered(source)
    name = subscribe(NOWHERE, q="brightness>50")
    assert ask("PATCH", f"/subscriptions/{name}", {"q": "urn:ngsi-ld:null"}).status == 204
    assert working.current().wait()
    assert source.seen[1].method == "PATCH"
    assert source.seen[1].json["q"] == "urn:ngsi-ld:null"
    assert ask("PATCH", f"/subscriptions/{name}", {"isActive": False}).status == 204
    assert working.current().wait()
    assert source.seen[2].json["isActive"] is False
    assert ask("DELETE", f"/subscriptions/{name}").status == 204
    assert working.current().wait()
    assert source.seen[3].method == "DELETE"
    assert SubscriptionCopy.objects.count() == 0


def test_registrations_that_come_change_and_go_are_followed(source: Endpoint):
    subscribe(NOWHERE)
    assert SubscriptionCopy.objects.count() == 0
    name = registered(source)
    with listening(keeping()) as moved:
        path = f"/csourceRegistrations/{name}"
        assert ask("PATCH", path, {"endpoint": moved.url}).status == 204
        assert working.current().wait()
        assert [seen.method for seen in source.seen] == ["POST", "DELETE"]
        assert ask("DELETE", path).status == 204
        assert working.current().wait()
        assert [seen.method for seen in moved.seen] == ["POST", "DELETE"]
    assert SubscriptionCopy.objects.count() == 0


def test_a_source_that_is_away_gets_it_when_it_is_back():
    with listening() as before:
        url, port = before.url, int(before.url.rpartition(":")[2])
    register(url, operations=("federationOps",))
    subscribe(NOWHERE)
    row = SubscriptionCopy.objects.get()
    assert (row.standing, row.failures) == ("", 1)
    assert row.trouble.startswith("112 ")
    with listening(keeping(), port=port) as source:
        again()
        assert asked(source) == [("POST", "/ngsi-ld/v1/subscriptions")]
    row.refresh_from_db()
    assert (row.standing, row.failures, row.trouble) == (row.wanted, 0, "")


def test_a_copy_that_was_never_answered_is_ended_all_the_same():
    with listening(keeping({"POST": 503})) as source:
        registered(source)
        name = subscribe(NOWHERE)
        assert ask("DELETE", f"/subscriptions/{name}").status == 204
        assert working.current().wait()
        again()
        assert [seen.method for seen in source.seen] == ["POST", "DELETE"]
    assert SubscriptionCopy.objects.count() == 0


@pytest.mark.parametrize("status", [400, 404, 508])
def test_a_source_that_refuses_is_left_in_peace(status: int):
    with listening(keeping({"POST": status})) as source:
        registered(source)
        subscribe(NOWHERE)
        assert len(source.seen) == 1
    assert carrying.carry_due() == 0


def test_a_source_that_lost_a_copy_gets_it_again():
    with listening(keeping()) as source:
        registered(source)
        subscribe(NOWHERE)
        source.reply = keeping()
        again()
        assert [seen.method for seen in source.seen] == ["POST", "GET", "POST"]


def test_a_copy_that_stands_already_is_brought_up_to_date():
    with listening(keeping({"POST": 409, "PATCH": 204})) as source:
        registered(source)
        subscribe(NOWHERE)
        assert [seen.method for seen in source.seen] == ["POST", "PATCH"]


def test_what_another_process_did_not_live_to_do_is_done_by_the_job_worker(source: Endpoint):
    registered(source)
    subscribe(NOWHERE)
    SubscriptionCopy.objects.all().delete()
    planning.forget()
    working.look_after()
    assert [seen.method for seen in source.seen] == ["POST", "POST"]


def test_nobody_is_asked_inward(settings: Any, source: Endpoint):
    registered(source)
    settings.HUB_INWARD = False
    subscribe("http://93.184.216.34/mine")
    assert source.seen == []
    assert SubscriptionCopy.objects.get().failures == 1


# ----------------------------------------------------------------------- loops


def test_a_subscription_that_comes_back_to_its_node_is_refused():
    payload = {
        "type": "Subscription",
        "entities": [{"type": "Light"}],
        "notification": {"endpoint": {"uri": NOWHERE}},
    }
    assert ask("POST", "/subscriptions", payload, Via=identity.onward("")).status == 508


def test_a_copy_of_a_copy_names_all_nodes_and_goes_to_none_it_has_passed(source: Endpoint):
    with listening(keeping()) as first:
        registered(first, contextSourceAlias="first")
        registered(source, number=2, contextSourceAlias="second")
        payload = {
            "type": "Subscription",
            "entities": [{"type": "Light"}],
            "notification": {"endpoint": {"uri": NOWHERE}},
        }
        assert ask("POST", "/subscriptions", payload, Via="1.1 first").status == 201
        assert working.current().wait()
        assert first.seen == []
        assert source.seen[0].headers["Via"] == f"1.1 first, {identity.onward('')}"


# -------------------------------------------------------------------- showing


def test_a_subscription_with_copies_is_one_to_sources_too(source: Endpoint):
    name = subscribe(NOWHERE)
    assert ask("GET", "/csourceSubscriptions").body == []
    registered(source)
    (shown,) = ask("GET", "/csourceSubscriptions").body
    assert (shown["id"], shown["entities"]) == (f"{name}:sources", [{"type": "Light"}])
    assert shown["notification"]["endpoint"]["uri"] == f"http://node.example{payloads.REMOTE}"
    path = f"/csourceSubscriptions/{name}:sources"
    assert ask("GET", path).body["notification"]["status"] == "ok"
    assert ask("PATCH", path, {"isActive": False}).status == 422
    assert ask("DELETE", path).status == 422
    assert ask("GET", path, caller=person(access.PUBLIC)).status == 404
    assert ask("DELETE", f"/subscriptions/{name}").status == 204
    assert ask("GET", "/csourceSubscriptions").body == []


def test_sources_are_asked_as_often_for_three_subscriptions_as_for_one(
    source: Endpoint, django_assert_max_num_queries: Callable[..., Any]
):
    subscribe(NOWHERE, "urn:s:1", localOnly=True)
    for number in range(2, 5):
        subscribe(NOWHERE, f"urn:s:{number}", entities=[{"type": "Moon"}])
    registered(source)
    planning.forget()
    with django_assert_max_num_queries(14):
        planning.plan_due()
    assert orjson.dumps(source.seen) == b"[]"


def test_what_cannot_be_told_now_is_left_as_it_stands(source: Endpoint):
    name = registered(source)
    subscribe(NOWHERE)
    before = SubscriptionCopy.objects.get()
    gone = [{"key": "jsonldContext", "value": "http://127.0.0.1:9/context.jsonld"}]
    registration = ask("GET", f"/csourceRegistrations/{name}").body
    assert registration["id"] == name
    row = Registration.objects.get()
    stored = orjson.loads(row.stored) | {"contextSourceInfo": {gone[0]["key"]: gone[0]["value"]}}
    Registration.objects.update(stored=orjson.dumps(stored).decode())
    registry.forget()
    planning.forget()
    working.look_after()
    after = SubscriptionCopy.objects.get()
    assert (after.urn, after.wanted) == (before.urn, before.wanted)


def test_subscriptions_of_a_token_end_with_it():
    agent = make_person().agent
    for number in range(2):
        token = uuid4()
        scopes, reader = frozenset({"subscribe"}), access.VISITOR
        caller = Caller("node", agent.pk, scopes, frozenset({""}), reader, token)
        subscribe(NOWHERE, f"urn:s:{number}", caller)
    actions.end_all_by(agent.pk, token)
    assert list(Subscription.objects.filter(gone=False).values_list("urn", flat=True)) == [
        "urn:s:0"
    ]
