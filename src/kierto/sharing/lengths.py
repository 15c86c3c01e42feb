"""For how long: when something is due back if nobody says so, always while the desk is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kierto.sharing import opening
from kierto.sharing.models import Block, Loan, Terms, Thing
from kierto.sharing.rules import terms_of
from kierto.sharing.states import Sort, Within

USUAL = timedelta(days=14)
"""What is lent without saying for how long, where the terms allow that much."""

SHORTEST_USUAL = timedelta(hours=1)
DAYS_BACK = 14


def usual_due(thing: Thing, now: datetime) -> datetime:
    """When a thing lent now is due: after the usual time, before the next booking, at closing."""
    terms = terms_of(thing)
    wanted = now + min(USUAL, timedelta(minutes=terms.longest_minutes))
    taken = _next_taken(thing, now)
    if taken is not None:
        after = timedelta(minutes=terms.buffer_after_minutes)
        wanted = min(wanted, max(taken - after, now + SHORTEST_USUAL))
    return at_closing(thing, terms, wanted, after=now)


def renewed_until(loan: Loan, now: datetime) -> datetime:
    """As long again as it was first lent for, from the day on which it is due (or from now)."""
    terms = terms_of(loan.line.thing)
    first = (loan.due_at - loan.out_at) / (loan.renewals + 1)
    length = min(max(first, SHORTEST_USUAL), timedelta(minutes=terms.longest_minutes))
    start = max(loan.due_at, now)
    return at_closing(loan.line.thing, terms, start + length, after=start)


def at_closing(thing: Thing, terms: Terms, wanted: datetime, *, after: datetime) -> datetime:
    """The end of the opening hours on the last open day until then; where they do not matter, or
    there is no such day, the wanted time itself, in whole minutes."""
    if terms.within == Within.ANY or terms.longest_minutes < 24 * 60:
        return _whole(wanted)
    zone = opening.zone_of(thing)
    day = wanted.astimezone(zone).date()
    for back in range(DAYS_BACK):
        for _begins, ends in reversed(opening.spans(thing, day - timedelta(days=back))):
            # Open round the clock: midnight is nobody's closing time.
            closes = min(ends.astimezone(UTC), wanted) if back == 0 else ends.astimezone(UTC)
            if after < closes <= wanted and opening.is_open_until(thing, closes):
                return _whole(closes)
    return _whole(wanted)


def _whole(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _next_taken(thing: Thing, now: datetime) -> datetime | None:
    """When somebody else gets the thing, if there is but one of it."""
    if thing.sort in (Sort.POOL, Sort.KIT):
        return None
    block = Block.objects.filter(thing=thing, begins__gt=now).order_by("begins").first()
    return block.begins if block is not None else None
