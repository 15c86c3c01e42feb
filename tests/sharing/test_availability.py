"""What is free: counted against a plain count of every moment, in a constant number of queries."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kierto.core.errors import DomainError
from kierto.parties.queries import system_agent
from kierto.sharing import availability, blocks
from kierto.sharing.availability import Alternative, Stretch
from kierto.sharing.models import Block, Booking, Maintenance, Thing
from tests.factories.bookings import ahead, make_booking, put_out, shift
from tests.factories.parties import make_person
from tests.factories.sharing import (
    change_default_terms,
    make_collection,
    make_kit,
    make_pool,
    make_terms,
    make_thing,
)

pytestmark = pytest.mark.django_db

wishes = st.lists(
    st.tuples(
        st.sampled_from(["item", "pool", "kit"]),
        st.integers(0, 10),
        st.integers(1, 4),
        st.integers(1, 3),
    ),
    max_size=8,
)


class Laws(TestCase):
    """A request is accepted iff at every moment no more are taken than there are."""

    @given(wishes, st.sampled_from([0, 60]), st.sampled_from([0, 120]))
    @settings(max_examples=12)
    def test_accepted_iff_no_moment_has_too_many(
        self, asked: list[tuple[str, int, int, int]], before: int, after: int
    ) -> None:
        collection = make_collection(
            terms={"buffer_before_minutes": before, "buffer_after_minutes": after}
        )
        item, pool = make_thing(collection), make_pool(collection, quantity=4)
        things = {"item": item, "pool": pool, "kit": make_kit(collection, (item, 1), (pool, 2))}
        person = make_person().agent
        taken: dict[tuple[int, int], int] = {}
        for name, begins, length, quantity in asked:
            hours = range(begins - before // 60, begins + length + after // 60)
            needs = {"item": {1: quantity}, "pool": {2: quantity}}.get(
                name, {1: quantity, 2: 2 * quantity}
            )
            fits = all(
                taken.get((part, hour), 0) + count <= {1: 1, 2: 4}[part]
                for part, count in needs.items()
                for hour in hours
            )
            span = {"begins": ahead(hours=begins), "ends": ahead(hours=begins + length)}
            try:
                make_booking((things[name], quantity), borrower=person, **span)
                accepted = True
            except DomainError:
                accepted = False
            assert accepted == fits
            for part, count in needs.items() if fits else ():
                for hour in hours:
                    taken[part, hour] = taken.get((part, hour), 0) + count
        hours_taken = sum(taken.values())
        laid = sum((b.ends - b.begins for b in Block.objects.all()), timedelta())
        assert laid == timedelta(hours=hours_taken)


# ------------------------------------------------------------------ counts


def test_a_kit_is_as_free_as_its_scarcest_part() -> None:
    collection = make_collection()
    one, many = make_pool(collection, quantity=3), make_pool(collection, quantity=9)
    kit = make_kit(collection, (one, 1), (many, 2))
    assert availability.free_count(kit, ahead(), ahead(2)) == 3
    make_booking((many, 4))
    assert availability.free_count(kit, ahead(), ahead(2)) == 2
    assert availability.free_count(kit, ahead(2), ahead(3)) == 3
    assert availability.free_count(make_thing(collection, sort="kit"), ahead(), ahead(2)) == 0


def test_a_booking_is_not_in_its_own_way() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    span = booking.begins, booking.ends
    assert availability.free_count(thing, *span) == 0
    assert availability.free_count(thing, *span, ignoring=booking) == 1
    put_out(booking)
    assert availability.free_count(thing, *span) == 0
    assert availability.free_count(thing, *span, ignoring=booking) == 1


def test_what_is_overdue_is_away_until_tomorrow() -> None:
    thing = make_thing()
    put_out(shift(make_booking(thing), days=-5))
    now = timezone.now()
    hour = timedelta(hours=1)
    assert availability.free_now([thing]) == {thing.pk: 0}
    assert availability.free_count(thing, now + 22 * hour, now + 23 * hour) == 0
    assert availability.free_count(thing, now + 25 * hour, now + 26 * hour) == 1


def test_maintenance_takes_as_many_as_it_says_and_in_work_until_it_is_done() -> None:
    pool = make_pool(quantity=5)
    care = Maintenance.objects.create(
        thing=pool,
        quantity=2,
        title="Oil",
        begins=ahead(),
        ends=ahead(2),
        created_by=system_agent(),
    )
    assert availability.free_count(pool, ahead(), ahead(2)) == 3
    blocks.lay([pool])
    assert Block.objects.filter(maintenance=care).count() == 2
    Maintenance.objects.update(state="in_work", begins=ahead(-5), ends=ahead(-4))
    assert availability.free_now([pool]) == {pool.pk: 3}
    Maintenance.objects.update(state="done")
    assert availability.free_now([pool]) == {pool.pk: 5}


def test_many_things_are_counted_with_few_queries() -> None:
    collection = make_collection()
    few = things_with_bookings(collection, 2)
    now, between = counted(few)
    many = few + things_with_bookings(collection, 10)
    assert counted(many) == (now, between)
    assert max(now, between) <= 8


def counted(things: list[Thing]) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as now:
        assert len(availability.free_now(things)) == len(things)
    with CaptureQueriesContext(connection) as between:
        assert len(availability.free_between(things, ahead(), ahead(2))) == len(things)
    return len(now), len(between)


def things_with_bookings(collection, count: int) -> list[Thing]:
    own = make_terms(collection, buffer_after_minutes=30)
    things = [make_pool(collection, terms=own if n % 2 else None) for n in range(count)]
    things += [make_kit(collection, (thing, 1)) for thing in things]
    for thing in things:
        put_out(make_booking((thing, 1)))
    return things


# ------------------------------------------------------------------ calendars


def test_a_day_is_cut_where_something_changes() -> None:
    collection = make_collection(timezone="Europe/Helsinki")
    pool = make_pool(collection, quantity=2)
    booking = make_booking(pool, begins=ahead(3), ends=ahead(3, hours=1))
    make_booking(pool, begins=ahead(3, hours=0.5), ends=ahead(3, hours=1))
    day = availability.utc(booking.begins).astimezone(_zone(pool)).date()
    midnight = availability.midnight(collection, day)
    end = availability.midnight(collection, day + timedelta(days=1))
    stretches = [each for each in availability.day_view(pool, day) if each.begins >= booking.begins]
    half = timedelta(minutes=30)
    assert availability.day_view(pool, day)[0].begins == midnight
    assert stretches[:2] == [
        Stretch(booking.begins, booking.begins + half, 1, "some"),
        Stretch(booking.begins + half, booking.ends, 0, "full"),
    ]
    assert availability.day_view(pool, day)[-1].ends == end


def test_neighbouring_stretches_differ_and_leave_no_gap() -> None:
    thing = make_thing(make_collection(opening_hours="Mo-Su 09:00-17:00"))
    day = availability.utc(ahead(5)).date()
    stretches = availability.day_view(thing, day, days=3)
    assert all(one.ends == two.begins for one, two in pairwise(stretches))
    assert [each.state for each in stretches] == ["closed", "free", "closed"] * 3
    change_default_terms(thing.collection, within="any")
    assert [each.state for each in availability.day_view(thing, day, days=3)] == ["free"] * 3


def _zone(thing: Thing):
    from zoneinfo import ZoneInfo

    return ZoneInfo(thing.collection.timezone)


# ------------------------------------------------------------------ instead


def test_instead_comes_the_same_kind_then_the_nearest_time() -> None:
    collection = make_collection()
    thing = make_thing(collection)
    same = make_thing(collection, kind=thing.kind)
    make_thing(collection)
    booking = make_booking(thing)
    wish = {"quantity": 1, "begins": booking.begins, "ends": booking.ends}
    assert availability.alternatives(thing, **wish) == [
        Alternative(same, booking.begins, booking.ends),
        Alternative(thing, booking.ends, booking.ends + timedelta(hours=2)),
        Alternative(thing, booking.begins - timedelta(hours=2), booking.begins),
    ]
    make_booking(same)
    assert [each.thing for each in availability.alternatives(thing, **wish)] == [thing] * 3


def test_instead_is_only_what_is_open_ahead_and_long_enough() -> None:
    thing = make_thing(make_collection(opening_hours="Mo-Su 09:00-12:00"))
    begins = ahead(4).replace(hour=10)
    change_default_terms(thing.collection, within="whole")
    wish = {"quantity": 1, "begins": begins, "ends": begins + timedelta(hours=1)}
    found = availability.alternatives(thing, **wish, limit=50)
    zone = _zone(thing)
    assert found
    for each in found:
        local = each.begins.astimezone(zone), each.ends.astimezone(zone)
        assert (local[0].hour, local[1].hour) >= (9, 10)
        assert local[1].time().replace(tzinfo=None).isoformat() <= "12:00:00"
    assert availability.alternatives(thing, quantity=2, begins=begins, ends=begins) == []


def test_a_booking_that_nobody_keeps_frees_nothing_twice() -> None:
    pool = make_pool(quantity=1)
    booking = make_booking(pool)
    Booking.objects.filter(pk=booking.pk).update(state="cancelled")
    assert availability.free_count(pool, booking.begins, booking.ends) == 1
