"""A problem that contradicts itself is refused with every flaw; what is unsolved is not ignored."""

from __future__ import annotations

import pytest

from kierto.core.geography import Point
from kierto.planner import (
    Arc,
    Fallback,
    InvalidProblem,
    Kind,
    Problem,
    Rate,
    Rates,
    Stream,
    Unsupported,
    flaws_of,
    possibilities,
    solve,
)
from tests.planner.districts import KINDS, need, offer, press, problem, random_district

NAN = float("nan")

FLAWED: dict[str, tuple[Problem, tuple[str, str, str]]] = {
    "kind twice": (problem(kinds=(*KINDS, KINDS[0])), ("kind", "wood", "code")),
    "unknown parent": (problem(kinds=(Kind("a", "kg", "b"),)), ("kind", "a", "parent")),
    "own parent": (problem(kinds=(Kind("a", "kg", "a"),)), ("kind", "a", "parent")),
    "no unit": (problem(kinds=(Kind("a", ""),)), ("kind", "a", "unit")),
    "unknown kind": (problem(offer("o", "gold")), ("offer", "o", "kind")),
    "negative amount": (problem(need("n", amount=-1)), ("need", "n", "amount")),
    "amount not a number": (problem(offer("o", amount=NAN)), ("offer", "o", "amount")),
    "endless fallback": (problem(offer("o", dump=float("inf"))), ("offer", "o", "fallback_cost")),
    "negative lot": (problem(offer("o", lot=-1)), ("offer", "o", "minimum_lot")),
    "quality not a number": (
        problem(offer("o", quality={"ash": NAN})),
        ("offer", "o", "quality ash"),
    ),
    "limits crossed": (problem(need("n", limits={"ash": (2, 1)})), ("need", "n", "limit ash")),
    "one id for two": (problem(offer("x"), need("x")), ("need", "x", "id")),
    "no id": (problem(offer("")), ("offer", "", "id")),
    "idle processor": (problem(press(inputs=(), outputs=())), ("processor", "press", "inputs")),
    "yield of nothing": (problem(press(inputs=(Stream("wood", 0),))), ("input", "press/wood", "yield_")),
    "kind twice in a recipe": (
        problem(press(inputs=(Stream("wood", 1), Stream("wood", 2)))),
        ("input", "press/wood", "kind"),
    ),
    "output without fallback": (
        problem(press(outputs=(Stream("board", 1),))),
        ("output", "press/board", "fallback"),
    ),
    "minimum above capacity": (problem(press(minimum=200)), ("processor", "press", "minimum")),
    "negative rate": (problem(rates=Rates(Rate(-1, 0))), ("rates", "default", "cost_per_km")),
    "rate of an unknown kind": (
        problem(rates=Rates(Rate(1, 0), {"gold": Rate(1, 0)})),
        ("rates", "gold", "kind"),
    ),
    "road shorter than the line": (
        problem(rates=Rates(Rate(1, 0), road_factor=0.9)),
        ("rates", "", "road_factor"),
    ),
    "pair of strangers": (problem(offer("o"), Arc("o", "moon", 1)), ("arc", "o/moon", "sink")),
    "pair of unlike kinds": (
        problem(offer("o"), need("n", "ash"), Arc("o", "n", 1)),
        ("arc", "o/n", "sink"),
    ),
    "pair twice": (
        problem(offer("o"), need("n"), Arc("o", "n", 1), Arc("o", "n", 2)),
        ("arc", "o/n", "sink"),
    ),
    "negative carbon price": (problem(carbon_price=-1), ("problem", "", "carbon_price")),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWED)
def test_flaw_is_named_at_its_place(name: str) -> None:
    flawed, place = FLAWED[name]
    with pytest.raises(InvalidProblem) as caught:
        solve(flawed)
    assert place in [(flaw.part, flaw.id, flaw.field) for flaw in caught.value.flaws]
    assert all(str(flaw) for flaw in caught.value.flaws)
    with pytest.raises(InvalidProblem):
        possibilities(flawed, "o")


def test_circle_of_kinds_is_shown() -> None:
    kinds = (Kind("a", "kg", "c"), Kind("b", "kg", "a"), Kind("c", "kg", "b"), Kind("d", "kg", "a"))
    flaws = flaws_of(problem(kinds=kinds))
    assert [flaw.id for flaw in flaws] == ["a", "b", "c"]
    assert "a → c → b → a" in str(flaws[0])


def test_all_flaws_are_found_at_once() -> None:
    flawed = problem(offer("o", "gold", amount=-1), need("n", amount=NAN), carbon_price=NAN)
    assert len(flaws_of(flawed)) == 4


def test_sound_problem_has_no_flaw() -> None:
    assert flaws_of(random_district(1, lots=True)) == []


@pytest.mark.parametrize(
    ("unsolved", "feature"),
    [
        (problem(press(opening_cost=100)), "opening_cost"),
        (problem(press(minimum=5)), "minimum"),
    ],
)
def test_what_is_not_solved_yet_is_refused_and_not_ignored(unsolved: Problem, feature: str) -> None:
    with pytest.raises(Unsupported, match=feature):
        solve(unsolved)


def test_fallbacks_may_be_negative() -> None:
    """A by-product that sells stays sold unless somebody takes it for more."""
    plan = solve(problem(offer("o", dump=-1), need("n", buy=0.5), need("m", buy=3, amount=4)))
    assert [(flow.sink, flow.amount) for flow in plan.flows] == [("m", 4.0)]


def test_place_must_be_on_earth() -> None:
    with pytest.raises(ValueError, match="no such place"):
        Point(91, 0)


def test_stream_fallback_is_checked() -> None:
    stream = Stream("wood", 1, Fallback(NAN))
    flaws = flaws_of(problem(press(inputs=(stream,))))
    assert [(flaw.part, flaw.field) for flaw in flaws] == [("input", "fallback_cost")]
