"""Handing out and taking back: custody, hours, promises, and who is next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.ledger.chain import verify
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import remaining
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.lending import hand_out, lend_now, mark_lost, take_back
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.availability import free_count, free_now
from kierto.sharing.charges import due_from
from kierto.sharing.errors.booking import NotFree
from kierto.sharing.errors.lending import (
    AlreadyBack,
    LostNeedsNote,
    MoreThanOut,
    NotHere,
    NothingToHandOut,
    NotInBooking,
)
from kierto.sharing.handover import to_hand_out
from kierto.sharing.models import Block, Booking, Loan, WaitingEntry
from kierto.sharing.states import BookingState, Reason
from tests.factories.sharing import (
    make_kit,
    make_member,
    make_pool,
    make_space,
    make_terms,
)
from tests.sharing.desk import Desk, days_ago, days_ahead, make_desk, on_step, worlds_stock


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def actions_of(booking: Booking) -> list[str]:
    events = EconomicEvent.objects.filter(realization_of=booking.agreement).order_by("number")
    return list(events.values_list("action", flat=True))


def test_a_loan_passes_custody_and_comes_back_with_its_hours(desk: Desk) -> None:
    drill = desk.thing()
    loan = desk.lend(drill, days=7, ago=2)
    assert worlds_stock(drill) == (1, 0)
    assert free_now([drill]) == {drill.pk: 0}
    back = take_back(loan, by=desk.staff)
    assert worlds_stock(drill) == (1, 1)
    assert actions_of(back.line.booking) == [
        Action.TRANSFER_CUSTODY,
        Action.USE,
        Action.TRANSFER_CUSTODY,
    ]
    assert back.use_event is not None
    assert back.use_event.effort_quantity is not None
    assert round(back.use_event.effort_quantity) == 48
    assert remaining(back.line.commitment) == 0
    assert Booking.objects.get(pk=back.line.booking_id).state == BookingState.DONE
    assert Block.objects.filter(thing=drill).count() == 0
    assert verify().ok


def test_what_is_booked_is_handed_out_as_it_was_booked(desk: Desk) -> None:
    drill = desk.thing()
    booking = desk.book(drill, begins=timezone.now() + timedelta(minutes=1))
    (loan,) = hand_out(booking, by=desk.staff)
    assert (loan.thing, loan.quantity, loan.due_at) == (drill, 1, booking.ends)
    assert Booking.objects.get(pk=booking.pk).state == BookingState.OUT
    with pytest.raises(NothingToHandOut):
        hand_out(booking, by=desk.staff)


def test_a_booking_is_picked_up_early_when_nobody_is_before(desk: Desk) -> None:
    drill = desk.thing()
    booking = desk.book(drill, begins=days_ahead(2))
    (loan,) = hand_out(booking, by=desk.staff)
    booking.refresh_from_db()
    assert booking.begins == loan.out_at
    assert free_count(drill, timezone.now(), days_ahead(1)) == 0


def test_nobody_picks_up_early_what_others_have_first(desk: Desk) -> None:
    drill = desk.thing()
    other = make_member(desk.collection).agent
    desk.book(drill, begins=days_ahead(0.5), days=1, borrower=other)
    mine = desk.book(drill, begins=days_ahead(2))
    with pytest.raises(NotFree):
        hand_out(mine, by=desk.staff)


def test_part_of_a_booking_is_handed_out_and_the_rest_later(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    booking = desk.book(chairs, begins=timezone.now(), quantity=4)
    line = booking.lines.get()
    hand_out(booking, lines=[(line, chairs, 3)], by=desk.staff)
    assert [each.quantity for each in to_hand_out(booking)] == [1]
    with pytest.raises(NotInBooking):
        hand_out(booking, lines=[(line, chairs, 2)], by=desk.staff)
    hand_out(booking, by=desk.staff)
    assert worlds_stock(chairs) == (5, 1)
    assert free_now([chairs]) == {chairs.pk: 1}


def test_part_of_a_loan_comes_back_first(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    loan = desk.lend(chairs, quantity=4)
    with pytest.raises(MoreThanOut):
        take_back(loan, quantity=5, by=desk.staff)
    part = take_back(loan, quantity=1, by=desk.staff)
    loan.refresh_from_db()
    assert (part.quantity, loan.quantity, loan.back_at) == (1, 3, None)
    assert Booking.objects.get(pk=loan.line.booking_id).state == BookingState.OUT
    assert free_now([chairs]) == {chairs.pk: 2}
    take_back(loan, by=desk.staff)
    assert worlds_stock(chairs) == (5, 5)
    assert remaining(loan.line.commitment) == 0
    assert Booking.objects.get(pk=loan.line.booking_id).state == BookingState.DONE
    with pytest.raises(AlreadyBack):
        take_back(loan, by=desk.staff)


def test_a_kit_goes_out_in_parts_and_keeps_its_promise_when_the_last_is_back(desk: Desk) -> None:
    tent, pegs = desk.thing(), make_pool(desk.collection, 10)
    kit = make_kit(desk.collection, (tent, 1), (pegs, 4))
    desk.lend(kit, ago=1)
    loans = list(Loan.objects.order_by("pk"))
    assert {(loan.thing, loan.quantity) for loan in loans} == {(tent, 1), (pegs, 4)}
    assert worlds_stock(pegs) == (10, 6)
    line = loans[0].line
    take_back(loans[0], by=desk.staff)
    assert remaining(line.commitment) == 1
    take_back(loans[1], by=desk.staff)
    assert remaining(line.commitment) == 0
    assert worlds_stock(tent) == (1, 1)
    assert worlds_stock(pegs) == (10, 10)
    uses = EconomicEvent.objects.filter(action=Action.USE)
    assert uses.count() == 3
    assert uses.filter(conforms_to=kit.kind, resource__isnull=True).count() == 1


def test_of_a_room_only_the_use_is_written(desk: Desk) -> None:
    room = make_space(desk.collection)
    booking = desk.book(room, begins=timezone.now(), days=0.1)
    (loan,) = hand_out(booking, by=desk.staff)
    take_back(loan, by=desk.staff)
    assert actions_of(booking) == [Action.USE]
    assert worlds_stock(room) == (1, 1)


def test_the_owner_may_use_its_own_things(desk: Desk) -> None:
    drill = desk.thing()
    loan = desk.lend(drill, borrower=desk.collection.owner)
    take_back(loan, by=desk.staff)
    assert actions_of(loan.line.booking) == [Action.USE]


def test_what_is_lost_no_longer_counts_until_it_turns_up(desk: Desk) -> None:
    chairs = make_pool(desk.collection, 5)
    loan = desk.lend(chairs, quantity=2, ago=80)
    with pytest.raises(LostNeedsNote):
        mark_lost(loan, note="", by=desk.staff)
    lost = mark_lost(loan, note="They moved away", by=desk.staff)
    assert lost.is_lost
    assert worlds_stock(chairs) == (3, 3)
    assert Booking.objects.get().state == BookingState.DONE
    assert free_now([chairs]) == {chairs.pk: 3}
    back = take_back(lost, by=desk.staff)
    assert not back.is_lost
    assert worlds_stock(chairs) == (5, 5)
    with pytest.raises(AlreadyBack):
        mark_lost(back, note="again", by=desk.staff)
    assert verify().ok


def test_a_return_serves_who_waits(desk: Desk) -> None:
    drill = desk.thing()
    loan = desk.lend(drill, days=7)
    other = make_member(desk.collection).agent
    join_waiting_list(drill, borrower=other, begins=on_step(2), ends=on_step(4), by=other)
    take_back(loan, by=desk.staff)
    held = Booking.objects.get(state=BookingState.HELD)
    assert held.borrower == other
    assert WaitingEntry.objects.get().offer == held


def test_a_missed_booking_is_handed_out_after_all_if_it_is_free(desk: Desk) -> None:
    drill = desk.thing()
    booking = desk.book(drill, begins=timezone.now())
    Booking.objects.filter(pk=booking.pk).update(begins=days_ago(1))
    booking = move_booking(booking, BookingState.MISSED, by=desk.staff)
    other = make_member(desk.collection).agent
    loan = desk.lend(drill, days=1, borrower=other)
    with pytest.raises((NotHere, NotFree)):
        hand_out(booking, by=desk.staff)
    take_back(loan, by=desk.staff)
    assert len(hand_out(booking, by=desk.staff)) == 1


def test_terms_of_a_thing_go_before_those_of_the_collection(desk: Desk) -> None:
    bike = desk.thing(terms=make_terms(desk.collection, deposit=100))
    desk.lend(bike)
    assert due_from(desk.borrower, desk.collection, Reason.DEPOSIT) == 100


def test_the_node_itself_may_lend(desk: Desk) -> None:
    loans = lend_now(
        collection=desk.collection,
        borrower=desk.borrower,
        lines=[(desk.thing(), 1), (make_pool(desk.collection), 2)],
        due_at=days_ahead(2),
        by=system_agent(),
    )
    assert [loan.quantity for loan in loans] == [1, 2]
