"""Times as devices write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.faults import Faulty

FORMATS: Final = ("iso", "unix", "unix_ms")
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT: Final = 64


class TimeFault(Faulty):
    """It is no time of the format; the sentence says why."""


def read_clock(value: Any, form: str, zone: str = "UTC") -> datetime:
    """A moment in UTC, to the microsecond.

    Args:
        form: ``iso`` (RFC 3339; without an offset it is of ``zone``), ``unix`` (seconds),
            ``unix_ms``, or a pattern of ``strptime``.

    Raises:
        TimeFault: it is none, or lies before the year 2000 (a clock that was never set).
    """
    try:
        moment = _moment(value, form, zone)
    except (ValueError, OverflowError, TypeError) as error:
        raise TimeFault(
            _("“%(value)s” is no time of the format %(format)s."),
            value=str(value)[:_TEXT],
            format=form,
        ) from error
    if moment < _EARLIEST:
        raise TimeFault(
            _("“%(value)s” is before the year 2000: the clock is not set."),
            value=str(value)[:_TEXT],
        )
    return moment


def _moment(value: Any, form: str, zone: str) -> datetime:
    if form in {"unix", "unix_ms"}:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise TypeError
        seconds = float(value) / (1000 if form == "unix_ms" else 1)
        return _EPOCH + timedelta(microseconds=round(seconds * 1e6))
    if not isinstance(value, str) or len(value) > _TEXT:
        raise TypeError
    moment = datetime.fromisoformat(value) if form == "iso" else datetime.strptime(value, form)  # noqa: DTZ007 - the zone follows
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)
