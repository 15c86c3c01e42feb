"""Prices and fines: by the calendar of the place, to the cent, never less for more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.sharing.models import Collection, Terms
from kierto.sharing.pricing import days_late, deposit_of, fine_of, price_of, units_of
from kierto.sharing.states import Per

HELSINKI = ZoneInfo("Europe/Helsinki")


def make(price: str = "2.50", per: str = Per.DAY, **fields: object) -> Terms:
    collection = Collection(timezone="Europe/Helsinki")
    return Terms(collection=collection, price=Decimal(price), price_per=per, **fields)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("per", "begins", "ends", "units"),
    [
        (Per.BOOKING, "2026-11-23T10:00", "2026-12-07T10:00", 1),
        (Per.HOUR, "2026-11-23T10:00", "2026-11-23T10:15", 1),
        (Per.HOUR, "2026-11-23T10:00", "2026-11-23T12:00", 2),
        (Per.HOUR, "2026-11-23T10:00", "2026-11-23T12:01", 3),
        (Per.DAY, "2026-11-23T10:00", "2026-11-24T10:00", 1),
        (Per.DAY, "2026-11-23T10:00", "2026-11-24T10:15", 2),
        (Per.WEEK, "2026-11-23T10:00", "2026-11-30T10:00", 1),
        (Per.WEEK, "2026-11-23T10:00", "2026-12-01T10:00", 2),
        # The night on which clocks go back is an hour longer, and still one day.
        (Per.DAY, "2026-10-24T10:00", "2026-10-25T10:00", 1),
        (Per.HOUR, "2026-10-24T10:00", "2026-10-25T10:00", 25),
        (Per.DAY, "2026-03-28T10:00", "2026-03-29T10:00", 1),
        (Per.HOUR, "2026-03-28T10:00", "2026-03-29T10:00", 23),
    ],
)
def test_what_has_begun_counts_whole(per: str, begins: str, ends: str, units: int) -> None:
    assert units_of(make(per=per), at(begins), at(ends)) == units


def test_the_price_is_for_each_piece_and_each_day() -> None:
    begins = at("2026-11-23T10:00")
    assert price_of(make(), begins, begins + timedelta(days=3), 2) == Decimal("15.00")
    assert deposit_of(make(deposit=Decimal("20")), 3) == Decimal("60.00")


@pytest.mark.parametrize(
    ("due", "back", "late", "fine"),
    [
        ("2026-11-23T18:00", "2026-11-23T17:00", 0, "0.00"),
        ("2026-11-23T18:00", "2026-11-23T23:59", 0, "0.00"),
        ("2026-11-23T18:00", "2026-11-24T00:00", 1, "0.50"),
        ("2026-11-23T18:00", "2026-11-26T10:00", 3, "1.50"),
        ("2026-11-23T18:00", "2027-11-23T10:00", 365, "10.00"),
    ],
)
def test_each_midnight_late_costs_up_to_a_highest_fine(
    due: str, back: str, late: int, fine: str
) -> None:
    terms = make(fine_per_day=Decimal("0.50"), fine_most=Decimal("10"))
    assert days_late(terms, at(due), at(back)) == late
    assert fine_of(terms, at(due), at(back)) == Decimal(fine)


def test_without_a_highest_fine_there_is_no_end() -> None:
    terms = make(fine_per_day=Decimal("0.50"))
    assert fine_of(terms, at("2026-01-01T10:00"), at("2027-01-01T10:00")) == Decimal("182.50")


FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 365 * 1440).map(lambda minutes: FIRST + timedelta(minutes=minutes))
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=60))
EUROS = st.decimals(0, 1000, places=2)


@given(MOMENTS, LENGTHS, LENGTHS, st.sampled_from(Per.values), EUROS, st.integers(1, 20))
def test_longer_and_more_never_cost_less(
    begins: datetime, short: timedelta, more: timedelta, per: str, price: Decimal, count: int
) -> None:
    terms = make(str(price), per)
    less = price_of(terms, begins, begins + short, count)
    assert less >= price * count
    assert price_of(terms, begins, begins + short + more, count) >= less
    assert price_of(terms, begins, begins + short, count + 1) >= less


@given(MOMENTS, LENGTHS, LENGTHS, st.sampled_from(Per.values), EUROS)
def test_two_halves_never_cost_less_than_the_whole(
    begins: datetime, first: timedelta, second: timedelta, per: str, price: Decimal
) -> None:
    terms = make(str(price), per)
    middle, end = begins + first, begins + first + second
    halves = price_of(terms, begins, middle) + price_of(terms, middle, end)
    assert halves >= price_of(terms, begins, end)


@given(MOMENTS, LENGTHS, LENGTHS, EUROS, EUROS)
def test_a_fine_grows_with_the_days_and_never_beyond_its_most(
    due: datetime, late: timedelta, later: timedelta, per_day: Decimal, most: Decimal
) -> None:
    terms = make(fine_per_day=per_day, fine_most=most)
    fine = fine_of(terms, due, due + late)
    assert Decimal(0) <= fine <= fine_of(terms, due, due + late + later)
    assert not most or fine <= most
    assert fine_of(terms, due, due) == 0
