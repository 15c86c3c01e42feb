"""Small energy districts at random, and the same question asked of another library.

``reference_optimum`` is written from the definition, one variable for each thing and hour, with
PuLP and CBC; it shares no code with the planner.
"""

from __future__ import annotations

import warnings

import numpy as np
import pulp

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
)


def small_district(
    seed: int, *, buildings: int = 2, hours: int = 6, negative_prices: bool = False
) -> DispatchProblem:
    """Every sort of asset now and then, limits that bind, unlimited connections now and then."""
    rng = np.random.default_rng(seed)

    def hourly(low: float, high: float) -> tuple[float, ...]:
        return tuple(np.round(rng.uniform(low, high, hours), 3).tolist())

    def number(low: float, high: float) -> float:
        return float(np.round(rng.uniform(low, high), 3))

    def often(chance: float = 0.6) -> bool:
        return bool(rng.random() < chance)

    ids = [f"b{number}" for number in range(buildings)]
    buying = hourly(-0.1 if negative_prices else 0.05, 0.4)
    selling = tuple(round(price - number(0.0, 0.1), 4) for price in buying)
    return DispatchProblem(
        buildings=tuple(
            Building(id_, hourly(0, 5), hourly(0, 8) if often(0.8) else (0.0,) * hours)
            for id_ in ids
        ),
        grid=Grid(
            buying,
            selling,
            hourly(0, 0.5),
            number(3, 15) if often() else None,
            number(0, 6) if often() else None,
        ),
        solar=tuple(Solar(f"{id_}-sun", id_, hourly(0, 8)) for id_ in ids if often()),
        batteries=tuple(
            Battery(
                f"{id_}-battery", id_, 6.0, number(1, 4), number(1, 4), number(0.8, 1),
                number(0.8, 1), number(0, 0.02), number(0, 0.02), number(0, 6),
            )
            for id_ in ids
            if often()
        ),
        heat_pumps=tuple(
            HeatPump(f"{id_}-pump", id_, number(0.5, 3), hourly(2, 5)) for id_ in ids if often()
        ),
        tanks=tuple(
            Tank(f"{id_}-tank", id_, 8.0, number(0, 0.05), number(0, 8)) for id_ in ids if often()
        ),
        waste_heat=(
            (WasteHeat("waste", hourly(0, 6), (), number(0, 0.05), number(0, 0.05), number(0, 0.2)),)
            if often()
            else ()
        ),
        boilers=tuple(
            Boiler(f"{id_}-boiler", id_, number(0.05, 0.2), 0.2, number(2, 8) if often(0.4) else None)
            for id_ in ids
            if often(0.8)
        ),
        carbon_price=number(0, 0.3),
    )  # fmt: skip


def reference_optimum(problem: DispatchProblem) -> float:
    """The least cost with carbon."""
    hours = range(problem.hours)
    model = pulp.LpProblem("dispatch", pulp.LpMinimize)
    carbon = problem.carbon_price
    grid = problem.grid
    electricity = {t: [-sum(each.electricity[t] for each in problem.buildings)] for t in hours}
    heat = {(each.id, t): [-each.heat[t]] for each in problem.buildings for t in hours}
    terms = []

    def variable(name: str, t: int, most: float | None = None):
        return model.add_variable(f"{name}_{t}".replace("-", "_"), 0, most)

    for t in hours:
        bought, sold = variable("in", t, grid.import_limit), variable("out", t, grid.export_limit)
        short = variable("short", t)
        buying = grid.import_price[t] + carbon * grid.carbon[t]
        terms += [buying * bought, -min(grid.export_price[t], buying) * sold]
        terms.append(problem.shortage_price * short)
        electricity[t] += [bought, -sold, short]
        for each in problem.buildings:
            cold = variable(f"cold_{each.id}", t)
            terms.append(problem.shortage_price * cold)
            heat[each.id, t].append(cold)
        for each in problem.solar:
            electricity[t].append(variable(each.id, t, each.available[t]))
        for each in problem.heat_pumps:
            taken = variable(each.id, t, each.power)
            electricity[t].append(-taken)
            heat[each.building, t].append(each.cop[t] * taken)
        for each in problem.boilers:
            burnt = variable(each.id, t, each.power)
            terms.append((each.cost + carbon * each.emissions) * burnt)
            heat[each.building, t].append(burnt)
        for each in problem.waste_heat:
            taken = []
            for building in each.buildings or [one.id for one in problem.buildings]:
                pipe = variable(f"{each.id}_{building}", t)
                taken.append(pipe)
                terms.append((each.cost + carbon * each.emissions) * pipe)
                heat[building, t].append((1 - each.loss) * pipe)
            model.addConstraint(pulp.lpSum(taken) <= each.available[t])
    for each in problem.batteries:
        before = each.initial
        for t in hours:
            charge = variable(f"{each.id}_c", t, each.charge)
            discharge = variable(f"{each.id}_d", t, each.discharge)
            level = variable(f"{each.id}_l", t, each.capacity)
            terms.append(each.cost * discharge)
            electricity[t] += [-charge, discharge]
            filled = each.charge_efficiency * charge - discharge * (1 / each.discharge_efficiency)
            model.addConstraint(level == (1 - each.loss) * before + filled)
            before = level
        model.addConstraint(before >= each.initial)
    for each in problem.tanks:
        before = each.initial
        for t in hours:
            fill, draw = variable(f"{each.id}_f", t), variable(f"{each.id}_d", t)
            level = variable(f"{each.id}_l", t, each.capacity)
            heat[each.building, t] += [draw, -fill]
            model.addConstraint(level == (1 - each.loss) * before + fill - draw)
            before = level
        model.addConstraint(before >= each.initial)
    for row in (*electricity.values(), *heat.values()):
        model.addConstraint(pulp.lpSum(row) == 0)
    model.setObjective(pulp.lpSum(terms))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.solve(pulp.PULP_CBC_CMD(msg=False))
    assert pulp.LpStatus[model.status] == "Optimal"
    return float(pulp.value(model.objective))
