"""Waiting lists: the oldest that fits is held for, for a while, and nobody is starved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.transitions import IllegalTransition, TransitionNotYours
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions import waiting
from kierto.sharing.actions.booking import move_booking
from kierto.sharing.actions.rounds import tend_bookings
from kierto.sharing.availability import free_count
from kierto.sharing.errors.booking import (
    AlreadyWaiting,
    FreeNow,
    HoldLapsed,
    MoreThanThereAre,
    NotFree,
    NothingOffered,
    WaitPast,
)
from kierto.sharing.models import Booking, Membership, Thing, WaitingEntry
from kierto.sharing.states import WAITING_STEPS, WaitingState
from tests.factories.bookings import ahead, make_booking
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_kit, make_member, make_pool, make_thing
from tests.sharing.desk import make_desk
from tests.sharing.test_booking import topics_for
from tests.sharing.test_booking_states import ROLES

pytestmark = pytest.mark.django_db


def wait(thing: Thing, borrower: Agent | None = None, **fields: Any) -> WaitingEntry:
    borrower = borrower or make_person().agent
    begins = fields.pop("begins", None) or ahead()
    return waiting.join_waiting_list(
        thing,
        borrower=borrower,
        begins=begins,
        ends=fields.pop("ends", None) or begins + timedelta(hours=2),
        by=fields.pop("by", None) or borrower,
        **fields,
    )


def states(*entries: WaitingEntry) -> list[str]:
    for entry in entries:
        entry.refresh_from_db()
    return [entry.state for entry in entries]


def cancel(booking: Booking) -> None:
    move_booking(booking, "cancelled", by=booking.borrower)


# ------------------------------------------------------------------ getting in line


def test_nobody_waits_for_what_is_free_past_or_more_than_there_is() -> None:
    thing = make_thing()
    with pytest.raises(FreeNow):
        wait(thing)
    make_booking(thing)
    with pytest.raises(WaitPast):
        wait(thing, begins=ahead(-1))
    with pytest.raises(MoreThanThereAre):
        wait(thing, quantity=2)


def test_one_place_a_time_is_enough() -> None:
    thing, person = make_thing(), make_person().agent
    make_booking(thing, ends=ahead(hours=8))
    wait(thing, person)
    with pytest.raises(AlreadyWaiting):
        wait(thing, person, begins=ahead(hours=1))
    wait(thing, person, begins=ahead(hours=3))


def test_whoever_may_not_borrow_does_not_wait() -> None:
    thing = make_thing(make_collection(terms={"membership_needed": True}))
    make_booking(thing, borrower=make_member(thing.collection).agent)
    with pytest.raises(DomainError) as refused:
        wait(thing)
    assert refused.value.code == "members_only"


def test_people_wait_for_themselves() -> None:
    thing = make_thing()
    make_booking(thing)
    with pytest.raises(NotAllowed):
        wait(thing, make_person().agent, by=make_person().agent)


# ------------------------------------------------------------------ its turn


def test_the_oldest_that_fits_is_held_for() -> None:
    pool = make_pool(quantity=3)
    booking = make_booking((pool, 2))
    make_booking((pool, 1))
    all_of_it, second, third = wait(pool, quantity=3), wait(pool), wait(pool, quantity=1)
    cancel(booking)
    assert states(all_of_it, second, third) == ["waiting", "offered", "offered"]
    held = second.offer
    assert held is not None
    assert (held.state, held.hold_until) == ("held", held.begins)
    assert topics_for(second.borrower) == ["sharing.booking_held"]
    with pytest.raises(NotFree):
        make_booking(pool)


def test_a_hold_lasts_so_many_hours_and_no_longer_than_until_it_begins() -> None:
    thing = make_thing(make_collection(terms={"hold_hours": 5}))
    booking = make_booking(thing, begins=ahead(9))
    entry = wait(thing, begins=ahead(9))
    cancel(booking)
    states(entry)
    assert entry.offer is not None
    left = entry.offer.hold_until - entry.offer.created_at  # type: ignore[operator]
    assert timedelta(hours=4, minutes=59) < left <= timedelta(hours=5)


def test_taking_it_confirms_it() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    entry = wait(thing)
    with pytest.raises(NothingOffered):
        waiting.take_offer(entry, by=entry.borrower)
    cancel(booking)
    taken = waiting.take_offer(entry, by=entry.borrower)
    assert (taken.state, taken.hold_until, states(entry)) == ("confirmed", None, ["taken"])
    assert taken.lines.get().commitment is not None


def test_taking_it_asks_for_it_where_approval_is_wanted() -> None:
    desk = make_desk(terms={"approval_needed": True})
    thing = desk.thing()
    booking = make_booking(thing)
    entry = wait(thing)
    cancel(booking)
    taken = waiting.take_offer(entry, by=entry.borrower)
    assert (taken.state, taken.agreement, states(entry)) == ("requested", None, ["taken"])
    assert topics_for(desk.staff)[-1] == "sharing.booking_asked"


def test_what_is_let_go_passes_on() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    first, second, third = wait(thing), wait(thing), wait(thing)
    cancel(booking)
    waiting.leave_waiting_list(first, by=first.borrower)
    assert states(first, second, third) == ["withdrawn", "offered", "waiting"]
    assert second.offer is not None
    cancel(second.offer)
    assert states(second, third) == ["withdrawn", "offered"]


def test_a_hold_that_lapses_passes_on_and_is_not_held_again() -> None:
    thing = make_thing(make_collection(terms={"hold_hours": 5}))
    booking = make_booking(thing, begins=ahead(9))
    first, second = wait(thing, begins=ahead(9)), wait(thing, begins=ahead(9))
    cancel(booking)
    assert tend_bookings(ahead(0, hours=4)) == 0
    assert tend_bookings(ahead(0, hours=6)) > 0
    assert states(first, second) == ["lapsed", "offered"]
    assert topics_for(first.borrower)[-1] == "sharing.hold_lapsed"
    with pytest.raises(NothingOffered):
        waiting.take_offer(first, by=first.borrower)
    tend_bookings(ahead(0, hours=12))
    assert states(first, second) == ["lapsed", "lapsed"]
    make_booking(thing, begins=ahead(9))


def test_a_lapsed_hold_is_free_at_once_whatever_the_clock_work_does() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    entry = wait(thing)
    cancel(booking)
    states(entry)
    assert free_count(thing, booking.begins, booking.ends) == 0
    Booking.objects.filter(pk=entry.offer_id).update(hold_until=ahead(-1))
    assert free_count(thing, booking.begins, booking.ends) == 1
    with pytest.raises(HoldLapsed):
        waiting.take_offer(entry, by=entry.borrower)
    make_booking(thing)
    assert states(entry) == ["lapsed"]


# ------------------------------------------------------------------ nobody is starved


def test_who_may_not_borrow_any_more_is_skipped() -> None:
    thing = make_thing()
    member = make_member(thing.collection)
    booking = make_booking(thing)
    first, second = wait(thing, member.agent), wait(thing)
    Membership.objects.filter(pk=member.pk).update(blocked_at=ahead(-1), blocked_reason="Lost it")
    cancel(booking)
    assert states(first, second) == ["waiting", "offered"]


def test_one_hold_a_person_and_thing() -> None:
    thing, person = make_thing(), make_person().agent
    booking = make_booking(thing, ends=ahead(hours=4))
    mine = [wait(thing, person), wait(thing, person, begins=ahead(hours=2))]
    other = wait(thing, begins=ahead(hours=2))
    cancel(booking)
    assert states(*mine, other) == ["offered", "waiting", "offered"]


def test_a_wait_whose_time_has_come_ends() -> None:
    thing = make_thing()
    make_booking(thing)
    entry = wait(thing)
    assert tend_bookings(ahead(0.9)) == 0
    assert tend_bookings(ahead(1)) > 0
    assert states(entry) == ["withdrawn"]


def test_who_waits_goes_before_who_comes_by() -> None:
    """It became free without anybody noticing; whoever asks first does not get it."""
    thing = make_thing()
    booking = make_booking(thing)
    entry = wait(thing)
    Booking.objects.filter(pk=booking.pk).update(state="declined")
    with pytest.raises(NotFree):
        make_booking(thing)
    tend_bookings()
    assert states(entry) == ["offered"]


def test_who_waits_longest_may_book_at_once() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    first, second = wait(thing), wait(thing)
    Booking.objects.filter(pk=booking.pk).update(state="declined")
    make_booking(thing, borrower=first.borrower)
    assert states(first, second) == ["withdrawn", "waiting"]


def test_kits_are_waited_for_and_held_with_all_their_parts() -> None:
    collection = make_collection()
    drill, saw = make_thing(collection), make_thing(collection)
    kit = make_kit(collection, (drill, 1), (saw, 1))
    booking = make_booking(drill)
    entry = wait(kit)
    cancel(booking)
    assert states(entry) == ["waiting"]
    tend_bookings()
    assert states(entry) == ["offered"]
    with pytest.raises(NotFree):
        make_booking(saw)


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("state", [WaitingState.WAITING, WaitingState.OFFERED, WaitingState.TAKEN,
                                   WaitingState.LAPSED, WaitingState.WITHDRAWN])  # fmt: skip
def test_leaving_is_as_the_table_says_for_every_role(state: str) -> None:
    desk = make_desk()
    thing = desk.thing()
    booking = make_booking(thing)
    entry = wait(thing, desk.borrower)
    if state != WaitingState.WAITING:
        cancel(booking)
        WaitingEntry.objects.update(state=state)
    people = {**desk.roles(), "system": system_agent()}
    step = WAITING_STEPS.get((state, "withdrawn"))
    for name, roles in ROLES.items():
        wanted = "illegal" if step is None else "allowed" if step.by & roles else "not yours"
        assert outcome(entry, people[name]) == wanted, (state, name)


def outcome(entry: WaitingEntry, by: Agent | None) -> str:
    try:
        with transaction.atomic():
            waiting.leave_waiting_list(entry, by=by)  # type: ignore[arg-type]
            transaction.set_rollback(True)
    except IllegalTransition:
        return "illegal"
    except TransitionNotYours:
        return "not yours"
    return "allowed"


def test_every_other_step_of_a_wait_is_as_the_table_says() -> None:
    for current in WaitingState.values:
        for to in WaitingState.values:
            step = WAITING_STEPS.get((current, to))
            for name, roles in ROLES.items():
                allowed = step is not None and bool(step.by & roles)
                assert (_moves(current, to, roles) == "allowed") == allowed, (current, to, name)


def _moves(current: str, to: str, roles: set[str]) -> str:
    from kierto.core.transitions import move

    try:
        move(WAITING_STEPS, current, to, roles)
    except DomainError:
        return "refused"
    return "allowed"
