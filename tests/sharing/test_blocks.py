"""Blocks: as many at once as there are, never more, and what is out keeps its slot."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kierto.sharing import blocks, guards
from kierto.sharing.demand import Demand, peak
from kierto.sharing.models import Block, Booking, BookingLine, Thing
from kierto.sharing.states import BookingState
from tests.factories.parties import make_person
from tests.factories.sharing import make_pool, make_thing

START = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def demand(begins: int, ends: int, quantity: int = 1, *, line: int = 1, rank: int = 4) -> Demand:
    return Demand(
        at(begins), at(ends), quantity, rank=(rank, START, str(line)), line=line, is_out=rank == 0
    )


spans = st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(1, 3))


# ------------------------------------------------------------------ the law of pools


@given(st.lists(spans, max_size=14), st.integers(1, 5))
def test_a_pool_of_n_takes_exactly_n_at_once(wishes: list[tuple[int, int, int]], n: int) -> None:
    """Accepted one after the other iff no hour has more than n; slots are found for all of them."""
    taken: list[Demand] = []
    hours: Counter[int] = Counter()
    for number, (begins, length, quantity) in enumerate(wishes):
        wish = demand(begins, begins + length, quantity, line=number)
        free = n - peak(taken, wish.begins, wish.ends)
        span = range(begins, begins + length)
        assert (quantity <= free) == all(hours[hour] + quantity <= n for hour in span)
        if quantity <= free:
            taken.append(wish)
            hours.update(dict.fromkeys(span, quantity))
    fit = blocks.fit(taken, n)
    assert fit.short == []
    assert sum(each.quantity for each in taken) == len(fit.pieces)
    assert overlaps(fit.pieces) == []
    assert {piece.slot for piece in fit.pieces} <= set(range(n))


@given(st.lists(spans, max_size=14), st.integers(0, 4))
def test_more_than_there_are_shrink_and_never_overlap(
    wishes: list[tuple[int, int, int]], n: int
) -> None:
    demands = [demand(b, b + length, q, line=i) for i, (b, length, q) in enumerate(wishes)]
    fit = blocks.fit(demands, n)
    assert overlaps(fit.pieces) == []
    assert all(0 <= piece.slot < n for piece in fit.pieces)
    for piece in fit.pieces:
        assert piece.demand.begins <= piece.begins < piece.ends <= piece.demand.ends
    short = peak(demands, at(0), at(24)) > n
    assert bool(fit.short) == short
    # Every hour is used as far as there is a wish for it.
    for hour in range(18) if n == 1 else ():
        wanted = any(each.begins <= at(hour) < each.ends for each in demands)
        assert not wanted or _used(fit, hour) or fit.short


@given(st.lists(spans, max_size=10), st.permutations(range(4)), st.integers(0, 3))
def test_what_is_out_keeps_its_slot(
    wishes: list[tuple[int, int, int]], slots: list[int], out: int
) -> None:
    n = 4
    taken = [demand(0, 5, line=100 + number, rank=0) for number in range(out)]
    for number, (begins, length, quantity) in enumerate(wishes):
        wish = demand(begins, begins + length, quantity, line=number)
        if quantity <= n - peak(taken, wish.begins, wish.ends):
            taken.append(wish)
    earlier = {(100 + number, None): [slots[number]] for number in range(out)}
    fit = blocks.fit(taken, n, earlier)
    kept = {p.demand.line: p.slot for p in fit.pieces if p.demand.is_out}
    assert kept == {100 + number: slots[number] for number in range(out)}
    assert overlaps(fit.pieces) == []


def overlaps(pieces: list[blocks.Piece]) -> list[tuple[blocks.Piece, blocks.Piece]]:
    return [
        (one, other)
        for number, one in enumerate(pieces)
        for other in pieces[:number]
        if one.slot == other.slot and one.begins < other.ends and other.begins < one.ends
    ]


def _used(fit: blocks.Fit, hour: int) -> bool:
    return any(piece.begins <= at(hour) < piece.ends for piece in fit.pieces)


def test_the_longest_stretch_that_is_left_is_kept() -> None:
    late, booked = demand(0, 6, line=1, rank=0), demand(4, 12, line=2)
    fit = blocks.fit([booked, late], 1)
    assert [(p.demand.line, p.begins, p.ends) for p in fit.pieces] == [
        (1, at(0), at(6)),
        (2, at(6), at(12)),
    ]
    assert fit.short == [booked]


def test_what_does_not_fit_at_all_goes() -> None:
    late, booked = demand(0, 12, line=1, rank=0), demand(4, 6, line=2)
    fit = blocks.fit([booked, late], 1)
    assert [p.demand.line for p in fit.pieces] == [1]
    assert fit.short == [booked]


# ------------------------------------------------------------------ the database's own refusal


@pytest.fixture
def line() -> BookingLine:
    return make_line(make_pool())


def make_line(
    thing: Thing, begins: datetime = START, ends: datetime | None = None, quantity: int = 1
) -> BookingLine:
    person = make_person().agent
    booking = Booking.objects.create(
        code=f"B-{Booking.objects.count():06}",
        collection=thing.collection,
        borrower=person,
        booked_by=person,
        begins=begins,
        ends=ends or begins + timedelta(hours=2),
        state=BookingState.REQUESTED,
    )
    return BookingLine.objects.create(booking=booking, thing=thing, quantity=quantity)


def put(line: BookingLine, begins: datetime, ends: datetime, slot: int = 0) -> Block:
    return Block.objects.create(thing=line.thing, slot=slot, begins=begins, ends=ends, line=line)


def refused(line: BookingLine, begins: datetime, ends: datetime, slot: int = 0) -> bool:
    try:
        with transaction.atomic():
            put(line, begins, ends, slot).delete()
    except IntegrityError as error:
        return guards.is_double_booking(error)
    return False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("begins", "ends", "wanted"),
    [
        (0, 2, True),
        (-1, 3, True),
        (0.5, 1, True),
        (1, 3, True),
        (-1, 1, True),
        (-1, 0, False),
        (2, 3, False),
    ],
)
def test_two_blocks_of_a_slot_do_not_overlap(
    line: BookingLine, begins: float, ends: float, wanted: bool
) -> None:
    put(line, at(0), at(2))
    assert refused(line, at(begins), at(ends)) == wanted
    assert not refused(line, at(begins), at(ends), slot=1)
    assert not refused(make_line(make_thing()), at(begins), at(ends))


MICRO = timedelta(microseconds=1)


@pytest.mark.django_db
def test_microseconds_count_with_and_without_them(line: BookingLine) -> None:
    put(line, at(0) + MICRO, at(2) + MICRO)
    assert refused(line, at(2), at(3))
    assert not refused(line, at(2) + MICRO, at(3))
    assert not refused(line, at(-1), at(0))
    assert not refused(line, at(-1), at(0) + MICRO)
    assert refused(line, at(-1), at(0) + 2 * MICRO)
    put(line, at(4), at(5))
    assert refused(line, at(3), at(4) + MICRO)
    assert refused(line, at(5) - MICRO, at(6))
    assert not refused(line, at(5), at(6))


@pytest.mark.django_db
def test_moving_a_block_onto_another_is_refused(line: BookingLine) -> None:
    put(line, at(0), at(2))
    other = put(line, at(2), at(4))
    other.ends = at(5)
    other.save()
    other.begins = at(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    third = put(line, at(0), at(2), slot=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.filter(pk=third.pk).update(slot=0)


@pytest.mark.django_db
def test_many_at_once_are_looked_at_one_by_one(line: BookingLine) -> None:
    rows = [
        Block(thing=line.thing, slot=0, begins=at(n), ends=at(n + 2), line=line) for n in (0, 1)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.bulk_create(rows)
    assert Block.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.parametrize(
    "text",
    ["2030-01-07T08:00:00", "2030-01-07 08:00:00+00:00", "2030-01-07", "2030-01-07 08:00:00.5"],
)
def test_moments_are_written_in_one_form(line: BookingLine, text: str) -> None:
    block = put(line, at(0), at(2))
    with pytest.raises(DatabaseError, match="YYYY-MM-DD"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sharing_block SET begins = %s", [text])
    block.refresh_from_db()
    assert block.begins == at(0)


@pytest.mark.django_db
def test_guards_go_up_and_down() -> None:
    with connection.cursor() as cursor, transaction.atomic():
        for statement in guards.lower_guards(connection.vendor):
            cursor.execute(statement)
    line = make_line(make_thing())
    put(line, at(0), at(2))
    assert not refused(line, at(0), at(2))
    connection.check_constraints()  # PostgreSQL alters no table that has checks to come
    with connection.cursor() as cursor, transaction.atomic():
        for statement in guards.raise_guards(connection.vendor):
            cursor.execute(statement)
    assert refused(line, at(0), at(2))
