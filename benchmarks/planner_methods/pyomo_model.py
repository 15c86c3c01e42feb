"""Pyomo: indexed variables and one constraint rule for each side, handed to HiGHS in memory."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from planner_methods.instance import Instance, Integers
from planner_methods.worker import Answer, Options, work


def build(instance: Instance) -> pyo.ConcreteModel:
    arcs = instance.arcs()
    model = pyo.ConcreteModel()
    model.flow = pyo.Var(range(len(arcs)), within=pyo.NonNegativeReals)
    model.disposed = pyo.Var(range(instance.sources), within=pyo.NonNegativeReals)
    buying = np.flatnonzero(np.isfinite(instance.sink_fallback)).tolist()
    model.bought = pyo.Var(buying, within=pyo.NonNegativeReals)
    capacity = instance.recipe_capacity.tolist()
    model.level = pyo.Var(range(instance.recipes), bounds=lambda _, r: (0.0, capacity[r]))
    sides = (
        (model.disposed, arcs.source, instance.source_amount, instance.stream_is_output),
        (model.bought, arcs.sink, instance.sink_amount, ~instance.stream_is_output),
    )
    for name, (rest, ends, amount, mine) in zip(("given", "taken"), sides, strict=True):
        flows, streams = _rows_by_port(ends, len(amount)), _streams(instance, mine, len(amount))
        amounts = amount.tolist()

        def balance(model: pyo.ConcreteModel, port: int, *, side: tuple = (
            rest, flows, streams, amounts)) -> object:  # fmt: skip
            rest, flows, streams, amounts = side
            moved = pyo.quicksum(model.flow[arc] for arc in flows[port])
            if port in rest:
                moved += rest[port]
            for recipe, yield_ in streams[port]:
                moved -= yield_ * model.level[recipe]
            return moved == amounts[port]

        setattr(model, name, pyo.Constraint(range(len(amounts)), rule=balance))
    prices, disposal = arcs.price.tolist(), instance.source_fallback.tolist()
    virgin, running = instance.sink_fallback.tolist(), instance.recipe_price.tolist()
    model.cost = pyo.Objective(
        expr=pyo.quicksum((p * model.flow[i] for i, p in enumerate(prices)))
        + pyo.quicksum((p * model.disposed[i] for i, p in enumerate(disposal)))
        + pyo.quicksum(virgin[i] * model.bought[i] for i in buying)
        + pyo.quicksum((p * model.level[i] for i, p in enumerate(running)))
    )
    return model


def _rows_by_port(ends: Integers, ports: int) -> list[list[int]]:
    order = np.argsort(ends, kind="stable")
    starts = np.searchsorted(ends[order], np.arange(1, ports))
    return [rows.tolist() for rows in np.split(order, starts)]


def _streams(instance: Instance, mine: np.ndarray, ports: int) -> list[list[tuple[int, float]]]:
    rows: list[list[tuple[int, float]]] = [[] for _ in range(ports)]
    for stream in np.flatnonzero(mine).tolist():
        recipe, yield_ = instance.stream_recipe[stream], instance.stream_yield[stream]
        rows[int(instance.stream_port[stream])].append((int(recipe), float(yield_)))
    return rows


def solve(model: pyo.ConcreteModel, options: Options) -> Answer:
    solver = pyo.SolverFactory(options.get("solver", "appsi_highs"))
    result = solver.solve(model, load_solutions=True)
    pyo.assert_optimal_termination(result)
    return Answer(float(pyo.value(model.cost)))


if __name__ == "__main__":
    work(build, solve, package="pyomo")
