"""Each thing that can be wrong is refused by its row, field and hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kierto.planner import InvalidProblem
from kierto.planner.dispatch import (
    Battery,
    Boiler,
    Building,
    DispatchProblem,
    Grid,
    HeatPump,
    Solar,
    Tank,
    WasteHeat,
    dispatch,
    dispatch_flaws,
)

GOOD = DispatchProblem(
    buildings=(Building("house", (1.0, 1.0), (2.0, 2.0)),),
    grid=Grid((0.2, 0.3), (0.1, -0.1), (0.2, 0.2), 5.0, 5.0),
    solar=(Solar("sun", "house", (0.0, 1.0)),),
    batteries=(Battery("cell", "house", 4.0, 2.0, 2.0, 0.9, 0.9, 0.01, 0.01, 2.0),),
    heat_pumps=(HeatPump("pump", "house", 1.0, (3.0, 3.0)),),
    tanks=(Tank("tank", "house", 5.0, 0.01, 1.0),),
    waste_heat=(WasteHeat("server", (1.0, 1.0), ("house",), 0.01, 0.0, 0.1),),
    boilers=(Boiler("boiler", "house", 0.1),),
)

NAN, INF = float("nan"), float("inf")
HOUSE, CELL, GRID = GOOD.buildings[0], GOOD.batteries[0], GOOD.grid
PUMP, TANK, SERVER = GOOD.heat_pumps[0], GOOD.tanks[0], GOOD.waste_heat[0]
BOILER, SUN = GOOD.boilers[0], GOOD.solar[0]

FLAWED: list[tuple[DispatchProblem, str, str, str]] = [
    (replace(GOOD, buildings=()), "problem", "", "buildings"),
    (replace(GOOD, buildings=(HOUSE, HOUSE)), "building", "house", "id"),
    (replace(GOOD, buildings=(replace(HOUSE, id=""),)), "building", "", "id"),
    (replace(GOOD, buildings=(replace(HOUSE, heat=(1.0,)),)), "building", "house", "heat"),
    (
        replace(GOOD, buildings=(replace(HOUSE, electricity=(1.0, NAN)),)),
        "building", "house", "electricity",
    ),
    (replace(GOOD, buildings=(replace(HOUSE, heat=(1.0, -1.0)),)), "building", "house", "heat"),
    (replace(GOOD, grid=replace(GRID, import_price=(0.1, INF))), "grid", "", "import_price"),
    (replace(GOOD, grid=replace(GRID, export_price=(0.1,))), "grid", "", "export_price"),
    (replace(GOOD, grid=replace(GRID, carbon=(0.1, -0.1))), "grid", "", "carbon"),
    (replace(GOOD, grid=replace(GRID, import_limit=-1.0)), "grid", "", "import_limit"),
    (replace(GOOD, grid=replace(GRID, export_limit=NAN)), "grid", "", "export_limit"),
    (replace(GOOD, solar=(replace(SUN, building="x"),)), "solar", "sun", "building"),
    (replace(GOOD, solar=(replace(SUN, available=(0.0, -2.0)),)), "solar", "sun", "available"),
    (replace(GOOD, solar=(replace(SUN, id="cell"),)), "solar", "cell", "id"),
    (replace(GOOD, batteries=(replace(CELL, capacity=-1.0),)), "battery", "cell", "capacity"),
    (
        replace(GOOD, batteries=(replace(CELL, charge_efficiency=1.1),)),
        "battery", "cell", "charge_efficiency",
    ),
    (
        replace(GOOD, batteries=(replace(CELL, discharge_efficiency=0.0),)),
        "battery", "cell", "discharge_efficiency",
    ),
    (replace(GOOD, batteries=(replace(CELL, loss=1.0),)), "battery", "cell", "loss"),
    (replace(GOOD, batteries=(replace(CELL, cost=-0.1),)), "battery", "cell", "cost"),
    (replace(GOOD, batteries=(replace(CELL, initial=9.0),)), "battery", "cell", "initial"),
    (replace(GOOD, batteries=(replace(CELL, charge=0.0),)), "battery", "cell", "charge"),
    (replace(GOOD, heat_pumps=(replace(PUMP, power=NAN),)), "heat_pump", "pump", "power"),
    (replace(GOOD, heat_pumps=(replace(PUMP, cop=(3.0, -1.0)),)), "heat_pump", "pump", "cop"),
    (replace(GOOD, tanks=(replace(TANK, loss=-0.1),)), "tank", "tank", "loss"),
    (replace(GOOD, tanks=(replace(TANK, initial=6.0),)), "tank", "tank", "initial"),
    (replace(GOOD, waste_heat=(replace(SERVER, loss=1.0),)), "waste_heat", "server", "loss"),
    (
        replace(GOOD, waste_heat=(replace(SERVER, buildings=("x",)),)),
        "waste_heat", "server", "buildings",
    ),
    (replace(GOOD, boilers=(replace(BOILER, cost=INF),)), "boiler", "boiler", "cost"),
    (replace(GOOD, boilers=(replace(BOILER, power=-1.0),)), "boiler", "boiler", "power"),
    (replace(GOOD, carbon_price=-1.0), "problem", "", "carbon_price"),
    (replace(GOOD, carbon_price=NAN), "problem", "", "carbon_price"),
    (replace(GOOD, shortage_price=0.25), "problem", "", "shortage_price"),
    (replace(GOOD, shortage_price=INF), "problem", "", "shortage_price"),
]  # fmt: skip


def test_good_problem_has_no_flaws() -> None:
    assert dispatch_flaws(GOOD) == []


@pytest.mark.parametrize(("problem", "part", "id_", "field"), FLAWED)
def test_each_flaw_is_named(problem: DispatchProblem, part: str, id_: str, field: str) -> None:
    flaws = dispatch_flaws(problem)
    assert (part, id_, field) in {(flaw.part, flaw.id, flaw.field) for flaw in flaws}
    assert "%(" not in str(flaws[0])
    with pytest.raises(InvalidProblem):
        dispatch(problem)


def test_no_hours_are_refused() -> None:
    nothing = DispatchProblem((Building("house", (), ()),), Grid((), (), ()))
    assert [flaw.field for flaw in dispatch_flaws(nothing)] == ["import_price"]


def test_the_hour_is_told() -> None:
    wrong = replace(GOOD, buildings=(replace(HOUSE, electricity=(1.0, NAN)),))
    assert "hour 2" in str(dispatch_flaws(wrong)[0])
