"""Features: what a program for maps gets, and who sees what."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kierto.hub import callers, vocabulary
from kierto.hub.access import CITY, PRIVATE, Access
from kierto.hub.features.collections import name_of
from kierto.hub.tokens import actions
from kierto.ngsild.entities import read_entity
from tests.factories.parties import make_person
from tests.hub.stored import NOW, place, put

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "/data/features/collections"


def _entity(name: str, kind: str, /, **attributes: Any) -> dict[str, Any]:
    payload = {"id": f"urn:ngsi-ld:{kind}:{name}", "type": kind, **attributes}
    return read_entity(payload, vocabulary.context(), now=NOW)


def _ask(path: str, status: int = 200, **said: Any) -> Any:
    headers = said.pop("headers", {})
    response = Client(headers=headers).get(path, said)
    assert response.status_code == status, response.content
    return response.json()


def _names(answer: Any) -> list[str]:
    return [feature["id"].rpartition(":")[2] for feature in answer["features"]]


@pytest.fixture
def bins() -> None:
    put(
        *(
            _entity(
                str(number),
                "WasteContainer",
                location=place(24.9 + number / 100, 60.2),
                fillingLevel=number / 10,
                storedWasteKind="glass" if number % 2 else "paper",
            )
            for number in range(1, 6)
        )
    )


def test_the_landing_page_leads_to_everything() -> None:
    body = _ask("/data/features/")
    assert {link["rel"]: link["href"] for link in body["links"]} == {
        "self": "http://testserver/data/features/",
        "service-desc": "http://testserver/data/openapi.json",
        "conformance": "http://testserver/data/features/conformance",
        "data": "http://testserver/data/features/collections",
    }
    assert len(_ask("/data/features/conformance")["conformsTo"]) == 2


def test_a_type_with_a_place_is_a_collection(bins: None) -> None:
    put(_entity("1", "Offer", name="No place"))
    body = _ask(ROOT)
    assert [one["id"] for one in body["collections"]] == ["WasteContainer"]
    assert _ask(f"{ROOT}/WasteContainer") == body["collections"][0]
    assert _ask(f"{ROOT}/Offer", 404)["status"] == 404


def test_a_type_without_a_simple_name_gets_one() -> None:
    assert name_of("https://uri.etsi.org/ngsi-ld/default-context/Lamp") == "Lamp"
    assert name_of("https://a.example/Lamp") != name_of("https://b.example/Lamp")
    assert name_of("https://a.example/Lamp").startswith("Lamp-")
    put(_entity("1", "https://a.example/model#Lamp", location=place(1, 1)))
    (one,) = _ask(ROOT)["collections"]
    assert _ask(f"{ROOT}/{one['id']}/items")["numberMatched"] == 1


def test_pages_follow_one_another(bins: None) -> None:
    address, seen = f"{ROOT}/WasteContainer/items?limit=2", []
    while address:
        body = _ask(address)
        seen.append(_names(body))
        assert (body["numberMatched"], body["numberReturned"]) == (5, len(seen[-1]))
        links = {link["rel"]: link["href"] for link in body["links"]}
        address = links.get("next", "").removeprefix("http://testserver")
    assert seen == [["1", "2"], ["3", "4"], ["5"]]
    assert _names(_ask(links["prev"].removeprefix("http://testserver"))) == ["3", "4"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"bbox": "24.905,60,24.925,61"}, ["1", "2"]),
        ({"bbox": "24.905,60,-10,24.925,61,100"}, ["1", "2"]),
        ({"bbox": "24.95,60.2,24.95,60.2"}, ["5"]),
        ({"bbox": "170,60,24.915,61"}, ["1"]),
        ({"bbox": "180,60,24.915,61"}, ["1"]),
        ({"bbox": "24.945,60,-180,61"}, ["5"]),
        ({"storedWasteKind": "paper"}, ["2", "4"]),
        ({"fillingLevel": "0.3"}, ["3"]),
        ({"storedWasteKind": "glass", "bbox": "24.925,60,25,61"}, ["3", "5"]),
        ({"datetime": "2026-11-22T07:00:00Z"}, ["1", "2", "3", "4", "5"]),
        ({"datetime": "2026-11-22"}, ["1", "2", "3", "4", "5"]),
        ({"datetime": "2026-11-22T07:00:01Z/.."}, []),
        ({"limit": "100000", "offset": "4"}, ["5"]),
        ({"offset": "9"}, []),
    ],
)
def test_a_request_narrows_what_comes(bins: None, said: dict[str, str], names: list[str]) -> None:
    assert _names(_ask(f"{ROOT}/WasteContainer/items", **said)) == names


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("2026-11-23T00:00:00Z/..", ["open", "week"]),
        ("../2026-11-20", ["week"]),
        ("2026-11-21T10:00:00Z", ["open", "week"]),
        ("2026-11-30T00:00:00Z/2026-12-01T00:00:00Z", ["open"]),
    ],
)
def test_what_has_a_beginning_is_there_from_then_to_its_end(said: str, names: list[str]) -> None:
    put(
        _entity("week", "Event", location=place(1, 1), startDate="2026-11-18T09:00:00Z",
                endDate="2026-11-24T09:00:00Z"),
        _entity("open", "Event", location=place(1, 1), startDate="2026-11-21"),
        _entity("past", "Event", location=place(1, 1), startDate="2026-11-21T08:00:00Z",
                endDate="2026-11-21T09:00:00Z"),
    )  # fmt: skip
    found = _names(_ask(f"{ROOT}/Event/items", datetime=said))
    assert sorted(found) == names


@pytest.mark.parametrize(
    "said",
    [
        {"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"bbox": "1,3,2,2"}, {"bbox": "0,0,nan,1"},
        {"bbox": "-190,0,1,1"}, {"limit": "0"}, {"limit": "x"}, {"offset": "-1"},
        {"offset": "99999999999"}, {"datetime": "yesterday"}, {"datetime": "../.."},
        {"datetime": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"}, {"datetime": "09:00:00Z"},
        {"unheardOf": "1"}, {"location": "1"}, {"f": "html"}, {"@id": "1"}, {"limit": ["1", "2"]},
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(bins: None, said: dict[str, Any]) -> None:
    body = _ask(f"{ROOT}/WasteContainer/items", 400, **said)
    assert (body["type"], body["status"], body["title"]) == ("about:blank", 400, "Bad Request")


def test_a_feature_has_plain_values_in_the_language_of_the_reader() -> None:
    put(
        _entity(
            "1",
            "Building",
            location=place(24.9, 60.2),
            name={"type": "LanguageProperty", "languageMap": {"en": "Hall", "fi": "Halli"}},
            startDate={"type": "Property", "value": {"@type": "Date", "@value": "2026-01-02"}},
            owner={"type": "Relationship", "object": "urn:ngsi-ld:Organization:7"},
        )
    )
    address = f"{ROOT}/Building/items/urn:ngsi-ld:Building:1"
    body = _ask(address, headers={"Accept-Language": "fi-FI,fi;q=0.9"})
    links = {link["rel"]: link["href"] for link in body.pop("links")}
    assert body == {
        "id": "urn:ngsi-ld:Building:1",
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [24.9, 60.2]},
        "properties": {
            "type": "Building",
            "name": "Halli",
            "startDate": "2026-01-02",
            "owner": "urn:ngsi-ld:Organization:7",
        },
    }
    assert links["self"] == f"http://testserver{address}"
    assert links["alternate"] == "http://testserver/ngsi-ld/v1/entities/urn:ngsi-ld:Building:1"


def test_a_feature_is_found_in_its_own_collection_alone(bins: None) -> None:
    put(_entity("1", "Building", location=place(24.9, 60.2)))
    assert _ask(f"{ROOT}/Building/items/urn:ngsi-ld:WasteContainer:1", 404)["status"] == 404
    assert _ask(f"{ROOT}/Building/items/urn:ngsi-ld:Building:2", 404)["status"] == 404


@pytest.mark.parametrize("access", [Access(CITY), Access(PRIVATE, frozenset({uuid4()}))])
def test_what_a_reader_may_not_see_is_not_there(access: Access) -> None:
    put(_entity("1", "Building", location=place(1, 1), secret="x"), access=access)
    assert _ask(ROOT)["collections"] == []
    for path in ("", "/items", "/items/urn:ngsi-ld:Building:1"):
        assert _ask(f"{ROOT}/Building{path}", 404)["status"] == 404
    put(_entity("2", "Building", location=place(1, 1)))
    body = _ask(f"{ROOT}/Building/items")
    assert (_names(body), body["numberMatched"]) == (["2"], 1)
    assert _ask(f"{ROOT}/Building/items", 400, secret="x")["status"] == 400


def test_a_token_shows_what_its_agent_may_see() -> None:
    person = make_person(name="Aino").agent
    _token, secret = actions.make_token(
        name="maps", agent=person, scopes=["read"], days=30, by=person
    )
    _other, listening = actions.make_token(
        name="listener", agent=person, scopes=["subscribe"], days=30, by=person
    )
    callers.forget()
    mine = Access(PRIVATE, frozenset({person.pk}))
    put(_entity("1", "Building", location=place(1, 1)), access=mine)
    address = f"{ROOT}/Building/items"
    assert _names(_ask(address, headers={"Authorization": f"Bearer {secret}"})) == ["1"]
    assert _ask(address, 403, headers={"Authorization": f"Bearer {listening}"})["status"] == 403
    assert _ask(address, 401, headers={"Authorization": "Bearer kierto_no"})["status"] == 401
    assert _ask(address, 404)["status"] == 404


def test_any_site_may_read_and_nobody_may_write(bins: None) -> None:
    address = f"{ROOT}/WasteContainer/items"
    for response in (Client().get(address), Client().options(address), Client().get(f"{ROOT}/x")):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Access-Control-Allow-Headers"].startswith("Authorization")
    response = Client(enforce_csrf_checks=True).post(address, {})
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert Client().get(address)["Content-Type"] == "application/geo+json"
    assert Client().head(address).content == b""


def test_a_page_asks_the_database_the_same_for_one_and_for_many(
    bins: None, django_assert_max_num_queries: Any
) -> None:
    for limit in ("1", "5"):
        with django_assert_max_num_queries(12):
            _ask(f"{ROOT}/WasteContainer/items", limit=limit)
