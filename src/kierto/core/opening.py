"""Opening hours in the syntax of OpenStreetMap, judged by the clock of the place.

Hours are wall-clock times in a time zone, with the public holidays of a country, so a day of 10
to 18 stays one when clocks change. Where an hour happens twice, both count. What the syntax calls
“unknown” counts as closed. Moments given back are aware and in UTC, unless a day's own calendar
is asked: two local times of one zone would be compared by their clocks, not by when they are.

Syntax and holidays: the package ``opening_hours`` (opening-hours-py), which follows the
specification of the key ``opening_hours`` of OpenStreetMap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import opening_hours

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _

Span = tuple[datetime, datetime]

LOOK_AHEAD = timedelta(days=400)
"""Whoever opens once a year is found; beyond that it counts as closed for good."""

_MARK = re.compile(r"--> 1:(\d+)")
_SHOWN = 30


class BadOpeningHours(DomainError):
    """The text is no opening hours; ``column`` counts characters from 1."""

    code = "bad_opening_hours"
    field = "opening_hours"
    sentence = _(
        "These opening hours cannot be read from character %(column)s on: “%(rest)s”. "
        "Write them like this: Mo-Fr 10:00-18:00; Sa 10:00-14:00; PH off."
    )


def check_hours(text: str) -> str:
    """The trimmed text, if it is opening hours.

    Raises:
        BadOpeningHours: with ``column`` (from 1) and ``rest``, where the mistake is.
    """
    text = text.strip()
    try:
        opening_hours.OpeningHours(text)
    except opening_hours.ParserError as error:  # type: ignore[attr-defined]
        found = _MARK.search(str(error))
        column = min(int(found[1]), len(text) + 1) if found else 1
        rest = text[column - 1 :][:_SHOWN] or "…"
        raise BadOpeningHours(column=column, rest=rest) from error
    return text


@lru_cache(maxsize=256)
def has_holidays(country: str) -> bool:
    """Whether the public holidays of this country (ISO 3166) are known."""
    if not country:
        return False
    try:
        opening_hours.OpeningHours("24/7", country=country)
    except opening_hours.UnknownCountryError:  # type: ignore[attr-defined]
        return False
    return True


@lru_cache(maxsize=1024)
def _parsed(text: str, timezone: str, country: str) -> Any:
    known = country if has_holidays(country) else None
    return opening_hours.OpeningHours(text, timezone=ZoneInfo(timezone), country=known)


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day and when it is open; ``is_special``: a public holiday changes it."""

    day: date
    spans: list[Span]
    is_special: bool

    @property
    def is_closed(self) -> bool:
        """Not open at all."""
        return not self.spans

    @property
    def is_whole(self) -> bool:
        """Open from midnight to midnight."""
        return len(self.spans) == 1 and self.spans[0][1] - self.spans[0][0] > timedelta(hours=22)


@dataclass(frozen=True)
class Hours:
    """The hours of a place: a checked text, a time zone's name, and a country for holidays."""

    text: str
    timezone: str
    country: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and hours are judged."""
        return ZoneInfo(self.timezone)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at that moment; at closing time it is closed."""
        return any(b <= at < e for b, e in self._stretches(at, at + timedelta(minutes=1)))

    def is_open_until(self, at: datetime) -> bool:
        """Whether something can end then: while it is open, or just as it opens or closes."""
        return any(b <= at <= e for b, e in self._stretches(at, at + timedelta(minutes=1)))

    def covers(self, begins: datetime, ends: datetime) -> bool:
        """Whether it is open from ``begins`` to ``ends`` without a break."""
        return any(b <= begins and ends <= e for b, e in self._stretches(begins, ends))

    def closes_after(self, at: datetime) -> datetime | None:
        """When it closes, if it is open then and closes within the year."""
        for begins, ends in self._stretches(at, at + LOOK_AHEAD):
            if begins <= at < ends:
                return ends if ends < at + LOOK_AHEAD else None
        return None

    def next_opening(self, after: datetime) -> datetime | None:
        """The first moment from ``after`` on at which it is open; None: not within 400 days."""
        after = after.astimezone(UTC)
        for begins, ends in self._stretches(after, after + LOOK_AHEAD):
            if ends > after:
                return max(begins, after)
        return None

    def spans(self, day: date, *, holidays: bool = True) -> list[Span]:
        """When it is open on a day of its own calendar, cut at its midnights, in its own zone."""
        start, end = self._midnight(day), self._midnight(day + timedelta(days=1))
        return [
            (max(b, start).astimezone(self.zone), min(e, end).astimezone(self.zone))
            for b, e in self._stretches(start, end, holidays=holidays)
            if b < end and e > start
        ]

    def days_from(self, day: date, count: int = 7) -> list[OpenDay]:
        """So many days in a row, public holidays taken into account."""
        return [self._open_day(day + timedelta(days=ahead)) for ahead in range(count)]

    def special_days(self, day: date, count: int = 60) -> list[OpenDay]:
        """The days ahead on which a public holiday changes the hours."""
        if "PH" not in self.text:
            return []
        return [one for one in self.days_from(day, count) if one.is_special]

    def _open_day(self, day: date) -> OpenDay:
        found = self.spans(day)
        return OpenDay(day, found, found != self.spans(day, holidays=False))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def _stretches(
        self, begins: datetime, ends: datetime, *, holidays: bool = True
    ) -> Iterator[Span]:
        """The open stretches that touch ``begins`` to ``ends``, whole but for the far ends."""
        zone = self.zone
        # From a midnight before, so that the answer does not depend on where one starts to look.
        start = datetime.combine(
            begins.astimezone(zone).date() - timedelta(days=1), time(), tzinfo=zone
        )
        start = start.astimezone(UTC).astimezone(zone)  # where clocks leave out that midnight
        parsed = _parsed(self.text, self.timezone, self.country if holidays else "")
        return _merged(parsed.intervals(start, ends.astimezone(zone)), begins.astimezone(UTC))


def _merged(intervals: Any, after: datetime) -> Iterator[Span]:
    held: Span | None = None
    for start, end, state, _comment in intervals:
        if state != opening_hours.State.OPEN:
            continue
        span = (start.astimezone(UTC), end.astimezone(UTC))
        if span[0] >= span[1]:
            continue  # an hour that the change of clocks leaves out
        if held is not None and span[0] <= held[1]:
            held = (held[0], max(held[1], span[1]))
            continue
        if held is not None and held[1] >= after:
            yield held
        held = span
    if held is not None and held[1] >= after:
        yield held
