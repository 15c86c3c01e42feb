"""Numbers without false precision."""

from __future__ import annotations

import math

DIGITS = 3


def about(value: float, digits: int = DIGITS) -> float:
    """The value at so many significant digits; sums of money on pages are estimates, too."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
