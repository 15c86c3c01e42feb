"""What time does to bookings: holds lapse, waits end, no-shows are released, spaces were used.

Nobody waits for this to be right: a lapsed hold takes nothing, whoever asks first writes it down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.errors import DomainError
from kierto.parties.queries import system_agent
from kierto.sharing import blocks
from kierto.sharing.actions import promises, telling, waiting
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.placing import booking_at_once, stored_booking
from kierto.sharing.changes import BookingChanged
from kierto.sharing.models import Booking, BookingLine, Loan, Terms, Thing
from kierto.sharing.models import WaitingEntry as Entry
from kierto.sharing.states import BookingState, Sort, WaitingState

logger = logging.getLogger("kierto.sharing")

AHEAD = timedelta(days=1)
"""How long before it begins borrowers are reminded of a booking."""

LOOKED_BACK = timedelta(days=7)
"""How long after its end a booking that is done is looked at again."""


def tend_bookings(now: datetime | None = None) -> int:
    """Do whatever has fallen due; how many bookings and places on waiting lists were touched.

    Each is done in a transaction of its own, so that one that fails stops no other.
    """
    now = now or timezone.now()
    work: list[tuple[Callable[[Booking, datetime], bool], QuerySet[Booking]]] = [
        (_finish_spaces, _finished_spaces(now)),
        (_miss, _not_picked_up(now)),
        (_give_up, _unanswered(now)),
        (_remind, _soon(now)),
    ]
    done = _tend_lines(now)
    for deed, bookings in work:
        for booking in list(bookings.order_by("begins", "pk")):
            done += _tried(deed, booking, now)
    return done


def _tried(deed: Callable[[Booking, datetime], bool], booking: Booking, now: datetime) -> int:
    try:
        return int(deed(booking, now))
    except DomainError:
        logger.exception("A booking could not be tended and will be tried again.")
        return 0


# ------------------------------------------------------------------------ holds and waits


def _tend_lines(now: datetime) -> int:
    """Every thing that somebody waits for, or that is held too long."""
    lapsed = Booking.objects.filter(state=BookingState.HELD, hold_until__lte=now)
    waited = Entry.objects.filter(state=WaitingState.WAITING)
    things = Thing.objects.filter(
        Q(pk__in=waited.values("thing")) | Q(booking_lines__booking__in=lapsed)
    ).distinct()
    done = 0
    for thing in things.order_by("pk"):
        done += _tend_line(thing, now)
    return done


def _tend_line(thing: Thing, now: datetime) -> int:
    if not waiting.has_work(thing, now):
        return 0
    before = _standing(thing)
    with booking_at_once():
        waiting.pass_on(blocks.lock([thing]), now=now)
    return len(before ^ _standing(thing))


def _standing(thing: Thing) -> set[tuple[object, str]]:
    """Who waits for a thing, or has been offered it."""
    entries = Entry.objects.filter(
        thing=thing, state__in=(WaitingState.WAITING, WaitingState.OFFERED)
    )
    return set(entries.values_list("pk", "state"))


# ------------------------------------------------------------------------ spaces


def _finished_spaces(now: datetime) -> QuerySet[Booking]:
    """Bookings with spaces whose time is over, and whose use nobody has written down."""
    spaces = BookingLine.objects.filter(booking=OuterRef("pk"), thing__sort=Sort.SPACE)
    unused = spaces.filter(commitment__fulfilled_by__isnull=True, loans__isnull=True)
    over = Booking.objects.filter(ends__lte=now)
    # What was booked along may have come back before the space was free again.
    with_others = Q(
        Exists(unused),
        state__in=(BookingState.OUT, BookingState.DONE),
        ends__gt=now - LOOKED_BACK,
    )
    return over.filter(Q(Exists(spaces), state=BookingState.CONFIRMED) | with_others)


def _finish_spaces(booking: Booking, now: datetime) -> bool:
    """Record the use; what was booked along and is still out keeps the booking open."""
    if booking.state == BookingState.CONFIRMED:
        move_booking(booking, BookingState.DONE, by=system_agent())
        return True
    with booking_at_once():
        blocks.lock(_things(booking))
        return promises.use_spaces(stored_booking(booking), until=now) > 0


# ------------------------------------------------------------------------ no-shows


def _not_picked_up(now: datetime) -> QuerySet[Booking]:
    spaces = BookingLine.objects.filter(booking=OuterRef("pk"), thing__sort=Sort.SPACE)
    loans = Loan.objects.filter(line__booking=OuterRef("pk"))
    return Booking.objects.filter(
        ~Exists(spaces), ~Exists(loans), state=BookingState.CONFIRMED, begins__lt=now
    )


def _miss(booking: Booking, now: datetime) -> bool:
    if now < min(booking.begins + _grace(booking), booking.ends):
        return False
    move_booking(booking, BookingState.MISSED, by=system_agent())
    return True


def _grace(booking: Booking) -> timedelta:
    """How long it is kept: the longest that the terms of its things allow."""
    things = _things(booking)
    minutes = [thing.terms.grace_minutes for thing in things if thing.terms is not None]
    if len(minutes) < len(things):
        default = Terms.objects.get(collection=booking.collection_id, is_default=True)
        minutes.append(default.grace_minutes)
    return timedelta(minutes=max(minutes))


def _things(booking: Booking) -> list[Thing]:
    return list(Thing.objects.filter(booking_lines__booking=booking).select_related("terms"))


# ------------------------------------------------------------------------ requests, reminders


def _unanswered(now: datetime) -> QuerySet[Booking]:
    """Nobody has said yes or no, and the time asked for is over."""
    return Booking.objects.filter(state=BookingState.REQUESTED, ends__lte=now)


def _give_up(booking: Booking, now: datetime) -> bool:
    with booking_at_once():
        booking = move_booking(booking, BookingState.CANCELLED, by=system_agent())
        telling.tell_borrower(booking, telling.UNANSWERED)
    return True


def _soon(now: datetime) -> QuerySet[Booking]:
    return Booking.objects.filter(
        state=BookingState.CONFIRMED,
        reminded_at__isnull=True,
        begins__gt=now,
        begins__lte=now + AHEAD,
        decided_at__lte=F("begins") - AHEAD,  # not whoever has booked it since
    )


def _remind(booking: Booking, now: datetime) -> bool:
    """Once, a day ahead."""
    with booking_at_once():
        booking = stored_booking(booking)
        if booking.state != BookingState.CONFIRMED or booking.reminded_at is not None:
            return False
        booking.reminded_at = now
        booking.save(update_fields=["reminded_at"])
        telling.tell_borrower(booking, telling.REMINDER)
        announce(BookingChanged(booking))
    return True


__all__ = ["tend_bookings"]
