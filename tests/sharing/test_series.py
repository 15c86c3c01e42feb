"""Bookings that recur: the rule, what came of each time, all or nothing, cancelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kierto.core.errors import NotAllowed
from kierto.parties.models import Agent
from kierto.sharing.actions.series import book_series, cancel_series
from kierto.sharing.errors.booking import (
    BadRule,
    ReasonMissing,
    RuleWithoutEnd,
    SeriesDoesNotFit,
    TooManyOccurrences,
)
from kierto.sharing.models import Block, Booking, Series, Thing
from kierto.sharing.recurrence import occurrences
from tests.factories.bookings import ahead, make_booking, shift
from tests.factories.parties import make_organization, make_person
from tests.factories.sharing import make_collection, make_pool, make_space
from tests.sharing.test_booking import taken, topics_for

HELSINKI = "Europe/Helsinki"
FIRST = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # a Monday, 10:00 in Helsinki


def days(rule: str, timezone: str = HELSINKI) -> list[str]:
    found = occurrences(rule, FIRST, FIRST + timedelta(hours=2), timezone)
    return [begins.strftime("%m-%d") for begins, _ends in found]


def book(thing: Thing, rule: str, *, by: Agent | None = None, **fields: Any) -> Series:
    borrower = fields.pop("borrower", None) or by or make_person().agent
    begins = fields.pop("begins", None) or ahead()
    return book_series(
        collection=thing.collection,
        borrower=borrower,
        lines=[(thing, fields.pop("quantity", 1))],
        begins=begins,
        ends=begins + timedelta(hours=2),
        rule=rule,
        by=by or borrower,
        **fields,
    )


# ------------------------------------------------------------------ rules


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["01-07", "01-14", "01-21"]),
        ("RRULE:FREQ=DAILY;COUNT=2", ["01-07", "01-08"]),
        ("freq=weekly;interval=2;until=20300205", ["01-07", "01-21", "02-04"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", ["01-07", "01-09", "01-14", "01-16"]),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", ["01-07", "02-04", "03-04"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", ["01-31", "03-31"]),
        ("FREQ=DAILY;UNTIL=20300109", ["01-07", "01-08", "01-09"]),
        ("FREQ=DAILY;UNTIL=20300109T080000Z", ["01-07", "01-08", "01-09"]),
        ("FREQ=DAILY;UNTIL=20300109T075959Z", ["01-07", "01-08"]),
        ("FREQ=DAILY;UNTIL=20300109T100000", ["01-07", "01-08", "01-09"]),
        ("FREQ=YEARLY;COUNT=1", ["01-07"]),
    ],
)
def test_rules_are_followed(rule: str, wanted: list[str]) -> None:
    assert days(rule) == wanted


@pytest.mark.parametrize(
    "rule",
    [
        "", "weekly", "FREQ=SOMETIMES;COUNT=2", "FREQ=HOURLY;COUNT=2", "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;COUNT=x", "FREQ=WEEKLY;COUNT=2;UNTIL=20300201", "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=WEEKLY;UNTIL=20301301", "FREQ=WEEKLY;BYDAY=XX;COUNT=2", "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;BYHOUR=3;COUNT=2", "FREQ=DAILY;INTERVAL=0;COUNT=2", "COUNT=2",
        "FREQ=WEEKLY;UNTIL=20290101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=DAILY;COUNT=2\nDTSTART:20300101", "FREQ=DAILY;INTERVAL=-1;COUNT=3",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(BadRule):
        days(rule)


def test_rules_end() -> None:
    with pytest.raises(RuleWithoutEnd):
        days("FREQ=WEEKLY")
    assert len(days("FREQ=DAILY;COUNT=200")) == 200
    for rule in ("FREQ=DAILY;COUNT=201", "FREQ=DAILY;UNTIL=20400101"):
        with pytest.raises(TooManyOccurrences):
            days(rule)


# ------------------------------------------------------------------ booking


@pytest.mark.django_db
def test_a_series_books_each_time_and_says_so() -> None:
    room, person = make_space(), make_person().agent
    series = book(room, "FREQ=WEEKLY;COUNT=4", by=person, purpose="Choir")
    bookings = list(series.bookings.order_by("begins"))
    assert [b.begins for b in bookings] == [ahead(), ahead(8), ahead(15), ahead(22)]
    assert {(b.state, b.purpose) for b in bookings} == {("confirmed", "Choir")}
    assert [(e["booking"], e["problem"]) for e in series.report] == [
        (str(b.pk), None) for b in bookings
    ]
    assert [begins for _slot, begins, _ends in taken(room)] == [b.begins for b in bookings]


@pytest.mark.django_db
def test_what_is_taken_is_left_out_and_told_with_its_reason() -> None:
    room = make_space()
    make_booking(room, begins=ahead(8, hours=1))
    series = book(room, "FREQ=WEEKLY;COUNT=3")
    problems = [entry["problem"] for entry in series.report]
    assert [p and p["code"] for p in problems] == [None, "not_free", None]
    assert problems[1] is not None
    assert problems[1]["fields"]["thing"] == room.name
    assert problems[1]["sentence"].startswith(f"“{room.name}” is taken at that time.")
    assert series.bookings.count() == 2


@pytest.mark.django_db
def test_all_or_nothing_leaves_nothing_and_tells_everything() -> None:
    room = make_space()
    make_booking(room, begins=ahead(8, hours=1))
    with pytest.raises(SeriesDoesNotFit) as refused:
        book(room, "FREQ=WEEKLY;COUNT=3", all_or_nothing=True)
    assert [e["problem"] and e["problem"]["code"] for e in refused.value.report] == [
        None, "not_free", None,
    ]  # fmt: skip
    assert {e["booking"] for e in refused.value.report} == {None}
    assert (refused.value.fields["wanted"], refused.value.fields["fitting"]) == (3, 2)
    assert (Series.objects.count(), Booking.objects.count(), len(taken(room))) == (0, 1, 1)


@pytest.mark.django_db
def test_a_series_of_which_nothing_fits_is_none() -> None:
    room = make_space()
    make_booking(room)
    with pytest.raises(SeriesDoesNotFit):
        book(room, "FREQ=DAILY;COUNT=1")
    assert Series.objects.count() == 0


@pytest.mark.django_db
def test_times_of_a_series_stand_in_each_other_s_way() -> None:
    pool = make_pool(make_collection(), quantity=3)
    series = book_series(
        collection=pool.collection,
        borrower=(person := make_person().agent),
        lines=[(pool, 2)],
        begins=ahead(),
        ends=ahead(2, hours=12),
        rule="FREQ=DAILY;COUNT=4",
        by=person,
    )
    assert [bool(entry["booking"]) for entry in series.report] == [True, False, True, False]


@pytest.mark.django_db
def test_beyond_the_horizon_is_left_out() -> None:
    room = make_space(make_collection(terms={"horizon_days": 10}))
    series = book(room, "FREQ=WEEKLY;COUNT=3")
    assert [e["problem"] and e["problem"]["code"] for e in series.report] == [
        None, None, "too_far_ahead",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_series_for_others_is_the_staff_s_and_told_once() -> None:
    admin, borrower = make_person(), make_person().agent
    room = make_space(make_collection(make_organization(admin=admin)))
    with pytest.raises(NotAllowed):
        book(room, "FREQ=WEEKLY;COUNT=3", borrower=borrower, by=make_person().agent)
    book(room, "FREQ=WEEKLY;COUNT=3", borrower=borrower, by=admin.agent)
    assert topics_for(borrower) == ["sharing.booking_approved"]


# ------------------------------------------------------------------ cancelling


@pytest.mark.django_db
def test_what_is_still_to_come_is_cancelled() -> None:
    room, person = make_space(), make_person().agent
    series = book(room, "FREQ=WEEKLY;COUNT=4", by=person)
    shift(series.bookings.order_by("begins")[0], days=-2)
    cancel_series(series, from_=ahead(14), by=person)
    states = series.bookings.order_by("begins").values_list("state", flat=True)
    assert list(states) == ["confirmed", "confirmed", "cancelled", "cancelled"]
    cancel_series(series, by=person)
    assert list(states.all()) == ["confirmed", "cancelled", "cancelled", "cancelled"]
    assert Block.objects.count() == 0
    assert set(series.bookings.values_list("reason", flat=True)) == {""}


@pytest.mark.django_db
def test_only_the_borrower_and_the_staff_cancel_a_series() -> None:
    admin = make_person()
    room = make_space(make_collection(make_organization(admin=admin)))
    series = book(room, "FREQ=WEEKLY;COUNT=2")
    with pytest.raises(NotAllowed):
        cancel_series(series, by=make_person().agent)
    assert series.bookings.filter(state="confirmed").count() == 2
    with pytest.raises(ReasonMissing):
        cancel_series(series, by=admin.agent)
    cancel_series(series, reason="The roof leaks.", by=admin.agent)
    assert series.bookings.filter(state="cancelled", reason="The roof leaks.").count() == 2
