"""What was wanted against what came: nothing is counted twice."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.catalogue.models import ResourceSpecification
from kierto.indicators.kinds import KindTree
from kierto.indicators.matching import cover
from kierto.indicators.rows import Delivery, Wish

ALICE = UUID(int=1)
MONTHS = [date(2026, month, 1) for month in range(1, 7)]


class Kinds(KindTree):
    """Wood (1), with chips (2) below it; water (3) is another unit."""

    by_id = {  # type: ignore[assignment]
        1: ResourceSpecification(pk=1, code="wood", path="/wood/", unit="kg"),
        2: ResourceSpecification(pk=2, code="chips", path="/wood/chips/", unit="kg"),
        3: ResourceSpecification(pk=3, code="water", path="/water/", unit="m3"),
    }


def came(month: date, kind: int, amount: float) -> tuple[UUID, Delivery]:
    row = Delivery(
        month,
        UUID(int=2),
        ALICE,
        kind,
        amount,
        amount,
        amount,
        None,
        False,
        False,
        None,
        None,
        None,
    )
    return ALICE, row


def test_a_narrower_kind_covers_a_broader_wish() -> None:
    rows = cover([Wish(MONTHS[0], ALICE, 1, 10)], [came(MONTHS[0], 2, 4)], Kinds())
    assert [(row.kind, row.wished, row.covered) for row in rows] == [(1, 10, 4)]


def test_a_broader_kind_does_not_cover_a_narrower_wish() -> None:
    rows = cover([Wish(MONTHS[0], ALICE, 2, 10)], [came(MONTHS[0], 1, 4)], Kinds())
    assert [row.covered for row in rows] == [0]


def test_a_delivery_counts_for_the_narrowest_wish_only() -> None:
    wishes = [Wish(MONTHS[0], ALICE, 1, 10), Wish(MONTHS[0], ALICE, 2, 10)]
    rows = cover(wishes, [came(MONTHS[0], 2, 6)], Kinds())
    assert {row.kind: row.covered for row in rows} == {1: 0, 2: 6}


def test_a_surplus_covers_later_months_but_no_more_than_was_wished() -> None:
    wishes = [Wish(month, ALICE, 1, 10) for month in MONTHS[:3]]
    rows = cover(wishes, [came(MONTHS[0], 1, 25)], Kinds())
    assert [row.covered for row in rows] == [10, 10, 5]


def test_another_agents_delivery_covers_nothing() -> None:
    other = (UUID(int=9), came(MONTHS[0], 1, 5)[1])
    rows = cover([Wish(MONTHS[0], ALICE, 1, 10)], [other], Kinds())
    assert [row.covered for row in rows] == [0]


amounts = st.lists(st.floats(min_value=0, max_value=1e6), min_size=6, max_size=6)


@given(amounts, amounts)
def test_in_all_the_smaller_of_wished_and_delivered_is_covered(
    wished: list[float], delivered: list[float]
) -> None:
    wishes = [Wish(month, ALICE, 1, amount) for month, amount in zip(MONTHS, wished, strict=True)]
    deliveries = [came(month, 1, amount) for month, amount in zip(MONTHS, delivered, strict=True)]
    rows = cover(wishes, deliveries, Kinds())
    assert sum(row.covered for row in rows) == pytest.approx(min(sum(wished), sum(delivered)))
    assert all(row.covered >= 0 for row in rows)
