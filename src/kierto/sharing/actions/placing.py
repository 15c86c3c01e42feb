"""Writing a booking that the rules allow: its rows, its promises, its blocks.

What books, changes, repeats and holds has these steps in common. Everything here runs under the
locks of :func:`kierto.sharing.blocks.lock`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for
from kierto.sharing import blocks
from kierto.sharing.actions import promises
from kierto.sharing.codes import ALPHABET
from kierto.sharing.errors.booking import NotForThem, TakenMeanwhile, TimeWithoutZone
from kierto.sharing.guards import is_double_booking
from kierto.sharing.models import Booking, BookingLine, Collection, Series, Thing
from kierto.sharing.permissions import SIGN_IN, is_staff
from kierto.sharing.rules import Wish
from kierto.sharing.states import BookingState

CODE_LENGTH = 8
PURPOSE_LENGTH = REASON_LENGTH = 300
Lines = Sequence[tuple[Thing, int]]


def can_book(by: Agent | None, collection: Collection, borrower: Agent) -> Decision:
    """People book for themselves and for those they act for; the staff for anybody."""
    if by is None:
        return SIGN_IN
    if acts_for(by, borrower) or is_staff(by, collection):
        return ALLOWED
    return refuse(NotForThem.sentence)


@contextmanager
def booking_at_once() -> Iterator[None]:
    """A transaction in which the database's own refusal to book twice becomes a sentence.

    Raises:
        TakenMeanwhile: somebody else wrote past the lock.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if is_double_booking(error):
            raise TakenMeanwhile from error
        raise


def check_zones(*moments: datetime | None) -> None:
    """Refuse times that could mean several moments."""
    if any(moment is not None and timezone.is_naive(moment) for moment in moments):
        raise TimeWithoutZone


def stored_collection(collection: Collection) -> Collection:
    """The collection as it is stored now, with its owner and place."""
    return Collection.objects.select_related("owner__organization", "place").get(pk=collection.pk)


def locked_lines(wish: Wish) -> tuple[Wish, list[Thing]]:
    """Lock the things of a wish; returns the wish with the locked rows, and all that is locked.

    The collection is the one that was read with the locked things: as it is stored now.
    """
    locked = blocks.lock(thing for thing, _count in wish.lines)
    rows = {thing.pk: thing for thing in locked}
    lines = tuple((rows.get(thing.pk, thing), count) for thing, count in wish.lines)
    stored = {thing.collection_id: thing.collection for thing in locked}
    collection = stored.get(wish.collection.pk, wish.collection)
    return replace(wish, collection=collection, lines=lines), locked


def make_code() -> str:
    """A code that no booking has yet, for the desk to type."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if not Booking.objects.filter(code=code).exists():
            return code


def write(
    wish: Wish,
    state: str,
    *,
    purpose: str = "",
    note: str = "",
    series: Series | None = None,
    hold_until: datetime | None = None,
    by: Agent,
) -> Booking:
    """A new booking with its lines and, if it is confirmed, its promises. Blocks come after."""
    code = make_code()
    confirmed = state == BookingState.CONFIRMED
    agreement = promises.promise(wish, code, by) if confirmed else None
    booking = Booking.objects.create(
        code=code,
        collection=wish.collection,
        borrower=wish.borrower,
        booked_by=by,
        begins=wish.begins,
        ends=wish.ends,
        state=state,
        purpose=purpose.strip()[:PURPOSE_LENGTH],
        reason=note.strip()[:REASON_LENGTH],
        series=series,
        hold_until=hold_until,
        agreement=agreement,
        decided_at=timezone.now() if confirmed else None,
        decided_by=by if confirmed else None,
    )
    _write_lines(booking, wish.lines)
    return booking


def rewrite(booking: Booking, wish: Wish, *, by: Agent) -> None:
    """Give a booking other times or things, and other promises if it had any; saves it."""
    promises.take_back(booking, by)
    booking.begins, booking.ends = wish.begins, wish.ends
    if booking.state == BookingState.CONFIRMED:
        booking.agreement = promises.promise(wish, booking.code, by)
    booking.reminded_at = booking.warned_at = None
    booking.sequence += 1
    booking.save()
    booking.lines.all().delete()
    _write_lines(booking, wish.lines)


def confirm(booking: Booking, wish: Wish, *, by: Agent) -> None:
    """Promise what was asked for or held; saves the booking."""
    booking.agreement = promises.promise(wish, booking.code, by)
    booking.state = BookingState.CONFIRMED
    booking.hold_until = None
    booking.decided_at, booking.decided_by = timezone.now(), by
    booking.sequence += 1
    booking.save()
    found = promises.commitments_by_line(booking.agreement, wish.lines)
    lines = {line.thing_id: line for line in booking.lines.all()}
    for (thing, _count), commitment in zip(wish.lines, found, strict=True):
        line = lines[thing.pk]
        line.commitment = commitment
        line.save(update_fields=["commitment"])


def _write_lines(booking: Booking, lines: Iterable[tuple[Thing, int]]) -> None:
    wanted = tuple(lines)
    found = promises.commitments_by_line(booking.agreement, wanted)
    BookingLine.objects.bulk_create(
        BookingLine(booking=booking, thing=thing, quantity=count, commitment=commitment)
        for (thing, count), commitment in zip(wanted, found, strict=True)
    )


def stored_booking(booking: Booking) -> Booking:
    """The booking as it is stored now, locked, with what its steps look at."""
    return (
        Booking.objects.select_for_update(of=("self",))
        .select_related("collection__owner__organization", "collection__place", "borrower")
        .get(pk=booking.pk)
    )


def things_of(booking: Booking) -> list[Thing]:
    """What is in a booking."""
    return list(Thing.objects.filter(booking_lines__booking=booking))


def wish_of(booking: Booking, locked: Iterable[Thing], *, via: str = "web") -> Wish:
    """What a booking wishes, as it is stored, to be judged anew."""
    rows = {thing.pk: thing for thing in locked}
    lines = booking.lines.order_by("pk").values_list("thing_id", "quantity")
    return Wish(
        collection=booking.collection,
        borrower=booking.borrower,
        begins=booking.begins,
        ends=booking.ends,
        lines=tuple((rows[thing], quantity) for thing, quantity in lines),
        booking=booking,
        via=via,
    )
