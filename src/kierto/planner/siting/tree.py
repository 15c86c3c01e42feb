"""Branch and bound over the sites, with the bound of every node proven by its prices.

At a node some candidates are fixed. Its relaxation is solved with arcs priced in and strong rows
added where they are broken; after every round the Lagrangian bound of the current prices counts,
not the program's value, so that missing arcs, missing rows and tolerances cannot spoil it. The
same prices say what forcing a site the other way would cost at least: a site for which that is
more than the best known plan is fixed, which is a branch with one side done.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.siting.ascent import STEPS, Ascent, ascend
from kierto.planner.siting.case import CLOSED, FREE, OPEN, Case, States
from kierto.planner.siting.choices import Choices
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers, Response
from kierto.planner.siting.program import Point, Program
from kierto.planner.siting.proof import ProofNode

EXACT = 1e-8
"""A gap of this share of the money moved is rounding."""
LARGE = 20_000
"""Arcs from which on prices are climbed to before any relaxation is solved."""
USED = 0.2
"""An arc that carries more than this share of its limit in the climb's average is wanted."""
FEW = 30
"""Covers are looked for once so few other rows and arcs are missing."""
FIRST_LOOK = 2
"""After so many rounds at the root the first plans are tried; only then is there a gap to speak of."""
TAIL = 0.01
"""Rounds end when three of them close less than this share of what is left of the gap."""
ROUNDS = 6
"""So many rounds at most below the root: then branching says more."""
DIVE = 6
"""So many nodes deep the search follows one branch before it turns to the least bound again."""
ROOT_TRIALS, NODE_TRIALS = 60, 6
SMALL = 0.002
"""A gap of this share is left to the tree; a larger one is worth more trials at the root."""

Tell = Callable[[float, float, int], bool]
"""Told the best cost, the bound and the nodes done; True means: stop with what there is."""


@dataclass
class _Open:
    """A leaf that is still to be looked into."""

    bound: float
    leaf: ProofNode
    states: States


class Tree:
    """The search for one case; ``run`` it once."""

    def __init__(self, case: Case, *, gap: float, tell: Tell) -> None:
        self.case = case
        self.lagrangian = Lagrangian(case)
        self.program = Program(case, self.lagrangian)
        self._gap, self._tell = gap, tell
        self._stopped = False
        self.nodes = 0
        self._heap: list[tuple[float, int, _Open]] = []
        self._turn = itertools.count()
        self._current = -np.inf
        self._finished = np.inf
        nothing = np.zeros(len(case.mixes))
        start = Multipliers(self.program.buys.copy(), case.cost[case.shared] / 2, nothing)
        self.proof = ProofNode(start)
        self.choices = Choices(case, self.lagrangian, self._ask)

    def run(self) -> None:
        """Search until the gap is small enough or the caller has enough."""
        case = self.case
        root = _Open(-np.inf, self.proof, case.states())
        if case.arc_count >= LARGE:
            self._climb(root)
        node: _Open | None = root
        deep = 0
        while node is not None:
            self._current = node.bound
            node = self._look_into(node)
            self.nodes += 1
            deep = 0 if node is None else deep + 1
            if node is not None and deep > DIVE:
                self._push(node)
                node, deep = None, 0
            if self._ask():
                return
            if node is None:
                node = self._next()

    def _climb(self, root: _Open) -> None:
        """Raise the root's bound without a program first: cheap, and it says which sites, arcs
        and rows the program will want."""
        point = self.program.solve(root.states)
        self.choices.round_shares(point.open_share, thorough=False)
        start = self.lagrangian.lowered(self.program.multipliers(point))
        found = self._ascended(root, start, STEPS // 3)
        self.choices.round_shares(found.shares, thorough=True)
        if root.bound < self._cutoff():
            self.choices.improve(ROOT_TRIALS)
        if root.bound < self._cutoff():  # a nearer target makes better steps
            found = self._ascended(root, found.multipliers, STEPS)
            self.choices.round_shares(found.shares, thorough=True)
        self._fix(root, found.response, found.multipliers)
        wanted = np.flatnonzero(found.carried > USED * self.case.limit)
        self.program.add_arcs(wanted)
        self.program.add_rows_of(wanted)

    def _ascended(self, root: _Open, start: Multipliers, steps: int) -> Ascent:
        target = self.choices.best.value
        found = ascend(
            self.case,
            self.lagrangian,
            root.states,
            start,
            target=target,
            ask=self._ask,
            steps=steps,
        )
        root.leaf.multipliers = found.multipliers
        self._current = root.bound = found.response.bound
        return found

    @property
    def bound(self) -> float:
        """What no choice of sites costs less than, so far."""
        waiting = self._heap[0][0] if self._heap else np.inf
        return float(min(waiting, self._current, self._finished, self.choices.best.value))

    def _ask(self) -> bool:
        self._stopped = self._stopped or self._tell(self.choices.best.value, self.bound, self.nodes)
        return self._stopped

    def _cutoff(self) -> float:
        """A node whose bound reaches this holds nothing worth looking for."""
        best = self.choices.best
        return best.value - max(self._gap * abs(best.value), EXACT * moved(self.case, best.point))

    def _next(self) -> _Open | None:
        """The open leaf of least bound, if any can still hold something better."""
        if not self._heap or self._heap[0][0] >= self._cutoff():
            self._current = np.inf
            return None
        return heapq.heappop(self._heap)[2]

    def _look_into(self, node: _Open) -> _Open | None:
        """Bound a node; fix, fathom or branch. Answers the child to go on with, if any."""
        done = node.bound >= self._cutoff()
        shares = None if done else self._bounded(node)
        if self._stopped:
            self._push(node)
            return None
        if shares is None or node.bound >= self._cutoff():
            self._finished = min(self._finished, node.bound)
            return None
        free = np.flatnonzero(node.states == FREE)
        if not len(free):
            self._finished = min(self._finished, node.bound)
            return None
        return self._branch(node, shares, free)

    def _branch(self, node: _Open, shares: Floats, free: Integers) -> _Open:
        doubt = np.minimum(shares[free], 1 - shares[free])
        weight = np.abs(self.case.opening[free]) + 1e-9
        site = int(free[np.argmax(doubt * weight + 1e-12 * weight)])
        opened, closed = node.leaf.branch(site)
        children = []
        for leaf, state in ((opened, OPEN), (closed, CLOSED)):
            states = node.states.copy()
            states[site] = state
            children.append(_Open(node.bound, leaf, states))
        if shares[site] < 0.5:
            children.reverse()
        self._push(children[1])
        return children[0]

    def _push(self, node: _Open) -> None:
        heapq.heappush(self._heap, (node.bound, next(self._turn), node))

    def _bounded(self, node: _Open) -> Floats | None:
        """Raise a node's bound round by round; shares to branch on, or ``None`` when it is done."""
        history: list[float] = []
        while not self._ask():
            point = self.program.solve(node.states)
            small = self.case.arc_count < LARGE
            if self.nodes == 0 and small and len(history) == FIRST_LOOK:
                self.choices.round_shares(point.open_share, thorough=True)
            multipliers = self.lagrangian.lowered(self.program.multipliers(point))
            response = self.lagrangian.respond(multipliers, node.states)
            if response.bound > node.bound:
                node.leaf.multipliers = multipliers
                self._current = node.bound = response.bound
            if node.bound >= self._cutoff():
                return None
            fixed = self._fix(node, response, multipliers)
            arcs = self.program.missing_arcs(point, node.states)
            self.program.add_arcs(arcs)
            rows = self.program.add_violated_rows(point)
            if rows + len(arcs) <= FEW:
                rows += self.program.add_broken_covers(point)
            history.append(point.value)
            settled = not fixed and not len(arcs) and not rows
            if settled or (not fixed and self._tails_off(history, point, node)):
                return self._settle(node, point)
        return None

    def _tails_off(self, history: list[float], point: Point, node: _Open) -> bool:
        left = self._cutoff() - node.bound
        if self.nodes > 0 and len(history) >= ROUNDS:
            return True
        near = abs(point.value - node.bound) <= TAIL * left
        return near and len(history) > 3 and abs(history[-1] - history[-4]) <= TAIL * left

    def _fix(self, node: _Open, response: Response, multipliers: Multipliers) -> bool:
        """Fix sites whose other choice is proven not to be better."""
        cutoff, value = self._cutoff(), response.value
        free = node.states == FREE
        forced = response.bound + np.abs(value)
        sites = np.flatnonzero(free & (forced >= cutoff)).tolist()
        for site in sites:
            kept = node.leaf.multipliers
            node.leaf.multipliers = multipliers
            opened, closed = node.leaf.branch(site)
            stays_open = value[site] < 0
            other, node.leaf = (closed, opened) if stays_open else (opened, closed)
            other.multipliers, node.leaf.multipliers = multipliers, kept
            node.states = node.states.copy()
            node.states[site] = OPEN if stays_open else CLOSED
            self._finished = min(self._finished, float(forced[site]))
        return bool(sites)

    def _settle(self, node: _Open, point: Point) -> Floats:
        """Look for better plans near this node's relaxation."""
        at_root = self.nodes == 0
        before = self.choices.best.value
        self.choices.round_shares(point.open_share, thorough=at_root)
        left = self.choices.best.value - node.bound
        worthwhile = at_root and left > SMALL * abs(self.choices.best.value)
        if node.bound < self._cutoff() and (at_root or self.choices.best.value < before):
            self.choices.improve(ROOT_TRIALS if worthwhile else NODE_TRIALS)
        if self.choices.best.value < before and node.leaf.multipliers is not None:
            response = self.lagrangian.respond(node.leaf.multipliers, node.states)
            self._fix(node, response, node.leaf.multipliers)
        return point.open_share


def moved(case: Case, point: Point) -> float:
    """The money that a plan moves, each spending and earning counted positive; at least a cent."""
    out = np.bincount(case.tail, point.carried, case.port_count)
    into = np.bincount(case.head, point.carried, case.port_count)
    turnover = case.amount.copy()
    mine = case.recipe >= 0
    turnover[mine] = case.yield_[mine] * point.levels[case.recipe[mine]]
    rest = np.maximum(turnover - out - into, 0.0)
    paid = np.where(np.isfinite(case.fallback), np.abs(case.fallback), 0.0) * rest
    opening = np.abs(case.opening) * point.open_share
    parts = [
        np.sum(np.abs(case.cost) * point.carried),
        np.sum(paid),
        np.sum(np.abs(case.price) * point.levels),
        np.sum(opening),
    ]
    return max(float(sum(parts)), 0.01)
