"""When a collection or a thing is open; see :mod:`kierto.core.opening`."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from kierto.core.opening import Hours, OpenDay, Span, check_hours, has_holidays
from kierto.sharing.models import Collection, Thing

__all__ = [
    "OpenDay", "Span", "check_hours", "closes_after", "collection_of", "covers", "days_from",
    "has_holidays", "hours_of", "hours_text", "is_open", "is_open_until", "next_opening", "spans",
    "special_days", "zone_of",
]  # fmt: skip

Where = Collection | Thing


def collection_of(where: Where) -> Collection:
    """The collection itself, or that of the thing."""
    return where if isinstance(where, Collection) else where.collection


def hours_text(where: Where) -> str:
    """The hours that hold: the thing's own, else those of its collection."""
    return (isinstance(where, Thing) and where.opening_hours) or collection_of(where).opening_hours


def hours_of(where: Where) -> Hours:
    """The hours, in the time zone and with the holidays of the collection."""
    collection = collection_of(where)
    return Hours(hours_text(where), collection.timezone, collection.holidays)


def zone_of(where: Where) -> ZoneInfo:
    """The time zone in which its days and hours are judged."""
    return ZoneInfo(collection_of(where).timezone)


def is_open(where: Where, at: datetime) -> bool:
    """Whether it is open at that moment; at closing time it is closed."""
    return hours_of(where).is_open(at)


def is_open_until(where: Where, at: datetime) -> bool:
    """Whether something can end then: while it is open, or just as it opens or closes."""
    return hours_of(where).is_open_until(at)


def covers(where: Where, begins: datetime, ends: datetime) -> bool:
    """Whether it is open from ``begins`` to ``ends`` without a break."""
    return hours_of(where).covers(begins, ends)


def closes_after(where: Where, at: datetime) -> datetime | None:
    """When it closes, if it is open then and closes within the year."""
    return hours_of(where).closes_after(at)


def next_opening(where: Where, after: datetime) -> datetime | None:
    """The first moment from ``after`` on at which it is open; None: not within 400 days."""
    return hours_of(where).next_opening(after)


def spans(where: Where, day: date, *, holidays: bool = True) -> list[Span]:
    """When it is open on a day of its own calendar, cut at its midnights, in its own time zone."""
    return hours_of(where).spans(day, holidays=holidays)


def days_from(where: Where, day: date, count: int = 7) -> list[OpenDay]:
    """So many days in a row, public holidays taken into account."""
    return hours_of(where).days_from(day, count)


def special_days(where: Where, day: date, count: int = 60) -> list[OpenDay]:
    """The days ahead on which a public holiday changes the hours."""
    return hours_of(where).special_days(day, count)
