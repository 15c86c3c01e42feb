"""What the demonstration's sensors see at any moment: bins that fill, lamps that dim. Pure.

A thing at a moment is told by the moment alone, so that whoever asks twice hears the same. The
quantities are illustrative: a textile bin is full in some days, a lamp of 58 W burns at night.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from kierto.demo.calendar import season
from kierto.demo.chance import between, share

EMPTIED: Final = time(7)
"""When the collection comes, in the district's time."""

WATTS: Final = 58.0
_QUIET_FROM, _QUIET_TO = 23, 5
_NOON: Final = 12.4
"""Hour at which the sun stands highest over Espoo, without summer time."""


def bin_seen(key: str, at: datetime) -> dict[str, Any]:
    """Level and battery in percent, and what the bin says of itself.

    Args:
        key: which bin.
        at: the moment, in the district's time.
    """
    level = round(100 * _filled(key, at))
    return {"level": level, "battery": round(_battery(key, at.date())), "state": "ok"}


def lamp_seen(key: str, at: datetime) -> dict[str, Any]:
    """Brightness (a share), power in watts, and whether it burns, at a moment in local time."""
    dim = _brightness(key, at)
    drift = between(0.97, 1.03, key, at.isoformat())
    watts = round((1.5 + (WATTS - 1.5) * dim) * drift, 1)
    return {"dim": dim, "watts": watts, "power": _word(dim), "state": "ok"}


def _filled(key: str, at: datetime) -> float:
    """From 0 to 1: the days since it was emptied, of those that it takes to fill."""
    days = 2 + int(6 * share(key, "days"))
    since = at.date() if at.time() >= EMPTIED else at.date() - timedelta(days=1)
    turn, day = divmod(since.toordinal() + int(days * share(key, "turn")), days)
    hours = (at.hour + at.minute / 60 - EMPTIED.hour) % 24
    # Little is thrown away at night: most of a day's comes in its first fifteen hours.
    today = 0.95 * min(hours / 15, 1) + 0.05 * max(hours - 15, 0) / 9
    return (day + today) / days * between(0.55, 0.98, key, turn)


def _battery(key: str, day: date) -> float:
    """From 95 % to some 30 % in two years, then it is changed."""
    age = (day.toordinal() + int(730 * share(key, "battery"))) % 730
    return 95 - 65 * age / 730


def _brightness(key: str, at: datetime) -> float:
    noon = _NOON + (at.dst() or timedelta()) / timedelta(hours=1)
    light = 12 * season(at.date(), summer=1.55)
    if abs(at.hour + at.minute / 60 - noon) <= light / 2:
        return 0.0
    if _QUIET_TO <= at.hour < _QUIET_FROM:
        return 1.0
    # Somebody walks by: it brightens, and dims again.
    return 0.8 if share(key, "walks", at.isoformat()) < 0.2 else 0.4


def _word(dim: float) -> str:
    return "off" if dim == 0 else "low" if dim < 0.6 else "on"
