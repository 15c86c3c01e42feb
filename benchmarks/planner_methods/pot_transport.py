"""Python Optimal Transport: the exact earth mover's distance of each kind, by its own simplex.

Only for pure transport. Buying is one more source of all that is needed, disposal one more sink
of all that is offered, and what buying and disposal do not use meets at no cost, so that both
sides weigh the same.
"""

from __future__ import annotations

import numpy as np
import ot

from planner_methods.instance import Floats, Instance
from planner_methods.worker import Answer, Options, work

Tables = list[tuple[Floats, Floats, Floats]]


def build(instance: Instance) -> Tables:
    """Of each kind: weights of sources, weights of sinks, prices between them."""
    if instance.recipes:
        raise SystemExit("recipes are no transport")
    tables = []
    for kind in range(len(instance.kind_handling)):
        sources, sinks, price = instance.price_table(kind)
        given, taken = instance.source_amount[sources], instance.sink_amount[sinks]
        table = np.zeros((len(sources) + 1, len(sinks) + 1))
        table[:-1, :-1] = price
        table[:-1, -1] = instance.source_fallback[sources]
        table[-1, :-1] = instance.sink_fallback[sinks]
        tables.append((np.append(given, taken.sum()), np.append(taken, given.sum()), table))
    return tables


def solve(tables: Tables, options: Options) -> Answer:
    total = 0.0
    for given, taken, price in tables:
        flows, log = ot.emd(given, taken, price, numItermax=2_000_000_000, log=True)
        if log["warning"]:
            raise SystemExit(log["warning"])
        total += float(np.sum(flows * price))
    return Answer(total)


if __name__ == "__main__":
    work(build, solve, package="pot")
