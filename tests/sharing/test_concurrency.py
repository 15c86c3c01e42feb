"""Many who book at once: as many get it as there are, and never one more."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing.actions import waiting
from kierto.sharing.actions.booking import change_booking, move_booking
from kierto.sharing.actions.rounds import tend_bookings
from kierto.sharing.errors.booking import NotFree
from kierto.sharing.models import Block, Booking, Thing, WaitingEntry
from tests.factories.bookings import ahead, make_booking
from tests.factories.parties import make_person
from tests.factories.sharing import make_collection, make_kit, make_pool, make_thing

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


def in_threads(work: Callable[[int], Any], count: int = AT_ONCE) -> list[Any]:
    def closing(index: int) -> Any:
        try:
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(closing, range(count)))


def got(thing: Thing, person: Agent, hours: int = 0, quantity: int = 1) -> bool:
    try:
        make_booking(
            (thing, quantity), borrower=person, begins=ahead(hours=hours),
            ends=ahead(hours=hours + 2),
        )  # fmt: skip
    except NotFree:
        return False
    return True


def overlaps() -> list[tuple[Block, Block]]:
    rows = list(Block.objects.order_by("thing", "slot", "begins"))
    return [
        (one, two)
        for one, two in pairwise(rows)
        if (one.thing_id, one.slot) == (two.thing_id, two.slot) and two.begins < one.ends
    ]


def test_of_many_who_want_one_thing_one_gets_it() -> None:
    thing = make_thing()
    people = [make_person().agent for _ in range(AT_ONCE)]
    assert sum(in_threads(lambda n: got(thing, people[n]))) == 1
    assert (Booking.objects.count(), Block.objects.count()) == (1, 1)


def test_a_pool_goes_to_as_many_as_there_are() -> None:
    pool = make_pool(quantity=4)
    people = [make_person().agent for _ in range(AT_ONCE)]
    assert sum(in_threads(lambda n: got(pool, people[n]))) == 4
    assert sorted(Block.objects.values_list("slot", flat=True)) == [0, 1, 2, 3]


def test_kits_and_their_parts_are_booked_in_any_order_without_a_deadlock() -> None:
    collection = make_collection()
    one, two = make_thing(collection), make_thing(collection)
    kits = [make_kit(collection, (one, 1), (two, 1)), make_kit(collection, (two, 1), (one, 1))]
    wanted = [*kits, one, two, *kits]
    people = [make_person().agent for _ in wanted]
    accepted = in_threads(lambda n: got(wanted[n], people[n]), len(wanted))
    assert Block.objects.count() == 2
    assert sum(accepted) in {1, 2}
    assert overlaps() == []


def test_changes_at_once_lose_no_booking() -> None:
    thing = make_thing()
    bookings = [make_booking(thing, begins=ahead(days=1 + n)) for n in range(AT_ONCE)]

    def change(n: int) -> bool:
        try:
            change_booking(
                bookings[n], begins=ahead(days=20), ends=ahead(days=21), by=bookings[n].borrower
            )
        except DomainError:
            return False
        return True

    assert sum(in_threads(change)) == 1
    assert Booking.objects.filter(state="confirmed").count() == AT_ONCE
    assert Block.objects.count() == AT_ONCE
    assert overlaps() == []


def test_what_is_freed_is_held_for_one_of_those_who_wait() -> None:
    thing = make_thing()
    booking = make_booking(thing)
    people = [make_person().agent for _ in range(3)]
    for person in people:
        waiting.join_waiting_list(
            thing, borrower=person, begins=booking.begins, ends=booking.ends, by=person
        )

    def cancel_or_tend(n: int) -> int:
        if n:
            return tend_bookings()
        move_booking(booking, "cancelled", by=booking.borrower)
        return 0

    in_threads(cancel_or_tend)
    offered = WaitingEntry.objects.filter(state="offered")
    assert [entry.borrower for entry in offered] == [people[0]]
    assert Booking.objects.filter(state="held").count() == 1
    assert Block.objects.count() == 1


def _book_many(thing: Thing, person: Agent, results: Any) -> None:
    connections.close_all()
    results.put(sum(got(thing, person, hours) for hours in range(12)))
    connections.close_all()


def test_processes_fill_a_pool_exactly() -> None:
    """Twelve starts of two hours each: 2 of a pool hold 12 bookings at most, and never overlap."""
    pool = make_pool(quantity=2)
    people = [make_person().agent for _ in range(3)]
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    workers = [fork.Process(target=_book_many, args=(pool, each, results)) for each in people]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    accepted = sum(results.get() for _ in workers)
    assert accepted == Booking.objects.count() == Block.objects.count()
    assert overlaps() == []
    for hours in range(13):
        moment = ahead(hours=hours + 0.5)
        assert Block.objects.filter(begins__lte=moment, ends__gt=moment).count() <= 2
