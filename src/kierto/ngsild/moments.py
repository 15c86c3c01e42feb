"""Dates with a time, dates, and times of day, as queries and values write them (clause 4.6.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from kierto.ngsild import times
from kierto.ngsild.errors import BadRequestData

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:[.,](\d{1,18}))?Z?", re.ASCII)
_KINDS: Final = frozenset({"DateTime", "Date", "Time"})
_SHORTEST: Final = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time, a date or a time of day.

    Attributes:
        kind: ``DateTime``, ``Date`` or ``Time``.
        text: normalised (``times.read_time``).
        key: sorts as time does, among moments of one kind.
    """

    kind: str
    text: str
    key: str


@lru_cache(maxsize=8192)
def read_moment(text: str) -> Moment | None:
    """The moment a text names, or None when it names none.

    ``2026-11-22T09:00:00+02:00`` is a DateTime, ``2026-11-22`` a Date, ``09:00:00Z`` a Time.
    """
    if len(text) < _SHORTEST or not text[0].isdigit():
        return None
    if _DATE.fullmatch(text):
        return _read_date(text)
    found = _TIME.fullmatch(text)
    if found is not None:
        hour, minute, second, fraction = found.groups()
        key = f"{hour}:{minute}:{second}"
        part = (fraction or "").rstrip("0")
        key = f"{key}.{part}" if part else key
        return Moment("Time", f"{key}Z", key)
    try:
        normal = times.read_time(text)
    except BadRequestData:
        return None
    return Moment("DateTime", normal, times.sort_key(normal))


def _read_date(text: str) -> Moment | None:
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return Moment("Date", text, text)


def moment_of(value: Any) -> Moment | None:
    """The moment a value of an attribute names: a text, or ``{"@type": "DateTime", "@value": …}``.

    Also ``{"type": "Date", "@value": …}`` as written with the terms of the core context.
    """
    if isinstance(value, str):
        return read_moment(value)
    if isinstance(value, dict) and isinstance(value.get("@value"), str):
        kind = str(value.get("@type") or value.get("type") or "").rpartition("/")[2]
        if kind in _KINDS:
            moment = read_moment(value["@value"])
            if moment is not None and moment.kind == kind:
                return moment
    return None
