"""All arcs as one linear program, handed to HiGHS as arrays: no modelling layer between.

Columns: arcs, disposal of each source, buying at each sink, recipe levels. Rows: sources, sinks.
"""

from __future__ import annotations

import highspy
import numpy as np

from planner_methods.instance import Instance
from planner_methods.worker import Answer, Options, work


def build(instance: Instance) -> highspy.HighsLp:
    arcs = instance.arcs()
    ports = instance.sources + instance.sinks
    lp = highspy.HighsLp()
    lp.num_col_ = len(arcs) + ports + instance.recipes
    lp.num_row_ = ports
    buying = np.isfinite(instance.sink_fallback)
    lp.col_cost_ = np.concatenate(
        [
            arcs.price,
            instance.source_fallback,
            np.where(buying, instance.sink_fallback, 0.0),
            instance.recipe_price,
        ]
    )
    most_bought = np.where(buying, highspy.kHighsInf, 0.0)
    unlimited = np.full(len(arcs) + instance.sources, highspy.kHighsInf)
    lp.col_lower_ = np.zeros(lp.num_col_)
    lp.col_upper_ = np.concatenate([unlimited, most_bought, instance.recipe_capacity])
    lp.row_lower_ = np.concatenate([instance.source_amount, instance.sink_amount])
    lp.row_upper_ = lp.row_lower_
    order = np.argsort(instance.stream_recipe, kind="stable")
    offset = np.where(instance.stream_is_output, 0, instance.sources)
    streams = np.bincount(instance.stream_recipe, minlength=instance.recipes)
    widths = np.concatenate([np.full(len(arcs), 2), np.ones(ports, np.int64), streams])
    pairs = np.stack([arcs.source, arcs.sink + instance.sources], axis=1).ravel()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(widths)])
    lp.a_matrix_.index_ = np.concatenate(
        [pairs, np.arange(ports), (instance.stream_port + offset)[order]]
    )
    lp.a_matrix_.value_ = np.concatenate(
        [np.ones(len(pairs) + ports), -instance.stream_yield[order]]
    )
    return lp


def solve(lp: highspy.HighsLp, options: Options) -> Answer:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit(solver.modelStatusToString(solver.getModelStatus()))
    return Answer(solver.getInfo().objective_function_value)


if __name__ == "__main__":
    work(build, solve, package="highspy")
