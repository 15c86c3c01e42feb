"""When a thing is free: a month of days, or some days hour by hour, with a word for each.

Built from the stretches of :func:`kierto.sharing.availability.day_view` and the opening hours.
Days and hours are those of the collection's time zone; the night the clocks change has 23 or 25
of them.
"""

from __future__ import annotations

import calendar as days_of
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.sharing import availability, opening
from kierto.sharing.availability import Stretch
from kierto.sharing.models import Thing
from kierto.sharing.rules import terms_of
from kierto.sharing.states import Within

FINE_ROWS = 16
"""Up to so many hours a day there is a row for each hour, above it one for two."""

Span = tuple[datetime, datetime]


class Word(StrEnum):
    """What a day or an hour is called."""

    FREE = "free"
    PARTLY = "partly"
    TAKEN = "taken"
    CLOSED = "closed"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Cell:
    """A day or some hours: how many are free throughout, and at the best moment.

    Free: at least one is, throughout. Partly: for some of the time.
    """

    begins: datetime
    ends: datetime
    word: Word
    free: int = 0
    most: int = 0

    @property
    def can_begin(self) -> bool:
        """Whether a booking might begin here."""
        return self.word in (Word.FREE, Word.PARTLY)


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday; days of other months are None."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]
    previous: date
    next: date
    is_first: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One time of day on each of the days."""

    begins: time
    ends: time
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """Some days side by side, hour by hour."""

    first: date
    days: tuple[date, ...]
    rows: tuple[Row, ...]
    previous: date
    next: date
    is_first: bool


def zone_of(thing: Thing) -> ZoneInfo:
    """The time zone in which the thing's days and hours are judged."""
    return ZoneInfo(thing.collection.timezone)


def today(thing: Thing, now: datetime | None = None) -> date:
    """The day it is where the thing is."""
    return (now or timezone.now()).astimezone(zone_of(thing)).date()


def month_of(thing: Thing, day: date, *, now: datetime | None = None) -> Month:
    """The month in which ``day`` lies."""
    now = now or timezone.now()
    first = day.replace(day=1)
    length = days_of.monthrange(first.year, first.month)[1]
    following = first + timedelta(days=length)
    view = _View(thing, first, length, now)
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [view.day(first + timedelta(days=number)) for number in range(length)]
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))
    earlier = (first - timedelta(days=1)).replace(day=1)
    return Month(first, weeks, earlier, following, first <= today(thing, now))


def days_from(thing: Thing, first: date, count: int, *, now: datetime | None = None) -> Days:
    """So many days from ``first``, with a row for each hour (or two) that it is open on any."""
    now = now or timezone.now()
    view = _View(thing, first, count, now)
    days = tuple(first + timedelta(days=number) for number in range(count))
    rows = tuple(
        Row(time(begin), time(end % 24), tuple(view.hours(day, begin, end) for day in days))
        for begin, end in view.rows(days)
    )
    step = timedelta(days=count)
    return Days(first, days, rows, first - step, first + step, first <= today(thing, now))


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


class _View:
    """The stretches and opening hours of some days, ready to be asked about parts of them."""

    def __init__(self, thing: Thing, first: date, count: int, now: datetime) -> None:
        self.thing, self.now = thing, now
        self.zone = zone_of(thing)
        self.stretches: Sequence[Stretch] = availability.day_view(thing, first, days=count)
        always = terms_of(thing).within == Within.ANY
        days = [first + timedelta(days=number) for number in range(count)]
        self.open: dict[date, list[Span]] = {
            day: [self._whole(day)] if always else list(opening.spans(thing, day)) for day in days
        }

    def day(self, day: date) -> Cell:
        """What is left of the day's opening hours."""
        return self._cell(self._whole(day), self.open[day])

    def hours(self, day: date, begin: int, end: int) -> Cell:
        """From one full hour to another of the same day."""
        span = (self._at(day, begin), self._at(day, end))
        return self._cell(span, self.open[day])

    def rows(self, days: Sequence[date]) -> list[tuple[int, int]]:
        """The hours between the first opening and the last closing of all these days."""
        begins, ends = 24, 0
        for day in days:
            midnight, next_midnight = self._whole(day)
            for start, end in self.open[day]:
                begins = min(begins, self._hour(max(start, midnight)))
                last = min(end, next_midnight)
                ends = max(ends, 24 if last == next_midnight else self._hour(last, up=True))
        if begins >= ends:
            return []
        step = 1 if ends - begins <= FINE_ROWS else 2
        return [(hour, min(hour + step, 24)) for hour in range(begins, ends, step)]

    def _cell(self, span: Span, opened: Sequence[Span]) -> Cell:
        begins, ends = span
        parts = [_cut(one, (max(begins, self.now), ends)) for one in opened]
        spans = [part for part in parts if part is not None]
        if ends <= self.now:
            return Cell(begins, ends, Word.PAST)
        if not spans:
            return Cell(begins, ends, Word.CLOSED)
        free = [
            stretch.free
            for stretch in self.stretches
            if any(_cut((stretch.begins, stretch.ends), one) for one in spans)
        ]
        least, most = min(free, default=0), max(free, default=0)
        return Cell(spans[0][0], ends, _word(least, most), least, most)

    def _whole(self, day: date) -> Span:
        return self._at(day, 0), self._at(day, 24)

    def _at(self, day: date, hour: int) -> datetime:
        later = day + timedelta(days=hour // 24)
        return datetime.combine(later, time(hour % 24), self.zone).astimezone(UTC)

    def _hour(self, moment: datetime, *, up: bool = False) -> int:
        local = moment.astimezone(self.zone)
        return local.hour + int(up and (local.minute > 0 or local.second > 0))


def _cut(one: Span, other: Span) -> Span | None:
    """What two spans have in common."""
    begins, ends = max(one[0], other[0]), min(one[1], other[1])
    return (begins, ends) if begins < ends else None


def _word(least: int, most: int) -> Word:
    if most <= 0:
        return Word.TAKEN
    return Word.FREE if least > 0 else Word.PARTLY
