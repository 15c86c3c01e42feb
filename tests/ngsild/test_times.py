"""Times are read, normalised and compared as instants."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.times import as_datetime, now, read_time, sort_key, write_time


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-11-22T07:00:00Z", "2026-11-22T07:00:00Z"),
        ("2026-11-22T07:00:00.000Z", "2026-11-22T07:00:00Z"),
        ("2026-11-22T07:00:00.250Z", "2026-11-22T07:00:00.25Z"),
        ("2026-11-22T07:00:00,5Z", "2026-11-22T07:00:00.5Z"),
        ("2026-11-22T07:00:00.123456Z", "2026-11-22T07:00:00.123456Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_normalised(text: str, normal: str) -> None:
    assert read_time(text) == normal
    assert read_time(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-11-22", "2026-11-22T07:00:00", "2026-11-22T09:00:00+02:00"),
        *("2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z"),
        *("2026-11-22T07:00Z", "2026-11-22T07:00:00.1234567Z", "2026-11-22T07:00:00.Z"),
        *("2026-11-22T07:00:61Z", "2026-11-22t07:00:00z", " 2026-11-22T07:00:00Z"),
        *("٢٠٢٦-11-22T07:00:00Z", "2026-11-22T07:00:00Z\n", "10000-01-01T00:00:00Z"),
    ],
)
def test_what_is_no_time_in_utc_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        read_time(text)


def test_now_is_normalised() -> None:
    moment = now()
    assert read_time(moment) == moment


moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_a_written_moment_is_read_as_the_same(moment: datetime) -> None:
    assert as_datetime(write_time(moment)) == moment
    assert read_time(write_time(moment)) == write_time(moment)


@given(moments, moments)
def test_sort_keys_sort_as_instants(one: datetime, other: datetime) -> None:
    keys = [sort_key(write_time(moment)) for moment in (one, other)]
    assert (keys[0] < keys[1]) is (one < other)
