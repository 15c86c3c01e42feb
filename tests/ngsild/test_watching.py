"""When a subscription is concerned by a change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import subscriptions
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_entity
from kierto.ngsild.matching import Query, Selector
from kierto.ngsild.members import Document
from kierto.ngsild.scopes import parse_scope_q
from kierto.ngsild.subscription_members import TRIGGERS
from kierto.ngsild.types import parse_type_selection
from tests.ngsild.entities import DEFAULT, LATER, NOW, document
from tests.ngsild.subscribing import a_subscription

CREATED, UPDATED, DELETED = "attributeCreated", "attributeUpdated", "attributeDeleted"


def at(name: str) -> str:
    return f"{DEFAULT}{name}"


def told(
    before: Document | None, after: Document | None, resolve: Any = None, **members: Any
) -> bool:
    stored = subscriptions.read_subscription(a_subscription(**members), CORE, now=NOW)
    return subscriptions.concerns(stored, before, after, resolve)


def later(**members: Any) -> Document:
    """The lamp as it is read once more, later: the node's own times and ids differ."""
    return read_entity({"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", **members}, CORE, now=LATER)


OLD = document(power=5, led=True)
CHANGES = {
    "created": (None, OLD),
    "deleted": (OLD, None),
    "attribute created": (OLD, later(power=5, led=True, new=1)),
    "attribute updated": (OLD, later(power=6, led=True)),
    "attribute deleted": (OLD, later(power=5)),
    "nothing": (OLD, later(power=5, led=True)),
}
WAKES = {
    "entityCreated": {"created"},
    "entityDeleted": {"deleted"},
    "attributeCreated": {"created", "attribute created"},
    "attributeUpdated": {"attribute updated"},
    "attributeDeleted": {"deleted", "attribute deleted"},
    "entityUpdated": set(CHANGES) - {"nothing"},
}


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("change", CHANGES)
def test_each_trigger_wakes_for_its_changes(trigger: str, change: str) -> None:
    assert told(*CHANGES[change], notificationTrigger=[trigger]) is (change in WAKES[trigger])


def test_without_triggers_what_is_new_and_what_differs_is_told() -> None:
    woken = {change for change, states in CHANGES.items() if told(*states)}
    assert woken == {"created", "attribute created", "attribute updated"}


@pytest.mark.parametrize("change", CHANGES)
def test_only_watched_attributes_wake(change: str) -> None:
    for trigger in TRIGGERS:
        members = {"notificationTrigger": [trigger], "watchedAttributes": ["absent"]}
        assert not told(*CHANGES[change], **members)
    assert told(*CHANGES["attribute updated"], watchedAttributes=["led", "power"])
    assert not told(*CHANGES["attribute updated"], watchedAttributes=["led"])


def test_members_and_sub_attributes_of_an_attribute_are_part_of_it() -> None:
    def seen(**members: Any) -> Document:
        return later(power={"type": "Property", "value": 5, **members})

    one = seen(observedAt=NOW)
    assert told(one, seen(observedAt=LATER))
    assert told(one, seen(observedAt=NOW, unitCode="WTT"))
    assert told(one, seen(observedAt=NOW, accuracy={"type": "Property", "value": 1}))
    assert not told(one, seen(observedAt=NOW))


def test_one_and_true_differ() -> None:
    assert told(document(power=1), later(power=True))


def test_instances_of_datasets_come_and_go() -> None:
    gps = {"type": "Property", "value": 5, "datasetId": "urn:d:gps"}
    alone, both = document(power=5), later(power=[{"type": "Property", "value": 5}, gps])
    assert subscriptions.changes(alone, both).created == {at("power")}
    assert subscriptions.changes(both, alone).deleted == {at("power")}
    assert told(both, alone, notificationTrigger=[DELETED])
    assert not told(both, alone, notificationTrigger=[CREATED, UPDATED])


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"entities": [{"type": "Lamp"}]}, True),
        ({"entities": [{"type": "Car"}, {"type": "Lamp"}]}, True),
        ({"entities": [{"type": "Car"}]}, False),
        ({"entities": [{"type": "(Lamp;Car)"}]}, False),
        ({"entities": [{"type": "*"}]}, True),
        ({"entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:1"}]}, True),
        ({"entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:2"}]}, False),
        ({"entities": [{"type": "Lamp", "id": "urn:a:b", "idPattern": "."}]}, False),
        ({"entities": [{"type": "Lamp", "idPattern": "Lamp:[12]$"}]}, True),
        ({"entities": [{"type": "Lamp", "idPattern": "Car"}]}, False),
        ({"q": "power>5"}, True),
        ({"q": "power>6"}, False),
        ({"q": "led==true;power==6"}, True),
        ({"scopeQ": "/A/#"}, True),
        ({"scopeQ": "/B"}, False),
        (
            {
                "geoQ": {
                    "georel": "near;maxDistance==5",
                    "geometry": "Point",
                    "coordinates": [25, 60],
                }
            },
            True,
        ),
        (
            {
                "geoQ": {
                    "georel": "near;maxDistance==5",
                    "geometry": "Point",
                    "coordinates": [5, 60],
                }
            },
            False,
        ),
    ],
)
def test_only_entities_that_are_meant_wake(members: dict[str, Any], expected: bool) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [25, 60]}}
    after = later(power=6, led=True, location=place, scope="/A/B")
    assert told(OLD, after, **members) is expected


def test_the_state_after_is_asked_and_of_what_is_gone_the_state_before() -> None:
    assert told(document(power=9), later(power=1), q="power<5")
    assert not told(document(power=1), later(power=9), q="power<5")
    assert told(document(power=1), None, q="power<5", notificationTrigger=["entityDeleted"])


def test_linked_entities_are_asked() -> None:
    device = document(battery=0.3) | {"id": "urn:ngsi-ld:Device:1"}
    after = document(fed={"type": "Relationship", "object": device["id"]})
    known = {device["id"]: device}
    assert told(None, after, known.get, q="fed{battery}<0.5")
    assert not told(None, after, known.get, q="fed{battery}>0.5")
    assert not told(None, after, q="fed{battery}<0.5")


def test_nothing_concerns_nobody() -> None:
    assert not told(None, None)


def test_a_question_asks_all_it_is_given() -> None:
    lamp = document(power=6) | {"scope": ["/A"]}
    types = parse_type_selection("Lamp", CORE)
    whole = Query(
        ids=frozenset({lamp["id"]}),
        id_pattern="no such id",
        types=types,
        attrs=frozenset({at("power"), at("x")}),
        scope_q=parse_scope_q("/A"),
        selectors=(Selector(types),),
        dataset_ids=frozenset({"@none"}),
    )
    assert whole.matches(lamp)
    assert Query().matches(lamp)
    assert not Query(ids=frozenset()).matches(lamp)
    assert not Query(id_pattern="Car").matches(lamp)
    assert not Query(attrs=frozenset({at("x")})).matches(lamp)
    only = Query(attrs=frozenset({at("power")}), dataset_ids=frozenset({"urn:d:1"}))
    assert not only.matches(lamp)


_STATES = st.none() | st.dictionaries(
    st.sampled_from("abc"), st.integers(0, 2) | st.booleans() | st.just("x"), max_size=3
)


@given(_STATES, _STATES)
def test_changes_are_what_differs(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    old = None if before is None else document(**before)
    new = None if after is None else later(**after)
    found = subscriptions.changes(old, new)
    was, is_ = before or {}, after or {}
    assert found.created == {at(name) for name in is_ if name not in was}
    assert found.deleted == {at(name) for name in was if name not in is_}
    assert found.updated == {
        at(name) for name in is_ if name in was and repr(was[name]) != repr(is_[name])
    }
