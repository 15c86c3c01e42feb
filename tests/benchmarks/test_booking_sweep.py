"""The sweeps of the booking benchmark find what is booked twice, so that "none" means none."""

from __future__ import annotations

import booking as benchmark
import pytest
from django.db import connection

from kierto.sharing import guards
from kierto.sharing.models import Block, BookingLine
from tests.factories.bookings import ahead, make_booking
from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing

pytestmark = pytest.mark.django_db


def conflicts() -> tuple[int, int]:
    return benchmark.count(benchmark.TAKEN), benchmark.count(benchmark.OVERLAPPING)


def test_what_fits_is_no_conflict() -> None:
    collection = make_collection()
    pool, item = make_pool(collection, quantity=2), make_thing(collection)
    kit = make_kit(collection, (item, 1), (pool, 1))
    for thing in (kit, pool):
        make_booking(thing)
        make_booking(thing, begins=ahead(hours=2))
    assert conflicts() == (0, 0)


def test_one_too_many_is_found_in_a_pool_and_behind_a_kit() -> None:
    collection = make_collection()
    pool, item = make_pool(collection, quantity=2), make_thing(collection)
    kit = make_kit(collection, (item, 1), (pool, 2))
    make_booking(kit)
    later = make_booking(item, begins=ahead(hours=2))
    line = BookingLine.objects.get(booking=later)
    line.thing = pool
    line.save()
    assert conflicts() == (0, 0)
    type(later).objects.filter(pk=later.pk).update(begins=ahead(hours=1))
    assert conflicts() == (1, 0)


def test_overlapping_blocks_are_found_once_the_guards_are_down() -> None:
    make_booking(make_thing())
    block = Block.objects.get()
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in guards.lower_guards(connection.vendor):
            cursor.execute(statement)
    block.pk = None
    block.save()
    assert conflicts() == (0, 1)
