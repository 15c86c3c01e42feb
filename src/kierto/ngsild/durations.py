"""Durations of ISO 8601 and the periods they divide time into (clause 4.5.19.1)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kierto.ngsild import times
from kierto.ngsild.errors import BadRequestData

_NUMBER = r"(?:(\d{1,9})%s)?"
_DURATION = re.compile(
    "P(?:(\\d{1,9})W|"
    + "".join(_NUMBER % sign for sign in "YMD")
    + "(T"
    + "".join(_NUMBER % sign for sign in "HM")
    + r"(?:(\d{1,9})(?:[.,](\d{1,6}))?S)?)?)",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MONTH_OF_MICROSECONDS: Final = 28 * 86_400_000_000
MONTHS: Final = 12 * 10_000
MICROSECONDS: Final = 10_000 * 366 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration: calendar months, and microseconds for all the rest (a day has 24 hours: UTC)."""

    months: int
    microseconds: int

    @property
    def seconds(self) -> float:
        """The part that is no calendar month."""
        return self.microseconds / 1_000_000


def parse_duration(text: str, what: str = "aggrPeriodDuration") -> Duration | None:
    """Read ``P1M``, ``PT15M``, ``P2W``; a duration of nothing (``PT0S``) is None: all the time.

    Raises:
        BadRequestData: it is none; ``what`` names the parameter.
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or text.endswith(("P", "T")):
        raise BadRequestData(f"{what} is a duration such as PT15M, P1D or P1M.")
    weeks, years, months, days, _, hours, minutes, seconds, parts = found.groups()
    whole_months = int(years or 0) * 12 + int(months or 0)
    whole_seconds = (
        int(weeks or 0) * 604_800
        + int(days or 0) * 86_400
        + int(hours or 0) * 3_600
        + int(minutes or 0) * 60
        + int(seconds or 0)
    )
    microseconds = whole_seconds * 1_000_000 + int((parts or "0").ljust(6, "0"))
    if whole_months > MONTHS or microseconds > MICROSECONDS:
        raise BadRequestData(f"{what} is longer than the calendar.")
    return Duration(whole_months, microseconds) if whole_months or microseconds else None


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of one length, one after the other, from an instant on.

    A period that begins on a day the month does not have begins on its last day; the next one is
    counted from the origin again, so months stay calendar months.
    """

    origin: datetime
    duration: Duration

    def start(self, number: int) -> datetime:
        """When a period begins, which is when the one before it ends; the calendar's end after."""
        try:
            moved = _add_months(self.origin, self.duration.months * number)
            return moved + timedelta(microseconds=self.duration.microseconds * number)
        except (OverflowError, ValueError):
            return datetime.max.replace(tzinfo=UTC)

    def number(self, moment: datetime) -> int:
        """The period an instant lies in, counted from 0 at the origin."""
        away = (moment - self.origin) // _MICROSECOND
        if not self.duration.months:
            return away // self.duration.microseconds
        shortest = self.duration.months * _MONTH_OF_MICROSECONDS + self.duration.microseconds
        low, high = 0, max(0, away // shortest) + 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.start(middle) <= moment:
                low = middle
            else:
                high = middle - 1
        return low

    def bounds(self, number: int) -> tuple[str, str]:
        """Beginning and end of a period, as times are written."""
        return times.write_time(self.start(number)), times.write_time(self.start(number + 1))


def _add_months(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
