"""Waiting lists: whoever waits longest and fits is offered it, for a while, then the next.

A hold is a booking in the state ``held`` with an end. It keeps others out only until then; a hold
that has lapsed takes nothing, even before anybody has written that down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from kierto.core.announce import announce
from kierto.core.transitions import move
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for, is_system, system_agent
from kierto.sharing import blocks
from kierto.sharing.actions import telling
from kierto.sharing.actions.placing import (
    booking_at_once,
    can_book,
    check_zones,
    stored_booking,
    stored_collection,
    wish_of,
    write,
)
from kierto.sharing.changes import BookingChanged
from kierto.sharing.demand import Situation, survey
from kierto.sharing.errors.booking import (
    AlreadyWaiting,
    FreeNow,
    MoreThanThereAre,
    NotFree,
    NothingOffered,
    WaitPast,
)
from kierto.sharing.models import Booking, BookingLine, KitPart, Thing, WaitingEntry
from kierto.sharing.permissions import BORROWER, KEEPER, STAFF, SYSTEM, roles_in
from kierto.sharing.rules import Wish, judge, terms_of
from kierto.sharing.states import BLOCKING, WAITING_STEPS, BookingState, Sort, WaitingState

# ------------------------------------------------------------------------ getting in line


def join_waiting_list(
    thing: Thing,
    *,
    quantity: int = 1,
    borrower: Agent,
    begins: datetime,
    ends: datetime,
    by: Agent,
) -> WaitingEntry:
    """Wait for a thing at a time at which it is taken.

    Raises:
        FreeNow, AlreadyWaiting, WaitPast, MoreThanThereAre.
        DomainError: whatever else the rules would refuse if it were free.
    """
    check_zones(begins, ends)
    with booking_at_once():
        collection = stored_collection(thing.collection)
        can_book(by, collection, borrower).require()
        locked = blocks.lock([thing])
        thing = next(each for each in locked if each.pk == thing.pk)
        if begins <= timezone.now():
            raise WaitPast
        wish = Wish(collection, borrower, begins, ends, ((thing, quantity),))
        _check_wait(wish, by)
        return WaitingEntry.objects.create(
            thing=thing, quantity=quantity, borrower=borrower, begins=wish.begins, ends=wish.ends
        )


def _check_wait(wish: Wish, by: Agent) -> None:
    ((thing, quantity),) = wish.lines
    number = survey([thing], begins=wish.begins, ends=wish.ends).whole(thing.pk)
    if quantity > number:
        raise MoreThanThereAre(thing=thing.name, number=number)
    if _waiting_for(thing, wish.borrower, wish.begins, wish.ends).exists():
        raise AlreadyWaiting(thing=thing.name)
    verdict = judge(wish, by=by)
    for refusal in verdict.refusals:
        if not isinstance(refusal, NotFree):
            raise refusal
    if verdict:
        raise FreeNow(thing=thing.name)


def leave_waiting_list(entry: WaitingEntry, *, by: Agent) -> WaitingEntry:
    """Wait no longer; what was held goes to the next.

    Raises:
        IllegalTransition, TransitionNotYours: as the table says.
    """
    with booking_at_once():
        locked = blocks.lock([entry.thing])
        entry = _stored(entry)
        _move(entry, WaitingState.WITHDRAWN, by)
        if entry.offer is not None and entry.offer.state == BookingState.HELD:
            _end_hold(entry.offer)
        blocks.lay(locked)
        pass_on(locked)
    return entry


def take_offer(entry: WaitingEntry, *, by: Agent) -> Booking:
    """Take what is held; it is confirmed, or asked for where the terms want an approval.

    Raises:
        NothingOffered: nothing is held.
        HoldLapsed: it was held too long.
        DomainError: whatever the rules refuse by now.
    """
    from kierto.sharing.actions.booking import move_booking

    with booking_at_once():
        locked = blocks.lock([entry.thing])
        entry = _stored(entry)
        if entry.offer is None or entry.state != WaitingState.OFFERED:
            raise NothingOffered
        booking = stored_booking(entry.offer)
        verdict = judge(wish_of(booking, locked), by=by)
        wanted = BookingState.REQUESTED if verdict.needs_approval else BookingState.CONFIRMED
        return move_booking(booking, wanted, by=by)


# ------------------------------------------------------------------------ passing on


@dataclass(slots=True)
class _Line:
    """One pass along a waiting list of locked things."""

    locked: Sequence[Thing]
    now: datetime
    keys: set[int] = field(default_factory=set)
    kits: dict[int, set[int]] = field(default_factory=dict)

    def is_locked(self, thing: Thing) -> bool:
        """Whether all that the thing takes is locked; a kit may have parts that are not."""
        return thing.sort != Sort.KIT or self.kits.get(thing.pk, set()) <= self.keys


def pass_on(
    locked: Sequence[Thing], *, until_turn_of: Agent | None = None, now: datetime | None = None
) -> list[Booking]:
    """End the holds on locked things that have lapsed, and hold what is free for who waits.

    The oldest first; those who may not borrow it any more, or do not fit, are skipped.
    ``until_turn_of``: whoever is booking just now is not overtaken by those who came later.
    """
    now = now or timezone.now()
    lapsed = _lapse(locked, now)
    entries = list(
        WaitingEntry.objects.select_for_update(of=("self",))
        .filter(thing__in=locked, state=WaitingState.WAITING)
        .select_related("thing__collection__owner__organization", "thing__collection__place")
        .select_related("thing__terms", "thing__resource", "thing__kind", "borrower")
        .order_by("created_at", "pk")
    )
    held = _hold_in_turn(_line(locked, now), entries, until_turn_of) if entries else []
    if lapsed or held:
        blocks.lay(locked, now=now)
    return held


def is_waited_for(locked: Iterable[Thing], now: datetime | None = None) -> bool:
    """Whether somebody waits for one of these, or a hold on one of them has lapsed."""
    waits = WaitingEntry.objects.filter(thing=OuterRef("pk"), state=WaitingState.WAITING)
    lapsed = BookingLine.objects.filter(
        thing=OuterRef("pk"),
        booking__state=BookingState.HELD,
        booking__hold_until__lte=now or timezone.now(),
    )
    things = Thing.objects.filter(pk__in=[thing.pk for thing in locked])
    return things.filter(Exists(waits) | Exists(lapsed)).exists()


def has_work(thing: Thing, now: datetime) -> bool:
    """Whether :func:`pass_on` might do something, asked without a lock."""
    held = Booking.objects.filter(state=BookingState.HELD, hold_until__lte=now, lines__thing=thing)
    if held.exists():
        return True
    situation = survey([thing], begins=now, now=now)
    entries = WaitingEntry.objects.filter(thing=thing, state=WaitingState.WAITING)
    return any(each.begins <= now or _fits(situation, each) for each in entries)


def _line(locked: Sequence[Thing], now: datetime) -> _Line:
    line = _Line(locked, now, {thing.pk for thing in locked})
    kits = [thing.pk for thing in locked if thing.sort == Sort.KIT]
    for kit, part in KitPart.objects.filter(kit__in=kits).values_list("kit_id", "part_id"):
        line.kits.setdefault(kit, set()).add(part)
    return line


def _hold_in_turn(
    line: _Line, entries: Iterable[WaitingEntry], until_turn_of: Agent | None
) -> list[Booking]:
    held: list[Booking] = []
    situation = survey(line.locked, begins=line.now, now=line.now)
    for entry in entries:
        if entry.begins <= line.now:
            _move(entry, WaitingState.WITHDRAWN, system_agent())
            continue
        if not line.is_locked(entry.thing) or not _fits(situation, entry):
            continue
        if until_turn_of is not None and entry.borrower_id == until_turn_of.pk:
            break
        booking = _hold(entry, line.now)
        if booking is not None:
            held.append(booking)
            situation = survey(line.locked, begins=line.now, now=line.now)
    return held


def _fits(situation: Situation, entry: WaitingEntry) -> bool:
    return situation.free(entry.thing_id, entry.begins, entry.ends) >= entry.quantity


def _hold(entry: WaitingEntry, now: datetime) -> Booking | None:
    """Hold it, if the borrower still may have it and holds nothing of the thing already."""
    thing = entry.thing
    held = Booking.objects.filter(
        state=BookingState.HELD, borrower=entry.borrower, lines__thing=thing, hold_until__gt=now
    )
    wish = Wish(
        thing.collection, entry.borrower, entry.begins, entry.ends, ((thing, entry.quantity),)
    )
    if held.exists() or not judge(wish, by=entry.borrower, now=now):
        return None
    until = min(now + timedelta(hours=terms_of(thing).hold_hours), entry.begins)
    if until <= now:
        return None
    booking = write(wish, BookingState.HELD, hold_until=until, by=system_agent())
    entry.offer = booking
    _move(entry, WaitingState.OFFERED, system_agent())
    zone = thing.collection.timezone
    telling.tell_borrower(booking, telling.HELD, until=telling.there(until, zone))
    announce(BookingChanged(booking))
    return booking


def _lapse(locked: Sequence[Thing], now: datetime) -> int:
    """Write down that holds have lapsed; how many."""
    bookings = (
        Booking.objects.select_for_update(of=("self",))
        .filter(state=BookingState.HELD, hold_until__lte=now, lines__thing__in=locked)
        .select_related("collection", "borrower")
        .order_by("pk")
    )
    done = {booking.pk: booking for booking in bookings}
    for booking in done.values():
        _end_hold(booking)
        entry = WaitingEntry.objects.filter(offer=booking, state=WaitingState.OFFERED).first()
        if entry is not None:
            _move(entry, WaitingState.LAPSED, system_agent())
        telling.tell_borrower(booking, telling.HOLD_LAPSED)
    return len(done)


def _end_hold(booking: Booking) -> None:
    booking.state = BookingState.CANCELLED
    booking.sequence += 1
    booking.decided_at = timezone.now()
    booking.save()
    announce(BookingChanged(booking))


# ------------------------------------------------------------------------ what bookings do to it


def got_it(booking: Booking) -> None:
    """Who has booked what they waited for waits no longer."""
    entries = WaitingEntry.objects.filter(
        thing__booking_lines__booking=booking,
        borrower=booking.borrower,
        state=WaitingState.WAITING,
        begins__lt=booking.ends,
        ends__gt=booking.begins,
    )
    for entry in entries.select_related("thing__collection"):
        _move(entry, WaitingState.WITHDRAWN, system_agent())


def hold_moved(booking: Booking, source: str, *, by: Agent) -> None:
    """What was held has been taken or let go: so says its place on the list."""
    if source != BookingState.HELD:
        return
    entry = WaitingEntry.objects.filter(offer=booking, state=WaitingState.OFFERED).first()
    if entry is None:
        return
    taken = booking.state in BLOCKING
    _move(entry, WaitingState.TAKEN if taken else WaitingState.WITHDRAWN, by)


def waiting_roles(by: Agent | None, entry: WaitingEntry) -> frozenset[str]:
    """The roles of ``by`` towards a place on a waiting list."""
    if is_system(by):
        return frozenset({STAFF, KEEPER, SYSTEM})
    roles = roles_in(by, entry.thing.collection)
    return roles | {BORROWER} if acts_for(by, entry.borrower) else roles


def _move(entry: WaitingEntry, to: str, by: Agent) -> None:
    entry.state = move(WAITING_STEPS, entry.state, to, waiting_roles(by, entry))
    entry.save(update_fields=["state", "offer"])


def _stored(entry: WaitingEntry) -> WaitingEntry:
    return (
        WaitingEntry.objects.select_for_update(of=("self",))
        .select_related("thing__collection__owner__organization", "thing__collection__place")
        .select_related("borrower", "offer")
        .get(pk=entry.pk)
    )


def _waiting_for(
    thing: Thing, borrower: Agent, begins: datetime, ends: datetime
) -> QuerySet[WaitingEntry]:
    return WaitingEntry.objects.filter(
        thing=thing,
        borrower=borrower,
        state__in=(WaitingState.WAITING, WaitingState.OFFERED),
        begins__lt=ends,
        ends__gt=begins,
    )
