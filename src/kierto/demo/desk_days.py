"""What stands in the tool library's book on the day of the loading, whatever day that is.

Things go back, and are fetched, at four o'clock on a day on which the desk is open then. Around
weekends and holidays several days lead to the same opening, so each moment is looked for from the
one that it must follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kierto.core.opening import Hours

FOUR = time(16)
THREE = time(15)
CLOSED_AT_MOST = 14
"""So many days in a row the desk is never closed; more means that it never opens at four."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lent:
    """A thing that somebody has: by its key, since when, and until when."""

    key: str
    out: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class DeskDays:
    """What is out today, for when somebody waits, and for when a feast is booked."""

    late: Lent
    waited_for: Lent
    with_the_resident: Lent
    of_the_kit: Lent
    waits: tuple[datetime, datetime]
    feast: tuple[datetime, datetime]

    @property
    def lent(self) -> tuple[Lent, ...]:
        """All that is out."""
        return (self.late, self.waited_for, self.with_the_resident, self.of_the_kit)


def desk_days(hours: Hours, today: date) -> DeskDays:
    """The days of a desk with these hours, seen from ``today``.

    Raises:
        ValueError: the desk never opens at four.
    """
    was_due = opening_before(hours, today - 2 * _DAY)
    waits = _from_to(hours, today + _DAY, days=2)
    feast = _from_to(hours, today + 8 * _DAY, days=3)
    after_the_wish_begins = max(today + 5 * _DAY, waits[0].date() + _DAY)
    return DeskDays(
        late=Lent("drill-1", _three(hours, was_due.date() - 7 * _DAY), was_due),
        waited_for=_lent(hours, "carpet-cleaner", today - 2 * _DAY, after_the_wish_begins),
        with_the_resident=_lent(hours, "sewing-machine-1", today - 3 * _DAY, today + 4 * _DAY),
        of_the_kit=_lent(hours, "projector", today - _DAY, today + 3 * _DAY),
        waits=waits,
        feast=feast,
    )


def opening_from(hours: Hours, day: date) -> datetime:
    """Four o'clock on the first day from ``day`` on that the desk is open then."""
    return _opening(hours, day, _DAY)


def opening_before(hours: Hours, day: date) -> datetime:
    """Four o'clock on the last day up to ``day`` that the desk is open then."""
    return _opening(hours, day, -_DAY)


def _opening(hours: Hours, day: date, step: timedelta) -> datetime:
    for number in range(CLOSED_AT_MOST + 1):
        found = datetime.combine(day + number * step, FOUR, tzinfo=hours.zone)
        if hours.is_open(found):
            return found
    raise ValueError(f"The desk does not open at four around {day}: {hours.text}")


def _from_to(hours: Hours, day: date, *, days: int) -> tuple[datetime, datetime]:
    """Two openings: the first from ``day`` on, and one at least so many days after it."""
    begins = opening_from(hours, day)
    return begins, opening_from(hours, begins.date() + days * _DAY)


def _lent(hours: Hours, key: str, out: date, due: date) -> Lent:
    return Lent(key, _three(hours, out), opening_from(hours, due))


def _three(hours: Hours, day: date) -> datetime:
    return datetime.combine(day, THREE, tzinfo=hours.zone)
