"""Whatever stands in the place of a member, the node answers and does not fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.calling import LD, call

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
TIME = "2026-01-01T00:00:00Z"
NOTIFY = {"endpoint": {"uri": "http://192.0.2.1/here", "accept": "application/json"}}
ENTITY: dict[str, Any] = {
    "id": LAMP,
    "type": "Lamp",
    "scope": ["/a/b"],
    "expiresAt": "2100-01-01T00:00:00Z",
    "power": [
        {"type": "Property", "value": 5, "unitCode": "WTT", "observedAt": TIME},
        {"type": "Property", "value": 6, "datasetId": "urn:x:2"},
    ],
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
    "owner": {
        "type": "Relationship",
        "object": "urn:x:1",
        "since": {"type": "Property", "value": 1},
    },
    "label": {"type": "LanguageProperty", "languageMap": {"en": "lamp"}},
    "state": {"type": "VocabProperty", "vocab": ["on"]},
    "more": {"type": "JsonProperty", "json": {"a": [1]}},
    "list": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
}
QUERY: dict[str, Any] = {
    "type": "Query",
    "entities": [{"type": "Lamp", "idPattern": ".*"}],
    "q": "power==1",
    "geoQ": {"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": [1, 2]},
    "temporalQ": {"timerel": "after", "timeAt": TIME},
    "ordering": {"orderBy": ["id"]},
    "pick": ["id"],
    "scopeQ": "/a",
}
SUBSCRIPTION: dict[str, Any] = {
    "type": "Subscription",
    "entities": [{"type": "Lamp"}],
    "watchedAttributes": ["power"],
    "q": "power>1",
    "notification": NOTIFY,
}
REGISTRATION: dict[str, Any] = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Lamp", "id": LAMP}], "propertyNames": ["power"]}],
    "endpoint": "http://192.0.2.1",
    "operations": ["retrieveOps"],
    "management": {"timeout": 100},
}
HISTORY: dict[str, Any] = {"id": LAMP, "type": "Lamp", "power": ENTITY["power"]}
REQUESTS: list[tuple[str, str, Any]] = [
    ("POST", "/entities", ENTITY),
    ("PUT", f"/entities/{LAMP}", ENTITY),
    ("PATCH", f"/entities/{LAMP}", ENTITY),
    ("PATCH", f"/entities/{LAMP}/attrs", ENTITY),
    ("PATCH", f"/entities/{LAMP}/attrs/power", ENTITY["power"][0]),
    ("PATCH", f"/entities/{LAMP}/attrs/location", ENTITY["location"]),
    ("POST", "/entityOperations/upsert", [ENTITY]),
    ("POST", "/entityOperations/merge", [ENTITY]),
    ("POST", "/entityOperations/update", [ENTITY]),
    ("POST", "/entityOperations/query", QUERY),
    ("POST", "/temporal/entityOperations/query", QUERY),
    ("POST", "/temporal/entities", HISTORY),
    ("POST", "/subscriptions", SUBSCRIPTION),
    ("POST", "/csourceSubscriptions", SUBSCRIPTION),
    ("POST", "/csourceRegistrations", REGISTRATION),
    ("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [QUERY]}),
    ("POST", "/jsonldContexts", {"@context": {"power": "https://a.example/power"}}),
]
ODD: list[Any] = [
    *(None, True, 0, -1, 10**30, 1e308, "", " ", "\0", "a" * 3_000, "urn:ngsi-ld:null", "@none"),
    *([], {}, [[]], [None], {"": 1}, {"\0": 1}, {"@value": 1}, {"@context": 1}, {"type": []}),
    *("http://[::1", "*", "((", "a==1;", "P1Y", "2026-99-01T00:00:00Z", "é\u202e", ["urn:x:1", 5]),
    *({"type": "Property"}, {"id": {}}, [[[[1]]]], {"@type": "@json", "@value": None}),
]
NAMES = ["id", "type", "value", "object", "@context", "@id", "scope", "q", "expiresAt", "geoQ", ""]


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Each member of an object, and each element of an array, at any depth."""
    for place in part if isinstance(part, dict) else range(len(part)):
        yield part, place
        if isinstance(part[place], dict | list):
            yield from _places(part[place])


@given(
    st.sampled_from(REQUESTS),
    st.lists(
        st.tuples(st.integers(0, 999), st.sampled_from(ODD), st.sampled_from(NAMES)), max_size=3
    ),
    st.sampled_from(["put", "put", "add", "leave", "twice"]),
)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_body_makes_the_node_fail(
    request_: tuple[str, str, Any], changes: list[tuple[int, Any, str]], how: str
) -> None:
    method, path, body = copy.deepcopy(request_)
    for number, odd, name in changes:
        places = list(_places(body))
        if not places:
            break
        part, place = places[number % len(places)]
        odd = copy.deepcopy(odd)
        if how == "leave":
            del part[place]
        elif how == "add" and isinstance(part, dict):
            part[name] = odd
        else:
            part[place] = [part[place]] * 2 if how == "twice" else odd
    is_linked = isinstance(body, dict) and "@context" in body
    headers = {"content-type": LD} if is_linked else {}
    response = call(method, path, json.dumps(body).encode(), headers=headers)
    assert response.status < 500 or response.status == 504, response.body
