"""When something recurs: rules of RFC 5545 by the clocks of the place.

A weekly booking from 18 to 20 stays one when the clocks change. The rule is worked out in wall
clock times and each is then placed in the time zone. Where the clocks skip the beginning, it
follows the RFC (section 3.3.5): the offset from before the gap holds, so 02:30 becomes 03:30, and
the booking keeps its length. Where a time comes twice, the first is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from kierto.sharing.errors.booking import BadRule, RuleWithoutEnd, TooManyOccurrences

MOST = 200
"""A series has no more bookings than this."""

YEARS = 5
"""Rules are followed so far and no farther, so that a rule that never comes true ends as well."""

_MOST_INTERVAL = 1000
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_PARTS = {
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
}
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")

_CYCLE, _CYCLE_DAYS = 400, 146_097
"""Years and days after which the calendar, weekdays included, begins anew."""

_LAST_YEAR = 9990
Span = tuple[datetime, datetime]


def occurrences(rule: str, begins: datetime, ends: datetime, timezone: str) -> list[Span]:
    """The spans of a series in UTC, from a first one (aware) and a rule with COUNT or UNTIL.

    The first is part of it only if it fits the rule.

    Raises:
        BadRule: it cannot be read, or comes true on no day.
        RuleWithoutEnd: it would go on for ever.
        TooManyOccurrences: more than :data:`MOST`.
    """
    zone = ZoneInfo(timezone)
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (begins, ends))
    days = list(islice(_days(rule, first, zone), MOST + 1))
    if len(days) > MOST:
        raise TooManyOccurrences(most=MOST)
    if not days:
        raise BadRule(rule=rule)
    length = ends.astimezone(UTC) - begins.astimezone(UTC)
    return [_placed(day, day + (last - first), length, zone) for day in days]


def _placed(begins: datetime, ends: datetime, length: timedelta, zone: ZoneInfo) -> Span:
    """A wall-clock span as moments."""
    start, end = _moment(begins, zone), _moment(ends, zone)
    skipped = start.astimezone(zone).replace(tzinfo=None) != begins
    if skipped or end <= start:
        end = start + length
    return start, end


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _days(rule: str, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    parts = _parts(rule)
    far = first + timedelta(days=YEARS * 366)
    until = _until(parts.pop("UNTIL", ""), rule, zone) or far
    count = parts.pop("COUNT", "")
    if count and not (count.isdecimal() and 0 < int(count) < 10**6):
        raise BadRule(rule=rule)
    interval = parts.get("INTERVAL", "1")
    if not (interval.isdecimal() and 0 < int(interval) <= _MOST_INTERVAL):
        raise BadRule(rule=rule)
    bare = ";".join(f"{name}={value}" for name, value in parts.items())
    found = _followed(bare, first, min(until, far), rule)
    return islice(found, int(count)) if count else found


def _followed(bare: str, first: datetime, last: datetime, rule: str) -> Iterator[datetime]:
    """The days of a rule until ``last``.

    A rule that never comes true is followed to the end of the calendar by ``rrulestr``, so it is
    given one that ends soon: the same days, whole cycles of the calendar later.
    """
    later = timedelta(days=(_LAST_YEAR - first.year) // _CYCLE * _CYCLE_DAYS)
    try:
        for day in rrulestr(bare, dtstart=first + later):
            if day - later > last:
                return
            yield day - later
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise BadRule(rule=rule) from error


def _parts(rule: str) -> dict[str, str]:
    """The parts of a rule by name.

    Raises:
        BadRule, RuleWithoutEnd: as they say.
    """
    text = rule.strip().upper().removeprefix("RRULE:").rstrip(";")
    pairs = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _sign, value in pairs}
    sane = all(sign and value for _name, sign, value in pairs) and len(parts) == len(pairs)
    if not sane or not parts.keys() <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule(rule=rule)
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise RuleWithoutEnd
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadRule(rule=rule)
    return parts


def _until(text: str, rule: str, zone: ZoneInfo) -> datetime | None:
    """The last wall-clock time; a day alone means its end."""
    if not text:
        return None
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise BadRule(rule=rule)
    day, clock, utc = match.groups()
    try:
        wall = datetime.strptime(day + (clock or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007 (wall clock)
    except ValueError as error:
        raise BadRule(rule=rule) from error
    return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if utc else wall
