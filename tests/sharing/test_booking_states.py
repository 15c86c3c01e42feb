"""Every state of a booking × every other × every role, and what each step brings about."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from kierto.core.errors import DomainError
from kierto.core.transitions import IllegalTransition, TransitionNotYours
from kierto.ledger.models import Commitment, EconomicEvent
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.placing import rewrite, wish_of
from kierto.sharing.actions.rounds import tend_bookings
from kierto.sharing.errors.booking import (
    HoldLapsed,
    NotBegun,
    NotFree,
    NotHandedOut,
    ReasonMissing,
    StillOut,
)
from kierto.sharing.models import Block, Booking, Charge, Thing
from kierto.sharing.states import BLOCKING, BOOKING_STEPS, BookingState, Sort
from tests.factories.bookings import ahead, make_booking, put_out, shift
from tests.factories.parties import make_organization, make_person
from tests.factories.sharing import make_collection, make_pool, make_space, make_thing
from tests.sharing.desk import Desk, make_desk
from tests.sharing.test_booking import taken, topics_for

pytestmark = pytest.mark.django_db

ROLES = {
    "visitor": set(),
    "stranger": set(),
    "resident": set(),
    "borrower": {"borrower"},
    "member": {"staff"},
    "organization_admin": {"staff", "keeper"},
    "operator": {"staff", "keeper"},
    "node_admin": {"staff", "keeper"},
    "system": {"staff", "keeper", "system"},
}
"""What each person is to the booking."""


def in_state(desk: Desk, thing: Thing, state: str) -> Booking:
    """A booking of the desk's borrower as it stands in that state."""
    booking = make_booking(thing, borrower=desk.borrower, by=desk.staff)
    if state == BookingState.OUT:
        put_out(booking)
    elif state in (BookingState.REQUESTED, BookingState.HELD):
        booking.lines.update(commitment=None)
        booking.agreement = None
        booking.hold_until = ahead() if state == BookingState.HELD else None
    booking.state = state
    booking.save()
    return booking


def outcome(booking: Booking, to: str, by: Agent | None) -> str:
    try:
        with transaction.atomic():
            move_booking(booking, to, reason="Because", by=by)  # type: ignore[arg-type]
            transaction.set_rollback(True)
    except IllegalTransition:
        return "illegal"
    except TransitionNotYours:
        return "not yours"
    except DomainError:
        return "allowed"  # by the table; what else stands against it is tested below
    return "allowed"


@pytest.mark.parametrize("state", BookingState.values)
def test_every_step_is_as_the_table_says_for_every_role(state: str) -> None:
    desk = make_desk()
    booking = in_state(desk, desk.thing(), state)
    people = {**desk.roles(), "system": system_agent()}
    assert people.keys() == ROLES.keys()
    for to in BookingState.values:
        step = BOOKING_STEPS.get((state, to))
        for name, roles in ROLES.items():
            wanted = "illegal" if step is None else "allowed" if step.by & roles else "not yours"
            assert outcome(booking, to, people[name]) == wanted, (state, to, name)


@pytest.mark.parametrize("state", BookingState.values)
def test_only_some_states_keep_others_out(state: str) -> None:
    desk = make_desk()
    thing = desk.thing()
    in_state(desk, thing, state)
    if state in BLOCKING:
        with pytest.raises(NotFree):
            make_booking(thing)
    else:
        make_booking(thing)


# ------------------------------------------------------------------ what steps bring about


def test_declining_needs_a_reason_and_frees_the_time() -> None:
    desk = make_desk(terms={"approval_needed": True})
    booking = make_booking(desk.thing(), borrower=desk.borrower)
    with pytest.raises(ReasonMissing):
        move_booking(booking, "declined", by=desk.staff)
    booking = move_booking(booking, "declined", reason=" It leaks. ", by=desk.staff)
    assert (booking.state, booking.reason, booking.decided_by) == (
        "declined", "It leaks.", desk.staff,
    )  # fmt: skip
    assert taken(booking.lines.get().thing) == []
    assert topics_for(desk.borrower) == ["sharing.booking_declined"]


def test_approving_asks_the_rules_again() -> None:
    desk = make_desk(terms={"approval_needed": True})
    thing = desk.thing()
    booking = make_booking(thing, borrower=desk.borrower)
    Thing.objects.filter(pk=thing.pk).update(state="paused")
    with pytest.raises(DomainError) as refused:
        move_booking(booking, "confirmed", by=desk.staff)
    assert refused.value.code == "thing_not_lent"
    booking.refresh_from_db()
    assert booking.state == "requested"


def test_cancelling_takes_the_promise_back() -> None:
    booking = make_booking(make_thing())
    cancelled = move_booking(booking, "cancelled", by=booking.borrower)
    assert (cancelled.state, cancelled.sequence) == ("cancelled", 1)
    assert not Commitment.objects.filter(
        agreement=booking.agreement, cancelled_at__isnull=True
    ).exists()
    assert Block.objects.count() == 0


def test_the_desk_says_why_it_cancels() -> None:
    desk = make_desk()
    booking = make_booking(desk.thing(), borrower=desk.borrower)
    with pytest.raises(ReasonMissing):
        move_booking(booking, "cancelled", by=desk.staff)
    move_booking(booking, "cancelled", reason="Flooded", by=desk.staff)
    assert topics_for(desk.borrower) == ["sharing.booking_cancelled"]


def test_nothing_is_out_that_was_not_handed_out_nor_done_while_it_is_out() -> None:
    desk = make_desk()
    booking = make_booking(desk.thing(), borrower=desk.borrower)
    with pytest.raises(NotHandedOut):
        move_booking(booking, "out", by=desk.staff)
    with pytest.raises(NotHandedOut):
        move_booking(booking, "done", by=desk.staff)
    put_out(booking)
    with pytest.raises(StillOut):
        move_booking(booking, "done", by=desk.staff)


def test_a_booking_is_not_missed_before_it_begins() -> None:
    desk = make_desk()
    booking = make_booking(desk.thing(), borrower=desk.borrower)
    with pytest.raises(NotBegun):
        move_booking(booking, "missed", by=desk.staff)
    booking = move_booking(shift(booking, days=-1, hours=-1), "missed", by=desk.staff)
    assert (booking.state, Block.objects.count()) == ("missed", 0)
    assert topics_for(desk.borrower) == ["sharing.booking_missed"]


def test_a_hold_that_has_lapsed_is_not_taken() -> None:
    desk = make_desk()
    booking = in_state(desk, desk.thing(), "held")
    Booking.objects.filter(pk=booking.pk).update(hold_until=ahead(-1))
    with pytest.raises(HoldLapsed):
        move_booking(booking, "confirmed", by=desk.borrower)


def test_a_space_is_used_and_paid_when_its_time_is_over() -> None:
    collection = make_collection(terms={"price": 5, "price_per": "hour"})
    room = make_space(collection)
    booking = shift(make_booking(room), days=-1, hours=-3)
    booking = move_booking(booking, "done", by=collection.owner)
    event = EconomicEvent.objects.get(action="use")
    assert (event.resource, event.resource_quantity, event.effort_quantity) == (room.resource, 1, 2)
    assert (event.has_beginning, event.has_end) == (booking.begins, booking.ends)
    promise = booking.lines.get().commitment
    assert promise is not None
    assert promise.fulfilled_by.get().event == event
    charge = Charge.objects.get(booking=booking)
    assert (charge.reason, charge.commitment.resource_quantity) == ("price", 10)


# ------------------------------------------------------------------ what time does


def tend(days: float = 0, **more: float) -> int:
    return tend_bookings(ahead(days, **more))


def test_what_is_not_picked_up_is_released_after_its_grace() -> None:
    collection = make_collection(terms={"grace_minutes": 120})
    thing = make_thing(collection)
    booking = make_booking(thing, ends=ahead(days=4))
    assert tend(days=1, hours=-1) + tend(days=1, hours=1) == 0
    shift(booking, days=-1, hours=-1)
    assert tend(days=0, hours=0.5) == 0
    assert tend(days=0, hours=1) == 1
    assert tend(days=0, hours=1) == 0
    booking.refresh_from_db()
    assert (booking.state, taken(thing)) == ("missed", [])
    assert topics_for(booking.borrower) == ["sharing.booking_missed"]


def test_what_is_out_is_not_missed() -> None:
    booking = shift(make_booking(make_thing()), days=-2)
    put_out(booking)
    assert tend() == 0


def test_finished_spaces_are_done_once() -> None:
    booking = shift(make_booking(make_space()), days=-1, hours=-3)
    assert (tend(), tend()) == (1, 0)
    booking.refresh_from_db()
    assert (booking.state, EconomicEvent.objects.filter(action="use").count()) == ("done", 1)


def test_a_space_with_what_was_borrowed_along_is_used_when_its_time_is_over() -> None:
    collection = make_collection()
    room, beamer = make_space(collection), make_thing(collection)
    booking = shift(make_booking(beamer, room), days=-1, hours=-3)
    put_out(booking)
    assert (tend(), tend()) == (1, 0)
    booking.refresh_from_db()
    assert booking.state == "out"
    assert EconomicEvent.objects.get(action="use").resource == room.resource


def test_a_request_that_nobody_answers_ends_with_its_time() -> None:
    booking = make_booking(make_thing(make_collection(terms={"approval_needed": True})))
    shift(booking, days=-1, hours=-1)
    assert tend() == 0
    assert (tend(hours=2), tend(hours=2)) == (1, 0)
    booking.refresh_from_db()
    assert booking.state == "cancelled"
    assert topics_for(booking.borrower) == ["sharing.booking_unanswered"]


def test_borrowers_are_reminded_once_a_day_ahead() -> None:
    booking = make_booking(make_thing(), begins=ahead(days=3))
    assert tend(days=1.9) == 0
    assert (tend(days=2.5), tend(days=2.6)) == (1, 0)
    assert topics_for(booking.borrower) == ["sharing.booking_reminder"]
    soon = make_booking(make_thing(), begins=ahead(hours=-20))
    assert (tend(), topics_for(soon.borrower)) == (0, [])


def test_one_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken = shift(make_booking(make_space()), days=-1, hours=-3)
    fine = shift(make_booking(make_space()), days=-1, hours=-2.5)
    Commitment.objects.filter(agreement=broken.agreement).update(cancelled_at=ahead(-1))
    assert tend() == 1
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state, len(caplog.records)) == ("confirmed", "done", 1)


def test_a_changed_booking_is_reminded_anew() -> None:
    booking = make_booking(make_pool(), begins=ahead(days=3))
    assert tend(days=2.5) == 1
    booking.refresh_from_db()
    wish = wish_of(booking, Thing.objects.all())
    assert booking.reminded_at is not None
    rewrite(booking, wish, by=booking.borrower)
    assert booking.reminded_at is None


def spaces(**fields: Any) -> Thing:
    return make_thing(make_collection(make_organization(admin=make_person())), **fields)


def test_sorts_that_are_lent_are_not_finished_by_the_clock() -> None:
    for sort in (Sort.ITEM, Sort.VEHICLE, Sort.POOL):
        shift(make_booking(spaces(sort=sort), ends=ahead(1, hours=4)), days=-1, hours=-2)
    assert tend() == 0
