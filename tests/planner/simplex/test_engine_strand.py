"""The strand walks and turns trees as the plain network phase does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.planner.network import Network
from kierto.planner.simplex.crew import Crew
from kierto.planner.simplex.levels import first_arcs
from kierto.planner.simplex.master import Master, arcs_by_group
from kierto.planner.simplex.network_phase import run_network_phase
from kierto.planner.simplex.reading import read
from kierto.planner.simplex.strand import run_strand
from kierto.planner.simplex.tree import refresh_flows, refresh_potentials
from tests.planner.districts import random_district

ALONE = Crew(None, lambda: None)


def master_of(seed: int, size: int) -> Master:
    """A master whose recipes run at half their capacity."""
    instance = read(Network(random_district(seed, size))).instance
    level = instance.recipes.capacity / 2
    return Master(instance, first_arcs(instance, ALONE), level, ALONE)


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 2000))
@settings(max_examples=50, deadline=None)
def test_after_any_number_of_pivots_flows_and_prices_are_those_of_the_tree(
    seed: int, size: int, pivots: int
) -> None:
    master = master_of(seed, size)
    tree, instance = master.tree, master.instance
    for arcs in arcs_by_group(master.arcs, instance.node_group):
        ends = (arcs.tail[arcs.head == instance.size], arcs.head[arcs.tail == instance.size])
        members = np.sort(np.concatenate(ends)).astype(np.int64)
        run_strand(tree, arcs, members, 64, 1e-10, pivots, 0)
    flow, potential = tree.flow.copy(), tree.potential.copy()
    supply = instance.supply.copy()
    each = np.repeat(master.levels.level, np.diff(instance.recipes.starts))
    np.add.at(supply, instance.recipes.nodes, each * instance.recipes.coefficients)
    assert refresh_flows(tree, supply) >= -1e-9
    refresh_potentials(tree)
    assert np.allclose(tree.flow, flow, atol=1e-9)
    assert np.allclose(tree.potential, potential, atol=1e-9)
    depth = tree.depth[tree.parent] + 1
    assert np.array_equal(tree.depth[: instance.size], depth)


@given(st.integers(0, 10_000), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_optimum_is_that_of_the_plain_phase(seed: int, size: int) -> None:
    strung, plain = master_of(seed, size), master_of(seed, size)
    strung.run_network()
    run_network_phase(plain.tree, plain.arcs, block=64, tolerance=1e-10, most_pivots=10**6)
    assert abs(strung.objective - plain.objective) <= 1e-9 * (1 + strung.money)
