"""What is free when. Every answer counts :func:`kierto.sharing.demand.survey`, none is kept.

A thing is free for a booking if, with its buffers, at every moment fewer are taken than there
are. The rules ask here, and so do pages; the blocks are the database's own copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils import timezone

from kierto.sharing import opening
from kierto.sharing.demand import Situation, survey, utc
from kierto.sharing.errors.booking import NotFree, TooFewFree
from kierto.sharing.models import Booking, Collection, Thing
from kierto.sharing.rules.wishes import Wish, terms_of
from kierto.sharing.states import ThingState, Within

DAYS_AROUND = 14
"""Another time is looked for so many days before and after the one that was wished."""

FREE, SOME, FULL, CLOSED = "free", "some", "full", "closed"
"""What a stretch of a calendar can be: all are free, some, none; or one can neither begin nor
end there, because the desk is closed."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``begins`` to ``ends`` (aware, UTC), ``free`` of a thing can be had."""

    begins: datetime
    ends: datetime
    free: int
    state: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """What somebody could have instead: another thing, or another time (aware, UTC)."""

    thing: Thing
    begins: datetime
    ends: datetime


# ------------------------------------------------------------------------ how many


def free_count(
    thing: Thing, begins: datetime, ends: datetime, *, ignoring: Booking | None = None
) -> int:
    """How many can be booked from ``begins`` to ``ends``, as if ``ignoring`` were not there.

    Of a kit: as many as its scarcest part allows.
    """
    return survey([thing], begins=begins, ends=ends, ignoring=ignoring).free(thing.pk, begins, ends)


def free_between(things: Iterable[Thing], begins: datetime, ends: datetime) -> dict[int, int]:
    """How many of each can be booked over the whole time, in a constant number of queries."""
    asked = list(things)
    situation = survey(asked, begins=begins, ends=ends)
    return {thing.pk: situation.free(thing.pk, begins, ends) for thing in asked}


def free_now(things: Iterable[Thing], *, now: datetime | None = None) -> dict[int, int]:
    """How many of each are there at this moment, in a constant number of queries."""
    asked = list(things)
    now = now or timezone.now()
    situation = survey(asked, begins=now, ends=now + timedelta(microseconds=1), now=now)
    return {thing.pk: situation.free_at(thing.pk, now) for thing in asked}


def shortages(wish: Wish) -> list[NotFree]:
    """What stands in the way of a wish: an error for each line that cannot be had.

    Lines that take of the same thing (a kit and its part) are counted together. The booking that
    is being changed is not in its own way.
    """
    things = [thing for thing, _quantity in wish.lines]
    situation = survey(things, begins=wish.begins, ends=wish.ends, ignoring=wish.booking)
    scarce = _scarce(situation, wish)
    return [
        _not_free(thing, quantity, situation.free(thing.pk, wish.begins, wish.ends), wish)
        for thing, quantity in wish.lines
        if scarce & situation.needs(thing.pk).keys() or not situation.needs(thing.pk)
    ]


def _scarce(situation: Situation, wish: Wish) -> set[int]:
    """The things and parts of which the lines together want more than can be had."""
    wanted: dict[int, int] = defaultdict(int)
    windows: dict[int, tuple[datetime, datetime]] = {}
    for thing, quantity in wish.lines:
        for part, each in situation.needs(thing.pk).items():
            wanted[part] += quantity * each
            begins, ends = situation.window(thing.pk, part, wish.begins, wish.ends)
            first, last = windows.get(part, (begins, ends))
            windows[part] = min(first, begins), max(last, ends)
    return {
        part
        for part, quantity in wanted.items()
        if quantity > situation.free_of(part, *windows[part])
    }


def _not_free(thing: Thing, wanted: int, free: int, wish: Wish) -> NotFree:
    left = min(free, wanted - 1)
    error = TooFewFree if left > 0 else NotFree
    return error(thing=thing.name, wanted=wanted, free=left, begins=wish.begins, ends=wish.ends)


# ------------------------------------------------------------------------ calendars


def day_view(thing: Thing, day: date, days: int = 1) -> list[Stretch]:
    """The stretches of so many days from ``day``, in the collection's time zone.

    A day lasts from midnight to midnight there, so 23 or 25 hours when the clocks change.
    No stretch goes beyond a midnight; neighbours differ.
    """
    collection = thing.collection
    midnights = [midnight(collection, day + timedelta(days=n)) for n in range(days + 1)]
    begins, ends = midnights[0], midnights[-1]
    situation = survey([thing], begins=begins, ends=ends)
    whole = situation.whole(thing.pk)
    spans = _open_spans(thing, day, days)
    edges = {*midnights, *(moment for span in spans or [] for moment in span)}
    for part in situation.needs(thing.pk):
        for each in situation.taken.get(part, ()):
            edges |= {each.begins, each.ends}
    moments = sorted(moment for moment in edges if begins <= moment <= ends)
    found = []
    for start, end in pairwise(moments):
        free = situation.free_at(thing.pk, start)
        found.append(Stretch(start, end, free, _state(free, whole, start, spans)))
    return list(_merged(found, set(midnights)))


def midnight(collection: Collection, day: date) -> datetime:
    """When a day begins in the collection's time zone (UTC).

    Where the clock leaves out midnight, the day begins at the first moment that there is; where
    midnight comes twice, at the first.
    """
    return utc(datetime.combine(day, time(), ZoneInfo(collection.timezone)))


def _open_spans(thing: Thing, day: date, days: int) -> list[tuple[datetime, datetime]] | None:
    """When the desk is open; None where it does not matter."""
    if terms_of(thing).within == Within.ANY:
        return None
    spans = [span for n in range(days) for span in opening.spans(thing, day + timedelta(days=n))]
    return [(utc(begins), utc(ends)) for begins, ends in spans]


def _state(
    free: int, whole: int, moment: datetime, spans: list[tuple[datetime, datetime]] | None
) -> str:
    if free <= 0:
        return FULL
    if spans is not None and not any(begins <= moment < ends for begins, ends in spans):
        return CLOSED
    return FREE if free >= whole else SOME


def _merged(stretches: list[Stretch], midnights: set[datetime]) -> Iterator[Stretch]:
    current: Stretch | None = None
    for each in stretches:
        if (
            current is not None
            and each.begins not in midnights
            and (current.free, current.state) == (each.free, each.state)
        ):
            current = Stretch(current.begins, each.ends, each.free, each.state)
            continue
        if current is not None:
            yield current
        current = each
    if current is not None:
        yield current


# ------------------------------------------------------------------------ instead


def alternatives(
    thing: Thing, *, quantity: int, begins: datetime, ends: datetime, limit: int = 3
) -> list[Alternative]:
    """What could be had instead: first things of the same kind at the same time, then the same
    thing at another time (the nearest first, at an hour at which it is handed out)."""
    others = _same_kind(thing, quantity, begins, ends)[: max(1, limit - 1)]
    times = _other_times(thing, quantity, begins, ends)
    found = [Alternative(other, utc(begins), utc(ends)) for other in others]
    for start, end in times:
        if len(found) >= limit:
            break
        found.append(Alternative(thing, start, end))
    return found[:limit]


def _same_kind(thing: Thing, quantity: int, begins: datetime, ends: datetime) -> list[Thing]:
    others = list(
        Thing.objects.filter(
            kind=thing.kind_id,
            collection=thing.collection_id,
            sort=thing.sort,
            state=ThingState.OPEN,
        )
        .exclude(pk=thing.pk)
        .select_related("collection", "terms", "resource", "place")
        .order_by("name", "pk")[:50]
    )
    free = free_between(others, begins, ends)
    return [
        other
        for other in others
        if free[other.pk] >= quantity and _is_lent_then(other, begins, ends)
    ]


def _other_times(
    thing: Thing, quantity: int, begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, datetime]]:
    now = timezone.now()
    around = timedelta(days=DAYS_AROUND + 1)
    situation = survey([thing], begins=max(now, begins - around), ends=ends + around)
    for start, end in _shifted(thing.collection, begins, ends):
        if start <= now or situation.free(thing.pk, start, end) < quantity:
            continue
        if _is_lent_then(thing, start, end):
            yield start, end


def _is_lent_then(thing: Thing, begins: datetime, ends: datetime) -> bool:
    """Whether the opening hours allow it, as the terms want it."""
    within = terms_of(thing).within
    if within == Within.ANY:
        return True
    if within == Within.WHOLE:
        return opening.covers(thing, begins, ends)
    return opening.is_open(thing, begins) and opening.is_open_until(thing, ends)


def _shifted(
    collection: Collection, begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The same length at other times: some hours earlier or later, then on other days at the
    same time of day; the nearest first, later before earlier."""
    zone = ZoneInfo(collection.timezone)
    local, length = begins.astimezone(zone).replace(tzinfo=None), utc(ends) - utc(begins)
    hours = [timedelta(minutes=30 * n) for n in range(1, 25)] if length < timedelta(days=1) else []
    for shift in [*hours, *(timedelta(days=n) for n in range(1, DAYS_AROUND + 1))]:
        for moved in (local + shift, local - shift):
            start = utc(moved.replace(tzinfo=zone))
            yield start, start + length
