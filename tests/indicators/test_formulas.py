"""The arithmetic against examples worked out by hand, and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.indicators.formulas import (
    Estimate,
    circular_use_rate,
    material_circularity,
    share,
)

masses = st.floats(min_value=0, max_value=1e9, allow_nan=False)


def test_nothing_new_and_nothing_wasted_is_fully_circular() -> None:
    assert material_circularity(100, 0, 0) == 1


def test_all_new_and_all_wasted_is_linear() -> None:
    # V = W = M: LFI = 2M / 2M = 1, so 1 − 0.9 = 0.1.
    assert material_circularity(100, 100, 100) == pytest.approx(0.1)


def test_half_recycled_and_half_recovered_with_losses() -> None:
    # V = 50, W0 = 40, Wf = 20, Wc = 10: W = 40 + 15 = 55; LFI = 105 / (200 + 5) = 0.512195…;
    # MCI = 1 − 0.9 × 0.512195 = 0.539024…
    found = material_circularity(100, 50, 40, feedstock_loss=20, collection_loss=10)
    assert found == pytest.approx(1 - 0.9 * 105 / 205)


def test_longer_use_makes_a_linear_product_more_circular() -> None:
    # X = 2: 1 − 0.9 / 2 = 0.55.
    assert material_circularity(100, 100, 100, utility=2) == pytest.approx(0.55)


def test_without_material_there_is_no_circularity() -> None:
    assert material_circularity(0, 0, 0) is None
    assert circular_use_rate(0, 0) is None
    assert share(1, 0) is None


def test_the_circular_use_rate_is_that_of_eurostat() -> None:
    assert circular_use_rate(30, 70) == pytest.approx(0.3)


@given(masses, masses, masses, masses, masses, st.floats(min_value=0.1, max_value=10))
def test_circularity_lies_between_nothing_and_one(
    mass: float, virgin: float, waste: float, lost: float, collected: float, utility: float
) -> None:
    found = material_circularity(
        mass, virgin, waste, feedstock_loss=lost, collection_loss=collected, utility=utility
    )
    assert found is None if mass <= 0 else 0 <= found <= 1  # type: ignore[operator]


@given(st.floats(min_value=1, max_value=1e6), masses, masses, masses)
def test_less_new_material_never_makes_it_less_circular(
    mass: float, virgin: float, other: float, waste: float
) -> None:
    less, more = sorted([virgin, other])
    assert material_circularity(mass, less, waste) >= material_circularity(mass, more, waste)  # type: ignore[operator]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3))
def test_a_range_holds_its_value(values: list[float]) -> None:
    found = Estimate.spread(*values)
    assert found.low <= found.value <= found.high  # type: ignore[operator]
