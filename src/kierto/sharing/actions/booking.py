"""Booking things and spaces: asking, changing, and every step of a booking.

Each verb locks the things concerned, asks the one rule engine, writes, and lays the blocks anew.
See ``docs/explanation/booking.md`` for the reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.announce import announce
from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.core.transitions import move
from kierto.parties.models import Agent
from kierto.sharing import blocks
from kierto.sharing.actions import promises, telling, waiting
from kierto.sharing.actions.placing import (
    REASON_LENGTH,
    Lines,
    booking_at_once,
    can_book,
    check_zones,
    confirm,
    locked_lines,
    rewrite,
    stored_booking,
    stored_collection,
    things_of,
    wish_of,
    write,
)
from kierto.sharing.actions.prices import charge_use
from kierto.sharing.availability import shortages
from kierto.sharing.changes import BookingChanged
from kierto.sharing.errors.booking import (
    ApprovalNeeded,
    HoldLapsed,
    NotBegun,
    NotChangeable,
    NotHandedOut,
    ReasonMissing,
    StillOut,
)
from kierto.sharing.models import Booking, Collection, Loan, Thing
from kierto.sharing.permissions import BORROWER, STAFF, SYSTEM, roles_for_booking
from kierto.sharing.rules import Verdict, Wish, judge
from kierto.sharing.states import BOOKING_STEPS, BookingState, Sort
from kierto.sharing.words import Moment

CHANGEABLE = frozenset({BookingState.REQUESTED, BookingState.CONFIRMED})


# ------------------------------------------------------------------------ asking


def request_booking(
    *,
    collection: Collection,
    borrower: Agent,
    lines: Lines,
    begins: datetime,
    ends: datetime,
    purpose: str = "",
    via: str = "web",
    note: str = "",
    by: Agent,
) -> Booking:
    """Book so many of some things from ``begins`` to ``ends`` (aware).

    It is confirmed at once unless the terms want an approval; then the desk is told. What may be
    overridden at the desk (see :class:`~kierto.sharing.rules.Verdict`), a ``note`` overrides.

    Raises:
        NotAllowed: ``by`` neither acts for the borrower nor stands at the desk.
        DomainError: the first refusal of the rules, with the ``others``; nothing was written.
    """
    check_zones(begins, ends)
    wish = Wish(stored_collection(collection), borrower, begins, ends, tuple(lines), via=via)
    can_book(by, wish.collection, borrower).require()
    _refuse_early(wish, note, by)
    with booking_at_once():
        wish, locked = locked_lines(wish)
        if someone_waits := waiting.is_waited_for(locked):
            waiting.pass_on(locked, until_turn_of=borrower)
        booking = place(wish, purpose=purpose, note=note, by=by)
        blocks.add(booking, locked)
        if someone_waits:
            waiting.got_it(booking)
        _tell_of_new(booking, by)
        announce(BookingChanged(booking))
    return booking


def _refuse_early(wish: Wish, note: str, by: Agent) -> None:
    """Without the lock: who asks for what is taken keeps nobody waiting. It decides nothing else."""
    if shortages(wish):
        judge(wish, by=by).require(note=note)


def place(wish: Wish, *, purpose: str = "", note: str = "", by: Agent, **more: object) -> Booking:
    """Judge a wish for locked things and write the booking; blocks and words come after."""
    verdict = judge(wish, by=by)
    verdict.require(note=note)
    state = BookingState.REQUESTED if verdict.needs_approval else BookingState.CONFIRMED
    kept_note = note if verdict.refusals else ""
    return write(wish, state, purpose=purpose, note=kept_note, by=by, **more)  # type: ignore[arg-type]


def _tell_of_new(booking: Booking, by: Agent) -> None:
    if booking.state == BookingState.REQUESTED:
        telling.tell_desk(booking, telling.ASKED)
    else:
        telling.tell_borrower(booking, telling.APPROVED, by=by)


# ------------------------------------------------------------------------ changing


def can_change(by: Agent | None, booking: Booking) -> Decision:
    """The borrower, whoever acts for them, and the staff."""
    if roles_for_booking(by, booking) & {BORROWER, STAFF}:
        return ALLOWED
    return refuse(_("Only the borrower and the staff of this collection can change this booking."))


def change_booking(
    booking: Booking,
    *,
    begins: datetime | None = None,
    ends: datetime | None = None,
    lines: Lines | None = None,
    note: str = "",
    by: Agent,
) -> Booking:
    """Give a booking other times or other things. If they do not fit, it stays as it was.

    Raises:
        NotChangeable: it is handed out or over.
        ApprovalNeeded: it is confirmed, and the change would need an approval.
        DomainError: whatever else the rules refuse; nothing was changed.
    """
    check_zones(begins, ends)
    with booking_at_once():
        old = things_of(booking)
        locked = blocks.lock([*old, *(thing for thing, _count in lines or ())])
        booking = stored_booking(booking)
        can_change(by, booking).require()
        if booking.state not in CHANGEABLE:
            raise NotChangeable(state=BookingState(booking.state).label)
        wish = _changed(booking, locked, begins, ends, lines)
        verdict = judge(wish, by=by)
        verdict.require(note=note)
        if verdict.needs_approval and booking.state == BookingState.CONFIRMED:
            raise ApprovalNeeded
        rewrite(booking, wish, by=by)
        _settle(booking, locked)
        telling.tell_borrower(booking, telling.CHANGED, by=_as_borrower(by, booking))
        announce(BookingChanged(booking))
    return booking


def _changed(
    booking: Booking,
    locked: list[Thing],
    begins: datetime | None,
    ends: datetime | None,
    lines: Lines | None,
) -> Wish:
    stored = wish_of(booking, locked)
    rows = {thing.pk: thing for thing in locked}
    return Wish(
        collection=stored.collection,
        borrower=stored.borrower,
        begins=begins or stored.begins,
        ends=ends or stored.ends,
        lines=stored.lines if lines is None else tuple((rows[t.pk], n) for t, n in lines),
        booking=booking,
    )


# ------------------------------------------------------------------------ steps


def move_booking(booking: Booking, to: str, *, reason: str = "", by: Agent) -> Booking:
    """Take a booking one step of :data:`~kierto.sharing.states.BOOKING_STEPS` further.

    Approving asks the rules again. Whoever declines, or cancels somebody else's booking, gives
    a ``reason``. Handing out and taking back is done at the desk; here only the state follows.

    Raises:
        IllegalTransition, TransitionNotYours: as the table says.
        DomainError: what stands against the step; then nothing was changed.
    """
    with booking_at_once():
        locked = blocks.lock(things_of(booking))
        booking = stored_booking(booking)
        roles = roles_for_booking(by, booking)
        source, wanted = booking.state, move(BOOKING_STEPS, booking.state, to, roles)
        _STEPS[wanted](booking, locked, reason.strip()[:REASON_LENGTH], by)
        waiting.hold_moved(booking, source, by=by)
        _settle(booking, locked)
        announce(BookingChanged(booking))
    return booking


def _settle(booking: Booking, locked: list[Thing]) -> None:
    """Blocks as they are now; what has become free goes to who waits for it."""
    blocks.lay(locked)
    if waiting.is_waited_for(locked):
        waiting.pass_on(locked)


def _confirm(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    wish, verdict = _judged_anew(booking, locked, reason, by)
    if verdict.needs_approval:
        raise ApprovalNeeded
    was_held = booking.state == BookingState.HELD
    confirm(booking, wish, by=by)
    if not was_held:
        telling.tell_borrower(booking, telling.APPROVED, by=by)


def _ask(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    """What was held is asked for, because the terms want an approval."""
    _judged_anew(booking, locked, reason, by)
    booking.hold_until = None
    _write_state(booking, BookingState.REQUESTED)
    telling.tell_desk(booking, telling.ASKED)


def _judged_anew(
    booking: Booking, locked: list[Thing], reason: str, by: Agent
) -> tuple[Wish, Verdict]:
    until = booking.hold_until if booking.state == BookingState.HELD else None
    if until is not None and until <= timezone.now():
        raise HoldLapsed(until=Moment(until, booking.collection.timezone))
    wish = wish_of(booking, locked)
    verdict = judge(wish, by=by)
    verdict.require(note=reason)
    return wish, verdict


def _decline(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    if not reason:
        raise ReasonMissing
    booking.reason = reason
    _decide(booking, BookingState.DECLINED, by)
    telling.tell_borrower(booking, telling.DECLINED, by=by, reason=reason)


def _cancel(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    roles = roles_for_booking(by, booking)
    for_others = BORROWER not in roles and SYSTEM not in roles
    if for_others and not reason:
        raise ReasonMissing
    promises.take_back(booking, by)
    booking.reason = reason
    _decide(booking, BookingState.CANCELLED, by)
    if for_others:
        telling.tell_borrower(booking, telling.CANCELLED, by=by, reason=reason)


def _out(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    if not Loan.objects.filter(line__booking=booking, back_at__isnull=True).exists():
        raise NotHandedOut
    _write_state(booking, BookingState.OUT)


def _done(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    """All is back; or, of spaces, the time has begun and they were used."""
    now = timezone.now()
    if Loan.objects.filter(line__booking=booking, back_at__isnull=True, is_lost=False).exists():
        raise StillOut
    if booking.state == BookingState.CONFIRMED:
        if not booking.lines.filter(thing__sort=Sort.SPACE).exists():
            raise NotHandedOut
        if booking.begins >= now:
            raise NotBegun(begins=Moment(booking.begins, booking.collection.timezone))
        charge_use(booking)
    if booking.begins < now:
        promises.use_spaces(booking, until=now)
    _write_state(booking, BookingState.DONE)


def _missed(booking: Booking, locked: list[Thing], reason: str, by: Agent) -> None:
    if booking.begins >= timezone.now():
        raise NotBegun(begins=Moment(booking.begins, booking.collection.timezone))
    _write_state(booking, BookingState.MISSED)
    telling.tell_borrower(booking, telling.MISSED, by=by)


def _decide(booking: Booking, state: str, by: Agent) -> None:
    booking.decided_at, booking.decided_by = timezone.now(), by
    _write_state(booking, state)


def _write_state(booking: Booking, state: str) -> None:
    booking.state = state
    booking.sequence += 1
    booking.save()


def _as_borrower(by: Agent, booking: Booking) -> Agent:
    """Whoever acts for the borrower is not told what they have done themselves."""
    return booking.borrower if BORROWER in roles_for_booking(by, booking) else by


_Step = Callable[[Booking, list[Thing], str, Agent], None]

_STEPS: dict[str, _Step] = {
    BookingState.CONFIRMED: _confirm,
    BookingState.REQUESTED: _ask,
    BookingState.DECLINED: _decline,
    BookingState.CANCELLED: _cancel,
    BookingState.OUT: _out,
    BookingState.DONE: _done,
    BookingState.MISSED: _missed,
}
