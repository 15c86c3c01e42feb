"""Times, lengths and money in sentences: read in the language of whoever reads them.

The values go into the fields of errors and notices, which are put into words late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import to_locale as locale_name

HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY


def clock(at: datetime, timezone: str) -> str:
    """The time of day there: 10:00."""
    return date_format(at.astimezone(ZoneInfo(timezone)), "H:i")


def weekday(day: date) -> str:
    """Tuesday."""
    return date_format(day, "l")


@dataclass(frozen=True, slots=True)
class Day:
    """Tuesday 24 November."""

    day: date

    def __str__(self) -> str:
        return gettext("%(weekday)s %(day)s") % {
            "weekday": weekday(self.day),
            "day": date_format(self.day, "MONTH_DAY_FORMAT"),
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """Tuesday 24 November, 10:00, as the clocks of ``timezone`` say."""

    at: datetime
    timezone: str

    def __str__(self) -> str:
        return gettext("%(day)s, %(time)s") % {
            "day": Day(self.at.astimezone(ZoneInfo(self.timezone)).date()),
            "time": clock(self.at, self.timezone),
        }


@dataclass(frozen=True, slots=True)
class Length:
    """So many minutes in the largest unit that fits them exactly: 90 minutes, 2 hours, 14 days."""

    minutes: int

    def __str__(self) -> str:
        minutes = self.minutes
        if minutes and minutes % DAY == 0:
            days = minutes // DAY
            return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
        if minutes and minutes % HOUR == 0:
            hours = minutes // HOUR
            return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


@dataclass(frozen=True, slots=True)
class Euros:
    """€12.50, by locale; whole euros without cents."""

    amount: Decimal

    def __str__(self) -> str:
        return str(
            format_currency(
                self.amount,
                "EUR",
                locale=_locale(),
                format=None if self.amount % 1 else _whole(),
                currency_digits=bool(self.amount % 1),
            )
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """Names one after the other."""

    names: tuple[Any, ...]

    def __str__(self) -> str:
        return ", ".join(str(name) for name in self.names)


def _locale() -> Locale:
    try:
        return Locale.parse(locale_name(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _whole() -> str:
    pattern: str = _locale().currency_formats["standard"].pattern
    return pattern.replace(".00", "")
