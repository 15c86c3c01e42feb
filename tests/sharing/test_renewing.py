"""How often a loan is renewed, for how long, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kierto.sharing.actions.lending import renew
from kierto.sharing.actions.waiting import join_waiting_list
from kierto.sharing.charges import due_from
from kierto.sharing.errors.lending import (
    BookedNext,
    NoMoreRenewals,
    OverdueNotRenewed,
    RenewsBackwards,
    SomebodyWaits,
)
from kierto.sharing.models import Block, Booking, Loan
from tests.factories.sharing import (
    make_kit,
    make_member,
)
from tests.sharing.desk import Desk, days_ahead, make_desk, on_step


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


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
