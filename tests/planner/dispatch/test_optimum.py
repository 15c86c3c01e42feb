"""The dispatch costs what the cheapest one costs, by another library and by arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner import Status
from kierto.planner.dispatch import (
    Battery,
    Boiler,
    Building,
    DispatchPlan,
    DispatchProblem,
    Grid,
    HeatPump,
    Solar,
    WasteHeat,
    certify_dispatch,
    dispatch,
    typical_district,
)
from tests.planner.dispatch.districts import reference_optimum, small_district

close = pytest.approx


@pytest.mark.parametrize("seed", range(25))
def test_dispatch_costs_what_another_library_finds(seed: int) -> None:
    problem = small_district(seed, buildings=1 + seed % 3)
    plan = dispatch(problem)
    assert plan.status is Status.OPTIMAL
    assert plan.certificate.valid
    assert plan.totals.objective == close(reference_optimum(problem), rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_at_negative_prices_the_bound_holds_and_the_plan_does_not_burn(seed: int) -> None:
    problem = small_district(100 + seed, negative_prices=True)
    plan = dispatch(problem)
    assert plan.certificate.valid
    assert plan.certificate.bound == close(reference_optimum(problem), rel=1e-7, abs=1e-6)
    assert plan.totals.objective >= plan.certificate.bound - 1e-6
    for id_ in plan.charge:
        assert all(
            min(pair) == 0 for pair in zip(plan.charge[id_], plan.discharge[id_], strict=True)
        )


def one_house(**parts: object) -> DispatchProblem:
    """Two hours: electricity is cheap, then dear. 1 kWh is needed in each, and no heat."""
    fields: dict[str, object] = {
        "buildings": (Building("house", (1.0, 1.0), (0.0, 0.0)),),
        "grid": Grid((0.1, 0.3), (0.0, 0.0), (0.2, 0.4)),
        **parts,
    }
    return DispatchProblem(**fields)  # type: ignore[arg-type]


def test_without_assets_everything_is_bought() -> None:
    plan = dispatch(one_house(carbon_price=0.5))
    assert plan.imports == (1.0, 1.0)
    assert plan.totals.cost == close(0.4)
    assert plan.totals.emissions == close(0.6)
    assert plan.totals.objective == close(0.7)
    assert plan.baseline == plan.totals
    assert plan.electricity_price == close((0.2, 0.5))


def test_battery_moves_what_it_can_from_the_cheap_hour_to_the_dear_one() -> None:
    battery = Battery("cell", "house", 0.8, 1.0, 1.0, 0.8, 1.0)
    plan = dispatch(one_house(batteries=(battery,)))
    assert plan.charge["cell"] == close((1.0, 0.0))
    assert plan.stored["cell"] == close((0.8, 0.0))
    assert plan.discharge["cell"] == close((0.0, 0.8))
    assert plan.totals.cost == close(2 * 0.1 + 0.2 * 0.3)
    assert plan.baseline.cost == close(0.4)


def test_neighbours_share_the_sun_behind_the_connection() -> None:
    problem = DispatchProblem(
        buildings=(Building("roof", (0.0,), (0.0,)), Building("shade", (3.0,), (0.0,))),
        grid=Grid((0.3,), (0.05,), (0.1,)),
        solar=(Solar("panels", "roof", (4.0,)),),
    )
    plan = dispatch(problem)
    assert plan.imports == (0.0,)
    assert plan.exports == close((1.0,))
    assert plan.totals.cost == close(-0.05)
    assert plan.baseline.cost == close(3 * 0.3 - 4 * 0.05)
    assert plan.figures.self_consumption == close(0.75)
    assert plan.figures.self_sufficiency == 1.0


def test_heat_comes_from_the_cheapest_source_first() -> None:
    problem = DispatchProblem(
        buildings=(Building("house", (0.0,), (10.0,)),),
        grid=Grid((0.3,), (0.0,), (0.0,)),
        heat_pumps=(HeatPump("pump", "house", 1.0, (4.0,)),),
        waste_heat=(WasteHeat("server", (5.0,), ("house",), 0.01, 0.0, 0.2),),
        boilers=(Boiler("boiler", "house", 0.1, 0.2, 1.0), Boiler("bought", "house", 0.15, 0.1)),
    )
    plan = dispatch(problem)
    assert plan.waste_heat["server"]["house"] == close((5.0,))
    assert plan.heat_pumps["pump"] == close((1.0,))
    assert plan.boilers["boiler"] == close((1.0,))
    assert plan.boilers["bought"] == close((1.0,))
    assert plan.heat_prices["house"] == close((0.15,))
    assert plan.totals.cost == close(0.05 + 0.3 + 0.1 + 0.15)
    assert plan.baseline.cost == close(0.3 + 0.1 + 5 * 0.15)


def test_what_nothing_can_supply_is_named_and_priced() -> None:
    problem = DispatchProblem(
        buildings=(Building("house", (3.0,), (2.0,)),),
        grid=Grid((0.3,), (0.0,), (0.0,), import_limit=1.0),
    )
    plan = dispatch(problem)
    assert plan.shortage == close((2.0,))
    assert plan.heat_shortage["house"] == close((2.0,))
    assert plan.figures.unserved == close(4.0)
    assert plan.totals.cost == close(0.3 + 4 * problem.shortage_price)


def test_selling_dearer_than_buying_earns_nothing_from_nothing() -> None:
    problem = one_house(grid=Grid((0.1, 0.1), (0.3, 0.05), (0.0, 0.0), 50.0, 50.0))
    plan = dispatch(problem)
    assert plan.capped_hours == 1
    assert plan.imports == close((1.0, 1.0))
    assert plan.exports == (0.0, 0.0)
    assert plan.totals.cost == close(0.2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_law_a_battery_never_hurts(seed: int) -> None:
    problem = replace(small_district(seed), batteries=())
    battery = Battery("extra", "b0", 4.0, 2.0, 2.0, 0.9, 0.9, 0.01, 0.001)
    with_it = dispatch(replace(problem, batteries=(battery,)))
    assert with_it.totals.objective <= dispatch(problem).totals.objective + 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 5.0))
def test_law_more_sun_never_costs_more(seed: int, more: float) -> None:
    problem = small_district(seed)
    roof = Solar("extra", "b1", (more,) * problem.hours)
    sunnier = replace(problem, solar=(*problem.solar, roof))
    assert dispatch(sunnier).totals.objective <= dispatch(problem).totals.objective + 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 0.5))
def test_law_dearer_carbon_never_emits_more(seed: int, more: float) -> None:
    problem = small_district(seed)
    # Where carbon lifts buying above selling, the capped price changes with it: leave that out.
    problem = replace(problem, grid=replace(problem.grid, export_price=(0.0,) * problem.hours))
    dearer = replace(problem, carbon_price=problem.carbon_price + more)
    plan, other = dispatch(problem), dispatch(dearer)
    assert other.totals.emissions <= plan.totals.emissions + 1e-6 / max(more, 1e-3)
    assert other.totals.cost >= plan.totals.cost - 1e-6


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_law_sharing_never_costs_more_than_being_alone(seed: int) -> None:
    problem = small_district(seed)
    stores = {"batteries": (), "tanks": ()}  # their initial levels are no part of the baseline
    unlimited = replace(problem.grid, import_limit=None, export_limit=None)
    plan = dispatch(replace(problem, grid=unlimited, **stores))
    assert plan.totals.objective <= plan.baseline.objective + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_baseline_is_the_best_that_each_building_can_do_alone(seed: int) -> None:
    problem = small_district(200 + seed, negative_prices=seed % 2 == 0)
    alone = 0.0
    for building in problem.buildings:
        own: dict[str, object] = {
            name: tuple(each for each in getattr(problem, name) if each.building == building.id)
            for name in ("solar", "heat_pumps", "boilers")
        }
        grid = replace(problem.grid, import_limit=None, export_limit=None)
        own |= {"batteries": (), "tanks": (), "waste_heat": (), "buildings": (building,)}
        alone += reference_optimum(replace(problem, grid=grid, **own))  # type: ignore[arg-type]
    assert dispatch(problem).baseline.objective == close(alone, rel=1e-7, abs=1e-6)


def test_plan_and_problem_survive_their_plain_form() -> None:
    problem = typical_district(3, 24)
    assert DispatchProblem.from_dict(problem.to_dict()) == problem
    plan = dispatch(problem)
    assert DispatchPlan.from_dict(plan.to_dict()) == plan
    again = dispatch(DispatchProblem.from_dict(problem.to_dict()))
    assert again.to_dict(timed=False) == plan.to_dict(timed=False)


def test_order_of_rows_changes_nothing() -> None:
    problem = typical_district(4, 24)
    turned = replace(
        problem, buildings=problem.buildings[::-1], heat_pumps=problem.heat_pumps[::-1]
    )
    assert turned.digest() == problem.digest()


def test_hours_can_be_cut_out() -> None:
    problem = typical_district(2, 48)
    day = problem.between(24, 48)
    assert day.hours == 24
    assert day.buildings[0].heat == problem.buildings[0].heat[24:]
    assert certify_dispatch(day, dispatch(day)).valid
