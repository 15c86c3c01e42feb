"""Which sites to open: Kierto's search against the plain models that one would write for HiGHS.

    .venv/bin/python benchmarks/siting.py --quick --json

Instances: the warehouse files of OR-Library (read from ``--files``; left out where they are not),
whose published optima must be met, and made-up countries (:mod:`warehouses`). Methods:

- ``kierto``: :func:`kierto.planner.solve`, building and certificate included;
- ``weak``: one mixed-integer program, flow ≤ capacity · open;
- ``strong``: the same with a row flow ≤ demand · open for every pair.

The peers get HiGHS's own defaults on one thread and a time limit; their building is not counted.
Everything is checked against everything: whoever claims an optimum must agree with all others,
and nobody's plan may cost less than another's bound. A country stops at ``--gap``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import highspy
import numpy as np
from _harness import Benchmark
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from warehouses import FOLDER, PUBLISHED, country, read, to_problem

from kierto.planner import Problem, Progress, Wish, solve
from kierto.planner.siting.case import case_of

COUNTRIES = ((100, 1000, 1.5), (100, 1000, 3.0), (100, 1000, 6.0), (100, 1000, 13.0))
SMALL_COUNTRIES = ((50, 300, 3.0),)


@dataclass
class Row:
    """One method on one instance. ``gap``: (objective − bound) ÷ objective, as it proved it."""

    instance: str
    method: str
    seconds: float
    processor_seconds: float
    objective: float
    bound: float
    gap: float


def main() -> None:
    bench = Benchmark("Which sites to open: Kierto and plain HiGHS models on the same instances")
    bench.parser.add_argument("--files", type=Path, default=FOLDER, help="OR-Library warehouses")
    bench.parser.add_argument("--limit", type=float, help="seconds that each method may take")
    bench.parser.add_argument("--gap", type=float, default=0.01, help="of the countries")
    bench.parser.add_argument("--only", choices=("kierto",), help="leave the peers out")
    options = bench.start()
    limit = options.limit or (4.0 if options.quick else 120.0)
    names = [name for name in PUBLISHED if (options.files / f"{name}.txt").exists()]
    if not names:
        bench.say(f"No warehouse files at {options.files}: left out.")
    names_of_peers = names[::7] if options.quick else names
    rows: list[Row] = []
    for name in names:
        problem = to_problem(read(options.files / f"{name}.txt"))
        with_peers = name in names_of_peers and not options.only
        rows += list(compared(name, problem, 0.0, limit, with_peers=with_peers))
    for sites, customers, ratio in SMALL_COUNTRIES if options.quick else COUNTRIES:
        name = f"country {sites} x {customers}, ratio {ratio:g}"
        problem = country(sites, customers, ratio=ratio)
        rows += compared(name, problem, options.gap, limit, with_peers=not options.only)
    show(bench, rows)
    faults = list(disagreements(rows))
    for fault in faults:
        bench.say(f"NOT KEPT: {fault}")
    bench.finish(kept=not faults, rows=[asdict(row) for row in rows], faults=faults)


def compared(
    name: str, problem: Problem, gap: float, limit: float, *, with_peers: bool
) -> Iterator[Row]:
    """Every method on one instance."""
    yield by_kierto(name, problem, gap, limit)
    if with_peers:
        for strong in (False, True):
            yield by_highs(name, problem, gap, limit, strong=strong)


def by_kierto(name: str, problem: Problem, gap: float, limit: float) -> Row:
    """The planner, stopped at the limit with what it has."""
    start, used = time.perf_counter(), time.process_time()

    def hear(word: Progress) -> Wish:
        late = time.perf_counter() - start > limit
        return Wish.ENOUGH if late else Wish.GO_ON

    plan = solve(problem, gap=gap, progress=hear)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    assert plan.siting is not None
    objective = plan.totals.objective
    return Row(name, "kierto", seconds, used, objective, plan.siting.bound, plan.siting.gap)


def by_highs(name: str, problem: Problem, gap: float, limit: float, *, strong: bool) -> Row:
    """One mixed-integer program on all arcs."""
    model = plain_model(problem, strong=strong)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", limit)
    solver.setOptionValue("mip_rel_gap", max(gap, 1e-9))
    solver.passModel(model)
    start, used = time.perf_counter(), time.process_time()
    solver.run()
    seconds, used = time.perf_counter() - start, time.process_time() - used
    info = solver.getInfo()
    found = int(info.primal_solution_status) == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    objective = info.objective_function_value if found else np.inf
    bound = info.mip_dual_bound
    share = (objective - bound) / abs(objective) if found else np.inf
    return Row(name, "strong" if strong else "weak", seconds, used, objective, bound, share)


def plain_model(problem: Problem, *, strong: bool) -> highspy.HighsLp:
    """Sites × customers as in the textbooks: shares of demand served, and sites open or not."""
    case = case_of(problem)
    sites, customers = len(problem.processors), len(problem.needs)
    opening = np.array([each.opening_cost for each in problem.processors])
    demand = np.array([need.amount for need in problem.needs])
    cost = case.cost.reshape(sites, customers) * demand
    arcs = sites * customers
    site, customer = np.divmod(np.arange(arcs), customers)
    entries = [
        (customer, sites + np.arange(arcs), np.ones(arcs)),
        (customers + site, sites + np.arange(arcs), demand[customer]),
        (customers + np.arange(sites), np.arange(sites), -case.capacity),
    ]
    more = 0
    if strong:
        more = arcs
        rows = customers + sites + np.arange(arcs)
        entries += [(rows, sites + np.arange(arcs), np.ones(arcs)), (rows, site, -np.ones(arcs))]
    return _model(np.append(opening, cost.ravel()), entries, customers, sites, more)


def _model(
    costs: NDArray[np.float64],
    entries: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]],
    customers: int,
    sites: int,
    more: int,
) -> highspy.HighsLp:
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    count = customers + sites + more
    matrix = coo_matrix((values, (rows, columns)), shape=(count, len(costs))).tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(costs), count
    lp.col_cost_ = costs
    lp.col_lower_, lp.col_upper_ = np.zeros(len(costs)), np.ones(len(costs))
    lp.row_lower_ = np.append(np.ones(customers), np.full(sites + more, -highspy.kHighsInf))
    lp.row_upper_ = np.append(np.ones(customers), np.zeros(sites + more))
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [whole] * sites + [real] * (len(costs) - sites)
    return lp


def disagreements(rows: list[Row]) -> Iterator[str]:
    """What must not be: another optimum than published, a plan below somebody's bound."""
    for row in rows:
        due = PUBLISHED.get(row.instance)
        if row.method == "kierto" and due is not None and abs(row.objective - due) > 2e-3:
            yield f"{row.instance}: {row.objective:.3f} instead of the published {due:.3f}"
        for other in rows:
            slack = 1e-6 * abs(row.objective)
            if other.instance == row.instance and other.objective < row.bound - slack:
                yield (
                    f"{row.instance}: {other.method} has {other.objective:.3f}, "
                    f"below the bound {row.bound:.3f} of {row.method}"
                )


def show(bench: Benchmark, rows: list[Row]) -> None:
    """The table; the many files as medians."""
    bench.say()
    table = [
        [
            f"{row.instance}, {row.method}",
            f"{row.seconds:.2f}",
            f"{row.processor_seconds:.2f}",
            f"{row.objective:.2f}",
            f"{100 * row.gap:.3f}",
        ]
        for row in rows
    ]
    bench.table(["instance, method", "s", "processor s", "EUR", "gap %"], table)
    bench.say()
    for method in ("kierto", "weak", "strong"):
        mine = [row for row in rows if row.method == method and row.instance in PUBLISHED]
        if mine:
            median = statistics.median(row.seconds for row in mine)
            bench.figure(f"{method}, median of {len(mine)} files", median, "s")
            used = statistics.median(row.processor_seconds for row in mine)
            bench.figure(f"{method}, median of {len(mine)} files, processor", used, "s")
    for row in rows:
        if row.instance not in PUBLISHED:
            bench.figure(f"{row.instance}, {row.method}: proven gap", 100 * row.gap, "%")


if __name__ == "__main__":
    main()
