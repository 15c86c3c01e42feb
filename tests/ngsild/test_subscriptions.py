"""Subscriptions: what is accepted, what is refused, and that they are written as they were sent."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import subscriptions
from kierto.ngsild.contexts import CORE, Context
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.representations import Shape
from kierto.ngsild.subscription_members import READERS
from tests.ngsild.entities import LAMPS, LATER, NOW, VOCABULARY
from tests.ngsild.subscribing import ENDPOINT, JSON, a_subscription, nested

FULL = a_subscription(
    entities=[
        {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"},
        {"id": ["urn:a:1", "urn:a:2"], "type": "(Lamp;led)|power"},
        {"idPattern": "^urn:.*:9$", "type": "*"},
    ],
    watchedAttributes=["power", "led"],
    notificationTrigger=["entityCreated", "attributeDeleted"],
    q='power>5;led=="on"|!power.observedAt',
    csf='endpoint=="https://example.org"',
    geoQ={
        "georel": "near;maxDistance==2000",
        "geometry": "Point",
        "coordinates": [25, 60],
        "geoproperty": "location",
    },
    scopeQ="/Madrid/#,(/A;/B)",
    datasetId=["urn:d:1", "@none"],
    description="Lamps that burn",
    subscriptionName="Lamps",
    expandValues="led",
    jsonKeys="power",
    expiresAt="2030-01-01T00:00:00.000Z",
    isActive=False,
    jsonldContext="https://example.org/context.jsonld",
    lang="fi",
    throttling=5,
    splitEntities=True,
    ngsildConformance="1.6",
    notification={
        "endpoint": {
            "uri": "mqtts://example.org/topic",
            "accept": "application/ld+json",
            "receiverInfo": [{"key": "Authorization", "value": "Bearer x"}],
            "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
            "timeout": 500,
            "cooldown": 0.5,
        },
        "format": "concise",
        "sysAttrs": True,
        "showChanges": True,
        "pick": ["id", "power", "near{power}"],
        "omit": ["led"],
        "join": "inline",
        "joinLevel": 2,
    },
)


def stored(context: Context = LAMPS, **members: Any) -> subscriptions.Stored:
    return subscriptions.read_subscription(a_subscription(**members), context, now=NOW)


def written(one: subscriptions.Stored, context: Context = LAMPS) -> dict[str, Any]:
    return subscriptions.write_subscription(one, context, now=NOW)


def test_a_subscription_is_written_as_it_was_sent() -> None:
    one = subscriptions.read_subscription(FULL, LAMPS, now=NOW)
    assert written(one) == FULL | {"status": "paused"}
    assert subscriptions.read_subscription(written(one), LAMPS, now=NOW) | {"original": 0} == (
        one | {"original": 0}
    )


def test_what_is_kept_is_json_and_expanded() -> None:
    one = orjson.loads(orjson.dumps(subscriptions.read_subscription(FULL, LAMPS, now=NOW)))
    assert one["watched"] == [f"{VOCABULARY}power", f"{VOCABULARY}led"]
    assert one["entities"][0] == {"types": f"{VOCABULARY}Lamp", "ids": ["urn:ngsi-ld:Lamp:1"]}
    assert one["q"].startswith(f"(<{VOCABULARY}power>>5;")
    assert one["geo"]["geoproperty"] == "https://uri.etsi.org/ngsi-ld/location"
    assert one["notification"]["omit"] == {f"{VOCABULARY}led": None}


def test_names_are_iris_under_another_context() -> None:
    other = written(stored(watchedAttributes=["power"], q="power>5"), CORE)
    assert other["entities"] == [{"type": f"{VOCABULARY}Lamp"}]
    assert other["watchedAttributes"] == [f"{VOCABULARY}power"]
    assert other["q"] == f"<{VOCABULARY}power>>5"


def test_the_shortest_subscription_has_its_defaults() -> None:
    one = stored()
    assert written(one) == a_subscription() | {
        "notificationTrigger": ["attributeCreated", "attributeUpdated"],
        "status": "active",
    }
    assert subscriptions.shape_of(one) == Shape()
    without_id = subscriptions.read_subscription(a_subscription(id=None), LAMPS, now=NOW)
    assert without_id["id"].startswith("urn:ngsi-ld:Subscription:")


def test_what_the_node_says_is_not_taken_from_the_client() -> None:
    one = stored(
        status="expired",
        __context="x",
        timesSent=9,
        notification={"endpoint": ENDPOINT, "timesSent": 42, "status": "failed"},
    )
    assert written(one)["notification"] == {"endpoint": ENDPOINT}
    assert set(written(one)) == {
        *("id", "type", "entities", "notificationTrigger", "notification", "status"),
    }


def test_counters_and_the_last_outcome_are_told() -> None:
    counted = {"timesSent": 3, "timesFailed": 1, "lastSuccess": NOW, "lastFailure": LATER}
    told = written(stored() | counted)["notification"]
    assert told == {"endpoint": ENDPOINT, **counted, "status": "failed"}
    told = written(stored() | {"lastSuccess": LATER, "lastFailure": NOW})["notification"]
    assert told["status"] == "ok"


def test_queries_in_bodies_may_be_percent_encoded() -> None:
    assert stored(q='power=="Eiffel%20Tower"')["q"] == stored(q='power=="Eiffel Tower"')["q"]
    assert stored(q='power=="100 %"')["q"] == f'<{VOCABULARY}power>=="100 %"'


@pytest.mark.parametrize(
    "members",
    [
        {"type": "Lamp"},
        {"type": None},
        {"id": "not a uri"},
        {"id": ""},
        {"notification": None},
        {"notification": {}},
        {"notification": {"endpoint": {}}},
        {"notification": {"endpoint": {"uri": "here"}}},
        {"notification": {"endpoint": {"uri": "file:///etc/passwd"}}},
        {"notification": {"endpoint": {"uri": "urn:a:b"}}},
        {"notification": {"endpoint": {**ENDPOINT, "accept": "text/html"}}},
        {"notification": {"endpoint": {**ENDPOINT, "timeout": 0}}},
        {"notification": {"endpoint": {**ENDPOINT, "receiverInfo": [{"key": "k"}]}}},
        {"notification": {"endpoint": {**ENDPOINT, "receiverInfo": [{"key": "k", "value": 4}]}}},
        {"notification": {"endpoint": {**ENDPOINT, "notifierInfo": {"k": "v"}}}},
        {"notification": {"endpoint": ENDPOINT, "format": "xml"}},
        {"notification": {"endpoint": ENDPOINT, "attributes": []}},
        {"notification": {"endpoint": ENDPOINT, "pick": []}},
        {"notification": {"endpoint": ENDPOINT, "omit": []}},
        {"notification": {"endpoint": ENDPOINT, "pick": ["a"], "attributes": ["a"]}},
        {"notification": {"endpoint": ENDPOINT, "omit": ["a"], "attributes": ["b"]}},
        {"notification": {"endpoint": ENDPOINT, "pick": ["a"], "omit": ["a"]}},
        {"notification": {"endpoint": ENDPOINT, "join": "all"}},
        {"notification": {"endpoint": ENDPOINT, "join": "flat", "joinLevel": 0}},
        {"notification": {"endpoint": ENDPOINT, "showChanges": True, "format": "keyValues"}},
        {"notification": {"endpoint": ENDPOINT, "showChanges": True, "format": "simplified"}},
        {"notification": {"endpoint": ENDPOINT, "sysAttrs": "yes"}},
        {"entities": []},
        {"entities": None},
        {"entities": [{"id": "urn:a:b"}]},
        {"entities": [{"type": "Lamp", "id": "no uri"}]},
        {"entities": [{"type": "Lamp", "id": ["urn:a:b", 5]}]},
        {"entities": [{"type": "Lamp", "idPattern": "("}]},
        {"entities": [{"type": ["Lamp"]}]},
        {"entities": [{"type": "*"}], "localOnly": False},
        {"watchedAttributes": []},
        {"watchedAttributes": "power"},
        {"watchedAttributes": ["power"], "timeInterval": 5},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 0},
        {"timeInterval": True},
        {"entities": None, "watchedAttributes": None, "localOnly": False},
        {"throttling": -1},
        {"throttling": float("nan")},
        {"notificationTrigger": ["entityChanged"]},
        {"notificationTrigger": []},
        {"q": ""},
        {"q": "power>"},
        {"q": 5},
        {"csf": "(("},
        {"scopeQ": "//"},
        {"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}},
        {"geoQ": []},
        {"datasetId": []},
        {"datasetId": ["no uri"]},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"isActive": "true"},
        {"lang": ""},
        {"jsonldContext": "here"},
        {"jsonldContext": "ftp://example.org"},
        {"ngsildConformance": "one"},
        {"temporalQ": {"timerel": "after", "timeAt": NOW}},
        {"description": ""},
        {"description": "x" * 5_000},
        {"watchedAttributes": ["a"] * 2_000},
    ],
)
def test_what_is_no_subscription_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        stored(**members)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(BadRequestData):
        stored(notification={"endpoint": ENDPOINT, "x": nested(300)})
    with pytest.raises(BadRequestData):
        subscriptions.apply_patch(stored(), {"lang": nested(300)}, LAMPS, now=NOW)


@pytest.mark.parametrize("payload", [None, [], "x", 5, {}])
def test_what_is_no_object_is_refused(payload: Any) -> None:
    with pytest.raises(BadRequestData):
        subscriptions.read_subscription(payload, CORE, now=NOW)


def test_everything_here_may_be_subscribed_to_where_it_is_local() -> None:
    assert stored(entities=None, localOnly=True)["localOnly"]
    assert stored(entities=None, watchedAttributes=["power"])["watched"]
    assert stored(entities=None, localOnly=True, timeInterval=5)["timeInterval"] == 5


def test_subscriptions_to_sources_may_ask_for_times() -> None:
    payload = a_subscription(temporalQ={"timerel": "after", "timeAt": "2026-01-01T00:00:00.0Z"})
    one = subscriptions.read_subscription(payload, LAMPS, now=NOW, kind="registrations")
    assert one["temporalQ"] == {
        "timerel": "after",
        "timeAt": "2026-01-01T00:00:00Z",
        "timeproperty": "observedAt",
    }


def test_the_status_follows_the_clock() -> None:
    one = stored(expiresAt="2026-11-22T08:00:00Z")
    assert subscriptions.status(one, NOW) == "active"
    assert subscriptions.status(one, "2026-11-22T08:00:00Z") == "expired"
    assert subscriptions.status(one | {"isActive": False}, NOW) == "paused"
    assert subscriptions.status(one | {"isActive": False}, LATER) == "expired"


def patched(one: subscriptions.Stored, context: Context = LAMPS, **fragment: Any) -> dict[str, Any]:
    return written(subscriptions.apply_patch(one, fragment, context, now=LATER), context)


def test_members_of_a_fragment_replace_and_nulls_remove() -> None:
    one = stored(q="power>5", throttling=5, description="x")
    assert patched(one, isActive=False)["status"] == "paused"
    assert patched(one, q="led")["q"] == "led"
    assert "q" not in patched(one, q=None)
    assert "throttling" not in patched(one, throttling="urn:ngsi-ld:null", timeInterval=5)
    new = {"endpoint": {"uri": "http://example.net/"}, "format": "keyValues"}
    assert patched(one, type="Subscription", notification=new)["notification"] == new
    assert written(one) == written(stored(q="power>5", throttling=5, description="x"))


def test_a_fragment_in_another_context_means_what_it_says() -> None:
    one = subscriptions.apply_patch(stored(q="power>5"), {"q": "power>7"}, CORE, now=LATER)
    assert written(one)["q"] == "<https://uri.etsi.org/ngsi-ld/default-context/power>>7"
    assert written(one, CORE)["q"] == "power>7"


def test_values_are_expanded_anew_when_that_is_asked_later() -> None:
    one = subscriptions.apply_patch(
        stored(q="power==led"), {"expandValues": "power"}, LAMPS, now=NOW
    )
    assert one["q"] == f'<{VOCABULARY}power>=="{VOCABULARY}led"'


@pytest.mark.parametrize(
    "fragment",
    [
        {"notification": None},
        {"notification": {"format": "keyValues"}},
        {"notification": {"endpoint": None}},
        {"entities": None},
        {"type": "Lamp"},
        {"id": "urn:ngsi-ld:Subscription:2"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"timeInterval": 5},
        {"q": "("},
    ],
)
def test_what_is_no_subscription_any_more_is_refused(fragment: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        subscriptions.apply_patch(stored(throttling=5), fragment, LAMPS, now=NOW)


def test_notifications_carry_entities_or_one_collection() -> None:
    one = stored()
    told = subscriptions.notification(one, [{"id": "urn:a"}], identifier="urn:n:1", now=NOW)
    assert told == {
        "id": "urn:n:1",
        "type": "Notification",
        "subscriptionId": one["id"],
        "notifiedAt": NOW,
        "data": [{"id": "urn:a"}],
    }
    collection = {"type": "FeatureCollection", "features": []}
    told = subscriptions.notification(one, collection, identifier="urn:n:1", now=NOW)
    assert told["data"] == collection
    told = subscriptions.registration_notification(
        one, [], reason="newlyMatching", identifier="urn:n:1", now=NOW
    )
    assert (told["type"], told["triggerReason"]) == ("ContextSourceNotification", "newlyMatching")


_MEMBERS = st.dictionaries(
    st.sampled_from([*READERS, "q", "csf", "id", "type", "@context", "x"]), JSON, max_size=5
)


@given(_MEMBERS, st.booleans())
def test_any_payload_is_a_subscription_or_refused(members: dict[str, Any], whole: bool) -> None:
    payload = a_subscription() | members if whole else members
    try:
        one = subscriptions.read_subscription(payload, LAMPS, now=NOW)
    except NgsiLdError:
        return
    for context in (LAMPS, CORE):
        again = written(orjson.loads(orjson.dumps(one)), context)
        assert written(subscriptions.read_subscription(again, context, now=NOW), context) == again


@given(_MEMBERS)
def test_any_fragment_is_applied_or_refused(fragment: dict[str, Any]) -> None:
    one = stored(q="power>5", throttling=1, geoQ=FULL["geoQ"])
    before = orjson.dumps(one)
    try:
        after = subscriptions.apply_patch(one, fragment, LAMPS, now=LATER)
    except NgsiLdError:
        after = one
    orjson.dumps(written(after))
    assert orjson.dumps(one) == before
