"""Creating, retrieving, querying, replacing, merging and deleting entities."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.hub.access import PRIVATE, Access
from kierto.hub.callers import OPEN, VISITOR
from kierto.ngsild.contexts import CORE_CONTEXT
from tests.hub.calling import GEO, LD, call, error_of, made, shown
from tests.hub.stored import entity, put

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
CORE_LINK = f'<{CORE_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{LD}"'


# ------------------------------------------------------------------------- create


def test_what_is_created_can_be_retrieved() -> None:
    power = {"type": "Property", "value": 35, "unitCode": "WTT"}
    response = call("POST", "/entities", {"id": LAMP, "type": "Lamp", "power": power})
    assert (response.status, response.body) == (201, None)
    assert response.headers == {"Location": f"/ngsi-ld/v1/entities/{LAMP}"}
    retrieved = call("GET", f"/entities/{LAMP}")
    assert retrieved.body == {"id": LAMP, "type": "Lamp", "power": power}
    assert retrieved.headers["Link"] == [CORE_LINK]


def test_an_entity_is_created_once() -> None:
    made()
    response = call("POST", "/entities", {"id": LAMP, "type": "Bin"})
    assert error_of(response) == (409, "AlreadyExists")
    assert shown(LAMP) == {"id": LAMP, "type": "Lamp"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "InvalidRequest"),
        ([], "InvalidRequest"),
        ("text", "BadRequestData"),
        ({"type": "Lamp"}, "BadRequestData"),
        ({"id": LAMP}, "BadRequestData"),
        ({"id": "lamp", "type": "Lamp"}, "BadRequestData"),
        ({"id": LAMP, "type": "Lamp", "power": {"type": "Property"}}, "BadRequestData"),
    ],
)
def test_what_is_no_entity_is_refused(body: Any, error: str) -> None:
    assert error_of(call("POST", "/entities", body)) == (400, error)


def test_the_address_of_a_strange_identifier_is_quoted() -> None:
    response = call("POST", "/entities", {"id": "urn:x:a?b#c%2F/é", "type": "Lamp"})
    if response.status == 201:
        assert response.headers["Location"] == "/ngsi-ld/v1/entities/urn:x:a%3Fb%23c%252F/%C3%A9"
    else:
        assert error_of(response) == (400, "BadRequestData")


def test_a_visitor_reads_and_writes_nothing() -> None:
    made()
    assert call("GET", f"/entities/{LAMP}", by=VISITOR).status == 200
    for method, path, body in (
        ("POST", "/entities", {"id": "urn:x:2", "type": "Lamp"}),
        ("PATCH", f"/entities/{LAMP}", {"power": 1}),
        ("PUT", f"/entities/{LAMP}", {"type": "Lamp"}),
        ("DELETE", f"/entities/{LAMP}", None),
        ("DELETE", "/entities", None),
        ("POST", "/entityOperations/upsert", [{"id": LAMP, "type": "Lamp"}]),
        ("POST", "/jsonldContexts", {"@context": {}}),
    ):
        response = call(method, path, body, by=VISITOR)
        assert error_of(response) == (401, "Unauthorized")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_what_a_caller_may_not_see_is_not_there() -> None:
    put(entity("1", "Lamp"), access=Access(PRIVATE))
    assert error_of(call("GET", f"/entities/{LAMP}", by=VISITOR)) == (404, "ResourceNotFound")
    assert call("GET", "/entities", by=VISITOR, type="Lamp").body == []
    assert call("GET", f"/entities/{LAMP}", by=OPEN).status == 200


# ----------------------------------------------------------------------- retrieve


def test_an_entity_is_written_as_asked() -> None:
    made(
        power={"type": "Property", "value": 35}, near={"type": "Relationship", "object": "urn:x:2"}
    )
    assert shown(LAMP, options="keyValues") == {
        "id": LAMP,
        "type": "Lamp",
        "power": 35,
        "near": "urn:x:2",
    }
    assert shown(LAMP, format="concise")["near"] == {"object": "urn:x:2"}
    assert shown(LAMP, attrs="power", options="keyValues") == {
        "id": LAMP,
        "type": "Lamp",
        "power": 35,
    }
    assert shown(LAMP, pick="id,power", format="simplified") == {"id": LAMP, "power": 35}
    assert shown(LAMP, omit="power,near", options="simplified") == {"id": LAMP, "type": "Lamp"}
    assert set(shown(LAMP, options="sysAttrs")) == {
        *("id", "type", "createdAt", "modifiedAt", "power", "near")
    }


@pytest.mark.parametrize(
    "query",
    [
        {"pick": "power", "omit": "power"},
        {"pick": "power", "attrs": "power"},
        {"attrs": "power,"},
        {"options": "keyValues,concise"},
        {"join": "sideways"},
        {"joinLevel": "2"},
        {"join": "inline", "joinLevel": "0"},
        {"join": "inline", "joinLevel": "11"},
        {"geometryProperty": "location"},
        {"lang": ""},
    ],
)
def test_shapes_that_contradict_themselves_are_refused(query: dict[str, str]) -> None:
    made(power=35)
    assert error_of(call("GET", f"/entities/{LAMP}", **query)) == (400, "BadRequestData")


def test_an_entity_without_the_attributes_asked_for_is_not_found() -> None:
    made(power=35)
    assert error_of(call("GET", f"/entities/{LAMP}", attrs="colour")) == (404, "ResourceNotFound")
    assert error_of(call("GET", f"/entities/{LAMP}", pick="colour")) == (404, "ResourceNotFound")
    assert error_of(call("GET", f"/entities/{LAMP}", type="Bin")) == (404, "ResourceNotFound")


def test_the_media_type_decides_where_the_context_stands() -> None:
    made(location={"type": "Point", "coordinates": [28.3, 61.1]})
    plain = call("GET", f"/entities/{LAMP}")
    linked = call("GET", f"/entities/{LAMP}", headers={"accept": LD})
    feature = call("GET", f"/entities/{LAMP}", headers={"accept": GEO})
    bare = call("GET", f"/entities/{LAMP}", headers={"accept": GEO, "prefer": "body=json"})
    assert ("@context" in plain.body, plain.headers.get("Link")) == (False, [CORE_LINK])
    assert (linked.body["@context"], linked.headers.get("Link")) == (CORE_CONTEXT, None)
    assert (feature.body["@context"], feature.body["type"]) == (CORE_CONTEXT, "Feature")
    assert feature.body["geometry"] == {"type": "Point", "coordinates": [28.3, 61.1]}
    assert ("@context" in bare.body, bare.headers.get("Link")) == (False, [CORE_LINK])


def test_expired_attributes_are_not_shown() -> None:
    made(
        power={"type": "Property", "value": 35, "expiresAt": "2020-01-01T00:00:00Z"},
        state={
            "type": "Property",
            "value": "on",
            "note": {"type": "Property", "value": 1, "expiresAt": "2020-01-01T00:00:00Z"},
        },
        height={"type": "Property", "value": 8, "expiresAt": "2999-01-01T00:00:00Z"},
    )
    assert shown(LAMP) == {
        "id": LAMP,
        "type": "Lamp",
        "state": {"type": "Property", "value": "on"},
        "height": {"type": "Property", "value": 8},
    }


def test_linked_entities_stand_inside_or_beside() -> None:
    made(near={"type": "Relationship", "object": "urn:ngsi-ld:Pole:1"})
    made(id="urn:ngsi-ld:Pole:1", type="Pole", height=8)
    inside = shown(LAMP, join="inline")
    assert inside["near"]["entity"]["height"] == {"type": "Property", "value": 8}
    assert [one["id"] for one in shown(LAMP, join="flat")] == [LAMP, "urn:ngsi-ld:Pole:1"]


# -------------------------------------------------------------------------- query


def lamps(number: int) -> None:
    for place in range(number):
        made(id=f"urn:ngsi-ld:Lamp:{place}", power=place * 10, name=f"lamp {place}")


def ids(**query: str) -> list[str]:
    response = call("GET", "/entities", **query)
    assert response.status == 200, response.body
    return [one["id"].rsplit(":", 1)[-1] for one in response.body]


def test_queries_find_what_they_mean() -> None:
    lamps(4)
    made(id="urn:ngsi-ld:Bin:1", type="Bin", power=10)
    assert sorted(ids(type="Lamp")) == ["0", "1", "2", "3"]
    assert sorted(ids(type="Lamp,Bin", q="power==10")) == ["1", "1"]
    assert ids(q='name=="lamp 2"') == ["2"]
    assert sorted(ids(attrs="name", q="power>=20")) == ["2", "3"]
    assert ids(type="Lamp", id="urn:ngsi-ld:Lamp:3,urn:ngsi-ld:Bin:1") == ["3"]
    assert ids(type="Lamp", idPattern=":[23]$", orderBy="power;desc") == ["3", "2"]
    assert sorted(ids(local="true")) == ["0", "1", "1", "2", "3"]
    assert ids(type="Nothing") == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"id": LAMP},
        {"idPattern": ".*"},
        {"attrs": "createdAt"},
        {"q": "modifiedAt>2020-01-01T00:00:00Z"},
        {"type": "Lamp", "q": "power>"},
        {"type": "Lamp", "id": "lamp"},
        {"type": "Lamp", "idPattern": "("},
        {"type": "Lamp", "georel": "near;maxDistance==10"},
        {"type": "Lamp", "geoproperty": "location"},
        {"type": "*", "local": "false"},
        {"type": "Lamp", "q": "near{power}>1"},
        {"type": "Lamp", "csf": "power>"},
        {"type": "Lamp", "orderBy": "location;dist-asc"},
    ],
)
def test_queries_too_wide_or_wrong_are_refused(query: dict[str, str]) -> None:
    assert error_of(call("GET", "/entities", **query)) == (400, "BadRequestData")


def test_pages_lead_to_each_other() -> None:
    lamps(3)
    links: list[list[str]] = []
    for offset in range(3):
        response = call(
            "GET", "/entities", type="Lamp", limit="1", offset=str(offset), count="true"
        )
        assert response.headers["NGSILD-Results-Count"] == "3"
        assert [one["id"] for one in response.body] == [f"urn:ngsi-ld:Lamp:{offset}"]
        links.append([part.split(";")[1].strip() for part in response.headers["Link"][1:]])
    assert links == [['rel="next"'], ['rel="prev"', 'rel="next"'], ['rel="prev"']]


def test_a_count_alone_has_no_entities() -> None:
    lamps(2)
    response = call("GET", "/entities", type="Lamp", limit="0", count="true")
    assert (response.body, response.headers["NGSILD-Results-Count"]) == ([], "2")


def test_a_collection_is_geojson_where_asked() -> None:
    made(location={"type": "Point", "coordinates": [28.3, 61.1]})
    body = call("GET", "/entities", type="Lamp", headers={"accept": GEO}).body
    assert (body["type"], len(body["features"]), body["@context"]) == (
        *("FeatureCollection", 1),
        CORE_CONTEXT,
    )


def test_a_query_by_post_is_a_query() -> None:
    lamps(3)
    query = {
        "type": "Query",
        "entities": [{"type": "Lamp", "idPattern": "Lamp:[12]"}],
        "q": "power>10",
        "pick": ["id", "power"],
    }
    response = call("POST", "/entityOperations/query", query, by=VISITOR, format="simplified")
    assert response.body == [{"id": "urn:ngsi-ld:Lamp:2", "power": 20}]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Question"},
        {"entities": [{"id": LAMP}]},
        {"entities": [{"type": "Lamp", "id": 5}]},
        {"entities": []},
        {"q": 5},
        {"geoQ": "near"},
        {"geoQ": {"georel": "within"}},
        {"temporalQ": {}},
        {"ordering": {"orderBy": ["x"], "geometry": 5}},
    ],
)
def test_a_query_by_post_that_is_none_is_refused(change: dict[str, Any]) -> None:
    query = {"type": "Query", "entities": [{"type": "Lamp"}]} | change
    assert error_of(call("POST", "/entityOperations/query", query)) == (400, "BadRequestData")


# --------------------------------------------------------- replace, merge, delete


def test_replacing_leaves_nothing_of_what_was() -> None:
    made(power=35, colour="red")
    created = shown(LAMP, options="sysAttrs")["createdAt"]
    assert call("PUT", f"/entities/{LAMP}", {"type": "Lamp", "power": 40}).status == 204
    now = shown(LAMP, options="sysAttrs,keyValues")
    assert (now["power"], "colour" in now, now["createdAt"]) == (40, False, created)


def test_merging_changes_what_is_said_and_null_removes() -> None:
    made(power=35, colour="red", size={"type": "Property", "value": {"high": 8, "wide": 1}})
    patch = {
        "power": {"type": "Property", "value": 40},
        "colour": "urn:ngsi-ld:null",
        "size": {"type": "Property", "value": {"wide": 2}},
    }
    headers = {"content-type": "application/merge-patch+json"}
    assert call("PATCH", f"/entities/{LAMP}", patch, headers=headers).status == 204
    assert shown(LAMP, options="keyValues") == {
        "id": LAMP,
        "type": "Lamp",
        "power": 40,
        "size": {"high": 8, "wide": 2},
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_body_and_address_name_the_same_entity(method: str) -> None:
    made()
    body = {"id": "urn:ngsi-ld:Lamp:2", "type": "Lamp", "power": 1}
    assert error_of(call(method, f"/entities/{LAMP}", body)) == (400, "BadRequestData")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_not_there_cannot_be_changed(method: str) -> None:
    body = None if method == "DELETE" else {"type": "Lamp", "power": 1}
    assert error_of(call(method, f"/entities/{LAMP}", body)) == (404, "ResourceNotFound")


def test_a_deleted_entity_is_gone() -> None:
    made()
    assert call("DELETE", f"/entities/{LAMP}", type="Bin").status == 404
    assert call("DELETE", f"/entities/{LAMP}").status == 204
    assert error_of(call("GET", f"/entities/{LAMP}")) == (404, "ResourceNotFound")


def test_what_the_platform_keeps_is_not_written_from_outside() -> None:
    put(entity("1", "Lamp", power=35), source="exchange")
    for method, path, body in (
        ("PATCH", f"/entities/{LAMP}", {"power": 1}),
        ("PUT", f"/entities/{LAMP}", {"type": "Lamp"}),
        ("DELETE", f"/entities/{LAMP}", None),
        ("POST", f"/entities/{LAMP}/attrs", {"colour": "red"}),
        ("DELETE", f"/entities/{LAMP}/attrs/power", None),
    ):
        assert error_of(call(method, path, body)) == (403, "Forbidden")
    assert shown(LAMP, options="keyValues")["power"] == 35


# -------------------------------------------------------------------------- purge


def test_a_purge_deletes_what_it_means_and_nothing_else() -> None:
    lamps(3)
    made(id="urn:ngsi-ld:Bin:1", type="Bin")
    assert call("DELETE", "/entities", type="Lamp", q="power>=10").status == 204
    assert sorted(ids(local="true")) == ["0", "1"]


def test_a_purge_can_take_or_leave_single_attributes() -> None:
    lamps(2)
    assert call("DELETE", "/entities", type="Lamp", drop="power").status == 204
    assert shown("urn:ngsi-ld:Lamp:1", options="keyValues") == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "Lamp",
        "name": "lamp 1",
    }
    assert call("DELETE", "/entities", type="Lamp", keep="power").status == 204
    assert shown("urn:ngsi-ld:Lamp:1") == {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"id": LAMP},
        {"idPattern": ".*"},
        {"type": "Lamp", "keep": "a", "drop": "b"},
        {"type": "Lamp", "drop": "a{b}"},
    ],
)
def test_a_purge_of_everything_is_refused(query: dict[str, str]) -> None:
    lamps(1)
    assert error_of(call("DELETE", "/entities", **query)) == (400, "BadRequestData")
    assert ids(type="Lamp") == ["0"]
