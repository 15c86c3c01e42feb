"""What a choice of sites costs, exactly; the best choice so far; and how to better it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats
from kierto.planner.siting.case import Case, Flags
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers
from kierto.planner.siting.program import Point, Program

NEARBY = 8
"""So many of the most promising sites to open are paired with as many to close."""


@dataclass(frozen=True)
class Choice:
    """The best circulation of one choice of sites. ``value`` is +inf where none works."""

    opened: Flags
    value: float
    point: Point


class Choices:
    """Costs of choices, each computed once, and the best of them."""

    def __init__(self, case: Case, lagrangian: Lagrangian, ask: Callable[[], bool]) -> None:
        self.case = case
        self._lagrangian = lagrangian
        self._program = Program(case, lagrangian)
        self._known: dict[bytes, Choice] = {}
        self._ask = ask
        self.best = self.cost(np.zeros(len(case.site_ids), np.bool_))

    def cost(self, opened: Flags) -> Choice:
        """The least cost with exactly these candidates open."""
        key = np.packbits(opened).tobytes()
        if key not in self._known:
            point = self._program.optimum(self.case.decided(opened))
            value = point.value if point.feasible else float("inf")
            self._known[key] = Choice(opened, value, point)
        choice = self._known[key]
        if not hasattr(self, "best") or choice.value < self.best.value:
            self.best = choice
        return choice

    def knows(self, opened: Flags) -> bool:
        """Whether this choice was computed before."""
        return np.packbits(opened).tobytes() in self._known

    def round_shares(self, shares: Floats, *, thorough: bool) -> None:
        """Try the choices nearest to a fractional one: sites that are open to more than a half;
        if ``thorough`` also as many of the largest shares as the shares sum up to, one more, and
        one less."""
        order = np.argsort(-shares, kind="stable")
        tried = [shares > 0.5]
        if thorough:
            sum_ = float(np.sum(shares))
            for count in (math.ceil(sum_ - 1e-6), math.ceil(sum_ - 1e-6) + 1, math.floor(sum_)):
                largest = np.zeros(len(shares), np.bool_)
                largest[order[:count]] = True
                tried.append(largest & (shares > 0))
        for opened in tried:
            if self._ask():
                return
            self.cost(opened)

    def improve(self, most: int) -> None:
        """Open, close and swap sites while that betters the best choice; ``most`` trials.

        At the best choice's prices opening *q* alone saves at most −F_q (weak duality), and
        closing *p* alone costs at least −F_p; about as much as its flows cost by their next best
        ways comes on top. Trials come in the order of that promise.
        """
        left = most
        while left > 0:
            value = self.best.value
            for opened in self._neighbours(self.best):
                if left <= 0 or self._ask():
                    return
                if self.knows(opened):
                    continue
                left -= 1
                self.cost(opened)
                if self.best.value < value:
                    break
            else:
                return

    def _neighbours(self, choice: Choice) -> Iterator[Flags]:
        case = self.case
        multipliers = self._program.multipliers(choice.point)
        worth = self._lagrangian.respond(multipliers, case.decided(choice.opened)).value
        closed, open_ = np.flatnonzero(~choice.opened), np.flatnonzero(choice.opened)
        entering = closed[np.argsort(worth[closed], kind="stable")]
        entering = entering[np.isfinite(worth[entering])]
        loss = self._detours(choice, multipliers) - worth
        leaving = open_[np.argsort(loss[open_], kind="stable")]
        moves: list[tuple[float, tuple[int, ...]]]
        moves = [(worth[q], (q,)) for q in entering if worth[q] < 0]
        moves += [(loss[p], (p,)) for p in leaving[:NEARBY]]
        moves += [(worth[q] + loss[p], (q, p)) for q in entering[:NEARBY] for p in leaving[:NEARBY]]
        for _, sites in sorted(moves, key=lambda move: (move[0], move[1])):
            changed = choice.opened.copy()
            changed[list(sites)] ^= True
            yield changed

    def _detours(self, choice: Choice, multipliers: Multipliers) -> Floats:
        """By site, what its flows would cost more by the next best way of each other end, as if
        there were room on all ways."""
        case, ends, prices = self.case, self.case.ends, multipliers.prices
        site = case.site[case.recipe[ends.port]]
        one = np.flatnonzero((ends.split < 0) & choice.opened[site])
        port, site, arc = ends.other[one], site[one], ends.arc[one]
        reduced = np.maximum(case.cost[arc] - prices[case.tail[arc]] - prices[case.head[arc]], 0.0)
        order = np.lexsort((reduced, port))
        port, site, reduced, arc = port[order], site[order], reduced[order], arc[order]
        fallback = np.maximum(case.fallback - prices, 0.0)
        best, second = fallback.copy(), fallback.copy()
        owner = np.full(case.port_count, -1, np.int64)
        heads = np.flatnonzero(np.diff(port, prepend=-1))
        best[port[heads]] = np.minimum(best[port[heads]], reduced[heads])
        owner[port[heads]] = site[heads]
        others = np.flatnonzero(site != owner[port])
        np.minimum.at(second, port[others], reduced[others])
        carried = choice.point.carried[arc]
        used = np.flatnonzero(carried > 0)
        port, site = port[used], site[used]
        next_best = np.where(site == owner[port], second[port], best[port])
        detour = np.where(np.isfinite(next_best), next_best, 0.0) * carried[used]
        return np.bincount(site, detour, len(case.site_ids)).astype(np.float64)
