"""What is handed out when, and the rules that hold at the desk."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.sharing.actions.charges import charge
from kierto.sharing.actions.lending import hand_out, take_back
from kierto.sharing.actions.members import block_member
from kierto.sharing.errors.booking import NotFree
from kierto.sharing.errors.lending import (
    BackBeforeOut,
    BackdatingNeedsNote,
    BookingNotReady,
    BookingOver,
    LiesAhead,
    NotHere,
    WasOutThen,
)
from kierto.sharing.errors.rules import HasOverdue, MemberBlocked, OwesMoney
from kierto.sharing.models import Booking, Loan, Membership
from kierto.sharing.states import BookingState, Reason
from tests.factories.sharing import (
    make_member,
)
from tests.sharing.desk import Desk, days_ago, days_ahead, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def test_what_happened_earlier_needs_a_note(desk: Desk) -> None:
    drill = desk.thing()
    with pytest.raises(BackdatingNeedsNote):
        desk.lend(drill, ago=1, note=" ")
    loan = desk.lend(drill, ago=3)
    with pytest.raises(BackdatingNeedsNote):
        take_back(loan, at=days_ago(1), by=desk.staff)
    with pytest.raises(LiesAhead):
        take_back(loan, at=days_ahead(1), note="?", by=desk.staff)
    with pytest.raises(BackBeforeOut):
        take_back(loan, at=days_ago(4), note="?", by=desk.staff)
    back = take_back(loan, at=days_ago(1), note="It lay in the letter box", by=desk.staff)
    assert back.back_at is not None
    assert round((timezone.now() - back.back_at) / timedelta(days=1)) == 1


def test_nothing_was_handed_out_while_it_was_out(desk: Desk) -> None:
    drill = desk.thing()
    take_back(desk.lend(drill, ago=5), at=days_ago(3), note="late slip", by=desk.staff)
    with pytest.raises(WasOutThen):
        desk.lend(drill, ago=4)
    assert desk.lend(drill, ago=2).back_at is None


def test_what_is_out_is_not_here(desk: Desk) -> None:
    drill = desk.thing()
    booking = desk.book(drill, begins=days_ahead(3))
    loan = desk.lend(drill, days=2, borrower=make_member(desk.collection).agent)
    Loan.objects.filter(pk=loan.pk).update(due_at=days_ahead(0.0001))
    Booking.objects.filter(pk=booking.pk).update(begins=days_ahead(0.001))
    with pytest.raises((NotHere, NotFree)):
        hand_out(booking, by=desk.staff)


def test_a_booking_that_is_over_is_not_handed_out(desk: Desk) -> None:
    booking = desk.book(desk.thing(), begins=timezone.now())
    Booking.objects.filter(pk=booking.pk).update(begins=days_ago(2), ends=days_ago(1))
    with pytest.raises(BookingOver):
        hand_out(booking, by=desk.staff)


@pytest.mark.parametrize(
    ("state", "ready"),
    [
        (BookingState.REQUESTED, False),
        (BookingState.HELD, False),
        (BookingState.CONFIRMED, True),
        (BookingState.DONE, False),
        (BookingState.DECLINED, False),
        (BookingState.CANCELLED, False),
        (BookingState.MISSED, True),
    ],
)
def test_which_states_can_be_handed_out(desk: Desk, state: str, ready: bool) -> None:
    booking = desk.book(desk.thing(), begins=timezone.now())
    Booking.objects.filter(pk=booking.pk).update(state=state, hold_until=days_ahead(1))
    if ready:
        assert len(hand_out(booking, by=desk.staff)) == 1
    else:
        with pytest.raises(BookingNotReady):
            hand_out(booking, by=desk.staff)


def test_who_is_late_borrows_nothing_more(desk: Desk) -> None:
    booked = desk.book(desk.thing(), begins=timezone.now())
    late = desk.lend(desk.thing(), ago=10, days=7)
    with pytest.raises(HasOverdue):
        desk.lend(desk.thing())
    with pytest.raises(HasOverdue):
        hand_out(booked, by=desk.staff)
    take_back(late, by=desk.staff)
    hand_out(booked, by=desk.staff)


def test_who_was_blocked_since_gets_nothing(desk: Desk) -> None:
    booked = desk.book(desk.thing(), begins=timezone.now())
    membership = Membership.objects.get(agent=desk.borrower)
    block_member(membership, reason="asked to stay away", by=desk.staff)
    with pytest.raises(MemberBlocked):
        hand_out(booked, by=desk.staff)


def test_who_owes_a_fine_pays_first(desk: Desk) -> None:
    charge(
        collection=desk.collection,
        borrower=desk.borrower,
        reason=Reason.FINE,
        amount=Decimal(2),
        by=desk.staff,
    )
    with pytest.raises(OwesMoney):
        desk.lend(desk.thing())
