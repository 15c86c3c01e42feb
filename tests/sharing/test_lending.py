"""Handing out and taking back: custody, hours, promises, blocks, and who is next."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.ledger.chain import verify
from kierto.ledger.models import Action, EconomicEvent
from kierto.ledger.queries import remaining
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.charges import charge
from kierto.sharing.actions.lending import hand_out, lend_now, mark_lost, renew, take_back
from kierto.sharing.actions.members import block_member
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.availability import free_count, free_now
from kierto.sharing.charges import due_from
from kierto.sharing.errors.booking import NotFree
from kierto.sharing.errors.lending import (
    AlreadyBack,
    BackBeforeOut,
    BackdatingNeedsNote,
    BookedNext,
    BookingNotReady,
    BookingOver,
    LiesAhead,
    LostNeedsNote,
    MoreThanOut,
    NoMoreRenewals,
    NotHere,
    NothingToHandOut,
    NotInBooking,
    OverdueNotRenewed,
    RenewsBackwards,
    SomebodyWaits,
    WasOutThen,
)
from kierto.sharing.errors.rules import HasOverdue, MemberBlocked, OwesMoney
from kierto.sharing.handover import to_hand_out
from kierto.sharing.models import Block, Booking, Charge, Loan, Membership, WaitingEntry
from kierto.sharing.states import BookingState, Condition, Reason, ThingState
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


# ------------------------------------------------------------------------ out and back


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


# ------------------------------------------------------------------------ when


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


# ------------------------------------------------------------------------ the rules hold at the desk


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


# ------------------------------------------------------------------------ money


def test_price_and_deposit_are_charged_once(db: None) -> None:
    desk = make_desk(terms={"price": 3, "price_per": "day", "deposit": 20})
    chairs = make_pool(desk.collection, 5)
    booking = desk.book(chairs, begins=timezone.now(), quantity=2, days=2)
    line = booking.lines.get()
    hand_out(booking, lines=[(line, chairs, 1)], by=desk.staff)
    hand_out(booking, by=desk.staff)
    amounts = Charge.objects.order_by("reason").values_list(
        "reason", "commitment__resource_quantity"
    )
    assert list(amounts) == [(Reason.DEPOSIT, 40), (Reason.PRICE, 12)]


def test_a_room_is_charged_when_its_time_is_over(db: None) -> None:
    desk = make_desk(terms={"price": 5, "price_per": "hour", "shortest_minutes": 1})
    room = make_space(desk.collection)
    booking = desk.book(room, begins=timezone.now(), days=0.1)
    assert due_from(desk.borrower, desk.collection) == 0
    move_booking(booking, BookingState.DONE, by=desk.staff)
    assert due_from(desk.borrower, desk.collection, Reason.PRICE) == 15


def test_a_deposit_that_nobody_left_is_not_asked_for_after_the_return(db: None) -> None:
    desk = make_desk(terms={"deposit": 20})
    loan = desk.lend(desk.thing())
    assert due_from(desk.borrower, desk.collection) == 20
    take_back(loan, by=desk.staff)
    assert due_from(desk.borrower, desk.collection) == 0


def test_a_late_return_is_fined_once_by_the_day(db: None) -> None:
    desk = make_desk(terms={"fine_per_day": Decimal("0.50"), "fine_most": 10})
    chairs = make_pool(desk.collection, 5)
    loan = desk.lend(chairs, quantity=2, ago=10, days=7)
    take_back(loan, quantity=1, by=desk.staff)
    assert due_from(desk.borrower, desk.collection) == 0
    take_back(loan, by=desk.staff)
    assert due_from(desk.borrower, desk.collection, Reason.FINE) == Decimal("1.50")


def test_the_fine_is_judged_by_when_it_really_came_back(db: None) -> None:
    desk = make_desk(terms={"fine_per_day": 1})
    loan = desk.lend(desk.thing(), ago=10, days=7)
    take_back(loan, at=days_ago(5), note="It lay in the letter box", by=desk.staff)
    assert due_from(desk.borrower, desk.collection) == 0


def test_a_damage_is_reported_with_the_return(desk: Desk) -> None:
    drill = desk.thing()
    take_back(
        desk.lend(drill), condition=Condition.BROKEN, note="The chuck is loose", by=desk.staff
    )
    drill.refresh_from_db()
    assert (drill.condition, drill.state) == (Condition.BROKEN, ThingState.PAUSED)
    assert drill.reports.get().note == "The chuck is loose"


# ------------------------------------------------------------------------ lost


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


# ------------------------------------------------------------------------ renewing


def test_a_loan_is_renewed_for_as_long_again(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), days=7)
    due = loan.due_at
    renewed = renew(loan, by=desk.borrower)
    assert abs(renewed.due_at - due - timedelta(days=7)) < timedelta(minutes=2)
    assert renewed.renewals == 1
    booking = Booking.objects.get()
    assert booking.ends == renewed.due_at
    assert Block.objects.get().ends == renewed.due_at


def test_renewing_has_an_end(desk: Desk) -> None:
    loan = desk.lend(desk.thing())
    renew(loan, by=desk.borrower)
    renew(loan, by=desk.borrower)
    with pytest.raises(NoMoreRenewals):
        renew(loan, by=desk.borrower)
    with pytest.raises(RenewsBackwards):
        renew(desk.lend(desk.thing()), until=days_ahead(1), by=desk.staff)


def test_nobody_renews_what_others_have_booked_next(desk: Desk) -> None:
    drill = desk.thing()
    loan = desk.lend(drill, days=3)
    other = make_member(desk.collection).agent
    desk.book(drill, begins=days_ahead(4), borrower=other)
    with pytest.raises(BookedNext) as refused:
        renew(loan, by=desk.borrower)
    assert other.name not in str(refused.value)
    assert renew(loan, until=days_ahead(3.5), by=desk.staff).renewals == 1


def test_nobody_renews_what_others_wait_for(desk: Desk) -> None:
    drill = desk.thing()
    loan = desk.lend(drill, days=3)
    join_waiting_list(
        drill,
        borrower=(other := make_member(desk.collection).agent),
        begins=on_step(2),
        ends=on_step(5),
        by=other,
    )
    with pytest.raises(SomebodyWaits):
        renew(loan, by=desk.borrower)


def test_who_is_late_asks_the_desk_to_renew(desk: Desk) -> None:
    loan = desk.lend(desk.thing(), ago=10, days=7)
    with pytest.raises(OverdueNotRenewed):
        renew(loan, by=desk.borrower)
    assert renew(loan, by=desk.staff).due_at > timezone.now()


def test_the_parts_of_a_kit_are_renewed_together(desk: Desk) -> None:
    loan = desk.lend(make_kit(desk.collection))
    renew(loan, by=desk.borrower)
    assert set(Loan.objects.values_list("renewals", flat=True)) == {1}
    assert Loan.objects.values("due_at").distinct().count() == 1


def test_longer_costs_more_where_time_is_paid_for(db: None) -> None:
    desk = make_desk(terms={"price": 2, "price_per": "day"})
    loan = desk.lend(desk.thing(), days=3)
    renew(loan, until=loan.due_at + timedelta(days=2), by=desk.staff)
    assert due_from(desk.borrower, desk.collection) == 10


# ------------------------------------------------------------------------ who is next


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
