"""Numbers of the history: moments, months, series, and what tells two things of one moment apart.

Moments are whole microseconds since 1970, UTC; months are counted from January 1970.
"""

from __future__ import annotations

import functools
import hashlib
from datetime import UTC, datetime, timedelta

from kierto.ngsild import times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
#: Names an entity's number is multiplied by: as many series an entity may have.
NAMES = 1 << 24
READING_ID = "urn:ngsi-ld:Instance:r"
_new_digest = hashlib.blake2b
_whole = int.from_bytes
_TICK = timedelta(microseconds=1)


@functools.lru_cache(maxsize=4096)
def micros(text: str) -> int:
    """The moment a normalised time names."""
    return (times.as_datetime(text) - EPOCH) // _TICK


def micros_of(moment: datetime) -> int:
    """The moment of an aware datetime."""
    return (moment - EPOCH) // _TICK


def moment(at: int) -> datetime:
    """The aware datetime of a moment."""
    return EPOCH + timedelta(microseconds=at)


@functools.lru_cache(maxsize=8192)
def text(at: int) -> str:
    """A moment as the interface writes it."""
    return times.write_time(moment(at))


@functools.lru_cache(maxsize=4096)
def month_of(at: int) -> int:
    """The month a moment falls in."""
    day = moment(at)
    return (day.year - 1970) * 12 + day.month - 1


def month_start(month: int) -> int:
    """The first moment of a month; months before the year 1 or after 9999 have none."""
    year, number = divmod(month, 12)
    return micros_of(datetime(1970 + year, number + 1, 1, tzinfo=UTC))


def month_name(month: int) -> str:
    """A month as people sort it: ``2026-11``."""
    year, number = divmod(month, 12)
    return f"{1970 + year:04d}-{number + 1:02d}"


def series_of(entity: int, name: int) -> int:
    """The number of an entity's attribute."""
    return entity * NAMES + name


def entity_span(entity: int) -> tuple[int, int]:
    """First and last number of an entity's series."""
    return entity * NAMES, entity * NAMES + NAMES - 1


def twin_of(instance_id: str) -> int:
    """What tells an instance from others of its series and moment: never 0, 62 bits of its id."""
    digest = _new_digest(instance_id.encode(), digest_size=8).digest()
    return (_whole(digest, "big") >> 2) | 1


def reading_id(series: int, at: int) -> str:
    """The instance id a reading answers to; it is made from its key."""
    return f"{READING_ID}{series:x}-{at:x}"


def observed_id(series: int, at: int) -> str:
    """The id of an instance that was sent with its moment; the same however often it is sent."""
    digest = hashlib.blake2b(f"{series:x}-{at:x}".encode(), digest_size=16).hexdigest()
    return f"urn:ngsi-ld:Instance:{digest}"
