"""What a choice of sites costs, exactly; the best choice so far; and how to better it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats
from kierto.planner.siting.case import Case, Flags
from kierto.planner.siting.lagrangian import Lagrangian
from kierto.planner.siting.program import Point, Program

THRESHOLDS = (0.5, 0.9, 0.1)
"""A site open to a larger share than this in the relaxation is tried as open."""


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
        """Try the choices nearest to a fractional one."""
        for threshold in THRESHOLDS if thorough else THRESHOLDS[:1]:
            if self._ask():
                return
            self.cost(shares > threshold)

    def improve(self, most: int) -> None:
        """Open, close and swap sites while that betters the best choice; ``most`` trials.

        With the best choice's prices, opening *q* alone saves at most −F_q and closing *p* alone
        at most F_p (by weak duality), so trials come in the order of that promise.
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
        leaving = open_[np.argsort(-worth[open_], kind="stable")]
        moves = [(worth[q], (q,)) for q in entering if worth[q] < 0]
        moves += [(-worth[p], (p,)) for p in leaving[:8]]
        moves += [
            (worth[q] - worth[p], (q, p)) for q in entering[:8] for p in leaving[:8]
            if np.isfinite(worth[q])
        ]  # fmt: skip
        for _, sites in sorted(moves, key=lambda move: (move[0], move[1])):
            changed = choice.opened.copy()
            changed[list(sites)] ^= True
            yield changed
