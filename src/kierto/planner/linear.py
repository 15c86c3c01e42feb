"""The circulation as a linear program, solved by HiGHS.

With sources *s*, sinks *t*, possible pairs *(s, t)* at price *c*, fallback prices *d* (sources)
and *v* (sinks), recipes *p* at level *z* ≤ capacity with price *q* and yields *a*, the plan is ::

    min  Σ c·x + Σ d·(given − Σ x) + Σ v·(wanted − Σ x) + Σ q·z
         Σ_t x_st ≤ given_s        amount of an offer, or a·z of an output
         Σ_s x_st ≤ wanted_t       amount of a need, or a·z of an input; "=" without a fallback
         x ≥ 0, 0 ≤ z ≤ capacity

Fallbacks are the slacks of the rows, so they are no columns. A pair between two fallbacks whose
price is not below d + v can never lower the cost and is no column either; the certificate prices
it all the same. Amounts are scaled by the largest and prices by a typical one before HiGHS sees
them, so that its absolute tolerances mean the same for grams and for kilotonnes.

Offers with a minimum lot make their pairs semi-continuous (nothing, or at least the lot) and the
program a mixed-integer one. Its dual prices are those of the relaxation without lots: they prove
a lower bound, and the certificate states the gap that the lots leave open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from kierto.planner.errors import Cancelled, NotSolved
from kierto.planner.network import Floats, Integers, Network
from kierto.planner.pairs import Pairs

Interrupt = Callable[[], bool]
"""Asked now and then by the solver; ``True`` stops it."""

TOLERANCE = 1e-10
SEARCH_TOLERANCE = 1e-7
NOISE = 1e-11
"""Scaled amounts and prices below this are the solver's rounding, not trade."""


MOST_NODES = 1_000
"""Nodes searched for the best use of minimum lots. A limit on nodes, unlike one on time, gives
the same plan on every machine; the certificate states whatever gap is left."""


@dataclass(frozen=True)
class Solution:
    """Amounts of the given pairs, levels, and the dual price of every port."""

    amounts: Floats
    levels: Floats
    source_duals: Floats
    sink_duals: Floats


def solve_linear(network: Network, pairs: Pairs, *, interrupt: Interrupt | None = None) -> Solution:
    """Solve for the given possible pairs; amounts come back in the order of ``pairs``.

    Raises:
        Cancelled: ``interrupt`` said so.
        NotSolved: HiGHS ended otherwise than with an optimum.
    """
    program = _Program(network, pairs)
    solution = program.run(interrupt)
    lots = network.sources.lot[pairs.source]
    if np.any((solution.amounts > 0) & (solution.amounts < lots * (1 - 1e-9))):
        divided = program.run_with_lots(lots[program.columns], interrupt)
        return Solution(divided.amounts, divided.levels, solution.source_duals, solution.sink_duals)
    return solution


class _Program:
    """One network's linear program; rows are sources then sinks, columns pairs then recipes."""

    def __init__(self, network: Network, pairs: Pairs) -> None:
        self.network = network
        self.pairs = pairs
        sources, sinks = network.sources, network.sinks
        self.bought = np.isfinite(sinks.price)
        buying = np.where(self.bought, sinks.price, 0.0)
        saved = pairs.price - sources.price[pairs.source] - buying[pairs.sink]
        pays = (saved < 0) | ~self.bought[pairs.sink]
        self.columns: Integers = np.flatnonzero(pays)
        self.saved = saved[self.columns]
        recipes = len(network.capacity)
        self.recipe_price = (
            network.recipe_price
            + sources.by_recipe(sources.price, recipes)
            + sinks.by_recipe(buying, recipes)
        )
        self.amount_scale = network.scale
        self.price_scale = _typical(np.concatenate([self.saved, self.recipe_price]))

    def run(self, interrupt: Interrupt | None) -> Solution:
        """Solve as if every lot could be divided."""
        return self._solve(self._model(), TOLERANCE, interrupt)

    def run_with_lots(self, lots: Floats, interrupt: Interrupt | None) -> Solution:
        """Decide which pairs carry a lot, then solve sharply for those.

        The search needs no more precision than its decisions do, and is ten times faster so.
        """
        searched = self._model()
        self._add_lots(searched, lots)
        rough = self._solve(searched, SEARCH_TOLERANCE, interrupt)
        used = rough.amounts[self.columns] > lots / 2
        decided = self._model()
        lower, upper = np.array(decided.col_lower_), np.array(decided.col_upper_)
        lower[: len(lots)] = np.where(used, lots, 0.0) / self.amount_scale
        upper[: len(lots)] = np.where(used | (lots == 0), highspy.kHighsInf, 0.0)
        decided.col_lower_, decided.col_upper_ = lower, upper
        return self._solve(decided, TOLERANCE, interrupt)

    def _solve(
        self, model: highspy.HighsLp, tolerance: float, interrupt: Interrupt | None
    ) -> Solution:
        solver = _quiet_solver(tolerance)
        solver.passModel(model)
        stopped = _listen(solver, interrupt)
        solver.solve()
        status = solver.getModelStatus()
        if stopped:
            raise stopped[0]
        if not _answered(solver, status):
            raise NotSolved(reason=solver.modelStatusToString(status))
        return self._read(solver.getSolution())

    def _model(self) -> highspy.HighsLp:
        """The program in which every lot could be divided."""
        sources, sinks = self.network.sources, self.network.sinks
        flows, recipes = len(self.columns), len(self.network.capacity)
        capacity = np.array(self.network.capacity)
        lp = highspy.HighsLp()
        lp.num_col_ = flows + recipes
        lp.num_row_ = len(sources) + len(sinks)
        lp.col_cost_ = np.concatenate([self.saved, self.recipe_price]) / self.price_scale
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.concatenate(
            [np.full(flows, highspy.kHighsInf), capacity / self.amount_scale]
        )
        amounts = np.concatenate([sources.amount, sinks.amount]) / self.amount_scale
        equal = np.concatenate([np.zeros(len(sources), np.bool_), ~self.bought])
        lp.row_upper_ = amounts
        lp.row_lower_ = np.where(equal, amounts, -highspy.kHighsInf)
        self._fill_matrix(lp)
        return lp

    def _most(self) -> Floats:
        """The most each pair can carry, scaled. Only lots need it: as a bound on every column
        it would take a share of the dual prices that belongs to the ports."""
        pairs, sources, sinks = self.pairs, self.network.sources, self.network.sinks
        source, sink = pairs.source[self.columns], pairs.sink[self.columns]
        most: Floats = np.minimum(sources.largest[source], sinks.largest[sink])
        return most / self.amount_scale

    def _fill_matrix(self, lp: highspy.HighsLp) -> None:
        """Column-wise: a pair has a one in its source's and its sink's row; a recipe has minus
        its yields in the rows of its own ports."""
        sources, sinks = self.network.sources, self.network.sinks
        flows, recipes = len(self.columns), len(self.network.capacity)
        source = self.pairs.source[self.columns]
        sink = self.pairs.sink[self.columns] + len(sources)
        recipe = np.concatenate([sources.recipe, sinks.recipe])
        rows = np.flatnonzero(recipe >= 0)
        rows = rows[np.argsort(recipe[rows], kind="stable")]
        yields = np.concatenate([sources.yield_, sinks.yield_])[rows]
        starts = 2 * flows + np.concatenate(
            [[0], np.cumsum(np.bincount(recipe[rows], minlength=recipes))]
        )
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([np.arange(flows) * 2, starts])
        lp.a_matrix_.index_ = np.concatenate([np.stack([source, sink], axis=1).ravel(), rows])
        lp.a_matrix_.value_ = np.concatenate([np.ones(2 * flows), -yields])

    def _add_lots(self, lp: highspy.HighsLp, lots: Floats) -> None:
        """Pairs of offers with a lot carry nothing, or at least the lot."""
        lower = np.zeros(lp.num_col_)
        lower[: len(lots)] = lots / self.amount_scale
        semi = highspy.HighsVarType.kSemiContinuous
        plain = highspy.HighsVarType.kContinuous
        upper = np.array(lp.col_upper_)
        upper[: len(lots)] = np.where(lots > 0, self._most(), highspy.kHighsInf)
        lp.col_lower_, lp.col_upper_ = lower, upper
        lp.integrality_ = [semi if least > 0 else plain for least in lower.tolist()]

    def _read(self, solution: highspy.HighsSolution) -> Solution:
        values = np.array(solution.col_value, dtype=np.float64)
        values[np.abs(values) < NOISE] = 0.0
        values *= self.amount_scale
        amounts = np.zeros(len(self.pairs))
        amounts[self.columns] = np.maximum(values[: len(self.columns)], 0.0)
        levels = np.clip(values[len(self.columns) :], 0.0, self.network.capacity)
        sources, sinks = self.network.sources, self.network.sinks
        duals = np.array(solution.row_dual, dtype=np.float64)
        if len(duals) != len(sources) + len(sinks):
            duals = np.zeros(len(sources) + len(sinks))
        duals[np.abs(duals) < NOISE] = 0.0
        duals *= self.price_scale
        buying = np.where(self.bought, sinks.price, 0.0)
        return Solution(
            amounts,
            levels,
            sources.price + duals[: len(sources)],
            buying + duals[len(sources) :],
        )


def _typical(prices: Floats) -> float:
    """The median size of what is not zero, so that a price that means "never" does not set the
    scale; at least a hundred-thousandth of the largest, which is as far as doubles carry."""
    sizes = np.abs(prices[prices != 0])
    return max(float(np.median(sizes)), float(np.max(sizes)) * 1e-5) if len(sizes) else 1.0


def _quiet_solver(tolerance: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "solver": "simplex",
        "primal_feasibility_tolerance": tolerance,
        "dual_feasibility_tolerance": tolerance,
        "mip_feasibility_tolerance": tolerance,
        "mip_rel_gap": 1e-7,
        "mip_abs_gap": 0.0,
        "mip_max_nodes": MOST_NODES,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _answered(solver: highspy.Highs, status: highspy.HighsModelStatus) -> bool:
    """Optimal, or out of nodes with a plan in hand."""
    if status == highspy.HighsModelStatus.kSolutionLimit:
        feasible = int(highspy.SolutionStatus.kSolutionStatusFeasible)
        return int(solver.getInfo().primal_solution_status) == feasible
    return status in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty}


def _listen(solver: highspy.Highs, interrupt: Interrupt | None) -> list[Exception]:
    """Let ``interrupt`` stop the solver; the returned list then holds the reason.

    An error raised by the caller's own code is kept and raised after the solver has returned,
    because it must not pass through the solver's frames.
    """
    stopped: list[Exception] = []
    if interrupt is None:
        return stopped

    def ask(event: highspy.HighsCallbackEvent) -> None:
        try:
            if not stopped and interrupt():
                stopped.append(Cancelled())
        except Exception as error:
            stopped.append(error)
        if stopped:
            event.interrupt()

    solver.cbSimplexInterrupt.subscribe(ask)
    solver.cbMipInterrupt.subscribe(ask)
    return stopped
