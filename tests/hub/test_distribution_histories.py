"""Histories are told from everywhere: put together by instance, judged here, and never in circles."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from orjson import dumps

from kierto.hub.access import PRIVATE, Access
from kierto.hub.callers import OPEN, VISITOR
from kierto.hub.distribution import identity
from tests.hub.endpoints import answer, listening
from tests.hub.sources import LAMP, ask, register, saying
from tests.hub.stored import entity, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_sources")]

ONE = f"/temporal/entities/{LAMP}"
OPERATIONS = ("retrieveTemporal", "queryTemporal")
AFTER = "timerel=after&timeAt=2026-11-01T00:00:00Z"
SEVERAL = f"/temporal/entities?type=Light&{AFTER}"


def past(entity_id: str = LAMP, /, *, changed: str = "", **series: dict[int, Any]) -> dict:
    """A history: of each attribute the value at noon of some days of November."""
    told: dict[str, Any] = {"id": entity_id, "type": "Light"}
    for name, values in series.items():
        told[name] = [
            {"type": "Property", "value": value, "observedAt": at(day)}
            | ({"modifiedAt": changed, "createdAt": changed} if changed else {})
            for day, value in values.items()
        ]
    return told


def at(day: int) -> str:
    return f"2026-11-{day:02}T12:00:00Z"


def keep(history: dict) -> None:
    assert ask("POST", "/temporal/entities", history).status in {201, 204}


def values(body: dict, name: str = "brightness") -> list[tuple[str, Any]]:
    return [(one["observedAt"][8:10], one["value"]) for one in body[name]]


def source_of(*histories: dict, **options: Any) -> Any:
    """A source that knows these histories, by either operation."""

    def reply(handler):
        path = handler.path.partition("?")[0]
        if path.endswith("/entities"):
            saying(list(histories), **options)(handler)
        else:
            saying(histories[0] if histories else None, 200 if histories else 404)(handler)

    return listening(reply)


def test_a_history_is_put_together_by_instance():
    keep(past(brightness={1: 10, 3: 30}))
    with source_of(past(brightness={2: 20, 3: 31}, colour={1: "red"})) as source:
        register(source.url, operations=OPERATIONS)
        body = ask("GET", ONE).body
        asked = source.seen[0].path
    # What this node knows of a moment was changed later than what the source does not date.
    assert [day for day, _value in values(body)] == ["01", "02", "03"]
    assert values(body, "colour") == [("01", "red")]
    assert asked == f"/ngsi-ld/v1{ONE}?options=sysAttrs"


@pytest.mark.parametrize(("changed", "value"), [("2020-01-01", 30), ("2099-01-01", 31)])
def test_of_two_that_know_the_same_moment_the_later_change_counts(changed, value):
    keep(past(brightness={3: 30}))
    with source_of(past(brightness={3: 31}, changed=f"{changed}T00:00:00Z")) as source:
        register(source.url, operations=OPERATIONS)
        assert values(ask("GET", ONE).body) == [("03", value)]


def test_an_auxiliary_source_tells_only_of_what_nobody_else_knows():
    keep(past(brightness={1: 10}))
    with source_of(past(brightness={2: 20}, colour={2: "red"})) as source:
        register(source.url, mode="auxiliary", operations=OPERATIONS)
        body = ask("GET", ONE).body
    assert (values(body), values(body, "colour")) == ([("01", 10)], [("02", "red")])


def test_what_only_a_source_knows_is_found():
    with source_of(past(brightness={2: 20})) as source:
        register(source.url, operations=OPERATIONS)
        assert values(ask("GET", ONE).body) == [("02", 20)]
        assert ask("GET", f"{ONE}?local=true").status == 404


def test_what_nobody_knows_is_not_found():
    with source_of() as source:
        register(source.url, operations=OPERATIONS)
        assert ask("GET", ONE).status == 404


def test_a_query_is_judged_here_over_everything_that_is_known():
    keep(past(brightness={1: 10}))
    keep(past("urn:ngsi-ld:Light:two", brightness={1: 90}))
    told = [
        past(brightness={2: 99}),
        past("urn:ngsi-ld:Light:three", brightness={2: 80}),
        past("urn:ngsi-ld:Light:liar", brightness={2: 1}),
        past("urn:ngsi-ld:Light:early", brightness={2: 80}) | {"brightness": []},
        {**past("urn:ngsi-ld:Moon:1", brightness={2: 80}), "type": "Moon"},
    ]
    with source_of(*told) as source:
        register(source.url, operations=OPERATIONS)
        body = ask("GET", f"{SEVERAL}&q=brightness>50").body
        query = source.seen[0].path.partition("?")[2]
    names = [one["id"].rpartition(":")[2] for one in body]
    assert names == ["one", "three", "two"]
    asked = dict(parse_qsl(query))
    assert (asked["timerel"], asked["q"]) == ("after", "brightness>50")


def test_times_and_the_last_hold_for_what_comes_from_elsewhere():
    keep(past(brightness={1: 10, 4: 40}))
    with source_of(past(brightness={2: 20, 3: 30, 9: 90})) as source:
        register(source.url, operations=OPERATIONS)
        until = "timerel=before&timeAt=2026-11-05T00:00:00Z"
        body = ask("GET", f"{ONE}?{until}&lastN=2").body
    assert values(body) == [("03", 30), ("04", 40)]


def test_pages_hold_every_entity_once_in_their_order():
    for number in range(3):
        keep(past(f"urn:ngsi-ld:Light:{number * 2}", brightness={1: 1}))
    told = [past(f"urn:ngsi-ld:Light:{number}", brightness={2: 2}) for number in (1, 3)]
    with source_of(*told) as source:
        register(source.url, operations=OPERATIONS)
        pages = [ask("GET", f"{SEVERAL}&limit=2&offset={at}") for at in (0, 2, 4)]
        counted = ask("GET", f"{SEVERAL}&limit=2&count=true")
    found = [one["id"].rpartition(":")[2] for page in pages for one in page.body]
    assert found == ["0", "1", "2", "3", "4"]
    assert counted.headers["NGSILD-Results-Count"] == "5"


def test_values_from_everywhere_are_aggregated_together():
    keep(past(brightness={1: 10, 2: 20}))
    with source_of(past(brightness={2: 21, 3: 60})) as source:
        register(source.url, operations=OPERATIONS)
        body = ask("GET", f"{ONE}?{AFTER}&options=aggregatedValues&aggrMethods=max,totalCount").body
        assert "aggr" not in source.seen[0].path
    assert body["brightness"]["max"][0][0] == 60
    assert body["brightness"]["totalCount"][0][0] == 3


def test_all_parts_of_a_long_history_are_aggregated():
    parts = {
        "2026-11-01T00:00:00Z": past(brightness={1: 1, 2: 2}),
        at(2): past(brightness={2: 2, 3: 9}),
    }

    def reply(handler):
        start = next(start for start in reversed(parts) if start in handler.path)
        body = parts[start]
        if start == at(2):
            saying(body)(handler)
        else:
            end = f"date-time {start}-{at(2)}/*"
            headers = {"Content_Type": "application/json", "Content_Range": end}
            answer(dumps(body), 206, **headers)(handler)

    with listening(reply) as source:
        register(source.url, operations=OPERATIONS)
        body = ask("GET", f"{ONE}?{AFTER}&options=aggregatedValues&aggrMethods=totalCount,max").body
    assert body["brightness"] == {
        "type": "Property",
        "totalCount": body["brightness"]["totalCount"],
        "max": body["brightness"]["max"],
    }
    assert body["brightness"]["totalCount"][0][0] == 3
    assert body["brightness"]["max"][0][0] == 9


def test_an_answer_ends_where_the_part_of_a_source_ends():
    keep(past(brightness={1: 10, 5: 50}))

    def reply(handler):
        headers = {
            "Content_Type": "application/json",
            "Content_Range": f"date-time 2026-11-01T00:00:00Z-{at(3)}/*",
        }
        answer(dumps(past(brightness={2: 20, 3: 30})), 206, **headers)(handler)

    with listening(reply) as source:
        register(source.url, operations=OPERATIONS)
        response = ask("GET", f"{ONE}?{AFTER}")
    assert response.status == 206
    assert response.headers["Content-Range"] == f"date-time 2026-11-01T00:00:00Z-{at(3)}/*"
    assert [day for day, _value in values(response.body)] == ["01", "02", "03"]


@pytest.mark.parametrize(
    ("body", "code"),
    [([1], "111"), ([{"id": "no uri", "type": "Light"}], "111"), (b"none", "111")],
)
def test_a_source_that_lies_leaves_a_warning_and_the_rest(body, code):
    keep(past(brightness={1: 10}))
    reply = answer(body) if isinstance(body, bytes) else saying(body)
    with listening(reply) as source:
        register(source.url, operations=OPERATIONS)
        response = ask("GET", SEVERAL)
    assert [one["id"] for one in response.body] == [LAMP]
    assert [text[:3] for text in response.headers["NGSILD-Warning"]] == [code]


def test_a_source_that_hangs_is_waited_for_no_longer_than_it_registered():
    keep(past(brightness={1: 10}))
    with listening(saying([past(brightness={2: 20})], after=2)) as source:
        register(source.url, operations=OPERATIONS, management={"timeout": 200})
        response = ask("GET", SEVERAL)
    assert values(response.body[0]) == [("01", 10)]
    assert [text[:3] for text in response.headers["NGSILD-Warning"]] == ["112"]


def test_sources_of_another_time_or_of_no_history_are_not_asked():
    keep(past(brightness={1: 10}))
    early = {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-02-01T00:00:00Z"}
    with source_of(past(brightness={2: 20})) as source:
        register(source.url, operations=OPERATIONS, observationInterval=early)
        register(source.url, number=2)
        assert ask("GET", SEVERAL).status == 200
        assert ask("GET", f"{ONE}?{AFTER}").status == 200
        assert source.seen == []


def test_a_question_that_came_back_is_answered_from_here_alone():
    keep(past(brightness={1: 10}))
    with source_of(past(brightness={2: 20})) as source:
        register(source.url, operations=OPERATIONS)
        assert ask("GET", SEVERAL, Via=identity.onward("")).status == 200
        assert source.seen == []


def test_a_part_that_stands_here_is_told_with_what_a_source_has_found():
    keep(past(colour={1: "red"}))
    with source_of(past(brightness={2: 99})) as source:
        register(source.url, operations=OPERATIONS)
        (body,) = ask("GET", f"{SEVERAL}&q=brightness>50").body
    assert (values(body), values(body, "colour")) == ([("02", 99)], [("01", "red")])


def test_a_visitor_sees_of_a_private_history_only_what_others_publish():
    put(entity("one", brightness=1), access=Access(PRIVATE))
    now = "timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"
    with source_of(past(colour={2: "red"}, changed=at(2))) as source:
        register(source.url, operations=OPERATIONS)
        for path in (f"{ONE}?{now}", f"/temporal/entities?type=Light&{now}"):
            told = [ask("GET", path, caller=caller).body for caller in (VISITOR, OPEN)]
            bodies = [each[0] if isinstance(each, list) else each for each in told]
            assert ["brightness" in body for body in bodies] == [False, True]
            assert ["colour" in body for body in bodies] == [True, True]
