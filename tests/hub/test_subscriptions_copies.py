"""A subscription is known at the sources too: made there, kept up, told on, and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
import pytest

from kierto.hub import access
from kierto.hub.callers import OPEN, VISITOR, Caller
from kierto.hub.distribution import health, identity, registry
from kierto.hub.models import OutboxRow, SubscriptionCopy
from kierto.hub.subscriptions import owners
from kierto.hub.subscriptions.copies import carrying, payloads, planning, working
from tests.factories.parties import make_organization, make_person
from tests.hub.endpoints import Endpoint, Reply, Seen, listening
from tests.hub.sources import lamp, register, saying
from tests.hub.stored import entity, put
from tests.hub.telling import ask, fresh_machinery, settle

pytestmark = pytest.mark.django_db(transaction=True)

LAMP = "urn:ngsi-ld:Light:one"
NOWHERE = "http://127.0.0.1:9997"


@pytest.fixture(autouse=True)
def _machinery(settings: Any) -> Iterator[None]:
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    registry.forget()
    health.forget()
    working.forget()
    with fresh_machinery():
        yield
        working.current().wait()
    registry.forget()
    health.forget()
    working.forget()


@pytest.fixture
def source() -> Iterator[Endpoint]:
    with listening(keeping()) as found:
        yield found


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found
        settle()


def keeping(refusals: dict[str, int] | None = None) -> Reply:
    """A source that keeps subscriptions, and answers some methods with a status of its own."""
    kept: dict[str, Any] = {}

    def reply(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        seen: Seen = handler.seen  # type: ignore[attr-defined]
        status = (refusals or {}).get(handler.command, 0)
        if status:
            saying(None, status)(handler)
        elif handler.command == "POST":
            kept[seen.json["id"]] = seen.json
            saying(None, 201)(handler)
        elif name not in kept:
            saying(None, 404)(handler)
        elif handler.command == "DELETE":
            del kept[name]
            saying(None, 204)(handler)
        else:
            saying({"status": "active"} if handler.command == "GET" else None)(handler)

    return reply


def subscribe(url: str, name: str = "urn:s:1", caller: Caller = OPEN, **members: Any) -> str:
    payload = {
        "id": name,
        "type": "Subscription",
        "entities": [{"type": "Light"}],
        "notification": {"endpoint": {"uri": url}} | members.pop("notification", {}),
        **members,
    }
    made = ask("POST", "/subscriptions", payload, caller)
    assert made.status == 201, made.body
    assert working.current().wait()
    return name


def registered(source: Endpoint, **options: Any) -> str:
    name = register(source.url, **{"operations": ("federationOps",), **options})
    assert working.current().wait()
    return name


def again() -> None:
    """All copies are due, and are looked after."""
    health.forget()
    SubscriptionCopy.objects.update(due_at=0)
    working.look_after()


def tell(*elements: Any, copy: SubscriptionCopy | None = None, **headers: str) -> int:
    """The source sends a notification; what it is answered."""
    row = copy or SubscriptionCopy.objects.get()
    body = {"type": "Notification", "subscriptionId": row.urn, "data": list(elements)}
    if not headers:
        headers = {payloads.WORD: payloads.word_of(row.urn)}
    return ask("POST", payloads.REMOTE, body, VISITOR, **headers).status


def asked(source: Endpoint) -> list[tuple[str, str]]:
    """Methods, and paths without the names of copies."""
    return [(seen.method, "/".join(seen.path.split("/")[:4])) for seen in source.seen]


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
    assert not carrying.is_any_due()


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


def test_the_notification_of_this_very_node_is_not_taken(source: Endpoint):
    registered(source)
    subscribe(NOWHERE)
    loop = {"NGSILD_Notification": "true", "Via": identity.onward("")}
    assert tell(lamp(brightness=9), **loop) == 508


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


def person(*levels: int) -> Caller:
    agent = make_person().agent
    scopes = frozenset({"read", "subscribe"})
    reader = access.Reader(frozenset(levels), frozenset({agent.pk}))
    return Caller("person", agent.pk, scopes, frozenset({""}), reader)


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
    assert [seen.method for seen in source.seen] == ["POST", "DELETE", "POST"]
    assert source.seen[2].headers["Kierto-Readership"] == "public"
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
