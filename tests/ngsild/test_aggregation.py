"""Durations, periods, and what values come to in them."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild import times
from kierto.ngsild.aggregation import METHODS, aggregate, methods_for, read_methods
from kierto.ngsild.durations import Duration, Periods, parse_duration
from kierto.ngsild.errors import BadRequestData, NgsiLdError
from kierto.ngsild.members import NULL

WHOLE = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
SECOND = 1_000_000
COUNTS = {"totalCount", "distinctCount"}


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("PT1H", 0, 3_600),
        ("P1D", 0, 86_400),
        ("P2W", 0, 1_209_600),
        ("P1M", 1, 0),
        ("P1Y6M", 18, 0),
        ("PT1M", 0, 60),
        ("PT0.5S", 0, 0.5),
        ("PT1,25S", 0, 1.25),
        ("P3Y6M4DT12H30M5S", 42, 390_605),
        ("PT36H", 0, 129_600),
    ],
)
def test_durations_are_read(text: str, months: int, seconds: float) -> None:
    assert parse_duration(text) == Duration(months, round(seconds * SECOND))


@pytest.mark.parametrize("text", ["PT0S", "P0D", "P0Y0M0DT0H0M0S", "P0W", "PT0.000S"])
def test_a_duration_of_nothing_is_all_the_time(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "P1", "1D", "P1H", "PT1D", "P1.5D", "P-1D", "P1Y2W", "P1DT", "PT1H1H"),
        *("p1d", "P1D ", "P٣D", "P99999Y", "PT9999999999S", "P0003-06-04", None, 5),
    ],
)
def test_what_is_no_duration_is_refused(text: Any) -> None:
    with pytest.raises(BadRequestData):
        parse_duration(text)


def test_months_are_calendar_months() -> None:
    periods = Periods(times.as_datetime("2024-01-31T12:00:00Z"), Duration(1, 0))
    starts = [periods.bounds(number)[0] for number in range(5)]
    assert starts == [
        "2024-01-31T12:00:00Z",
        "2024-02-29T12:00:00Z",
        "2024-03-31T12:00:00Z",
        "2024-04-30T12:00:00Z",
        "2024-05-31T12:00:00Z",
    ]
    assert periods.number(times.as_datetime("2024-02-29T11:59:59Z")) == 0
    assert periods.number(times.as_datetime("2024-02-29T12:00:00Z")) == 1


@given(
    st.datetimes(min_value=times.as_datetime("1990-01-01T00:00:00Z").replace(tzinfo=None)),
    st.integers(0, 10_000),
    st.integers(0, 30),
    st.integers(0, 100_000),
)
def test_every_instant_lies_in_its_period(later: Any, days: int, months: int, seconds: int) -> None:
    duration = Duration(months, seconds * SECOND)
    if not months and not seconds:
        duration = Duration(1, 0)
    origin = times.as_datetime("1980-05-31T06:00:00Z")
    moment = origin + (later - origin.replace(tzinfo=None)) / 10_000 * max(1, days)
    if moment.year > 9_000:
        return
    periods = Periods(origin, duration)
    number = periods.number(moment)
    assert periods.start(number) <= moment < periods.start(number + 1)


@pytest.mark.parametrize(
    ("kind", "value", "fitting"),
    [
        ("Property", 5, set(METHODS)),
        ("Property", True, set(METHODS)),
        ("Property", "x", {*COUNTS, "min", "max"}),
        ("Property", [1, 2], {*COUNTS, "min", "max", "avg", "sum"}),
        ("ListProperty", [1, 2], {*COUNTS, "min", "max", "avg", "sum"}),
        ("Property", {"k": 1}, COUNTS),
        ("Property", {"@type": "Date", "@value": "2026-01-01"}, {*COUNTS, "min", "max"}),
        ("Property", {"@type": "Time", "@value": "10:00:00Z"}, {*COUNTS, "min", "max", "avg"}),
        ("Relationship", "urn:a", COUNTS),
        ("VocabProperty", "https://x", COUNTS),
        ("LanguageProperty", {"en": "x"}, COUNTS),
        ("GeoProperty", {"type": "Point", "coordinates": [0, 0]}, COUNTS),
        ("JsonProperty", {"k": 1}, COUNTS),
        ("Property", NULL, set()),
    ],
)
def test_each_kind_of_value_has_its_methods(kind: str, value: Any, fitting: set[str]) -> None:
    assert methods_for(kind, [value]) == fitting


def values(*given_values: Any, kind: str = "Property") -> dict[str, Any]:
    samples = [(value, WHOLE[0]) for value in given_values]
    found = aggregate(kind, samples, METHODS, None, WHOLE)
    return {method: rows[0][0] for method, rows in found.items()}


def test_numbers_come_to() -> None:
    assert values(2, 4, 4, 4, 5, 5, 7, 9) == {
        "totalCount": 8,
        "distinctCount": 5,
        "sum": 40,
        "avg": 5.0,
        "min": 2,
        "max": 9,
        "stddev": 2.0,
        "sumsq": 232,
    }
    assert values(True, False, True)["sum"] == 2
    assert values(1, 1.0, True)["distinctCount"] == 2


def test_texts_arrays_and_times_come_to() -> None:
    assert values("b", "a", "b") == {"totalCount": 3, "distinctCount": 2, "min": "a", "max": "b"}
    arrays = values([1, 2], [1], [1, 2])
    assert (arrays["min"], arrays["max"], arrays["sum"], arrays["avg"]) == (1, 2, 5, 5 / 3)
    assert arrays["distinctCount"] == 2
    clock = values(*({"@type": "Time", "@value": f"{hour}:30:00Z"} for hour in ("08", "10")))
    assert (clock["avg"], clock["min"], clock["max"]) == ("09:30:00Z", "08:30:00Z", "10:30:00Z")
    days = values(*({"@type": "Date", "@value": f"2026-01-0{day}"} for day in (3, 1)))
    assert (days["min"], days["max"]) == ("2026-01-01", "2026-01-03")
    assert values("urn:a", "urn:b", "urn:a", kind="Relationship") == {
        "totalCount": 3,
        "distinctCount": 2,
    }


def test_what_was_deleted_and_what_does_not_fit_is_passed_over() -> None:
    assert values(NULL) == {}
    assert values(1, 2, "x", NULL)["sum"] == 3
    assert values(1, "x", NULL)["totalCount"] == 2


def test_numbers_too_large_are_null_rather_than_no_json() -> None:
    assert values(1e308, 1e308)["sum"] is None
    assert values(1e200)["sumsq"] is None
    assert values(2**63, 2**63)["sum"] == float(2**64)


def test_values_fall_into_their_periods_and_empty_periods_are_left_out() -> None:
    periods = Periods(times.as_datetime("2026-01-01T00:00:00Z"), Duration(0, 3_600 * SECOND))
    samples = [
        (1, "2026-01-01T00:00:00Z"),
        (2, "2026-01-01T00:59:59.999999Z"),
        (3, "2026-01-01T05:00:00Z"),
    ]
    assert aggregate("Property", samples, ["sum"], periods, WHOLE) == {
        "sum": [
            (3, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            (3, "2026-01-01T05:00:00Z", "2026-01-01T06:00:00Z"),
        ]
    }


def test_methods_are_read_once_each() -> None:
    assert read_methods("avg,max,avg") == ("avg", "max")
    assert read_methods(["sum"]) == ("sum",)
    for wrong in (None, "", [], "median", "avg,", ["avg", 5], 5, {"avg": 1}):
        with pytest.raises(BadRequestData):
            read_methods(wrong)


@given(st.lists(st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_sums_agree_with_those_of_python(numbers: list[float]) -> None:
    found = values(*numbers)
    assert found["sum"] == pytest.approx(math.fsum(numbers))
    assert found["avg"] == pytest.approx(statistics.fmean(numbers))
    assert found["min"] == min(numbers)
    assert found["max"] == max(numbers)
    assert found["totalCount"] == len(numbers)
    assert found["avg"] ** 2 <= found["sumsq"] / len(numbers) * (1 + 1e-9) + 1e-3


@given(st.text("P0123456789YMWDTHS.,-", max_size=14))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        duration = parse_duration(text)
    except NgsiLdError:
        return
    assert duration is None or duration.months or duration.microseconds
