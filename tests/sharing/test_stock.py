"""How many there are changes only by events, and never below what is promised or out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.errors import NotAllowed
from kierto.core.quantity import Unit
from kierto.ledger.actions import create_agreement, reverse_event
from kierto.ledger.chain import verify
from kierto.ledger.models import EconomicEvent, EconomicResource
from kierto.ledger.tracing import trace
from kierto.notices.models import Notice
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing import blocks
from kierto.sharing.actions.stock import add_stock, relocate, take_from_stock
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Block, Booking, BookingLine, Collection, Thing
from kierto.sharing.states import BookingState, Sort, ThingState
from tests.factories.catalogue import make_kind
from tests.factories.ledger import record
from tests.factories.parties import make_organization, make_person, make_place
from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing

MORNING = datetime(2027, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


def by() -> Agent:
    return system_agent()


def book(thing: Thing, quantity: int = 1, *, days: int = 0, code: str = "") -> Booking:
    """A confirmed booking of one day, as the ledger and the blocks know it."""
    begins = MORNING + timedelta(days=days)
    booking = Booking.objects.create(
        code=code or f"B{Booking.objects.count()}",
        collection=thing.collection,
        borrower=make_person("resident").agent,
        booked_by=by(),
        begins=begins,
        ends=begins + timedelta(hours=8),
        state=BookingState.CONFIRMED,
        agreement=create_agreement(name="Booking", commitments=(), by=by()),
    )
    BookingLine.objects.create(booking=booking, thing=thing, quantity=quantity)
    blocks.lay(blocks.lock([thing]))
    return booking


def there(thing: Thing) -> tuple[Decimal, Decimal]:
    stock = EconomicResource.objects.get(pk=thing.resource_id)
    return stock.accounting_quantity, stock.onhand_quantity


def test_more_and_fewer_are_events(collection: Collection) -> None:
    pool = make_pool(collection, 5)
    add_stock(pool, quantity=3, note="From the school", by=by())
    take_from_stock(pool, quantity=2, note="Broken legs", by=by())
    friend = make_organization().agent
    take_from_stock(pool, quantity=1, note="Given away", receiver=friend, by=by())
    assert there(pool) == (5, 5)
    events = EconomicEvent.objects.filter(resource=pool.resource).order_by("number")
    assert [(e.action, e.resource_quantity) for e in events] == [
        ("raise", 5),
        ("raise", 3),
        ("lower", 2),
        ("transfer", 1),
    ]
    assert events.last().receiver == friend  # type: ignore[union-attr]
    assert verify().ok


def test_stock_does_not_fall_below_what_is_booked(collection: Collection) -> None:
    pool = make_pool(collection, 5)
    booking = book(pool, 3, code="MEADOW")
    book(pool, 2, days=1)
    take_from_stock(pool, quantity=2, note="Sold", by=by())
    with pytest.raises(errors.StillNeeded) as refused:
        take_from_stock(pool, quantity=1, note="Sold", by=by())
    assert refused.value.fields["bookings"] == "MEADOW"
    assert there(pool) == (3, 3)
    assert Block.objects.filter(line__booking=booking).count() == 3


def test_bookings_take_the_slots_that_are_left(collection: Collection) -> None:
    pool = make_pool(collection, 3)
    for number in range(3):
        book(pool, 1, code=f"SAME{number}")
    Booking.objects.filter(code__in=["SAME0", "SAME1"]).update(state=BookingState.CANCELLED)
    take_from_stock(pool, quantity=2, note="Sold", by=by())
    assert list(Block.objects.values_list("line__booking__code", "slot")) == [("SAME2", 0)]


def test_what_is_out_is_taken_back_first(collection: Collection) -> None:
    pool = make_pool(collection, 3)
    borrower = make_person("resident").agent
    record("transferCustody", collection.owner, borrower, conforms_to=pool.kind,
           resource=pool.resource, amount=2)  # fmt: skip
    with pytest.raises(errors.StillOut) as refused:
        take_from_stock(pool, quantity=2, note="Sold", by=by())
    assert (refused.value.fields["here"], refused.value.fields["out"]) == ("1", "2")
    assert take_from_stock(pool, quantity=1, note="Sold", by=by()).resource is not None
    assert there(pool) == (2, 0)


def test_a_kit_keeps_enough_of_its_parts(collection: Collection) -> None:
    pool = make_pool(collection, 3)
    kit = make_kit(collection, (pool, 2))
    take_from_stock(pool, quantity=1, note="Sold", by=by())
    with pytest.raises(errors.TooFewForKit):
        take_from_stock(pool, quantity=1, note="Sold", by=by())
    with pytest.raises(errors.KitHasNoStock):
        add_stock(kit, quantity=1, by=by())


def test_a_single_thing_that_goes_is_retired(collection: Collection) -> None:
    thing = make_thing(collection)
    with pytest.raises(errors.OneOnly):
        add_stock(thing, quantity=1, by=by())
    gone = take_from_stock(thing, quantity=1, note="Beyond repair", by=by())
    assert (gone.state, there(thing)) == (ThingState.RETIRED, (0, 0))


@pytest.mark.parametrize("amount", [0, -1, Decimal("0.5")])
def test_only_whole_things_come_and_go(collection: Collection, amount: Decimal) -> None:
    pool = make_pool(collection)
    with pytest.raises(errors.AmountNotWhole):
        add_stock(pool, quantity=amount, by=by())
    with pytest.raises(errors.AmountNotWhole):
        take_from_stock(pool, quantity=amount, note="x", by=by())
    with pytest.raises(errors.ReasonMissing):
        take_from_stock(pool, quantity=1, note=" ", by=by())


def test_consumables_are_measured_and_keep_what_is_promised(collection: Collection) -> None:
    glue = make_thing(
        collection, sort=Sort.CONSUMABLE, quantity=5, kind=make_kind(unit=Unit.KILOGRAM)
    )
    take_from_stock(glue, quantity=Decimal("0.5"), note="Used in a course", by=by())
    assert there(glue) == (Decimal("4.5"), Decimal("4.5"))
    book(glue, 4, code="COURSE")
    with pytest.raises(errors.StillNeeded) as refused:
        take_from_stock(glue, quantity=1, note="Used", by=by())
    assert refused.value.fields["bookings"] == "COURSE"


def test_only_those_who_run_the_collection_change_the_number(collection: Collection) -> None:
    pool = make_pool(collection)
    member = make_person("member", organization=collection.owner.organization).agent
    place = make_place(collection.owner)
    for agent in (make_person("resident").agent, member):
        for change in (
            lambda who: add_stock(pool, quantity=1, by=who),
            lambda who: take_from_stock(pool, quantity=1, note="x", by=who),
            lambda who: relocate(pool, place=place, by=who),
        ):
            with pytest.raises(NotAllowed):
                change(agent)
    assert there(pool) == (5, 5)


# --------------------------------------------------------------------------- other places


def test_moving_a_thing_is_a_move_of_the_same_stock(collection: Collection) -> None:
    pool = make_pool(collection, 4)
    branch = make_place(collection.owner, name="Branch")
    moved = relocate(pool, place=branch, by=by())
    event = EconomicEvent.objects.get(action="move")
    stock = EconomicResource.objects.get(pk=pool.resource_id)
    assert (moved.place, stock.current_location) == (branch, branch)
    assert (event.resource, event.to_resource, event.resource_quantity) == (stock, stock, 4)
    assert there(pool) == (4, 4)
    assert [each.action for each in trace(stock, "back").as_list()] == ["move", "raise"]
    with pytest.raises(errors.StandsThere):
        relocate(pool, place=branch, by=by())
    reverse_event(event, reason="It is still here", by=by())
    assert there(pool) == (4, 4)
    assert EconomicResource.objects.get(pk=stock.pk).current_location == collection.place
    assert verify().ok


def test_a_kit_takes_its_parts_along_and_borrowers_are_told(collection: Collection) -> None:
    part, pool = make_thing(collection), make_pool(collection)
    kit = make_kit(collection, (part, 1), (pool, 2))
    booking = book(kit)
    branch = make_place(collection.owner, name="Branch")
    relocate(kit, place=branch, by=by())
    assert set(Thing.objects.values_list("place__name", flat=True)) == {"Branch"}
    assert EconomicEvent.objects.filter(action="move").count() == 2
    notice = Notice.objects.get()
    assert (notice.topic, notice.recipient) == ("sharing.relocated", booking.borrower.person)


def test_what_is_all_out_stays_where_it_is(collection: Collection) -> None:
    thing = make_thing(collection)
    record("transferCustody", collection.owner, make_person("resident").agent,
           conforms_to=thing.kind, resource=thing.resource, amount=1)  # fmt: skip
    with pytest.raises(errors.NoneHere):
        relocate(thing, place=make_place(collection.owner), by=by())
    with pytest.raises(errors.PlaceElsewhere):
        relocate(thing, place=make_place(), by=by())


# --------------------------------------------------------------------------- a law


steps = st.lists(st.tuples(st.sampled_from("+-"), st.integers(1, 4)), max_size=8)


@settings(max_examples=10)
@given(steps)
@pytest.mark.django_db
def test_the_number_is_the_sum_of_its_events(changes: list[tuple[str, int]]) -> None:
    pool = make_pool(quantity=3)
    count = 3
    for sign, amount in changes:
        try:
            if sign == "+":
                add_stock(pool, quantity=amount, by=by())
                count += amount
            else:
                take_from_stock(pool, quantity=amount, note="Sold", by=by())
                count -= amount
        except errors.StillOut:
            assert amount > count
    assert there(pool) == (count, count)
    assert timezone.now() < MORNING
