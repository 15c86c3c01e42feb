"""The same circulation in another modelling library (PuLP, solved by CBC), written from the
definition and sharing no code with the planner but the distance on the sphere."""

from __future__ import annotations

import warnings

import pulp

from kierto.core.geography import road_km
from kierto.planner import Problem, Rate


def optimum(problem: Problem) -> float:
    """The least cost with carbon, fallbacks as variables of their own, lots by binaries."""
    model = pulp.LpProblem("circulation", pulp.LpMinimize)
    level = {
        each.id: model.add_variable(f"z_{n}", 0, each.capacity)
        for n, each in enumerate(problem.processors)
    }
    sources, sinks, terms = [], [], []
    for each in problem.offers:
        sources.append((each.id, each.kind, each.place, each.amount, each.fallback, each))
    for each in problem.needs:
        sinks.append(
            (each.id, each.kind, each.place, each.amount, each.fallback, each.limits, each.blends)
        )
    for each in problem.processors:
        z = level[each.id]
        terms.append((each.cost + problem.carbon_price * each.emissions) * z)
        for one in each.outputs:
            port = f"{each.id}:out:{one.kind}"
            sources.append((port, one.kind, each.place, one.yield_ * z, one.fallback, one))
        for one in each.inputs:
            port = f"{each.id}:in:{one.kind}"
            sinks.append(
                (port, one.kind, each.place, one.yield_ * z, one.fallback, one.limits, one.blends)
            )
    out = {row[0]: [] for row in sources}
    into = {row[0]: [] for row in sinks}
    mixed = {row[0]: [] for row in sinks}
    for source in sources:
        for sink in sinks:
            cost = _unit_cost(problem, source, sink)
            if cost is None:
                continue
            name = f"x_{len(terms)}"
            flow = model.add_variable(name, 0)
            lot = getattr(source[5], "minimum_lot", 0)
            if lot:
                used = model.add_variable(f"b_{name}", cat="Binary")
                model += flow >= lot * used
                model += flow <= 1e4 * used
            terms.append(cost * flow)
            out[source[0]].append(flow)
            into[sink[0]].append(flow)
            mixed[sink[0]].append((source[5].quality, flow))
    for number, (rows, flows) in enumerate(((sources, out), (sinks, into))):
        for n, row in enumerate(rows):
            rest = 0
            if row[4] is not None:
                rest = model.add_variable(f"f_{number}_{n}", 0)
                terms.append((row[4].cost + problem.carbon_price * row[4].emissions) * rest)
            model += pulp.lpSum(flows[row[0]]) + rest == row[3]
    _add_blends(model, sinks, mixed)
    model.setObjective(pulp.lpSum(terms))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 4 will find CBC elsewhere
        solver = pulp.PULP_CBC_CMD(msg=False, gapRel=0, options=["primalT 1e-9", "dualT 1e-9"])
    model.solve(solver)
    assert pulp.LpStatus[model.status] == "Optimal"
    return float(pulp.value(model.objective))


def _add_blends(model: pulp.LpProblem, sinks: list, mixed: dict[str, list]) -> None:
    for sink in sinks:
        for blend in sink[6]:
            for sign, end in ((1, blend.high), (-1, blend.low)):
                if end is not None:
                    model += (
                        pulp.lpSum(
                            sign * (q[blend.quality] - end * q.get(blend.per, 1)) * flow
                            for q, flow in mixed[sink[0]]
                        )
                        <= 0
                    )


def _unit_cost(problem: Problem, source: tuple, sink: tuple) -> float | None:
    kinds = {kind.code: kind for kind in problem.kinds}
    step = source[1]
    while step is not None and step != sink[1]:
        step = kinds[step].parent
    if step is None or kinds[source[1]].unit != kinds[sink[1]].unit:
        return None
    if (source[0], sink[0]) in problem.excluded:
        return None
    for name, (low, high) in sink[5].items():
        value = source[5].quality.get(name)
        if value is None or (low is not None and value < low):
            return None
        if high is not None and value > high:
            return None
    blends = sink[6] if len(sink) > 6 else ()
    asked = {name for blend in blends for name in (blend.quality, blend.per) if name}
    if not asked <= set(source[5].quality):
        return None
    for arc in problem.arcs or ():
        if (arc.source, arc.sink) == (source[0], sink[0]):
            return arc.cost + problem.carbon_price * arc.emissions
    if source[2] is None or sink[2] is None:
        return None
    rate = _rate(problem, source[1])
    km = road_km(source[2], sink[2], problem.rates.road_factor)
    if rate.max_km is not None and km > rate.max_km:
        return None
    cost = rate.handling_cost + km * rate.cost_per_km
    return cost + problem.carbon_price * (rate.handling_emissions + km * rate.emissions_per_km)


def _rate(problem: Problem, kind: str) -> Rate:
    kinds = {each.code: each for each in problem.kinds}
    step: str | None = kind
    while step is not None:
        if step in problem.rates.by_kind:
            return problem.rates.by_kind[step]
        step = kinds[step].parent
    return problem.rates.default
