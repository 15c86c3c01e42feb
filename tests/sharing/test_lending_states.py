"""Every verb of the desk × every role × every state that a loan or a booking can be in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.lending import hand_out, lend_now, mark_lost, renew, take_back
from kierto.sharing.models import Booking, Loan
from kierto.sharing.states import BookingState
from tests.factories.sharing import make_member
from tests.sharing.desk import Desk, days_ahead, make_desk

STAFF = {"member", "organization_admin", "operator", "node_admin", "system"}


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def everybody(desk: Desk) -> dict[str, Agent]:
    people = {**desk.roles(), "system": system_agent()}
    return {role: agent for role, agent in people.items() if agent is not None}


def works(act: Callable[..., object], *args: object, **fields: object) -> bool:
    try:
        act(*args, **fields)
    except DomainError:
        return False
    return True


def would_work(act: Callable[..., object], *args: object, **fields: object) -> bool:
    """Whether it works; what it did is taken back."""
    with transaction.atomic():
        worked = works(act, *args, **fields)
        transaction.set_rollback(True)
    return worked


def loan_that_is(desk: Desk, state: str) -> Loan:
    member = make_member(desk.collection).agent
    late = state == "overdue"
    loan = desk.lend(desk.thing(), borrower=member, ago=10 if late else 1, days=7)
    match state:
        case "back":
            return take_back(loan, by=desk.staff)
        case "lost":
            return mark_lost(loan, note="gone", by=desk.staff)
    return loan


LOANS = ("out", "overdue", "back", "lost")
TAKEN_BACK = {"out", "overdue", "lost"}
GIVEN_UP = {"out", "overdue"}
RENEWED = {"out", "overdue"}


@pytest.mark.parametrize("state", LOANS)
def test_who_takes_back_gives_up_and_renews(desk: Desk, state: str) -> None:
    people, loan = everybody(desk), loan_that_is(desk, state)
    for role, by in people.items():
        staffed = role in STAFF
        assert would_work(take_back, loan, by=by) == (staffed and state in TAKEN_BACK), role
        gives_up = would_work(mark_lost, loan, note="gone", by=by)
        assert gives_up == (staffed and state in GIVEN_UP), role
        assert would_work(renew, loan, by=by) == (staffed and state in RENEWED), role


@pytest.mark.parametrize("state", LOANS)
def test_borrowers_renew_what_they_have_in_time_and_nothing_else(desk: Desk, state: str) -> None:
    loan = loan_that_is(desk, state)
    borrower = loan.line.booking.borrower
    assert works(renew, loan, by=borrower) == (state == "out")
    assert not works(take_back, loan, by=borrower)
    assert not works(mark_lost, loan, note="gone", by=borrower)


HANDED_OUT = {BookingState.CONFIRMED, BookingState.MISSED}


@pytest.mark.parametrize("state", [each for each in BookingState if each != BookingState.OUT])
def test_who_hands_out_what(desk: Desk, state: str) -> None:
    for role, by in everybody(desk).items():
        booking = desk.book(desk.thing(), begins=timezone.now())
        Booking.objects.filter(pk=booking.pk).update(state=state, hold_until=days_ahead(1))
        expected = role in STAFF and state in HANDED_OUT
        assert works(hand_out, booking, by=by) == expected, role
        assert Loan.objects.filter(line__booking=booking).exists() == expected


def test_who_lends_without_a_booking(desk: Desk) -> None:
    for role, by in everybody(desk).items():
        drill = desk.thing()
        done = works(
            lend_now,
            collection=desk.collection,
            borrower=desk.borrower,
            lines=[(drill, 1)],
            due_at=days_ahead(3),
            by=by,
        )
        assert done == (role in STAFF), role
        assert Booking.objects.filter(lines__thing=drill).exists() == done
