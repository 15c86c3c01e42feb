"""What borrowing costs: the price of a booking, its deposit, and the fine for coming late.

Hours are hours that pass; days and weeks are those of the calendar, so that the night on which
clocks change costs nobody a second day. What has begun counts whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from kierto.core.money import CENT
from kierto.sharing.models import Terms
from kierto.sharing.states import Per

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def wall_length(begins: datetime, ends: datetime, timezone: str) -> timedelta:
    """How far the clocks of a place go from one to the other."""
    zone = ZoneInfo(timezone)
    start, end = begins.astimezone(zone), ends.astimezone(zone)
    return end.replace(tzinfo=None) - start.replace(tzinfo=None)


def real_length(begins: datetime, ends: datetime) -> timedelta:
    """How much time passes from one to the other, whatever zone they are written in."""
    return timedelta(seconds=ends.timestamp() - begins.timestamp())


def units_of(terms: Terms, begins: datetime, ends: datetime) -> int:
    """How many times the price is due: at least once."""
    wall = wall_length(begins, ends, terms.collection.timezone)
    match terms.price_per:
        case Per.HOUR:
            return max(1, -(-real_length(begins, ends) // _HOUR))
        case Per.DAY:
            return max(1, -(-wall // _DAY))
        case Per.WEEK:
            return max(1, -(-wall // (7 * _DAY)))
    return 1


def price_of(terms: Terms, begins: datetime, ends: datetime, quantity: int = 1) -> Decimal:
    """Euros for so many from ``begins`` to ``ends``, to the cent."""
    return _cents(terms.price * units_of(terms, begins, ends) * quantity)


def deposit_of(terms: Terms, quantity: int = 1) -> Decimal:
    """Euros left at the desk until all is back."""
    return _cents(terms.deposit * quantity)


def days_late(terms: Terms, due_at: datetime, back_at: datetime) -> int:
    """Midnights between the time due and the return; later on the same day is in time."""
    zone = ZoneInfo(terms.collection.timezone)
    return max(0, (back_at.astimezone(zone).date() - due_at.astimezone(zone).date()).days)


def fine_of(terms: Terms, due_at: datetime, back_at: datetime) -> Decimal:
    """Euros for coming back late, up to ``fine_most`` (nought: without an upper end)."""
    fine = _cents(terms.fine_per_day * days_late(terms, due_at, back_at))
    return min(fine, _cents(terms.fine_most)) if terms.fine_most else fine


def _cents(amount: Decimal | int) -> Decimal:
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)
