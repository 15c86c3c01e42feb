"""Asking for things, changing a booking, and what stands in the ledger and the blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger.models import Commitment
from kierto.notices.models import Notice
from kierto.sharing import blocks
from kierto.sharing.actions.booking import change_booking, move_booking, request_booking
from kierto.sharing.errors.booking import (
    ApprovalNeeded,
    NotChangeable,
    NotFree,
    TimeWithoutZone,
    TooFewFree,
)
from kierto.sharing.errors.rules import ChosenTwice, NothingChosen
from kierto.sharing.models import Block, Booking
from kierto.sharing.states import BookingState
from tests.factories.bookings import ahead, make_booking, put_out, shift
from tests.factories.parties import make_organization, make_person
from tests.factories.sharing import (
    change_default_terms,
    make_collection,
    make_kit,
    make_pool,
    make_terms,
    make_thing,
)

pytestmark = pytest.mark.django_db


def taken(thing) -> list[tuple[int, datetime, datetime]]:
    return list(Block.objects.filter(thing=thing).order_by("slot", "begins").values_list(
        "slot", "begins", "ends"
    ))  # fmt: skip


# ------------------------------------------------------------------ asking


def test_a_booking_is_confirmed_promised_and_blocks_its_time() -> None:
    thing = make_thing()
    booking = make_booking(thing, purpose=" a shelf ")
    line = booking.lines.get()
    assert (booking.state, booking.purpose, booking.decided_by) == (
        "confirmed", "a shelf", booking.borrower,
    )  # fmt: skip
    promise = line.commitment
    assert promise is not None
    assert (promise.action, promise.resource, promise.resource_quantity, promise.agreement) == (
        "use", thing.resource, 1, booking.agreement,
    )  # fmt: skip
    assert (promise.provider, promise.receiver) == (thing.collection.owner, booking.borrower)
    assert taken(thing) == [(0, booking.begins, booking.ends)]


def test_what_is_taken_is_refused_and_nothing_is_written() -> None:
    thing = make_thing()
    make_booking(thing)
    with pytest.raises(NotFree) as refused:
        make_booking(thing, begins=ahead(hours=1))
    assert (refused.value.code, refused.value.fields["free"]) == ("not_free", 0)
    assert Booking.objects.count() == 1
    make_booking(thing, begins=ahead(hours=2))
    make_booking(thing, begins=ahead(hours=-2))


def test_a_pool_says_how_many_are_left() -> None:
    pool = make_pool(quantity=5)
    make_booking((pool, 3))
    with pytest.raises(TooFewFree) as refused:
        make_booking((pool, 3))
    assert (refused.value.fields["wanted"], refused.value.fields["free"]) == (3, 2)
    make_booking((pool, 2))
    assert {slot for slot, _begins, _ends in taken(pool)} == {0, 1, 2, 3, 4}


def test_a_pool_takes_as_many_as_fit_whatever_the_order() -> None:
    """First come, first coloured would leave no slot for the last; slots may be changed."""
    pool = make_pool(quantity=2)
    for begins, hours in ((0, 2), (4, 2), (1, 4), (2, 2)):
        make_booking(pool, begins=ahead(hours=begins), ends=ahead(hours=begins + hours))
    assert len(taken(pool)) == 4


def test_a_kit_takes_its_parts_and_they_take_the_kit() -> None:
    collection = make_collection()
    drill, bits = make_thing(collection), make_pool(collection, quantity=5)
    kit = make_kit(collection, (drill, 1), (bits, 2))
    booking = make_booking(kit)
    assert (len(taken(drill)), len(taken(bits)), taken(kit)) == (1, 2, [])
    promise = booking.lines.get().commitment
    assert promise is not None
    assert (promise.resource, promise.conforms_to) == (None, kit.kind)
    for lines in (drill, (bits, 4), kit):
        with pytest.raises(NotFree):
            make_booking(lines)
    make_booking((bits, 3))


def test_a_kit_and_its_part_in_one_booking_are_counted_together() -> None:
    collection = make_collection()
    bits = make_pool(collection, quantity=3)
    kit = make_kit(collection, (bits, 2))
    with pytest.raises(NotFree) as refused:
        make_booking((bits, 2), kit)
    assert [refused.value.fields["thing"], *(e.fields["thing"] for e in refused.value.others)] == [
        bits.name, kit.name,
    ]  # fmt: skip
    booking = make_booking((bits, 1), kit)
    assert booking.lines.count() == 2
    assert len(taken(bits)) == 3


def test_buffers_are_in_the_blocks() -> None:
    collection = make_collection(terms={"buffer_before_minutes": 30, "buffer_after_minutes": 60})
    thing = make_thing(collection)
    booking = make_booking(thing)
    minutes = timedelta(minutes=1)
    assert taken(thing) == [(0, booking.begins - 30 * minutes, booking.ends + 60 * minutes)]
    with pytest.raises(NotFree):
        make_booking(thing, begins=booking.ends + 75 * minutes)
    make_booking(thing, begins=booking.ends + 90 * minutes)


def test_the_longer_buffer_of_kit_and_part_counts() -> None:
    collection = make_collection(terms={"buffer_after_minutes": 15})
    part = make_thing(collection)
    slow = make_terms(collection, buffer_after_minutes=120)
    kit = make_kit(collection, (part, 1), terms=slow)
    booking = make_booking(kit)
    assert taken(part) == [(0, booking.begins, booking.ends + timedelta(hours=2))]
    with pytest.raises(NotFree):
        make_booking(part, begins=booking.ends + timedelta(hours=1))


def test_people_book_for_themselves_and_the_staff_for_others() -> None:
    admin = make_person()
    organization = make_organization(admin=admin)
    thing = make_thing(make_collection(organization))
    borrower, stranger = make_person().agent, make_person().agent
    with pytest.raises(NotAllowed):
        make_booking(thing, borrower=borrower, by=stranger)
    booking = make_booking(thing, borrower=borrower, by=admin.agent)
    assert (booking.borrower, booking.booked_by) == (borrower, admin.agent)
    assert topics_for(borrower) == ["sharing.booking_approved"]


def test_members_of_an_organisation_book_for_it() -> None:
    thing = make_thing()
    admin = make_person()
    club = make_organization(admin=admin)
    assert make_booking(thing, borrower=club.agent, by=admin.agent).borrower == club.agent


def test_an_operator_books_for_others_and_the_node_writes_the_promise() -> None:
    thing = make_thing()
    operator = (
        make_person("operator", district=thing.place.district)
        if thing.place.district
        else (make_person("node_admin"))
    )
    booking = make_booking(thing, borrower=make_person().agent, by=operator.agent)
    assert booking.state == BookingState.CONFIRMED


def test_where_approval_is_wanted_nothing_is_promised_yet() -> None:
    admin = make_person()
    collection = make_collection(make_organization(admin=admin), terms={"approval_needed": True})
    booking = make_booking(make_thing(collection))
    assert (booking.state, booking.agreement) == ("requested", None)
    assert topics_for(admin.agent) == ["sharing.booking_asked"]
    with pytest.raises(NotFree):
        make_booking(booking.lines.get().thing)
    booking = move_booking(booking, "confirmed", by=admin.agent)
    assert booking.lines.get().commitment is not None
    assert topics_for(booking.borrower) == ["sharing.booking_approved"]


def test_times_have_zones_and_bookings_have_things() -> None:
    thing = make_thing()
    with pytest.raises(TimeWithoutZone):
        make_booking(thing, begins=datetime(2030, 1, 1, 8))  # noqa: DTZ001
    person = make_person().agent
    with pytest.raises(NothingChosen):
        request_booking(
            collection=thing.collection, borrower=person, lines=[], begins=ahead(), ends=ahead(2),
            by=person,
        )  # fmt: skip
    with pytest.raises(ChosenTwice):
        make_booking(thing, thing)


def test_the_desk_overrides_with_a_note_what_may_be_overridden() -> None:
    admin = make_person()
    collection = make_collection(make_organization(admin=admin), terms={"notice_minutes": 6000})
    thing, borrower = make_thing(collection), make_person().agent
    with pytest.raises(DomainError):
        make_booking(thing, borrower=borrower)
    with pytest.raises(DomainError):
        make_booking(thing, borrower=borrower, by=admin.agent)
    booking = make_booking(thing, borrower=borrower, by=admin.agent, note="A broken pipe")
    assert booking.reason == "A broken pipe"
    with pytest.raises(DomainError) as refused:
        make_booking(thing, borrower=borrower, by=admin.agent, note="Please")
    assert [type(each) for each in refused.value.others] == [NotFree]


# ------------------------------------------------------------------ changing


def test_a_booking_moves_into_its_own_time() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    first = booking.agreement
    changed = change_booking(
        booking, begins=ahead(hours=1), ends=ahead(hours=3), by=booking.borrower
    )
    assert taken(thing) == [(0, ahead(hours=1), ahead(hours=3))]
    assert (changed.sequence, changed.agreement == first) == (1, False)
    assert first is not None
    assert Commitment.objects.filter(agreement=first, cancelled_at__isnull=True).count() == 0


def test_a_change_that_does_not_fit_leaves_the_booking_as_it_was() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    make_booking(thing, begins=ahead(hours=4))
    before = (booking.begins, booking.ends, booking.agreement_id, taken(thing))
    with pytest.raises(NotFree):
        change_booking(booking, ends=ahead(hours=5), by=booking.borrower)
    booking.refresh_from_db()
    assert (booking.begins, booking.ends, booking.agreement_id, taken(thing)) == before


def test_things_of_a_booking_are_exchanged() -> None:
    collection = make_collection()
    one, other, pool = make_thing(collection), make_thing(collection), make_pool(collection)
    booking = make_booking(one, (pool, 1))
    change_booking(booking, lines=[(other, 1), (pool, 3)], by=booking.borrower)
    assert [len(taken(thing)) for thing in (one, other, pool)] == [0, 1, 3]
    assert booking.lines.count() == 2


def test_only_the_borrower_and_the_staff_change_a_booking() -> None:
    booking = make_booking(make_thing())
    with pytest.raises(NotAllowed):
        change_booking(booking, ends=ahead(hours=3), by=make_person().agent)


def test_what_is_handed_out_or_over_is_not_changed() -> None:
    booking = make_booking(make_thing())
    put_out(booking)
    with pytest.raises(NotChangeable):
        change_booking(booking, ends=ahead(hours=3), by=booking.borrower)


def test_a_confirmed_booking_is_not_changed_past_the_approval() -> None:
    admin = make_person()
    collection = make_collection(make_organization(admin=admin), terms={"approval_needed": True})
    booking = make_booking(make_thing(collection))
    booking = change_booking(booking, ends=ahead(hours=3), by=booking.borrower)
    assert booking.state == "requested"
    booking = move_booking(booking, "confirmed", by=admin.agent)
    with pytest.raises(ApprovalNeeded):
        change_booking(booking, ends=ahead(hours=4), by=booking.borrower)
    changed = change_booking(booking, ends=ahead(hours=4), by=admin.agent)
    assert changed.state == "confirmed"
    assert topics_for(booking.borrower)[-1] == "sharing.booking_changed"


def topics_for(agent) -> list[str]:
    person = agent.person
    return list(
        Notice.objects.filter(recipient=person)
        .order_by("created_at")
        .values_list("topic", flat=True)
    )


# ------------------------------------------------------------------ late, less, more


def test_what_is_overdue_pushes_the_next_booking_which_keeps_its_times() -> None:
    thing = make_thing()
    now = ahead(days=0)
    late = shift(make_booking(thing), days=-3)
    put_out(late)
    next_one = make_booking(thing, begins=ahead(days=3), ends=ahead(days=5))
    next_one = shift(next_one, days=-2, hours=-12)
    short = blocks.lay([thing], now=now)
    assert short == [next_one]
    assert taken(thing) == [
        (0, late.begins, now + timedelta(days=1)),
        (0, now + timedelta(days=1), next_one.ends),
    ]
    assert blocks.lay([thing], now=now + timedelta(days=4)) == []


def test_fewer_things_leave_the_latest_booking_without_a_slot() -> None:
    pool = make_pool(quantity=2)
    make_booking(pool)
    second = make_booking(pool)
    assert pool.resource is not None
    type(pool.resource).objects.filter(pk=pool.resource.pk).update(accounting_quantity=1)
    assert blocks.lay([pool]) == [second]
    assert len(taken(pool)) == 1


def test_laying_twice_changes_nothing() -> None:
    pool = make_pool()
    for hours in range(4):
        make_booking((pool, 2), begins=ahead(hours=hours * 2))
    before = list(Block.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        assert blocks.lay([pool]) == []
    assert list(Block.objects.order_by("pk").values()) == before
    assert not any(q["sql"].startswith(("INSERT", "DELETE", "UPDATE")) for q in queries)


def test_a_loan_takes_what_is_out_and_the_rest_stays_booked() -> None:
    pool = make_pool(quantity=3)
    booking = make_booking((pool, 2))
    loan = put_out(booking, due_at=ahead(days=5), quantity=1)
    blocks.lay([pool])
    assert [ends for _slot, _begins, ends in taken(pool)] == [ahead(days=5), booking.ends]
    loan.back_at = datetime.now(tz=UTC)
    loan.out_at = loan.back_at - timedelta(hours=1)
    loan.save()
    blocks.lay([pool])
    assert [ends for _slot, _begins, ends in taken(pool)] == [booking.ends]


# ------------------------------------------------------------------ how much is asked


def test_booking_asks_the_database_little_and_no_more_when_much_is_booked() -> None:
    pool, person = make_pool(quantity=9), make_person().agent
    make_booking(pool)
    few = queries_of(pool, person)
    for _ in range(6):
        make_booking(pool, begins=ahead(days=3))
    assert queries_of(pool, person) == few
    assert few <= 45


def queries_of(pool, person) -> int:
    with CaptureQueriesContext(connection) as queries:
        make_booking(pool, borrower=person, begins=ahead(days=3))
    return len(queries)


def test_terms_are_asked_for_anew_under_the_lock() -> None:
    thing = make_thing()
    change_default_terms(thing.collection, horizon_days=1)
    with pytest.raises(DomainError):
        make_booking(thing, begins=ahead(days=5))
