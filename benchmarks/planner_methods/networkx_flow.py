"""networkx: its network simplex, which is exact on whole numbers only, so prices are rounded.

Only for pure transport. Amounts are counted in tenths of a tonne, as the instances have them, and
prices in ten-millionths of a euro; the cost of the flow it finds is then added up with the true
prices. Disposal and buying meet at one more node.
"""

from __future__ import annotations

import networkx as nx
import numpy as np

from planner_methods.instance import Arcs, Instance
from planner_methods.worker import Answer, Options, work

AMOUNT_UNIT = 0.1
PRICE_UNIT = 1e-7


def build(instance: Instance) -> nx.DiGraph:
    """Nodes: sources from 0, sinks after them, then the node of all fallbacks."""
    if instance.recipes:
        raise SystemExit("recipes are no transport")
    arcs, middle = _with_fallbacks(instance), instance.sources + instance.sinks
    amounts = np.concatenate([-instance.source_amount, instance.sink_amount]) / AMOUNT_UNIT
    demands = np.rint(amounts).astype(np.int64)
    if np.abs(amounts - demands).max() > 1e-6:
        raise SystemExit("amounts are not whole tenths of a tonne")
    graph = nx.DiGraph()
    graph.add_nodes_from(
        (node, {"demand": demand}) for node, demand in enumerate([*demands.tolist()])
    )
    graph.add_node(middle, demand=-int(demands.sum()))
    weights = np.rint(arcs.price / PRICE_UNIT).astype(np.int64)
    columns = (arcs.source, arcs.sink, weights, arcs.price)
    for source, sink, weight, price in zip(*(each.tolist() for each in columns), strict=True):
        graph.add_edge(source, sink, weight=weight, price=price)
    return graph


def _with_fallbacks(instance: Instance) -> Arcs:
    arcs, middle = instance.arcs(), instance.sources + instance.sinks
    sources, sinks = np.arange(instance.sources), np.arange(instance.sources, middle)
    return Arcs(
        np.concatenate([arcs.source, sources, np.full(instance.sinks, middle)]),
        np.concatenate([arcs.sink + instance.sources, np.full(instance.sources, middle), sinks]),
        np.concatenate([arcs.price, instance.source_fallback, instance.sink_fallback]),
    )


def solve(graph: nx.DiGraph, options: Options) -> Answer:
    _, flows = nx.network_simplex(graph)
    cost = sum(
        amount * graph.edges[a, b]["price"]
        for a, ends in flows.items()
        for b, amount in ends.items()
    )
    return Answer(cost * AMOUNT_UNIT)


if __name__ == "__main__":
    work(build, solve, package="networkx")
