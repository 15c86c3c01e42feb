"""PuLP: a variable for each arc, a constraint for each port, handed to HiGHS in memory."""

from __future__ import annotations

import math

import pulp

from planner_methods.instance import Instance
from planner_methods.worker import Answer, Options, work


def build(instance: Instance) -> pulp.LpProblem:
    arcs = instance.arcs()
    problem = pulp.LpProblem("circulation", pulp.LpMinimize)
    given: list[list[tuple[pulp.LpVariable, float]]] = [[] for _ in range(instance.sources)]
    taken: list[list[tuple[pulp.LpVariable, float]]] = [[] for _ in range(instance.sinks)]
    cost: list[tuple[pulp.LpVariable, float]] = []
    ends = zip(arcs.source.tolist(), arcs.sink.tolist(), arcs.price.tolist(), strict=True)
    for number, (source, sink, price) in enumerate(ends):
        flow = pulp.LpVariable(f"x{number}", 0)
        given[source].append((flow, 1.0))
        taken[sink].append((flow, 1.0))
        cost.append((flow, price))
    for side, ports, fallbacks in (
        ("d", given, instance.source_fallback.tolist()),
        ("b", taken, instance.sink_fallback.tolist()),
    ):
        for number, price in enumerate(fallbacks):
            if math.isfinite(price):
                rest = pulp.LpVariable(f"{side}{number}", 0)
                ports[number].append((rest, 1.0))
                cost.append((rest, price))
    _add_recipes(instance, given, taken, cost)
    problem += pulp.LpAffineExpression(cost)
    amounts = [*instance.source_amount.tolist(), *instance.sink_amount.tolist()]
    for terms, amount in zip([*given, *taken], amounts, strict=True):
        problem += pulp.LpAffineExpression(terms) == amount
    return problem


def _add_recipes(
    instance: Instance,
    given: list[list[tuple[pulp.LpVariable, float]]],
    taken: list[list[tuple[pulp.LpVariable, float]]],
    cost: list[tuple[pulp.LpVariable, float]],
) -> None:
    levels = [
        pulp.LpVariable(f"z{number}", 0, capacity)
        for number, capacity in enumerate(instance.recipe_capacity.tolist())
    ]
    cost.extend(zip(levels, instance.recipe_price.tolist(), strict=True))
    for recipe, port, yield_, is_output in zip(
        instance.stream_recipe.tolist(),
        instance.stream_port.tolist(),
        instance.stream_yield.tolist(),
        instance.stream_is_output.tolist(),
        strict=True,
    ):
        (given if is_output else taken)[port].append((levels[recipe], -yield_))


def solve(problem: pulp.LpProblem, options: Options) -> Answer:
    solver = options.get("solver", "HiGHS")
    status = problem.solve(pulp.getSolver(solver, msg=False))
    if status != pulp.LpStatusOptimal:
        raise SystemExit(pulp.LpStatus[status])
    return Answer(pulp.value(problem.objective))


if __name__ == "__main__":
    work(build, solve, package="pulp")
