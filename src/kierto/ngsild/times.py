"""Times as the hub keeps them: UTC, ``Z``, no trailing zeros (RFC 3339; clause 4.6.3)."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

from kierto.ngsild.errors import BadRequestData

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?Z", re.ASCII)


def now() -> str:
    """The present moment."""
    return write_time(datetime.now(UTC))


def write_time(moment: datetime) -> str:
    """An aware datetime as the hub writes it; parts below a microsecond do not exist."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


@functools.lru_cache(maxsize=4096)
def as_datetime(text: str) -> datetime:
    """The instant a text names; only ``Z`` ends a time (clause 4.6.3).

    Raises:
        BadRequestData: it is no date and time in UTC.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadRequestData(f"{text[:64]!r} is no date and time such as 2026-11-22T07:00:00Z.")
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            # A leap second is the second before it: no calendar of Python knows it.
            59 if second == "60" else int(second),
            int((fraction or "0").ljust(6, "0")),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise BadRequestData(f"{text[:64]!r} is no moment of the calendar.") from error


@functools.lru_cache(maxsize=4096)
def read_time(text: str) -> str:
    """A time, normalised: ``…T07:00:00.250Z`` is ``…T07:00:00.25Z``.

    Raises:
        BadRequestData: it is no date and time in UTC.
    """
    return write_time(as_datetime(text))


def sort_key(text: str) -> str:
    """A key under which normalised times sort as instants (``…00.25Z`` comes after ``…00Z``)."""
    return text[:-1]
