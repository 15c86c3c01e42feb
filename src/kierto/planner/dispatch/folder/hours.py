"""Times in tables: one row an hour, also on the days when clocks change.

A time is ISO 8601, with its offset (``2025-03-30T01:00+02:00``) or without one, and is then local
time of the district's zone. In local time a day in spring has 23 hours: the one that the clocks
leap over must not stand there. A day in autumn has 25: the repeated hour stands twice, first in
summer time. Each row must begin exactly one hour after the row before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kierto.core.tables import Fault, Row
from kierto.core.text import Sentence as _

HOUR = timedelta(hours=1)
MOST_FAULTS = 3
"""A shifted table is wrong in every row; its first faults say enough."""


def read_hours(rows: Sequence[Row], zone: ZoneInfo, faults: list[Fault]) -> list[datetime]:
    """The beginning of each row's hour in UTC, strictly one hour apart; else faults are noted."""
    found: list[datetime] = []
    noted = 0
    for row in rows:
        before = found[-1] if found else None
        instant, problem = _instant(row["time"], zone, before)
        if instant is not None and before is not None and problem is None:
            problem = _step(before, instant)
        if problem is not None:
            noted += 1
            if noted <= MOST_FAULTS:
                faults.append(row.fault("time", problem[0], problem[1], text=row["time"]))
        if instant is not None:
            found.append(instant)
    return found


def told_hours(start: str, count: int, zone: ZoneInfo | None = None) -> list[str]:
    """``count`` hours from ``start`` as ISO 8601 with their offsets; numbers without a start."""
    if not start:
        return [str(hour + 1) for hour in range(count)]
    first = datetime.fromisoformat(start)
    where: Any = zone or first.tzinfo
    begin = first.astimezone(UTC)
    return [
        (begin + hour * HOUR).astimezone(where).isoformat(timespec="minutes")
        for hour in range(count)
    ]


def _instant(
    text: str, zone: ZoneInfo, before: datetime | None
) -> tuple[datetime | None, tuple[Any, Any] | None]:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None, (
            _("“%(text)s” is not a time."),
            _("Write it like 2025-03-30T01:00, or with an offset: 2025-03-30T01:00+02:00."),
        )
    if time.tzinfo is not None:
        return time.astimezone(UTC), None
    early = time.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = time.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) != time:
        return early, (
            _("“%(text)s” does not exist: the clocks leap over it."),
            _("Remove the row; that day has 23 hours. Or write times with their offset."),
        )
    return (late if before is not None and before >= early else early), None


def _step(before: datetime, instant: datetime) -> tuple[Any, Any] | None:
    if instant - before == HOUR:
        return None
    if instant == before:
        return (
            _("The hour “%(text)s” stands twice."),
            _("Keep one of the rows; only the hour repeated in autumn stands twice."),
        )
    if instant < before:
        return (
            _("“%(text)s” lies before the row above it."),
            _("Sort the rows by time."),
        )
    return (
        _("Before “%(text)s” hours are missing, or the rows are not one hour apart."),
        _("Give one row for each hour; on the day with 25 hours the repeated one stands twice."),
    )
