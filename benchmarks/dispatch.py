"""Hourly energy: how long a week, a month and a year take, how sure the answer is, and a peer.

    .venv/bin/python benchmarks/dispatch.py --quick
    .venv/bin/python benchmarks/dispatch.py --year
    .venv/bin/python benchmarks/dispatch.py --methods

The peer is PyPSA, in a process and an environment of its own (`--peers`, an interpreter that has
`pypsa`); without it that part is left out and said so. Both must find the same optimum to 1e-6.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import highspy
from _harness import Benchmark

from kierto.planner.dispatch import DispatchPlan, DispatchProblem, dispatch, typical_district
from kierto.planner.dispatch.district import District
from kierto.planner.dispatch.program import Program, Stores, Window

AGREEMENT = 1e-6
PEER = Path(__file__).with_name("_dispatch_pypsa.py")
PEER_SECONDS = 1_800


def main() -> None:
    bench = Benchmark("Hourly energy dispatch of a district, with its proof")
    bench.parser.add_argument("--buildings", type=int, default=50)
    bench.parser.add_argument("--hours", type=int, default=168)
    bench.parser.add_argument("--peers", type=Path, default=Path(".venv-peers/bin/python"))
    bench.parser.add_argument("--year", action="store_true", help="8 760 hours in windows")
    bench.parser.add_argument("--gap", type=float, default=1e-4, help="gap asked of windows")
    bench.parser.add_argument("--threads", type=int, default=None)
    bench.parser.add_argument("--methods", action="store_true", help="compare HiGHS's methods")
    options = bench.start()
    buildings = 10 if options.quick else options.buildings
    problem = typical_district(buildings, options.hours)
    plan = solved(bench, "whole", problem)
    kept = plan.certificate.valid and plan.certificate.gap < AGREEMENT
    rolled = solved(bench, "windows", problem, window=24, gap=options.gap)
    best = plan.totals.objective
    slack = AGREEMENT * abs(best)
    kept &= rolled.certificate.bound - slack <= best <= rolled.totals.objective + slack
    kept &= against_peer(bench, problem, plan, options.peers)
    if options.methods:
        compare_methods(bench, problem)
    if options.year:
        year = typical_district(buildings, 8760, first_hour=0)
        certificate = solved(
            bench, "year", year, window=336, gap=options.gap, threads=options.threads
        ).certificate
        kept &= certificate.valid
    bench.finish(kept=kept)


def solved(bench: Benchmark, name: str, problem: DispatchProblem, **how: Any) -> DispatchPlan:
    before = time.process_time()
    plan = dispatch(problem, **how)
    busy = time.process_time() - before
    certificate = plan.certificate
    bench.say(f"{name}: {len(problem.buildings)} buildings × {problem.hours} h, {how or 'at once'}")
    bench.figure(f"{name}_seconds", plan.seconds, "s")
    bench.figure(f"{name}_processor_seconds", busy, "s on all cores together")
    bench.figure(f"{name}_objective", certificate.objective, "EUR with carbon")
    bench.figure(f"{name}_bound", certificate.bound, "EUR with carbon")
    bench.figure(f"{name}_gap", certificate.gap, "of the money moved")
    bench.figure(f"{name}_violation", certificate.primal_violation, "of its scale")
    return plan


def against_peer(
    bench: Benchmark, problem: DispatchProblem, plan: DispatchPlan, interpreter: Path
) -> bool:
    """Whether the peer agrees; true also where there is none, which is said."""
    if not interpreter.exists():
        bench.say(f"Peer left out: there is no {interpreter} (see --peers).")
        return True
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "problem.json"
        file.write_text(json.dumps(problem.to_dict()), encoding="utf-8")
        done = subprocess.run(
            [str(interpreter), str(PEER), str(file)],
            check=True, capture_output=True, text=True, timeout=PEER_SECONDS,
        )  # fmt: skip
    answer = json.loads(done.stdout.splitlines()[-1])
    seconds = answer["build"] + answer["solve"]
    away = abs(answer["objective"] - plan.totals.objective) / abs(plan.totals.objective)
    bench.say(f"Peer: PyPSA {answer['version']}, {answer['status']}")
    bench.figure("peer_build_seconds", answer["build"], "s")
    bench.figure("peer_solve_seconds", answer["solve"], "s")
    bench.figure("peer_processor_seconds", answer["processor"], "s on all cores together")
    bench.figure("peer_objective", answer["objective"], "EUR with carbon")
    bench.figure("peer_away", away, "of the objective")
    bench.figure("times_faster", seconds / plan.seconds, "×")
    return away <= AGREEMENT


def compare_methods(bench: Benchmark, problem: DispatchProblem) -> None:
    """The same program by simplex and by interior point, with and without crossover."""
    district = District(problem)
    levels = Stores(district.battery_initial, district.tank_initial)
    started = time.process_time()
    program = Program(district, Window(0, district.hours, levels)).lp()
    bench.figure("assembly_processor_seconds", time.process_time() - started, "s")
    for name, solver, crossover in (
        ("simplex", "simplex", "on"),
        ("interior_crossover", "ipx", "on"),
        ("interior", "ipx", "off"),
    ):
        highs = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("solver", solver), ("run_crossover", crossover),
        ):  # fmt: skip
            highs.setOptionValue(option, value)
        highs.passModel(program)
        started = time.process_time()
        highs.run()
        bench.figure(f"{name}_processor_seconds", time.process_time() - started, "s")


if __name__ == "__main__":
    main()
