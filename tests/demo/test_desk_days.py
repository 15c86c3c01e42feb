"""On whatever day the demonstration is loaded, its loans and bookings fit the desk's hours."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, timedelta
from itertools import pairwise

import pytest

from kierto.core.opening import Hours
from kierto.demo import loading
from kierto.demo.desk import tuesday_of_next_week
from kierto.demo.desk_days import desk_days, opening_before, opening_from
from kierto.demo.mending import second_saturday


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((loading.DATA / name).read_text())))


TOOLS = "tool-library"
(OPENS,) = [row["opening_hours"] for row in table("collections.csv") if row["key"] == TOOLS]
(LONGEST,) = [
    timedelta(minutes=int(row["longest_minutes"]))
    for row in table("terms.csv")
    if row["collection"] == TOOLS and row["default"] == "yes"
]
DESK = Hours(OPENS, "Europe/Helsinki", "FI")
DAY = timedelta(days=1)
# Four years with a leap day, and in which Christmas Eve is a Tuesday, Wednesday, Thursday, Friday.
DAYS = [date(2024, 1, 1) + number * DAY for number in range(4 * 366)]


def days_of(year: int) -> list[date]:
    return [day for day in DAYS if day.year == year]


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_whatever_is_out_today_went_out_before_and_only_one_thing_is_late(year):
    for today in days_of(year):
        days = desk_days(DESK, today)
        assert [each.key for each in days.lent if each.due.date() < today] == [days.late.key]
        assert [each.key for each in days.lent if each.due.date() == today] == []
        assert [each.key for each in days.lent if each.out.date() >= today] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_no_loan_and_no_booking_is_longer_than_the_terms_allow(year):
    for today in days_of(year):
        days = desk_days(DESK, today)
        lengths = [each.due - each.out for each in days.lent]
        lengths += [ends - begins for begins, ends in (days.waits, days.feast)]
        assert [length for length in lengths if not DAY < length <= LONGEST] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_everything_is_fetched_and_given_back_while_the_desk_is_open(year):
    for today in days_of(year):
        days = desk_days(DESK, today)
        moments = [*(each.due for each in days.lent), *days.waits, *days.feast]
        assert [at for at in moments if not DESK.is_open(at)] == []


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_somebody_waits_for_what_is_still_out_and_the_kit_is_whole_for_the_feast(year):
    for today in days_of(year):
        days = desk_days(DESK, today)
        assert today < days.waits[0].date() < days.waited_for.due.date()
        assert days.of_the_kit.due <= days.feast[0]


def test_openings_around_christmas_skip_closed_days_both_ways():
    christmas_eve = date(2026, 12, 24)
    assert opening_from(DESK, christmas_eve).date() == date(2026, 12, 29)
    assert opening_before(DESK, christmas_eve).date() == date(2026, 12, 23)


def test_four_o_clock_stays_four_o_clock_when_clocks_change():
    in_summer, in_winter = (opening_from(DESK, date(2026, 10, day)) for day in (23, 27))
    assert (in_summer.hour, in_winter.hour) == (16, 16)
    assert in_winter.astimezone(UTC) - in_summer.astimezone(UTC) == timedelta(days=4, hours=1)


def test_a_desk_that_never_opens_at_four_is_refused_by_name():
    with pytest.raises(ValueError, match="Sa 10:00-15:00"):
        opening_from(Hours("Sa 10:00-15:00", "Europe/Helsinki", "FI"), date(2026, 11, 22))


def test_rooms_are_booked_from_a_tuesday_one_to_two_weeks_ahead():
    ahead = {tuesday_of_next_week(day) - day for day in DAYS}
    assert ahead == {number * DAY for number in range(7, 14)}
    assert {tuesday_of_next_week(day).weekday() for day in DAYS} == {1}


def test_cafes_of_the_past_are_over_and_the_next_one_lies_ahead():
    for today in DAYS:
        cafes = [second_saturday(today, months) for months in range(-24, 2) if months]
        assert cafes[-2] < today < cafes[-1]
        assert {cafe.weekday() for cafe in cafes} == {5}
        assert all(one < two for one, two in pairwise(cafes))


def test_a_month_is_counted_across_the_turn_of_the_year():
    assert second_saturday(date(2026, 12, 31), 1) == date(2027, 1, 9)
    assert second_saturday(date(2027, 1, 1), -1) == date(2026, 12, 12)
