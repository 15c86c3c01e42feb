"""The promises of an agreement: one for each week of its term, or each month of a long one."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from kierto.core.period import DAYS_A_WEEK, Period, weeks_between
from kierto.core.quantity import PLACES

LONGEST_WEEKLY_TERM = timedelta(days=26 * 7)
"""Terms of more than half a year are promised by the month."""


def promised_periods(start: date, end: date) -> list[Period]:
    """The periods that tile the term, weeks or calendar months; first and last may be short."""
    if end - start < LONGEST_WEEKLY_TERM:
        return weeks_between(start, end)
    periods = []
    while start <= end:
        last_of_month = start.replace(day=calendar.monthrange(start.year, start.month)[1])
        last = min(last_of_month, end)
        periods.append(Period(start, last))
        start = last + timedelta(days=1)
    return periods


def promised_amounts(quantity_per_week: Decimal, periods: list[Period]) -> list[Decimal]:
    """The amount of each period in proportion to its days, to a millionth.

    Rounded so that the amounts add up to the whole term's: nothing is lost between periods.
    """
    amounts = []
    days = Decimal(0)
    promised = Decimal(0)
    for period in periods:
        days += Decimal(period.days or 0)
        until_here = (quantity_per_week * days / DAYS_A_WEEK).quantize(PLACES, ROUND_DOWN)
        amounts.append(until_here - promised)
        promised = until_here
    return amounts


def term_amount(quantity_per_week: Decimal, start: date, end: date) -> Decimal:
    """What a proposal promises over its whole term."""
    return sum(promised_amounts(quantity_per_week, promised_periods(start, end)), Decimal(0))
