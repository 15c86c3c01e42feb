"""The rules of time: notice, horizon, steps, lengths, opening hours, clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kierto.sharing.errors.rules import TimeOutOfReach
from kierto.sharing.rules import judge
from kierto.sharing.states import Within
from tests.factories.parties import make_person
from tests.factories.sharing import (
    make_collection,
    make_thing,
)
from tests.sharing.wishes import (
    HELSINKI,
    at,
    codes,
    judged,
    make_booking,
    only,
    wish,
)

pytestmark = pytest.mark.django_db


# --------------------------------------------------------------------------- when


def test_it_ends_after_it_begins() -> None:
    backwards = judged(make_thing(), ends="2026-11-24T10:00")
    assert codes(backwards) == ["times_backwards"]


@pytest.mark.parametrize("year", [1, 1969, 2201, 9999])
def test_years_beyond_the_calendar_are_refused(year: int) -> None:
    thing, borrower = make_thing(), make_person().agent
    far = datetime(year, 12, 31, 23, 59, tzinfo=HELSINKI)
    with pytest.raises(TimeOutOfReach) as caught:
        wish(thing, borrower=borrower, ends=far)
    assert (caught.value.field, caught.value.fields["year"]) == ("ends", year)


def test_what_has_passed_cannot_be_booked_but_the_step_that_runs_can() -> None:
    thing = make_thing()
    assert codes(judged(thing, begins="2026-11-23T08:45")) == ["time_passed"]
    assert judged(thing, begins="2026-11-23T09:00")


def test_notice_names_the_first_time_that_is_possible() -> None:
    thing = make_thing(make_collection(terms={"notice_minutes": 120}))
    refusal = only(judged(thing, begins="2026-11-23T11:00"))
    assert str(refusal) == "Book at least 2 hours ahead: from Monday November 23, 11:15 on."
    assert judged(thing, begins="2026-11-23T11:15")


def test_the_horizon_ends_with_a_day() -> None:
    thing = make_thing(make_collection(terms={"horizon_days": 7}))
    last, beyond = "2026-11-30T23:00", "2026-12-01T00:00"
    assert judged(thing, begins=last, ends="2026-12-02T00:00")
    refusal = only(judged(thing, begins=beyond, ends="2026-12-02T00:00"))
    assert str(refusal) == (
        "Bookings are open for 7 days ahead: until Monday November 30, 23:59. Choose earlier days."
    )


def test_times_go_in_steps_and_both_neighbours_are_named() -> None:
    thing = make_thing(make_collection(terms={"step_minutes": 30}))
    refusal = only(judged(thing, begins="2026-11-24T10:10"))
    assert (refusal.field, str(refusal)) == (
        "begins",
        "Times go in steps of 30 minutes. Choose 10:00 or 10:30.",
    )
    assert only(judged(thing, ends="2026-11-25T10:00:30")).field == "ends"


def test_lengths_have_two_ends() -> None:
    collection = make_collection(terms={"shortest_minutes": 60, "longest_minutes": 14 * 1440})
    thing = make_thing(collection, name="Drill")
    short = only(judged(thing, ends="2026-11-24T10:45"))
    assert str(short) == "“Drill” is booked for at least 1 hour. Choose a later end."
    long = only(judged(thing, ends="2026-12-08T10:15"))
    assert str(long) == "“Drill” is booked for at most 14 days. Choose an earlier end."


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("2026-03-28T10:00", "2026-03-29T10:00"), ("2026-10-24T10:00", "2026-10-25T10:00")],
)
def test_a_day_is_a_day_when_clocks_change(begins: str, ends: str) -> None:
    lengths = {"shortest_minutes": 1440, "longest_minutes": 1440, "horizon_days": 1000}
    asked = wish(make_thing(make_collection(terms=lengths)), begins=begins, ends=ends)
    assert judge(asked, by=asked.borrower, now=datetime(2026, 3, 1, tzinfo=UTC))


HOURS = {"opening_hours": "Tu,Th 10:00-18:00; PH off"}


def test_closed_says_when_it_opens() -> None:
    thing = make_thing(make_collection(name="Tools", **HOURS))
    verdict = judged(thing, begins="2026-11-25T10:00", ends="2026-11-26T18:00")
    refusal = only(verdict)
    assert (refusal.code, refusal.field) == ("closed_then", "begins")
    assert str(refusal) == (
        "“Tools” is closed on Wednesday November 25, 10:00. It opens Thursday November 26, 10:00."
    )
    assert judged(thing, begins="2026-11-24T10:00", ends="2026-11-26T18:00")


def test_never_open_says_so() -> None:
    thing = make_thing(make_collection(opening_hours="24/7 off"))
    assert codes(judged(thing)) == ["never_open", "never_open"]


def test_some_bookings_lie_wholly_in_the_opening_hours() -> None:
    terms = {"within": Within.WHOLE}
    room = make_thing(make_collection(terms=terms, **HOURS))
    refusal = only(judged(room, begins="2026-11-24T17:00", ends="2026-11-26T11:00"))
    assert refusal.code == "closed_in_between"
    assert judged(room, begins="2026-11-24T10:00", ends="2026-11-24T18:00")


def test_some_are_booked_at_any_time() -> None:
    bike = make_thing(make_collection(terms={"within": Within.ANY}, **HOURS))
    assert judged(bike, begins="2026-11-25T03:00", ends="2026-11-25T04:00")


def test_a_thing_may_have_hours_of_its_own() -> None:
    room = make_thing(make_collection(**HOURS), opening_hours="24/7")
    assert judged(room, begins="2026-11-25T03:00", ends="2026-11-25T04:00")


def test_what_a_change_leaves_as_it_was_is_not_judged_anew() -> None:
    thing, borrower = make_thing(make_collection(**HOURS)), make_person().agent
    begun, ends = at("2026-11-22T03:03"), at("2026-11-24T12:00")
    booking = make_booking(thing, borrower, begins=begun, ends=ends).booking
    later = at("2026-11-26T12:00")
    assert judged(thing, borrower=borrower, booking=booking, begins=begun, ends=later)
    moved = judged(
        thing, borrower=borrower, booking=booking, begins=at("2026-11-22T04:00"), ends=ends
    )
    assert codes(moved) == ["time_passed", "closed_then"]
