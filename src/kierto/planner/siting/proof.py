"""The proof that no choice of sites costs less: a tree that anybody can check without a solver.

A branch splits all choices into those in which one site opens and those in which it stays closed.
A leaf carries prices, and the bound that they prove (:mod:`kierto.planner.siting.lagrangian`) with
the sites fixed on the way to it. Every choice ends in one leaf, so the smallest bound of all
leaves holds for every choice. Nothing of this is the search's word: :func:`proven_bound` walks the
tree anew and knows no solver.
"""

from __future__ import annotations

from dataclasses import dataclass

from kierto.planner.model import Problem
from kierto.planner.siting.case import CLOSED, FREE, OPEN, Case, case_of
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers


@dataclass(eq=False)
class ProofNode:
    """A leaf (``site`` is −1, ``multipliers`` given) or a branch on site number ``site``.

    While the search runs, leaves are what it may still look into.
    """

    multipliers: Multipliers | None
    site: int = -1
    opened: ProofNode | None = None
    closed: ProofNode | None = None

    def branch(self, site: int) -> tuple[ProofNode, ProofNode]:
        """Split this leaf into (opened, closed); both begin with its prices."""
        self.site = site
        self.opened, self.closed = ProofNode(self.multipliers), ProofNode(self.multipliers)
        self.multipliers = None
        return self.opened, self.closed


@dataclass(frozen=True)
class Proven:
    """What a proof shows: the least bound of its leaves, and how many there are."""

    bound: float
    leaves: int


def proven_bound(problem: Problem, proof: ProofNode, *, case: Case | None = None) -> Proven:
    """Recompute the lower bound of a proof from the problem itself.

    Raises:
        ValueError: a branch fixes a site that is not free, or a leaf lacks prices.
    """
    case = case or case_of(problem)
    lagrangian = Lagrangian(case)
    least, leaves = float("inf"), 0
    waiting = [(proof, case.states())]
    while waiting:
        node, states = waiting.pop()
        if node.site < 0:
            if node.multipliers is None:
                raise ValueError("A leaf of the proof has no prices.")
            prices = lagrangian.lowered(node.multipliers)
            least = min(least, lagrangian.respond(prices, states).bound)
            leaves += 1
            continue
        if node.site >= len(states) or states[node.site] != FREE:
            raise ValueError(f"The proof branches on site {node.site}, which is not free.")
        for child, state in ((node.opened, OPEN), (node.closed, CLOSED)):
            if child is None:
                raise ValueError("A branch of the proof has one side only.")
            fixed = states.copy()
            fixed[node.site] = state
            waiting.append((child, fixed))
    return Proven(least, leaves)
