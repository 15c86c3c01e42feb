"""Hours by the clock of the place; what sharing and repair make of them is tested there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kierto.core.opening import BadOpeningHours, Hours, check_hours, has_holidays

HELSINKI = ZoneInfo("Europe/Helsinki")
LIBRARY = Hours("Tu-Fr 12:00-19:00; Sa 10:00-15:00; PH off", "Europe/Helsinki", "FI")


def at(day: int, hour: int, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=HELSINKI)


def test_it_is_open_from_opening_until_closing_time() -> None:
    assert [LIBRARY.is_open(at(6, hour)) for hour in (11, 12, 18, 19)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert LIBRARY.is_open_until(at(6, 19))


def test_a_public_holiday_of_the_country_changes_the_hours() -> None:
    independence_day = date(2026, 12, 6)
    everyday = Hours("Mo-Su 10:00-12:00; PH off", "Europe/Helsinki", "FI")
    assert everyday.spans(independence_day) == []
    assert Hours(everyday.text, everyday.timezone, "SE").spans(independence_day) != []
    assert [one.day for one in everyday.special_days(date(2026, 12, 1), 10)] == [independence_day]


def test_the_hours_stay_the_same_by_the_clock_when_clocks_change() -> None:
    autumn = date(2026, 10, 25)  # clocks go back at four
    night = Hours("Mo-Su 02:00-06:00", "Europe/Helsinki")
    ((begins, ends),) = night.spans(autumn)
    assert (begins.hour, ends.hour) == (2, 6)
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=5)


def test_an_hour_that_is_left_out_is_not_open() -> None:
    spring = date(2026, 3, 29)  # there is no time from three to four
    assert Hours("Mo-Su 03:00-04:00", "Europe/Helsinki").spans(spring) == []


def test_the_next_opening_is_told_in_utc() -> None:
    assert LIBRARY.next_opening(at(4, 12)) == datetime(2026, 10, 6, 9, tzinfo=UTC)
    assert Hours("off", "Europe/Helsinki").next_opening(at(4, 12)) is None


def test_what_lies_in_the_hours_is_covered_and_no_more() -> None:
    assert LIBRARY.covers(at(6, 12), at(6, 19))
    assert not LIBRARY.covers(at(6, 12), at(7, 13))
    assert LIBRARY.closes_after(at(6, 13)) == at(6, 19)
    assert Hours("24/7", "Europe/Helsinki").closes_after(at(6, 13)) is None


def test_a_mistake_in_the_text_is_named_by_its_place() -> None:
    with pytest.raises(BadOpeningHours) as caught:
        check_hours("Mo-Fr 10:00-18:00; Ps off")
    assert caught.value.fields == {"column": 20, "rest": "Ps off"}


def test_holidays_of_an_unknown_country_are_none() -> None:
    assert [has_holidays(code) for code in ("FI", "ZZ", "")] == [True, False, False]
    assert Hours("Mo-Su 10:00-12:00; PH off", "UTC", "ZZ").spans(date(2026, 12, 6)) != []
