"""The calendar of a thing: a word for every day and hour, right when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from kierto.sharing.calendar import Word, days_from, month_of, today
from kierto.sharing.models import Thing
from kierto.sharing.states import Within
from tests.factories import sharing as make
from tests.factories.parties import make_person
from tests.sharing.residents import HELSINKI, book, in_days

SATURDAY = date(2027, 3, 27)
NOW = datetime(2027, 3, 26, 6, 0, tzinfo=UTC)


@pytest.fixture
def thing(db: None) -> Thing:
    return make.make_thing(make.make_collection(opening_hours="Mo-Fr 10:00-18:00"))


def words(thing: Thing, day: date, *, now: datetime = NOW) -> dict[str, str]:
    """The words of a day by the hour at which each begins."""
    days = days_from(thing, day, 1, now=now)
    return {row.begins.strftime("%H"): row.cells[0].word for row in days.rows}


def test_an_empty_calendar_is_free_while_it_is_open(thing: Thing) -> None:
    friday = date(2027, 3, 26)
    assert words(thing, friday) == {f"{hour}": Word.FREE for hour in range(10, 18)}


def test_a_closed_day_has_no_hours_and_says_so_in_the_month(thing: Thing) -> None:
    assert words(thing, SATURDAY) == {}
    month = month_of(thing, SATURDAY, now=NOW)
    cells = {
        cell.begins.astimezone(HELSINKI).day: cell for week in month.weeks for cell in week if cell
    }
    assert (cells[25].word, cells[26].word, cells[27].word) == (Word.PAST, Word.FREE, Word.CLOSED)


def test_the_month_has_every_day_once_under_its_weekday(thing: Thing) -> None:
    month = month_of(thing, date(2027, 3, 15), now=NOW)
    assert month.first == date(2027, 3, 1)
    days = [cell for week in month.weeks for cell in week]
    assert [cell is not None for cell in days].count(True) == 31
    assert {len(week) for week in month.weeks} == {7}
    assert (month.previous, month.next) == (date(2027, 2, 1), date(2027, 4, 1))


def test_a_booking_takes_its_hours_and_the_day_becomes_partly_free(thing: Thing) -> None:
    make.change_default_terms(thing.collection, within=Within.ANY)
    book(thing, make_person().agent, begins=in_days(1, 10), ends=in_days(1, 12))
    tomorrow = in_days(1, 12).astimezone(HELSINKI).date()
    found = words(thing, tomorrow, now=in_days(0, 8))
    # Open round the clock: a row for two hours.
    assert {hour for hour, word in found.items() if word == Word.TAKEN} == {"10"}
    month = month_of(thing, tomorrow, now=in_days(0, 8))
    cell = next(
        cell
        for week in month.weeks
        for cell in week
        if cell and cell.begins.astimezone(HELSINKI).date() == tomorrow
    )
    assert cell.word == Word.PARTLY


def test_of_a_pool_the_cell_says_how_many_are_free(db: None) -> None:
    chairs = make.make_pool(quantity=5)
    book(chairs, make_person().agent, lines=[(chairs, 2)])
    tomorrow = in_days(1, 12).astimezone(HELSINKI).date()
    rows = days_from(chairs, tomorrow, 1, now=in_days(0, 8)).rows
    cells = {row.begins.hour: row.cells[0] for row in rows}
    assert (cells[8].free, cells[10].free) == (5, 3)
    assert cells[10].word == Word.FREE


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("Europe/Helsinki", date(2027, 3, 28), 23),
        ("Europe/Helsinki", date(2027, 10, 31), 25),
        ("Europe/Lisbon", date(2027, 3, 28), 23),
        ("Europe/Lisbon", date(2027, 10, 31), 25),
        ("Asia/Amman", date(2027, 3, 28), 24),
        ("Asia/Amman", date(2027, 10, 31), 24),
    ],
)
def test_the_days_of_the_change_of_clocks_are_covered_once(
    db: None, timezone: str, day: date, hours: int
) -> None:
    room = make.make_space(make.make_collection(timezone=timezone, opening_hours="24/7"))
    rows = days_from(room, day, 1, now=datetime(2027, 1, 1, tzinfo=UTC)).rows
    cells = [row.cells[0] for row in rows]
    assert {cell.word for cell in cells if cell.begins < cell.ends} == {Word.FREE}
    for before, after in pairwise(cells):
        assert before.ends == after.begins
    assert cells[-1].ends - cells[0].begins == timedelta(hours=hours)


def test_the_day_is_the_one_of_the_place(db: None) -> None:
    amman = make.make_thing(make.make_collection(timezone="Asia/Amman"))
    late = datetime(2027, 1, 1, 22, 30, tzinfo=UTC)
    assert today(amman, late) == date(2027, 1, 2)
    lisbon = make.make_thing(make.make_collection(timezone="Europe/Lisbon"))
    assert today(lisbon, late) == date(2027, 1, 1)


def test_what_has_passed_is_over_and_cannot_begin(thing: Thing) -> None:
    friday = date(2027, 3, 26)
    noon = datetime(2027, 3, 26, 12, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    found = words(thing, friday, now=noon)
    assert (found["11"], found["12"]) == (Word.PAST, Word.FREE)
    cells = [row.cells[0] for row in days_from(thing, friday, 1, now=noon).rows]
    assert [cell.can_begin for cell in cells] == [False, False, *[True] * 6]
