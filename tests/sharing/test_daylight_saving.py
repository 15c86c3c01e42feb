"""The nights when clocks change, in Helsinki, Lisbon and Amman (which changed them until 2022).

Time zones as in the IANA database: in 2030 clocks in the European Union go forward on 31 March
and back on 27 October, at 01:00 UTC; in Jordan they went forward on 25 February 2022 at
midnight, for the last time, and back on 29 October 2021 at one in the morning.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kierto.sharing import availability, blocks
from kierto.sharing.actions.series import book_series
from kierto.sharing.models import Block, Booking, BookingLine, Collection, Thing
from kierto.sharing.recurrence import occurrences
from kierto.sharing.rules import Wish
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_terms, make_thing

HOUR = timedelta(hours=1)
CITIES = ("Europe/Helsinki", "Europe/Lisbon", "Asia/Amman")
GAPS = {
    "Europe/Helsinki": datetime.fromisoformat("2030-03-31T03:00"),
    "Europe/Lisbon": datetime.fromisoformat("2030-03-31T01:00"),
    "Asia/Amman": datetime.fromisoformat("2022-02-25T00:00"),
}
"""The first wall-clock time that is left out; for an hour."""
FOLDS = {
    "Europe/Helsinki": datetime.fromisoformat("2030-10-27T03:00"),
    "Europe/Lisbon": datetime.fromisoformat("2030-10-27T01:00"),
    "Asia/Amman": datetime.fromisoformat("2021-10-29T00:00"),
}
"""The first wall-clock time that comes twice; for an hour."""


def at(wall: datetime, zone: str, *, fold: int = 0) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone), fold=fold)


def shown(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")


def collection_in(zone: str, **terms: Any) -> Collection:
    return make_collection(timezone=zone, terms={"horizon_days": 3000, **terms})


def put(thing: Thing, begins: datetime, ends: datetime) -> Booking:
    """A booking in the past or future, laid as if it were made a month before."""
    person = make_person().agent
    booking = Booking.objects.create(
        code=f"DST{Booking.objects.count():05}", collection=thing.collection, borrower=person,
        booked_by=person, begins=begins, ends=ends, state="requested",
    )  # fmt: skip
    BookingLine.objects.create(booking=booking, thing=thing)
    blocks.lay([thing], now=begins.astimezone(UTC) - timedelta(days=30))
    return booking


# ------------------------------------------------------------------ blocks


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES)
def test_buffers_are_absolute_across_the_gap_and_the_fold(zone: str) -> None:
    collection = collection_in(zone, buffer_before_minutes=30, buffer_after_minutes=30)
    thing = make_thing(collection)
    for wall in (GAPS[zone], FOLDS[zone]):
        before = at(wall - 2 * HOUR, zone)
        booking = put(thing, before, at(wall, zone))
        block = Block.objects.get(line__booking=booking)
        assert block.begins == before.astimezone(UTC) - HOUR / 2
        assert block.ends == before.astimezone(UTC) + 2.5 * HOUR


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES)
def test_an_hour_that_comes_twice_is_two_hours(zone: str) -> None:
    thing = make_thing(collection_in(zone))
    wall = FOLDS[zone]
    first, second = at(wall, zone), at(wall, zone, fold=1)
    end = at(wall + HOUR, zone)
    assert second.astimezone(UTC) - first.astimezone(UTC) == HOUR
    put(thing, first, second)
    assert availability.free_count(thing, second, end) == 1
    assert availability.free_count(thing, first, second) == 0
    put(thing, second, end)
    spans = list(Block.objects.order_by("begins").values_list("begins", "ends"))
    assert [e - b for b, e in spans] == [HOUR, HOUR]
    assert spans[0][1] == spans[1][0]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES)
def test_across_the_gap_two_bookings_touch_without_overlapping(zone: str) -> None:
    thing = make_thing(collection_in(zone))
    wall = GAPS[zone]
    put(thing, at(wall - HOUR, zone), at(wall, zone))
    put(thing, at(wall + HOUR, zone), at(wall + 2 * HOUR, zone))
    spans = list(Block.objects.order_by("begins").values_list("begins", "ends"))
    assert spans[0][1] == spans[1][0]
    assert [e - b for b, e in spans] == [HOUR, HOUR]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES[:2])
def test_times_that_look_equal_are_compared_by_when_they_are(zone: str) -> None:
    thing = make_thing(collection_in(zone))
    wall = FOLDS[zone] + HOUR / 2
    first, second = at(wall, zone), at(wall, zone, fold=1)
    wish = Wish(thing.collection, make_person().agent, first, second, ((thing, 1),))
    assert wish.ends - wish.begins == HOUR
    assert availability.shortages(wish) == []
    put(thing, first, second)
    assert len(availability.shortages(wish)) == 1


# ------------------------------------------------------------------ days


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES)
def test_days_last_23_or_25_hours_when_the_clocks_change(zone: str) -> None:
    thing = make_thing(collection_in(zone))
    for day, hours in (
        (GAPS[zone].date(), 23),
        (FOLDS[zone].date(), 25),
        (GAPS[zone].date() - timedelta(days=1), 24),
        (FOLDS[zone].date() + timedelta(days=1), 24),
    ):
        (whole,) = availability.day_view(thing, day)
        assert whole.ends - whole.begins == hours * HOUR, day
    week = availability.day_view(thing, GAPS[zone].date() - timedelta(days=3), days=7)
    assert sum((each.ends - each.begins for each in week), timedelta()) == (7 * 24 - 1) * HOUR


@pytest.mark.django_db
def test_in_amman_a_day_began_at_one_and_another_at_the_first_of_two_midnights() -> None:
    collection = collection_in("Asia/Amman")
    gap = availability.midnight(collection, date(2022, 2, 25))
    assert shown(gap, "Asia/Amman") == "02-25 01:00"
    fold = availability.midnight(collection, date(2021, 10, 29))
    assert (shown(fold, "Asia/Amman"), shown(fold + HOUR, "Asia/Amman")) == (
        "10-29 00:00", "10-29 00:00",
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("zone", CITIES)
def test_since_2022_amman_has_no_such_nights(zone: str) -> None:
    thing = make_thing(collection_in(zone))
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    lengths = {
        (availability.midnight(thing.collection, day + timedelta(days=1))
         - availability.midnight(thing.collection, day)) // HOUR
        for day in days
    }  # fmt: skip
    assert lengths == ({24} if zone == "Asia/Amman" else {23, 24, 25})


# ------------------------------------------------------------------ series


@pytest.mark.parametrize("zone", CITIES)
def test_a_series_keeps_the_time_on_the_wall(zone: str) -> None:
    for wall in (GAPS[zone], FOLDS[zone]):
        first = at(datetime.combine(wall.date() - timedelta(days=14), datetime.min.time()), zone)
        first = first.replace(hour=18)
        spans = occurrences("FREQ=WEEKLY;COUNT=5", first, first + 2 * HOUR, zone)
        assert {shown(b, zone)[6:] for b, _e in spans} == {"18:00"}
        assert {shown(e, zone)[6:] for _b, e in spans} == {"20:00"}
        assert len({b.hour for b, _e in spans}) == 2


def test_at_half_past_two_every_night_in_march() -> None:
    """02:30 is there in Helsinki every night and once left out in a zone that changes at two."""
    zone = "Europe/Berlin"
    first = at(datetime.fromisoformat("2030-03-30T02:30"), zone)
    spans = occurrences("FREQ=DAILY;COUNT=3", first, first + HOUR, zone)
    assert [(shown(b, zone), shown(e, zone)) for b, e in spans] == [
        ("03-30 02:30", "03-30 03:30"),
        ("03-31 03:30", "03-31 04:30"),
        ("04-01 02:30", "04-01 03:30"),
    ]


@pytest.mark.parametrize("zone", CITIES)
def test_in_the_gap_the_offset_of_before_holds_and_the_length_stays(zone: str) -> None:
    wall = GAPS[zone] + HOUR / 2
    first = at(wall - timedelta(days=1), zone)
    (_one, gap) = occurrences("FREQ=DAILY;COUNT=2", first, first + HOUR, zone)
    assert shown(gap[0], zone) == (wall + HOUR).strftime("%m-%d %H:%M")
    assert gap[1] - gap[0] == HOUR


@pytest.mark.parametrize("zone", CITIES)
def test_of_a_time_that_comes_twice_the_first_is_meant(zone: str) -> None:
    wall = FOLDS[zone] + HOUR / 2
    first = at(wall - timedelta(days=1), zone)
    (_one, fold) = occurrences("FREQ=DAILY;COUNT=2", first, first + HOUR / 4, zone)
    assert fold[0] == at(wall, zone).astimezone(UTC)
    assert fold[1] - fold[0] == HOUR / 4


@pytest.mark.parametrize("zone", CITIES)
def test_a_night_is_an_hour_shorter_or_longer(zone: str) -> None:
    for wall, hours in ((GAPS[zone], 11), (FOLDS[zone], 13)):
        evening = datetime.combine(wall.date() - timedelta(days=2), datetime.min.time())
        first = at(evening + 20 * HOUR, zone)
        spans = occurrences("FREQ=DAILY;COUNT=3", first, first + 12 * HOUR, zone)
        assert [(e - b) // HOUR for b, e in spans] == [12, hours, 12]


@pytest.mark.django_db
def test_a_series_at_half_past_two_is_booked_through_the_change() -> None:
    """Every night of the week in which the clocks go forward; nothing is lost or doubled."""
    zone = "Europe/Lisbon"
    collection = collection_in(zone)
    make_terms(collection)
    room, person = make_thing(collection, sort="space"), make_person().agent
    night = GAPS[zone] - timedelta(days=2)
    first = at(night.replace(hour=1, minute=30), zone)
    series = book_series(
        collection=collection, borrower=person, lines=[(room, 1)], begins=first,
        ends=first + HOUR, rule="FREQ=DAILY;COUNT=5", all_or_nothing=True, by=person,
    )  # fmt: skip
    begins = [shown(b.begins, zone) for b in series.bookings.order_by("begins")]
    assert begins == ["03-29 01:30", "03-30 01:30", "03-31 02:30", "04-01 01:30", "04-02 01:30"]
    assert [b.ends - b.begins for b in Block.objects.order_by("begins")] == [HOUR] * 5
