"""Sums, means and counts over periods of a history (clause 4.5.19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

METHODS: Final = (
    *("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"),
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration of ISO 8601: calendar months, and seconds for all the rest."""

    months: int
    seconds: float


def parse_duration(text: str) -> Duration | None:
    """Read ``P1M``, ``PT15M``, ``P2W``; a duration of nothing (``PT0S``) is None: all the time.

    Raises:
        BadRequestData: it is none.
    """
    raise NotImplementedError
