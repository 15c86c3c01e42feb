"""Maps of temporal queries say what the query itself would have said."""

from __future__ import annotations

import pytest

from tests.hub.calling import call, error_of

pytestmark = pytest.mark.django_db

TIME = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "(" * 200 + "a" + ")" * 200}, (403, "TooComplexQuery")),
        ({"q": "a==("}, (400, "BadRequestData")),
        ({"georel": "near;maxDistance==1"}, (400, "BadRequestData")),
    ],
)
def test_a_query_that_is_refused_makes_no_map(query, expected):
    asked = {"type": "Building", **TIME, **query}
    assert error_of(call("GET", "/temporal/entities", **asked)) == expected
    assert error_of(call("GET", "/temporal/entityMaps", **asked)) == expected


def test_a_query_that_finds_nothing_makes_an_empty_map():
    response = call("GET", "/temporal/entityMaps", type="Building", **TIME)
    assert (response.status, response.body["entityMap"]) == (201, {})
