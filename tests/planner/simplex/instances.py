"""Small random networks with recipes, as the kernels see them, and their optimum by HiGHS."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from kierto.planner.simplex.recipes import Recipes
from kierto.planner.simplex.tree import Arcs, Tree

Floats = NDArray[np.float64]

DEAR = 1000.0
"""What buying costs at a recipe's input: more than anything else can."""


class Instance(NamedTuple):
    """Nodes, arcs and recipes of one network."""

    supply: Floats
    source_count: int
    fallback: Floats
    arcs: Arcs
    recipes: Recipes
    is_port: NDArray[np.bool_]


@st.composite
def instances(draw: st.DrawFn, *, recipes: int = 6) -> Instance:
    """Up to 12 offers and needs, round and often equal quantities, zeros among them."""
    seed = draw(st.integers(0, 2**32 - 1))
    sizes = draw(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, recipes)))
    round_to = draw(st.sampled_from((1.0, 5.0, 0.0)))
    return random_instance(np.random.default_rng(seed), *sizes, round_to=round_to)


def random_instance(
    random: np.random.Generator,
    offers: int,
    needs: int,
    recipes: int,
    *,
    round_to: float = 1.0,
    density: float = 0.7,
) -> Instance:
    """``round_to`` 1 or 5 makes ties and degenerate plans, 0 none."""

    def amounts(count: int, high: float) -> Floats:
        values = random.uniform(0, high, count)
        return np.round(values / round_to) * round_to if round_to else values

    inputs = random.integers(1, 4, recipes)
    outputs = random.integers(0, 4, recipes)
    sources, sinks = offers + int(outputs.sum()), needs + int(inputs.sum())
    supply = np.zeros(sources + sinks)
    supply[:offers] = amounts(offers, 20)
    supply[sources : sources + needs] = -amounts(needs, 20)
    fallback = np.concatenate([amounts(sources, 10), amounts(sinks, 30)])
    fallback[sources + needs :] = DEAR
    nodes, coefficients, starts = [], [], [0]
    output, entry = offers, sources + needs
    for takes, gives in zip(inputs.tolist(), outputs.tolist(), strict=True):
        nodes += [*range(entry, entry + takes), *range(output, output + gives)]
        coefficients += [*-random.uniform(0.2, 2, takes), *random.uniform(0.2, 2, gives)]
        entry, output = entry + takes, output + gives
        starts.append(len(nodes))
    capacity = amounts(recipes, 15)
    if recipes and random.random() < 0.2:
        capacity[0] = np.inf
    all_recipes = Recipes(
        np.array(starts, np.int64),
        np.array(nodes, np.int64),
        np.array(coefficients, np.float64),
        random.uniform(-20, 10, recipes),
        capacity,
    )
    is_port = np.zeros(len(supply), np.bool_)
    is_port[all_recipes.nodes] = True
    arcs = _arcs(random, sources, fallback, round_to, density)
    return Instance(supply, sources, fallback, arcs, all_recipes, is_port)


def _arcs(
    random: np.random.Generator, sources: int, fallback: Floats, round_to: float, density: float
) -> Arcs:
    count = len(fallback)
    tail, head = np.nonzero(random.random((sources, count - sources)) < density)
    cost = random.uniform(0, 20, len(tail))
    if round_to:
        cost = np.round(cost)
    nodes = np.arange(count)
    up = nodes < sources
    return Arcs(
        np.concatenate([np.where(up, nodes, count), tail]).astype(np.int32),
        np.concatenate([np.where(up, count, nodes), head + sources]).astype(np.int32),
        np.concatenate([fallback, cost]),
    )


def least_cost(instance: Instance, level: Floats | None = None) -> float:
    """The optimum by HiGHS; with ``level`` the recipes are fixed there."""
    supply, arcs, recipes = instance.supply, instance.arcs, instance.recipes
    count, columns = len(supply), len(arcs.cost)
    each = np.diff(recipes.starts)
    rows = np.concatenate([arcs.tail, arcs.head, recipes.nodes])
    column = np.arange(columns)
    numbers = columns + np.repeat(np.arange(len(each)), each)
    values = np.concatenate([np.ones(columns), -np.ones(columns), -recipes.coefficients])
    keep = rows < count
    width = columns + len(each)
    matrix = coo_matrix(
        (values[keep], (rows[keep], np.concatenate([column, column, numbers])[keep])),
        shape=(count, width),
    ).tocsr()
    low, high = np.zeros(width), np.full(width, np.inf)
    high[columns:] = recipes.capacity
    if level is not None:
        low[columns:] = high[columns:] = level
    cost = np.concatenate([arcs.cost, recipes.price])
    answer = linprog(cost, A_eq=matrix, b_eq=supply, bounds=np.column_stack([low, high]))
    if answer.status == 3:
        return -np.inf
    assert answer.status == 0, answer.message
    return float(answer.fun)


def imbalance(tree: Tree, supply: Floats) -> float:
    """The largest error in any node's balance."""
    count = len(supply)
    nodes = np.arange(count)
    outward = np.where(tree.upward, tree.flow, -tree.flow)
    left = np.append(supply, 0.0)
    np.subtract.at(left, nodes, outward)
    np.add.at(left, tree.parent, outward)
    return float(np.max(np.abs(left[:count]), initial=0.0))
