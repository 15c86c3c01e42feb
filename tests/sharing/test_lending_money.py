"""Prices, deposits, fines and damages of a loan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.lending import hand_out, take_back
from kierto.sharing.charges import due_from
from kierto.sharing.models import Charge
from kierto.sharing.states import BookingState, Condition, Reason, ThingState
from tests.factories.sharing import (
    make_pool,
    make_space,
)
from tests.sharing.desk import Desk, days_ago, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


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
