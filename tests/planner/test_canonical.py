"""The canonical text is the plain JSON, letter for letter, and its hash is worked out once."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Blend, Problem
from kierto.planner.canonical import canonical, digest
from kierto.planner.plain import to_plain
from tests.planner.districts import need, offer, problem, random_district


def plainly(value: Problem) -> str:
    return json.dumps(
        to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_text_is_that_of_the_plain_json(seed: int, lots: bool) -> None:
    district = random_district(seed, lots=lots)
    assert canonical(district) == plainly(district)


def test_text_of_odd_values_is_that_of_the_plain_json() -> None:
    odd = problem(
        offer('o"\n\u2028é', amount=-0.0, place=None, quality={"z": 1, "a": 2.5}),
        replace(need("n", amount=3), blends=(Blend("c", "n", 20, None),), profile=(1, 2.0)),
        excluded=frozenset({("b", "c"), ("a", "d")}),
        periods=2,
    )
    assert canonical(odd) == plainly(odd)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_without_end_have_no_text(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        canonical(problem(offer("o", amount=value)))


def test_digest_is_remembered_but_is_no_part_of_the_problem() -> None:
    one, other = random_district(3), random_district(3)
    known = one.digest()
    assert known == digest(one)
    assert one == other
    assert "_digest" not in one.to_dict()
    assert one.with_carbon_price(7).digest() != known
    for same in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert same == one
        assert same.digest() == known
