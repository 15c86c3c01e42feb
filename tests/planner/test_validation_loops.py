"""Circles of recipes must not make anything, nor money, out of nothing."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kierto.catalogue
from kierto.planner import (
    Fallback,
    Kind,
    Problem,
    Processor,
    Rate,
    Rates,
    Stream,
    flaws_of,
    solve,
)
from tests.planner.districts import HERE, east, need, offer, problem

FREE = Rates(Rate(0.0, 0.0))
DATA = Path(kierto.catalogue.__file__).parent / "data"


def recipe(id_: str, takes: dict[str, float], makes: dict[str, float], **more: object) -> Processor:
    """A processor with these yields per unit of level, at 0.1 a unit."""
    values = {"place": HERE, "capacity": 10.0, "cost": 0.1, **more}
    return Processor(
        id=id_,
        agent=id_,
        inputs=tuple(Stream(kind, amount) for kind, amount in takes.items()),
        outputs=tuple(Stream(kind, amount, Fallback(1.0)) for kind, amount in makes.items()),
        **values,  # type: ignore[arg-type]
    )


def named(whole: Problem) -> list[str]:
    """The processors that are refused."""
    assert {(flaw.part, flaw.field) for flaw in flaws_of(whole)} <= {("processor", "outputs")}
    return [flaw.id for flaw in flaws_of(whole)]


def test_recipe_that_feeds_itself_with_gain_is_refused() -> None:
    whole = problem(recipe("a", {"wood": 1}, {"wood": 1.2}), recipe("b", {"wood": 1}, {"ash": 0.9}))
    assert named(whole) == ["a"]
    assert "out of nothing" in str(flaws_of(whole)[0])


def test_circle_of_gain_over_several_recipes_and_narrower_kinds_names_them_all() -> None:
    a = recipe("a", {"wood": 1}, {"board": 0.8})
    b = recipe("b", {"board": 0.5, "heat": 1}, {"pine": 0.9})
    c = recipe("c", {"board": 1}, {"heat": 9, "ash": 0.1})
    assert named(problem(a, b, c)) == ["a", "b", "c"]


def test_circle_that_needs_something_from_outside_is_sound() -> None:
    a = recipe("a", {"wood": 1}, {"board": 0.8})
    b = recipe("b", {"board": 0.5, "heat": 1}, {"pine": 0.9})
    assert named(problem(a, b, offer("o", "heat"))) == []


def test_what_stands_for_a_broader_or_limited_kind_only_does_not_close_a_circle() -> None:
    a = recipe("a", {"pine": 1}, {"wood": 2})
    assert named(problem(a)) == []
    wet = replace(
        recipe("a", {}, {"wood": 2}),
        inputs=(Stream("wood", 1, limits={"moisture": (0.5, None)}),),
    )
    assert named(problem(wet)) == []
    dried = tuple(replace(one, quality={"moisture": 0.4}) for one in wet.outputs)
    assert named(problem(replace(wet, outputs=dried))) == []
    soaked = tuple(replace(one, quality={"moisture": 0.6}) for one in wet.outputs)
    assert named(problem(replace(wet, outputs=soaked))) == ["a"]


def test_losing_circle_is_sound_even_when_it_is_paid() -> None:
    """What is lost must come from outside, so no money is made by going round alone."""
    a = recipe("a", {"wood": 1}, {"board": 0.9}, cost=-5.0)
    b = recipe("b", {"board": 1}, {"wood": 1.0})
    assert named(problem(a, b, rates=FREE)) == []


def test_circle_that_earns_by_going_round_is_refused() -> None:
    a = recipe("a", {"wood": 1}, {"board": 1.0}, cost=-0.3)
    b = recipe("b", {"board": 1}, {"wood": 1.0}, cost=0.1)
    assert named(problem(a, b, rates=FREE)) == ["a", "b"]
    assert "earns money" in str(flaws_of(problem(a, b, rates=FREE))[0])
    assert named(problem(a, replace(b, cost=0.4), rates=FREE)) == []
    assert named(problem(a, b, rates=Rates(Rate(0, 0, handling_cost=0.15)))) == []


def test_circle_for_nothing_is_refused_unless_there_is_a_way_between() -> None:
    a = recipe("a", {"wood": 1}, {"board": 0.5}, cost=0.0)
    b = recipe("b", {"board": 1}, {"wood": 2.0}, cost=0.0)
    here, there = problem(a, b), problem(a, replace(b, place=east(1)))
    assert named(here) == ["a", "b"]
    assert "goes round for nothing" in str(flaws_of(here)[0])
    assert named(there) == []
    assert named(replace(there, rates=FREE)) == ["a", "b"]


def test_carbon_price_counts_in_what_going_round_costs() -> None:
    a = recipe("a", {"wood": 1}, {"board": 1.0}, cost=0.0, emissions=-1.0)
    b = recipe("b", {"board": 1}, {"wood": 1.0}, cost=0.5)
    assert named(problem(a, b, rates=FREE)) == []
    assert named(problem(a, b, rates=FREE, carbon_price=0.6)) == ["a", "b"]


def test_processor_without_inputs_is_a_source_like_an_offer() -> None:
    well = recipe("well", {}, {"wood": 1})
    whole = problem(well, recipe("a", {"wood": 1}, {"board": 0.9}), need("n", "board", buy=5))
    assert named(whole) == []
    assert solve(whole).levels["well"] == pytest.approx(10)


def test_shut_processor_closes_no_circle() -> None:
    assert named(problem(recipe("a", {"wood": 1}, {"wood": 1.2}, capacity=0.0))) == []


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_recipes_that_lose_mass_are_never_refused_and_one_that_gains_always(
    data: st.DataObject,
) -> None:
    """By mass: with every recipe at a loss no circle can gain; turned round, its mirror gains."""
    kinds = ("wood", "board", "ash")
    share = st.floats(0.1, 1.0)
    recipes = []
    for number in range(data.draw(st.integers(1, 4))):
        takes = {
            kind: data.draw(share)
            for kind in data.draw(st.sets(st.sampled_from(kinds), min_size=1))
        }
        makes = {
            kind: data.draw(share)
            for kind in data.draw(st.sets(st.sampled_from(kinds), min_size=1))
        }
        kept = 0.9 * sum(takes.values()) / sum(makes.values())
        makes = {kind: amount * kept for kind, amount in makes.items()}
        recipes.append(recipe(f"r{number}", takes, makes))
    assert named(problem(*recipes)) == []
    first = {one.kind: one.yield_ for one in recipes[0].inputs}
    undone = {one.kind: one.yield_ for one in recipes[0].outputs}
    assert "back" in named(
        problem(*recipes, recipe("back", undone, {k: v * 1.01 for k, v in first.items()}))
    )


def test_recipes_of_the_catalogue_make_nothing_from_nothing() -> None:
    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))

    flows: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows("recipe_flows.csv"):
        sides = flows.setdefault(row["recipe"], {"input": {}, "output": {}})
        sides[row["direction"]][row["kind"]] = float(row["amount"])
    whole = Problem(
        kinds=tuple(
            Kind(row["code"], row["unit"], row["parent"] or None) for row in rows("kinds.csv")
        ),
        offers=(),
        needs=(),
        processors=tuple(
            recipe(code, each["input"], each["output"]) for code, each in flows.items()
        ),
        rates=Rates(Rate(0.0, 0.0)),
    )
    assert len(whole.processors) > 40
    assert named(whole) == []
