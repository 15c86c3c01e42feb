"""Of what an indicator is asked: a district, an organisation, a kind, a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache

from django.utils import timezone

from kierto.catalogue.models import ResourceSpecification
from kierto.core.period import Period
from kierto.parties.models import District, Organization

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Scope:
    """Each part narrows; ``None`` leaves it open. Without a period: the last twelve months.

    A kind includes every narrower one.
    """

    district: District | None = None
    organization: Organization | None = None
    kind: ResourceSpecification | None = None
    period: Period | None = None

    @cached_property
    def days(self) -> tuple[date, date]:
        """First and last day, both included."""
        today = timezone.localdate()
        if self.period is None:
            return first_of_month(today, -(MONTHS_SHOWN - 1)), today
        return self.period.start, self.period.end or max(today, self.period.start)

    @property
    def start(self) -> datetime:
        """The first moment."""
        return timezone.make_aware(datetime.combine(self.days[0], time.min))

    @property
    def end(self) -> datetime:
        """The first moment after the last day."""
        return timezone.make_aware(datetime.combine(self.days[1] + timedelta(days=1), time.min))

    @property
    def is_wide(self) -> bool:
        """Whether this is a district or the whole node, where sums are public."""
        return self.organization is None and self.kind is None

    def months(self) -> list[date]:
        """The first days of the months that the period touches."""
        return list(months_between(*self.days))

    def of_month(self, month: date) -> Scope:
        """The same for one month."""
        return replace(self, period=Period(month, last_of_month(month)))


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that lies ``months`` after that of ``day``."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def month_of(moment: datetime) -> date:
    """The first day of the month in which a moment falls here."""
    return _month_of_hour(moment.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=20_000)
def _month_of_hour(hour: datetime) -> date:
    """Thousands of events fall into few hours, and finding the local day of each is slow."""
    return first_of_month(timezone.localdate(hour))


def last_of_month(day: date) -> date:
    """The last day of the day's month."""
    return first_of_month(day, 1) - timedelta(days=1)


def months_between(start: date, end: date) -> Iterator[date]:
    """First days of the months from that of ``start`` to that of ``end``."""
    month = first_of_month(start)
    while month <= end:
        yield month
        month = first_of_month(month, 1)


def days_by_month(start: date, end: date) -> Iterator[tuple[date, int]]:
    """Each month between two days (both included) with how many of the days lie in it."""
    for month in months_between(start, end):
        first, last = max(start, month), min(end, last_of_month(month))
        yield month, (last - first).days + 1
