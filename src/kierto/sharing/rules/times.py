"""What stands against the time: past, notice, horizon, steps, length, opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kierto.core.errors import DomainError
from kierto.sharing import opening
from kierto.sharing.errors.rules import (
    ClosedInBetween,
    ClosedThen,
    NeverOpen,
    NotOnStep,
    TimePassed,
    TimesBackwards,
    TooFarAhead,
    TooLong,
    TooShort,
    TooSoon,
)
from kierto.sharing.models import Terms, Thing
from kierto.sharing.pricing import real_length, wall_length
from kierto.sharing.rules.who import Lines
from kierto.sharing.rules.wishes import Wish
from kierto.sharing.states import Within
from kierto.sharing.words import Length, Moment, clock

_MINUTE = timedelta(minutes=1)
_STILL_NOW = 15 * _MINUTE
"""Who comes at ten past ten may still book from ten."""


def time_refusals(
    wish: Wish, lines: Lines, *, at_desk: bool, now: datetime
) -> Iterator[DomainError]:
    """Every reason against this time; at the desk things go out now, whatever the clock says."""
    if wish.ends <= wish.begins:
        yield TimesBackwards()
        return
    begins_anew = wish.booking is None or wish.booking.begins != wish.begins
    ends_anew = wish.booking is None or wish.booking.ends != wish.ends
    found: dict[tuple[object, ...], DomainError] = {}
    for thing, _count, terms in lines:
        checks: list[Iterator[DomainError]] = [_length(wish, thing, terms)]
        if begins_anew and not at_desk:
            checks += [_soon(wish, terms, now), _step(wish, wish.begins, "begins", terms)]
        if ends_anew:
            checks.append(_far(wish, terms, now))
            if not at_desk:
                checks.append(_step(wish, wish.ends, "ends", terms))
        if begins_anew or ends_anew:
            checks.append(_open(wish, thing, terms, begins_anew and not at_desk, ends_anew))
        for check in checks:
            for refusal in check:
                # Five things in one booking do not say the same five times.
                found.setdefault((refusal.code, refusal.field, str(refusal)), refusal)
    yield from found.values()


def _soon(wish: Wish, terms: Terms, now: datetime) -> Iterator[DomainError]:
    zone = wish.collection.timezone
    if wish.begins < now - _STILL_NOW:
        yield TimePassed(begins=Moment(wish.begins, zone))
    elif terms.notice_minutes and wish.begins < now + terms.notice_minutes * _MINUTE:
        earliest = Moment(_next_step(now + terms.notice_minutes * _MINUTE, terms, zone), zone)
        yield TooSoon(notice=Length(terms.notice_minutes), earliest=earliest)


def _far(wish: Wish, terms: Terms, now: datetime) -> Iterator[DomainError]:
    """The last day that can be booked is ``horizon_days`` after today, until its end."""
    zone = ZoneInfo(wish.collection.timezone)
    last = now.astimezone(zone).date() + timedelta(days=terms.horizon_days)
    latest = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    if wish.begins.timestamp() >= latest.timestamp():
        moment = Moment(latest - _MINUTE, wish.collection.timezone)
        yield TooFarAhead(days=terms.horizon_days, latest=moment)


def _minutes(at: datetime, zone: str) -> int:
    local = at.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute


def _on_step(at: datetime, terms: Terms, zone: str) -> bool:
    whole = at.second == 0 and at.microsecond == 0
    return whole and _minutes(at, zone) % terms.step_minutes == 0


def _next_step(at: datetime, terms: Terms, zone: str) -> datetime:
    if _on_step(at, terms, zone):
        return at
    return _around(at, terms, zone)[1]


def _around(at: datetime, terms: Terms, zone: str) -> tuple[datetime, datetime]:
    """The steps before and after, counted from midnight by the clocks of the place."""
    local = at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    before = local - (_minutes(at, zone) % terms.step_minutes) * _MINUTE
    return before, before + terms.step_minutes * _MINUTE


def _step(wish: Wish, at: datetime, field: str, terms: Terms) -> Iterator[DomainError]:
    zone = wish.collection.timezone
    if _on_step(at, terms, zone):
        return
    before, after = _around(at, terms, zone)
    yield NotOnStep(
        field=field,
        step=Length(terms.step_minutes),
        before=clock(before, zone),
        after=clock(after, zone),
    )


def _length(wish: Wish, thing: Thing, terms: Terms) -> Iterator[DomainError]:
    """By the clock or by what passes, whichever suits the borrower when clocks change."""
    wall = wall_length(wish.begins, wish.ends, wish.collection.timezone)
    real = real_length(wish.begins, wish.ends)
    if max(wall, real) < terms.shortest_minutes * _MINUTE:
        yield TooShort(thing=thing.name, shortest=Length(terms.shortest_minutes))
    if min(wall, real) > terms.longest_minutes * _MINUTE:
        yield TooLong(thing=thing.name, longest=Length(terms.longest_minutes))


def _open(
    wish: Wish, thing: Thing, terms: Terms, judges_begin: bool, judges_end: bool
) -> Iterator[DomainError]:
    if terms.within == Within.ANY:
        return
    name = thing.name if thing.opening_hours else wish.collection.name
    begins_open = not judges_begin or opening.is_open(thing, wish.begins)
    ends_open = not judges_end or opening.is_open_until(thing, wish.ends)
    if not begins_open:
        yield _closed(wish, thing, name, wish.begins, "begins")
    if not ends_open:
        yield _closed(wish, thing, name, wish.ends, "ends")
    if terms.within == Within.WHOLE and begins_open and ends_open and judges_begin:
        closes = opening.closes_after(thing, wish.begins)
        if closes is not None and closes < wish.ends:
            moment = Moment(closes, wish.collection.timezone)
            yield ClosedInBetween(name=name, closes=moment)


def _closed(wish: Wish, thing: Thing, name: str, at: datetime, field: str) -> DomainError:
    zone = wish.collection.timezone
    opens = opening.next_opening(thing, at)
    if opens is None:
        return NeverOpen(field=field, name=name, at=Moment(at, zone))
    return ClosedThen(field=field, name=name, at=Moment(at, zone), opens=Moment(opens, zone))
