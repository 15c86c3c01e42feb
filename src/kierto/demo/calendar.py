"""The demonstration's year: the fifty-two weeks that ended last Sunday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import cos, tau
from zoneinfo import ZoneInfo

WEEKS = 52
WEEKS_A_ROUND = 4


@dataclass(frozen=True, slots=True)
class Round:
    """Four weeks that end on a Sunday; deliveries are recorded in their last days."""

    number: int
    start: date
    end: date

    def moment(self, days_before_end: int, at: time, zone: ZoneInfo) -> datetime:
        """A moment near the end of the round, in the district's time."""
        return datetime.combine(self.end - timedelta(days=days_before_end), at, tzinfo=zone)


def year_before(today: date) -> tuple[date, date]:
    """First and last day of the demonstration's year."""
    last_sunday = today - timedelta(days=today.weekday() + 1)
    return last_sunday - timedelta(weeks=WEEKS) + timedelta(days=1), last_sunday


def rounds(today: date) -> list[Round]:
    """The thirteen rounds of the year, oldest first."""
    start, _end = year_before(today)
    span = timedelta(weeks=WEEKS_A_ROUND)
    return [
        Round(number, start + span * number, start + span * (number + 1) - timedelta(days=1))
        for number in range(WEEKS // WEEKS_A_ROUND)
    ]


def season(day: date, *, summer: float) -> float:
    """How much of its yearly mean a seasonal stream gives around ``day``.

    ``summer`` is the share at midsummer (1.6 for garden waste, 0.3 for heat in homes); midwinter
    mirrors it, so that the year's mean stays 1.
    """
    midsummer = date(day.year, 7, 1)
    angle = tau * (day - midsummer).days / 365.2425
    return 1 + (summer - 1) * cos(angle)
