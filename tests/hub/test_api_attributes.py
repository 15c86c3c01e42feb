"""Attributes of an entity: append, update, replace, delete; and many entities at once."""

from __future__ import annotations

from typing import Any

import pytest

from kierto.hub.api import batches
from kierto.hub.callers import VISITOR
from kierto.hub.http import links
from tests.hub.calling import LD, call, error_of, made, shown

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
ATTRS = f"/entities/{LAMP}/attrs"


def values() -> dict[str, Any]:
    """The attributes of the lamp, their bare values."""
    told = shown(LAMP, options="keyValues")
    return {name: value for name, value in told.items() if name not in {"id", "type"}}


def test_appending_adds_and_overwrites() -> None:
    made(power=35)
    assert call("POST", ATTRS, {"power": 40, "colour": "red"}).status == 204
    assert values() == {"power": 40, "colour": "red"}


def test_appending_can_leave_what_there_is_and_says_so() -> None:
    made(power=35)
    response = call("POST", ATTRS, {"power": 40, "colour": "red"}, options="noOverwrite")
    (left,) = response.body["notUpdated"]
    assert (response.status, response.body["updated"], left["attributeName"]) == (
        207,
        ["https://uri.etsi.org/ngsi-ld/default-context/colour"],
        "https://uri.etsi.org/ngsi-ld/default-context/power",
    )
    assert values() == {"power": 35, "colour": "red"}


def test_updating_replaces_attributes_and_null_removes_them() -> None:
    made(power=35, colour="red")
    assert call("PATCH", ATTRS, {"power": 40, "colour": "urn:ngsi-ld:null"}).status == 204
    assert values() == {"power": 40}


def test_one_attribute_is_changed_in_part_or_replaced_whole() -> None:
    made(power={"type": "Property", "value": 35, "unitCode": "WTT"})
    assert call("PATCH", f"{ATTRS}/power", {"value": 40}).status == 204
    assert shown(LAMP)["power"] == {"type": "Property", "value": 40, "unitCode": "WTT"}
    assert call("PUT", f"{ATTRS}/power", {"type": "Property", "value": 45}).status == 204
    assert shown(LAMP)["power"] == {"type": "Property", "value": 45}


def test_instances_are_deleted_by_their_dataset() -> None:
    second = {"type": "Property", "value": 2, "datasetId": "urn:x:second"}
    made(power=[{"type": "Property", "value": 1}, second])
    assert call("DELETE", f"{ATTRS}/power").status == 204
    assert shown(LAMP)["power"] == second
    assert call("DELETE", f"{ATTRS}/power", datasetId="urn:x:second").status == 204
    assert values() == {}
    made(id="urn:ngsi-ld:Lamp:2", power=[{"type": "Property", "value": 1}, second])
    gone = call("DELETE", "/entities/urn:ngsi-ld:Lamp:2/attrs/power", deleteAll="true")
    assert gone.status == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "error"),
    [
        ("POST", f"{ATTRS}2", {"a": 1}, {}, (405, "OperationNotSupported")),
        ("POST", "/entities/urn:x:no/attrs", {"a": 1}, {}, (404, "ResourceNotFound")),
        ("PATCH", "/entities/urn:x:no/attrs", {"a": 1}, {}, (404, "ResourceNotFound")),
        ("PATCH", f"{ATTRS}/colour", {"value": 1}, {}, (404, "ResourceNotFound")),
        ("PUT", f"{ATTRS}/colour", {"type": "Property", "value": 1}, {}, (404, "ResourceNotFound")),
        ("DELETE", f"{ATTRS}/colour", None, {}, (404, "ResourceNotFound")),
        ("DELETE", f"{ATTRS}/power", None, {"datasetId": "urn:x:no"}, (404, "ResourceNotFound")),
        ("PATCH", f"{ATTRS}/power", {}, {}, (400, "BadRequestData")),
        ("PATCH", f"{ATTRS}/power", {"type": "Relationship"}, {}, (400, "BadRequestData")),
        ("PATCH", f"{ATTRS}/id", {"value": 1}, {}, (400, "BadRequestData")),
        ("POST", ATTRS, [], {}, (400, "BadRequestData")),
        ("POST", ATTRS, {"id": "urn:x:2", "a": 1}, {}, (400, "BadRequestData")),
        (
            *("DELETE", f"{ATTRS}/power", None),
            {"datasetId": "urn:x:1", "deleteAll": "true"},
            (400, "BadRequestData"),
        ),
    ],
)
def test_changes_that_cannot_be_are_refused(
    method: str, path: str, body: Any, query: dict[str, str], error: tuple[int, str]
) -> None:
    made(power=35)
    assert error_of(call(method, path, body, **query)) == error
    assert values() == {"power": 35}


# ------------------------------------------------------------------------- batches


def batch(operation: str, elements: Any, **options: Any) -> Any:
    return call("POST", f"/entityOperations/{operation}", elements, **options)


def lamp(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp"} | attributes


def test_a_batch_creates_all_and_names_them() -> None:
    response = batch("create", [lamp(1), lamp(2)])
    assert (response.status, response.body) == (201, ["urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:2"])


def test_what_one_element_does_wrong_harms_no_other() -> None:
    made()
    response = batch("create", [lamp(1), lamp(2), {"id": "urn:x:3"}, lamp(4), lamp(4)])
    assert response.status == 207
    assert response.body["success"] == ["urn:ngsi-ld:Lamp:2", "urn:ngsi-ld:Lamp:4"]
    told = [(one["entityId"], one["error"]["status"]) for one in response.body["errors"]]
    assert sorted(told) == [
        ("urn:ngsi-ld:Lamp:1", 409),
        ("urn:ngsi-ld:Lamp:4", 409),
        ("urn:x:3", 400),
    ]


def test_an_upsert_replaces_or_updates() -> None:
    made(power=35, colour="red")
    response = batch("upsert", [lamp(1, power=40), lamp(2)])
    assert (response.status, response.body) == (201, ["urn:ngsi-ld:Lamp:2"])
    assert values() == {"power": 40}
    assert batch("upsert", [lamp(1, colour="blue")], options="update").status == 204
    assert values() == {"power": 40, "colour": "blue"}
    wrong = batch("upsert", [lamp(1)], options="update,replace")
    assert error_of(wrong) == (400, "BadRequestData")


def test_the_last_of_two_elements_for_one_entity_wins() -> None:
    assert batch("upsert", [lamp(1, power=1, old=1), lamp(1, power=2)]).status == 201
    assert values() == {"power": 2}


def test_an_update_tells_of_what_is_missing_or_was_left() -> None:
    made(power=35)
    response = batch("update", [lamp(1, power=40, colour="red"), lamp(9)], options="noOverwrite")
    failed = sorted(one["entityId"] for one in response.body["errors"])
    assert (response.status, response.body["success"], failed) == (
        *(207, []),
        ["urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:9"],
    )
    assert values() == {"power": 35, "colour": "red"}


def test_a_merge_and_a_delete_of_many() -> None:
    batch("create", [lamp(1, power=1), lamp(2, power=2)])
    changes = [lamp(1, power="urn:ngsi-ld:null", colour="red"), lamp(2, power=3)]
    assert batch("merge", changes).status == 204
    assert values() == {"colour": "red"}
    assert batch("delete", ["urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:2"]).status == 204
    response = batch("delete", ["urn:ngsi-ld:Lamp:1", "no uri"])
    assert response.status == 207
    assert sorted(one["error"]["status"] for one in response.body["errors"]) == [400, 404]


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
@pytest.mark.parametrize("body", [[], {}, [None], [lamp(1), 5]])
def test_a_batch_that_is_none_is_refused_whole(operation: str, body: Any) -> None:
    assert error_of(batch(operation, body)) == (400, "BadRequestData")
    assert call("GET", "/entities", type="Lamp").body == []


def test_a_place_does_not_become_something_else_by_a_part_of_it() -> None:
    call("POST", "/entities", lamp(1, location={"type": "Point", "coordinates": [1, 2]}))
    part = {"type": "Property", "observedAt": "2026-01-01T00:00:00Z"}
    for path, body in (
        ("/attrs/location", part),
        ("/attrs/power", {"value": 1, "location": part}),
        ("", {"location": part}),
    ):
        response = call("PATCH", f"/entities/urn:ngsi-ld:Lamp:1{path}", body)
        assert error_of(response) == (400, "BadRequestData")


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
@pytest.mark.parametrize(
    "name", [None, 5, True, {}, [], "lamp", "urn:x:\0", "urn:x:" + "a" * 5_000]
)
def test_an_element_whose_id_is_none_is_an_error_of_its_own(operation: str, name: Any) -> None:
    response = batch(operation, [{"id": name, "type": "Lamp"}])
    assert response.status == 207
    assert [each["error"]["status"] for each in response.body["errors"]] == [400]


def test_a_batch_beyond_the_limit_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(batches, "LARGEST_BATCH", 2)
    response = batch("create", [lamp(number) for number in range(3)])
    assert error_of(response) == (403, "TooManyResults")


def test_every_element_has_its_own_context() -> None:
    elements = [
        lamp(1, power=1) | {"@context": {"power": "https://a.example/power"}},
        lamp(2, power=2) | {"@context": {"power": "https://b.example/power"}},
        lamp(3, power=3),
    ]
    response = batch("create", elements, headers={"content-type": LD})
    assert (response.status, len(response.body["success"])) == (207, 2)
    names = call("GET", "/attributes").body["attributeList"]
    assert names == ["https://a.example/power", "https://b.example/power"]
    link = {"content-type": LD, "link": links.context_link("https://a.example/c")}
    assert error_of(batch("create", elements, headers=link)) == (400, "BadRequestData")


def test_visitors_write_no_batch() -> None:
    for operation in ("create", "upsert", "update", "merge", "delete"):
        assert batch(operation, [lamp(1)], by=VISITOR).status == 401
