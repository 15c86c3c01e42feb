"""Kits: what may be a part, what a booking of a kit takes, and when parts are changed."""

from __future__ import annotations

import pytest

from kierto.core.errors import NotAllowed
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.things import add_thing, move_thing, set_parts
from kierto.sharing.availability import free_count
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Booking, Collection, Thing
from kierto.sharing.states import BookingState, Sort, ThingState
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing
from tests.sharing.test_stock import book


@pytest.fixture
def collection(db: None) -> Collection:
    return make_collection()


def by() -> Agent:
    return system_agent()


def parts_of(kit: Thing) -> dict[int, int]:
    return dict(kit.parts.values_list("part", "quantity"))


def test_a_kit_is_its_parts_and_has_no_stock(collection: Collection) -> None:
    drill, bits = make_thing(collection), make_pool(collection, 5)
    kit = add_thing(
        collection=collection, sort=Sort.KIT, name="Drilling", kind=drill.kind,
        parts=[(drill, 1), (bits, 2)], by=by(),
    )  # fmt: skip
    assert kit.resource is None
    assert parts_of(kit) == {drill.pk: 1, bits.pk: 2}


def test_what_is_not_named_is_taken_out(collection: Collection) -> None:
    kit, other = make_kit(collection), make_thing(collection)
    set_parts(kit, parts=[(other, 1)], by=by())
    assert parts_of(kit) == {other.pk: 1}


def test_what_cannot_be_a_part(collection: Collection) -> None:
    kit, part = make_kit(collection), make_thing(collection)
    before = parts_of(kit)
    retired = make_thing(collection, state=ThingState.RETIRED)
    for wrong in (
        make_kit(collection),
        make_thing(collection, sort=Sort.CONSUMABLE),
        make_thing(),
        retired,
        kit,
    ):
        with pytest.raises(errors.BadPart):
            set_parts(kit, parts=[(wrong, 1)], by=by())
    with pytest.raises(errors.PartTwice):
        set_parts(kit, parts=[(part, 1), (part, 1)], by=by())
    with pytest.raises(errors.TooFewForKit):
        set_parts(kit, parts=[(make_pool(collection, 3), 4)], by=by())
    with pytest.raises(errors.AmountNotWhole):
        set_parts(kit, parts=[(part, 0)], by=by())
    with pytest.raises(errors.KitNeedsParts):
        set_parts(kit, parts=[], by=by())
    with pytest.raises(errors.NotAKit):
        set_parts(part, parts=[(make_thing(collection), 1)], by=by())
    assert parts_of(kit) == before


def test_only_those_who_run_the_collection_change_parts(collection: Collection) -> None:
    kit, part = make_kit(collection), make_thing(collection)
    member = make_person("member", organization=collection.owner.organization).agent
    for agent in (member, make_person("resident").agent):
        with pytest.raises(NotAllowed):
            set_parts(kit, parts=[(part, 1)], by=agent)


def test_a_booked_kit_keeps_its_parts_until_the_booking_is_over(collection: Collection) -> None:
    kit, part = make_kit(collection), make_thing(collection)
    booking = book(kit, code="MEADOW")
    with pytest.raises(errors.StillNeeded) as refused:
        set_parts(kit, parts=[(part, 1)], by=by())
    assert refused.value.fields["bookings"] == "MEADOW"
    Booking.objects.filter(pk=booking.pk).update(state=BookingState.CANCELLED)
    set_parts(kit, parts=[(part, 1)], by=by())
    assert parts_of(kit) == {part.pk: 1}


def test_a_kit_is_free_as_often_as_its_scarcest_part(collection: Collection) -> None:
    pool = make_pool(collection, 5)
    kit = make_kit(collection, (pool, 2))
    booking = book(kit)
    assert free_count(kit, booking.begins, booking.ends) == 1
    assert free_count(pool, booking.begins, booking.ends) == 3
    book(pool, 2)
    assert free_count(kit, booking.begins, booking.ends) == 0


def test_a_part_that_is_booked_in_a_kit_is_not_retired(collection: Collection) -> None:
    part = make_thing(collection)
    kit = make_kit(collection, (part, 1))
    with pytest.raises(errors.PartOfKit):
        move_thing(part, ThingState.RETIRED, by=by())
    book(kit, code="MEADOW")
    with pytest.raises(errors.StillNeeded) as refused:
        move_thing(kit, ThingState.RETIRED, by=by())
    assert refused.value.fields["bookings"] == "MEADOW"


def test_a_kit_without_parts_is_not_opened(collection: Collection) -> None:
    kit = make_kit(collection, state=ThingState.DRAFT)
    kit.parts.all().delete()
    with pytest.raises(errors.KitNeedsParts):
        move_thing(kit, ThingState.OPEN, by=by())
