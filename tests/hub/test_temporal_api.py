"""Histories through the interface: sent, changed, erased, told; whoever may not read sees nothing."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from kierto.hub import models
from kierto.hub.access import CITY, EVERYTHING, OPEN, PARTNERS, PRIVATE, PUBLIC, Access, Reader
from kierto.hub.callers import SYSTEM, Caller
from kierto.hub.history import archiving
from kierto.hub.http.answering import answer
from kierto.hub.http.messages import Request, Response
from kierto.hub.store import tenants, writing
from kierto.hub.store.writing import Change
from kierto.ngsild.contexts import CORE
from kierto.ngsild.entities import read_entity

pytestmark = pytest.mark.django_db

BUS = "urn:ngsi-ld:Bus:1"
ROOT = "/temporal/entities"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.HUB_HISTORY_PAGE = 1000


def ask(
    method: str, path: str, body: Any = None, caller: Caller = SYSTEM, **query: str
) -> Response:
    content = b"" if body is None else orjson.dumps(body)
    headers = {"content-length": str(len(content))}
    if body is not None:
        headers["content-type"] = "application/json"
    return answer(Request(method, path, query, headers, content, base="http://node"), caller=caller)


def told(path: str, caller: Caller = SYSTEM, **query: str) -> Any:
    response = ask("GET", path, caller=caller, **query)
    assert response.status in {200, 201, 206}, response.body
    return response.body


def speed(*found: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "Property", "value": value, "observedAt": at} for at, value in found]


def send(*found: tuple[str, Any], entity_id: str = BUS, **more: Any) -> Response:
    return ask("POST", ROOT, {"id": entity_id, "type": "Bus", "speed": speed(*found), **more})


def speeds(path: str = f"{ROOT}/{BUS}", **query: str) -> list[Any]:
    return [each["value"] for each in told(path, **query).get("speed", [])]


A, B, C = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"


def test_a_history_is_created_and_leads_to_a_current_state() -> None:
    response = send((A, 1), (B, 2))

    assert (response.status, response.headers["Location"]) == (201, f"/ngsi-ld/v1{ROOT}/{BUS}")
    assert speeds() == [1, 2]
    assert ask("GET", f"/entities/{BUS}").body["speed"]["value"] == 2


def test_a_history_sent_again_adds_nothing_and_a_correction_takes_its_place() -> None:
    send((A, 1), (B, 2))
    first = [each["instanceId"] for each in told(f"{ROOT}/{BUS}")["speed"]]

    assert send((A, 1), (B, 3), (C, 4)).status == 204

    assert speeds() == [1, 3, 4]
    assert [each["instanceId"] for each in told(f"{ROOT}/{BUS}")["speed"]][:2] == first


def test_every_change_of_an_entity_is_remembered() -> None:
    entity = {"id": BUS, "type": "Bus", "speed": {"type": "Property", "value": 1}}
    ask("POST", "/entities", entity)
    ask("PATCH", f"/entities/{BUS}/attrs/speed", {"value": 2})
    ask("PATCH", f"/entities/{BUS}/attrs/speed", {"value": 3})

    assert speeds() == [1, 2, 3]


def test_a_deleted_attribute_leaves_a_note_and_a_deleted_entity_its_history() -> None:
    entity = {"id": BUS, "type": "Bus", "speed": {"type": "Property", "value": 1}}
    ask("POST", "/entities", entity)
    ask("DELETE", f"/entities/{BUS}/attrs/speed")
    (note,) = told(f"{ROOT}/{BUS}", timeproperty="deletedAt")["speed"]
    assert (note["value"], "deletedAt" in note) == ("urn:ngsi-ld:null", True)

    ask("DELETE", f"/entities/{BUS}")

    history = told(f"{ROOT}/{BUS}")
    assert ("deletedAt" in history, history["speed"][0]["value"]) == (True, 1)


def test_times_bound_what_is_told() -> None:
    send((A, 1), (B, 2), (C, 3))

    assert speeds(timerel="before", timeAt=B) == [1]
    assert speeds(timerel="after", timeAt=B) == [2, 3]
    assert speeds(timerel="between", timeAt=A, endTimeAt=C) == [1, 2]
    assert speeds(lastN="2") == [2, 3]
    assert speeds(lastN="1000000000") == [1, 2, 3]
    assert ask("GET", f"{ROOT}/{BUS}", lastN="0").status == 400
    assert ask("GET", f"{ROOT}/{BUS}", timerel="after", timeAt="2026-01-01").status == 400
    # Only Z ends a time (clause 4.6.3): nobody's zone is guessed.
    assert ask("GET", f"{ROOT}/{BUS}", timerel="after", timeAt=B[:-1] + "+02:00").status == 400


def test_pages_of_a_history_meet_without_a_gap(settings: Any) -> None:
    settings.HUB_HISTORY_PAGE = 3
    moments = [f"2026-01-01T00:{minute:02d}:00Z" for minute in range(10)]
    send(*((at, place) for place, at in enumerate(moments)))
    seen: list[int] = []
    after = "2025-01-01T00:00:00Z"
    for _page in range(10):
        response = ask("GET", f"{ROOT}/{BUS}", timerel="after", timeAt=after)
        found = [each["value"] for each in response.body["speed"]]
        seen += [value for value in found if value not in seen]
        if response.status == 200:
            break
        after = response.headers["Content-Range"].split("Z-")[1].split("/")[0]  # type: ignore[union-attr]

    assert seen == list(range(10))


def test_a_page_of_the_last_ones_tells_its_range_backwards(settings: Any) -> None:
    settings.HUB_HISTORY_PAGE = 2
    send((A, 1), (B, 2), (C, 3))

    response = ask("GET", f"{ROOT}/{BUS}", lastN="3")

    assert response.status == 206
    assert response.headers["Content-Range"] == f"date-time {C}-{B}/3"
    assert [each["value"] for each in response.body["speed"]] == [2, 3]


def test_an_instance_is_changed_and_deleted_by_its_id() -> None:
    send((A, 1), (B, 2))
    one, two = (each["instanceId"] for each in told(f"{ROOT}/{BUS}")["speed"])

    assert ask("PATCH", f"{ROOT}/{BUS}/attrs/speed/{one}", {"value": 9}).status == 204
    assert ask("DELETE", f"{ROOT}/{BUS}/attrs/speed/{two}").status == 204

    assert speeds() == [9]
    assert told(f"{ROOT}/{BUS}")["speed"][0]["instanceId"] == one
    assert ask("DELETE", f"{ROOT}/{BUS}/attrs/speed/{two}").status == 404


def test_what_stands_in_a_file_is_changed_and_deleted_too() -> None:
    send((A, 1), (B, 2), (C, 3))
    one, two, _three = (each["instanceId"] for each in told(f"{ROOT}/{BUS}")["speed"])
    archiving.archive(least=1)
    assert models.HistoryInstance.objects.count() == 0

    assert ask("PATCH", f"{ROOT}/{BUS}/attrs/speed/{one}", {"value": 9}).status == 204
    assert ask("DELETE", f"{ROOT}/{BUS}/attrs/speed/{two}").status == 204
    assert speeds() == [9, 3]
    assert send((C, 5)).status == 204
    assert speeds() == [9, 5]

    archiving.archive(least=1)
    assert speeds() == [9, 5]
    assert models.HistoryInstance.objects.count() == 0
    assert models.HistoryFile.objects.get(kind="rows").rows == 2


def test_an_erased_attribute_stays_away_though_its_file_still_has_it() -> None:
    send((A, 1), level=speed((A, 7)))
    archiving.archive(least=1)

    assert ask("DELETE", f"{ROOT}/{BUS}/attrs/speed").status == 204
    assert "speed" not in told(f"{ROOT}/{BUS}")
    send((B, 2))
    assert speeds() == [2]
    archiving.archive(least=1)

    assert speeds() == [2]
    assert models.HistoryErased.objects.count() == 0
    assert models.HistoryFile.objects.get(kind="rows").rows == 2  # level and the new speed


def test_an_erased_history_takes_the_current_state_along_that_was_made_of_it() -> None:
    send((A, 1))
    archiving.archive(least=1)

    assert ask("DELETE", f"{ROOT}/{BUS}").status == 204

    assert ask("GET", f"{ROOT}/{BUS}").status == 404
    assert ask("GET", f"/entities/{BUS}").status == 404
    assert models.HistoryEntity.objects.count() == 0
    assert send((B, 2)).status == 201
    assert speeds() == [2]
    archiving.archive(least=1)
    assert models.HistoryFile.objects.get(kind="rows").rows == 1


def test_a_state_that_somebody_wrote_outlives_its_history() -> None:
    entity = {"id": BUS, "type": "Bus", "speed": {"type": "Property", "value": 1}}
    ask("POST", "/entities", entity)

    assert ask("DELETE", f"{ROOT}/{BUS}").status == 204

    assert ask("GET", f"/entities/{BUS}").status == 200
    assert ask("GET", f"{ROOT}/{BUS}").status == 404


def test_entities_are_found_by_what_they_were_in_the_time_asked() -> None:
    send((A, 10), (C, 90))
    send((A, 90), (C, 10), entity_id="urn:ngsi-ld:Bus:2")
    asked = {"type": "Bus", "timerel": "after", "timeAt": B}

    assert [each["id"] for each in told(ROOT, **asked, q="speed>50")] == [BUS]
    assert [each["id"] for each in told(ROOT, **asked)] == [BUS, "urn:ngsi-ld:Bus:2"]
    response = ask("GET", ROOT, **asked, limit="1", offset="1", count="true")
    assert [each["id"] for each in response.body] == ["urn:ngsi-ld:Bus:2"]
    assert response.headers["NGSILD-Results-Count"] == "2"
    assert ask("GET", ROOT, timerel="after", timeAt=B).status == 400
    assert ask("GET", ROOT, type="Bus").status == 400


def test_a_query_by_post_asks_the_same() -> None:
    send((A, 10), (C, 90))
    body = {
        "type": "Query",
        "entities": [{"type": "Bus"}],
        "temporalQ": {"timerel": "after", "timeAt": B},
        "aggrParams": {"aggrMethods": ["max", "totalCount"]},
    }

    response = ask("POST", "/temporal/entityOperations/query", body)
    (bus,) = orjson.loads(orjson.dumps(response.body))

    assert bus["speed"] == {"type": "Property", "max": [[90, B, C]], "totalCount": [[1, B, C]]}


@pytest.mark.parametrize(
    ("order", "status"),
    [("id", 200), (["id;desc"], 200), (["id", "id"], 400), (["speed"], 400), ([{}], 400), (5, 400)],
)
def test_a_posted_query_is_ordered_by_id_alone(order: Any, status: int) -> None:
    body = {
        "type": "Query",
        "entities": [{"type": "Bus"}],
        "temporalQ": {"timerel": "after", "timeAt": B},
        "ordering": {"orderBy": order},
    }
    assert ask("POST", "/temporal/entityOperations/query", body).status == status


def test_aggregated_values_are_the_same_one_by_one_and_from_sums(monkeypatch: Any) -> None:
    moments = [
        f"2026-0{month}-{day:02d}T{hour:02d}:30:00Z"
        for month, day, hour in itertools.product((1, 2), range(1, 6), range(24))
    ]
    send(*((at, place * 7 % 50) for place, at in enumerate(moments)))
    asked = {
        "timerel": "between", "timeAt": "2026-01-02T00:00:00Z",
        "endTimeAt": "2026-02-04T00:00:00Z", "options": "aggregatedValues",
        "aggrMethods": "totalCount,sum,avg,min,max,stddev,sumsq",
    }  # fmt: skip
    for period in ("PT1H", "PT6H", "P1D", "PT45M", "PT0S", "P1M"):
        monkeypatch.setattr("kierto.hub.history.aggregating.FEW", 10_000)
        exact = told(f"{ROOT}/{BUS}", **asked, aggrPeriodDuration=period)["speed"]
        monkeypatch.setattr("kierto.hub.history.aggregating.FEW", 10)
        assert nearly(told(f"{ROOT}/{BUS}", **asked, aggrPeriodDuration=period)["speed"]) == nearly(
            exact
        )
    archiving.archive(least=1)
    for period in ("PT1H", "PT6H", "P1D", "PT45M"):
        monkeypatch.setattr("kierto.hub.history.aggregating.FEW", 10_000)
        exact = told(f"{ROOT}/{BUS}", **asked, aggrPeriodDuration=period)["speed"]
        monkeypatch.setattr("kierto.hub.history.aggregating.FEW", 10)
        assert nearly(told(f"{ROOT}/{BUS}", **asked, aggrPeriodDuration=period)["speed"]) == nearly(
            exact
        )


def nearly(found: dict[str, Any]) -> dict[str, Any]:
    return {
        method: rows
        if isinstance(rows, str)
        else [[round(float(value), 6), start, end] for value, start, end in rows]
        for method, rows in found.items()
    }


def test_sums_answer_where_single_values_are_gone() -> None:
    send(*((f"2026-01-01T{hour:02d}:00:00Z", hour) for hour in range(24)))
    models.RetentionRule.objects.create(
        tenant=tenants.find("").id,
        name="Buses",
        type="https://uri.etsi.org/ngsi-ld/default-context/Bus",
        raw_days=30,
    )
    archiving.archive(least=1)

    assert speeds() == []
    found = told(
        f"{ROOT}/{BUS}", options="aggregatedValues", aggrMethods="avg,totalCount",
        aggrPeriodDuration="P1D", timerel="after", timeAt=A,
    )["speed"]  # fmt: skip
    assert found == {
        "type": "Property",
        "avg": [[11.5, A, "2026-01-02T00:00:00Z"]],
        "totalCount": [[24, A, "2026-01-02T00:00:00Z"]],
    }


def write(entity_id: str, access: Access) -> None:
    payload = {"id": entity_id, "type": "Bus", "speed": 5}
    document = read_entity(payload, CORE, now="2026-01-01T00:00:00Z")
    writing.write([Change(tenants.find(""), entity_id, lambda _: document, SYSTEM, access)])


AGENT = uuid4()
READERS = {
    "visitor": Reader(frozenset({PUBLIC})),
    "partner": Reader(frozenset({PUBLIC, PARTNERS})),
    "operator": Reader(frozenset({PUBLIC, PARTNERS, CITY})),
    "owner": Reader(frozenset({PUBLIC}), frozenset({AGENT})),
    "platform": EVERYTHING,
}
ENTITIES = {
    "public": OPEN,
    "partners": Access(PARTNERS),
    "city": Access(CITY),
    "private": Access(PRIVATE, frozenset({AGENT})),
}


@pytest.mark.parametrize("who", READERS)
def test_who_may_read_an_entity_may_read_its_history_there_or_gone(who: str) -> None:
    caller = Caller(who, None, frozenset({"read", "write"}), frozenset({""}), READERS[who])
    for name, access in ENTITIES.items():
        write(f"urn:ngsi-ld:Bus:{name}", access)
    expected = [
        f"urn:ngsi-ld:Bus:{name}"
        for name in sorted(ENTITIES)
        if READERS[who].may_read(ENTITIES[name])
    ]
    asked = {"type": "Bus", "timerel": "after", "timeAt": A, "timeproperty": "modifiedAt"}

    for gone in (False, True):
        if gone:
            for name in ENTITIES:
                ask("DELETE", f"/entities/urn:ngsi-ld:Bus:{name}")
        assert [each["id"] for each in told(ROOT, caller, **asked)] == expected
        for name in ENTITIES:
            found = ask("GET", f"{ROOT}/urn:ngsi-ld:Bus:{name}", caller=caller).status
            assert found == (200 if f"urn:ngsi-ld:Bus:{name}" in expected else 404)
    for name in ENTITIES:
        if f"urn:ngsi-ld:Bus:{name}" not in expected:
            path = f"{ROOT}/urn:ngsi-ld:Bus:{name}"
            assert ask("DELETE", path, caller=caller).status == 404
            assert ask("POST", f"{path}/attrs", {"speed": speed((A, 1))}, caller).status == 404


def test_a_visitor_writes_no_history() -> None:
    visitor = Caller("visitor", None, frozenset({"read"}), frozenset({""}), READERS["visitor"])
    reader = Caller("x", uuid4(), frozenset({"read"}), frozenset({""}), READERS["visitor"], uuid4())

    assert ask("POST", ROOT, {"id": BUS, "type": "Bus"}, visitor).status == 401
    assert ask("POST", ROOT, {"id": BUS, "type": "Bus"}, reader).status == 403


def test_another_tenant_knows_nothing() -> None:
    send((A, 1))
    tenants.find("other", create=True)
    request = Request("GET", f"{ROOT}/{BUS}", {}, {"ngsild-tenant": "other"}, b"")

    assert answer(request, caller=SYSTEM).status == 404


def test_the_platforms_own_entities_have_a_history_that_nobody_else_changes() -> None:
    payload = {"id": BUS, "type": "Bus", "speed": 5}
    document = read_entity(payload, CORE, now="2026-01-01T00:00:00Z")
    writing.write([Change(tenants.find(""), BUS, lambda _: document, SYSTEM, OPEN, "exchange")])

    assert send((A, 1)).status == 403
    assert ask("DELETE", f"{ROOT}/{BUS}").status == 403
    assert ask("POST", f"{ROOT}/{BUS}/attrs", {"speed": speed((A, 1))}).status == 403
    assert speeds() == [5]


def test_scopes_hold_from_when_they_were_set() -> None:
    scopes = [
        {"type": "Property", "value": "/North", "observedAt": A},
        {"type": "Property", "value": "/South", "observedAt": C},
    ]
    send((B, 1), ("2026-01-01T03:00:00Z", 2), scope=scopes)
    asked = {"type": "Bus", "timerel": "after", "timeAt": A}

    assert [each["value"] for each in told(ROOT, **asked, scopeQ="/North")[0]["speed"]] == [1]
    assert [each["value"] for each in told(ROOT, **asked, scopeQ="/South")[0]["speed"]] == [2]
    assert told(ROOT, **asked, scopeQ="/West") == []
