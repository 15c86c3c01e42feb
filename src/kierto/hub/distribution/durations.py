"""Durations of ISO 8601 that say how long something is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from kierto.ngsild.errors import BadRequestData

_DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
    r"(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?)?"
)
_DAYS: Final = (365, 30, 7, 1)


def read_duration(text: object, what: str) -> timedelta:
    """A duration; years count 365 days, months 30.

    Raises:
        BadRequestData: it is none, or of no length.
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadRequestData(f"{what} is a duration of ISO 8601 such as PT15M.")
    numbers = [int(one or 0) for one in found.groups()]
    days = sum(number * length for number, length in zip(numbers[:4], _DAYS, strict=True))
    hours, minutes, seconds = numbers[4:]
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise BadRequestData(f"{what} is longer than nothing.")
    return duration
