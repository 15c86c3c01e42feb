"""Kierto: from the columns to a certified plan, by the engine that the options name.

Everything counts that a caller waits for: making the problem's records, checking them, solving,
writing the plan, and its certificate. *Warm* means that a small instance of the same family was
solved before the clock started, as in a server that has been up for a while; cold, that this
process has solved nothing yet (what numba compiled lies on disk either way).
"""

from __future__ import annotations

from pathlib import Path

from kierto.planner import Problem, solve
from planner_methods.families import problem_of
from planner_methods.instance import Instance
from planner_methods.worker import Answer, Options, work


def run(problem: Problem, options: Options) -> Answer:
    named = {name: options[name] for name in ("engine", "gap", "threads") if name in options}
    plan = solve(problem, **named)
    proof = plan.certificate
    if not proof.valid:
        raise SystemExit("; ".join(proof.faults))
    return Answer(proof.objective, proof.bound, proof.gap)


def warm_up(options: Options) -> None:
    """Solve the small instance, unless we are to start cold."""
    if small := options.get("small"):
        run(problem_of(Instance.load(Path(small))), options)


if __name__ == "__main__":
    work(problem_of, run, package="kierto", before=warm_up)
