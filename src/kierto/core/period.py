"""Periods of time and how often an amount recurs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

DAYS_A_WEEK = Decimal(7)
DAYS_A_YEAR = Decimal("365.2425")
WEEKS_A_YEAR = DAYS_A_YEAR / DAYS_A_WEEK
WEEKS_A_MONTH = WEEKS_A_YEAR / 12


class Frequency(StrEnum):
    """How often an amount is to be had."""

    ONCE = "once"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from ``start`` to ``end``, both included; an open end is ``None``."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    @property
    def days(self) -> int | None:
        """Number of days, or ``None`` when the end is open."""
        return None if self.end is None else (self.end - self.start).days + 1

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a day."""
        return (self.end is None or other.start <= self.end) and (
            other.end is None or self.start <= other.end
        )


def per_week(amount: Decimal, every: Frequency, weeks: Decimal = Decimal(1)) -> Decimal:
    """The amount a week. A one-off amount is spread over ``weeks`` (one week by default)."""
    match every:
        case Frequency.WEEK:
            return amount
        case Frequency.MONTH:
            return amount / WEEKS_A_MONTH
        case Frequency.ONCE:
            return amount / max(weeks, Decimal(1))


def weeks_between(start: date, end: date) -> list[Period]:
    """The weeks that tile ``start`` … ``end``; the last one may be short."""
    periods = []
    while start <= end:
        last = min(start + timedelta(days=6), end)
        periods.append(Period(start, last))
        start = last + timedelta(days=1)
    return periods
