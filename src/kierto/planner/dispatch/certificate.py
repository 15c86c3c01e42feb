"""The proof of a dispatch, recomputed from the problem. This module knows no solver.

1. **It can be done**: every hour's electricity and heat balances, no asset does more than it can,
   every store follows from the hour before, and ends no emptier than it began.
2. **It costs no more than any dispatch must**: the stated prices, lowered to possible ones, prove
   a bound for all hours together (:mod:`kierto.planner.dispatch.bound`). The gap is what the plan
   costs above it. A plan made whole has none but rounding; one made in windows states it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from kierto.planner.dispatch.baseline import baseline_totals
from kierto.planner.dispatch.bound import lower_bound, possible_prices
from kierto.planner.dispatch.district import District, Floats, Operation
from kierto.planner.dispatch.model import DispatchProblem
from kierto.planner.dispatch.operation import changes, electricity_needed, heat_made, heat_needed
from kierto.planner.dispatch.plan import DispatchCertificate, DispatchPlan
from kierto.planner.dispatch.series import Mismatch, read_operation, read_prices
from kierto.planner.dispatch.totals import (
    money_moved,
    operation_figures,
    operation_totals,
)
from kierto.planner.errors import Uncertified
from kierto.planner.plan import Status, Totals

TOLERANCE = 1e-7
"""Largest breach accepted, as a share of the part's own scale or of the money moved."""

SMALLEST = 1e-2
"""kWh: the least scale a breach is measured by."""


def certify_dispatch(
    problem: DispatchProblem, plan: DispatchPlan, *, district: District | None = None
) -> DispatchCertificate:
    """Recompute the certificate of a plan; never raises for a bad plan, but says what fails."""
    district = district or District(problem)
    try:
        operation, solar = read_operation(district, plan)
        prices = read_prices(district, plan)
    except Mismatch as mismatch:
        return _unread(f"The plan cannot be read: {mismatch}.")
    faults = []
    if plan.problem_digest != district.digest:
        faults.append("The plan is of another problem.")
    worst, checked = 0.0, 0
    for name, breach in _breaches(district, operation, solar):
        checked += breach.size
        largest = float(np.max(breach, initial=0.0))
        worst = max(worst, largest) if math.isfinite(largest) else math.inf
        if not largest <= TOLERANCE:
            faults.append(f"{name}: broken by {largest:.3g} of its size.")
    faults.extend(_sum_faults(district, operation, plan))
    possible, moved = possible_prices(district, prices)
    bound = lower_bound(district, possible)
    objective = operation_totals(district, operation).objective
    gap = (objective - bound) / money_moved(district, operation)
    faults.extend(_verdicts(plan, gap))
    return DispatchCertificate(
        valid=not faults,
        balances_checked=checked,
        primal_violation=worst,
        dual_violation=moved / problem.shortage_price,
        objective=objective,
        bound=bound,
        gap=gap,
        tolerance=TOLERANCE,
        faults=tuple(faults),
    )


def require_valid_dispatch(problem: DispatchProblem, plan: DispatchPlan) -> None:
    """Recompute the certificate and refuse the plan if it fails.

    Raises:
        Uncertified: with the first fault.
    """
    certificate = certify_dispatch(problem, plan)
    if not certificate.valid:
        raise Uncertified(first=certificate.faults[0], faults=certificate.faults)


def _unread(fault: str) -> DispatchCertificate:
    return DispatchCertificate(
        False, 0, math.inf, math.inf, math.inf, -math.inf, math.inf, TOLERANCE, (fault,)
    )


def _breaches(
    district: District, operation: Operation, solar: Floats
) -> Iterator[tuple[str, Floats]]:
    """Every check with its breaches as shares of their scales: none may be above zero."""
    yield from _balances(district, operation)
    yield from _limits(district, operation, solar)
    yield "import and export at once", _both(operation.imports, operation.exports)
    yield "charge and discharge at once", _both(operation.charge, operation.discharge)


def _balances(district: District, operation: Operation) -> Iterator[tuple[str, Floats]]:
    needed = electricity_needed(district, operation) + operation.exports
    brought = operation.solar + operation.imports + operation.shortage
    use = district.total_demand + operation.charge.sum(axis=0) + operation.pumps.sum(axis=0)
    yield "electricity balance", _share(np.abs(needed - brought), use)
    heat = heat_needed(district, operation.tanks)
    made = heat_made(district, operation.pumps, operation.pipes, operation.boilers)
    missing = heat - made - operation.heat_shortage
    largest = np.max(district.heat, axis=1, initial=0.0)[:, None]
    yield "heat balance", _share(np.abs(missing), largest + np.abs(made))
    change = changes(operation.stored, district.battery_keep, district.battery_initial)
    moved = district.battery_in[:, None] * operation.charge
    moved = moved - operation.discharge / district.battery_out[:, None]
    yield "battery level", _share(np.abs(change - moved), district.battery_capacity[:, None])
    taken = np.zeros_like(district.waste)
    np.add.at(taken, district.pipe_source, operation.pipes)
    yield "waste heat", _share(taken - district.waste, district.waste)


def _limits(
    district: District, operation: Operation, solar: Floats
) -> Iterator[tuple[str, Floats]]:
    yield "solar", _outside(solar, district.solar)
    yield "import", _outside(operation.imports, np.array(district.import_limit))
    yield "export", _outside(operation.exports, np.array(district.export_limit))
    yield "charge", _outside(operation.charge, district.battery_charge[:, None])
    yield "discharge", _outside(operation.discharge, district.battery_discharge[:, None])
    yield "heat pump", _outside(operation.pumps, district.pump_power[:, None])
    yield "boiler", _outside(operation.boilers, district.boiler_power[:, None])
    unlimited = np.array(np.inf)
    yield "waste heat of a pipe", _outside(operation.pipes, unlimited)
    yield "shortage", _outside(operation.shortage, unlimited)
    yield "heat shortage", _outside(operation.heat_shortage, unlimited)
    for name, which, levels in (
        ("battery capacity", "batteries", operation.stored),
        ("tank capacity", "tanks", operation.tanks),
    ):
        capacity, _, initial = district.stores(which)
        yield name, _outside(levels, capacity[:, None])
        yield f"{name} at the end", _share(initial - levels[:, -1], capacity)


def _outside(values: Floats, most: Floats) -> Floats:
    """How far values are below zero or above the most, as shares of the most or of themselves."""
    scale = np.where(np.isfinite(most), most, np.abs(values))
    over = np.where(np.isfinite(most), values - most, 0.0)
    return _share(np.maximum(over, -values), scale)


def _both(one: Floats, other: Floats) -> Floats:
    return _share(np.minimum(one, other), np.maximum(one, other))


def _share(breach: Floats, scale: Floats) -> Floats:
    """Breaches by their scale; what is no number counts as infinite."""
    shares: Floats = breach / np.maximum(scale, SMALLEST)
    return np.where(np.isnan(shares), np.inf, shares)


def _sum_faults(district: District, operation: Operation, plan: DispatchPlan) -> Iterator[str]:
    for name, stated, due in (
        ("The totals", plan.totals, operation_totals(district, operation)),
        ("The totals of the baseline", plan.baseline, baseline_totals(district)),
    ):
        if not all(_same(getattr(stated, part), getattr(due, part)) for part in Totals.__slots__):
            yield f"{name} are {stated}, but add up to {due}."
    figures = operation_figures(district, operation)
    for part in type(figures).__slots__:
        stated, due = getattr(plan.figures, part), getattr(figures, part)
        if not _same(stated, due):
            yield f"The figure {part} is {stated}, but should be {due}."


def _same(stated: float, due: float) -> bool:
    """Equal but for the last digits, which other machines may round otherwise."""
    return math.isclose(stated, due, rel_tol=1e-9, abs_tol=1e-6)


def _verdicts(plan: DispatchPlan, gap: float) -> Iterator[str]:
    if not gap >= -TOLERANCE:
        yield f"The plan costs less than its own lower bound (gap {gap:.3g})."
    if not gap <= TOLERANCE and plan.status is Status.OPTIMAL:
        yield f"A cheaper plan is not ruled out (gap {gap:.3g})."
