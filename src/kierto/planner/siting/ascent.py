"""Better prices step by step, with no program at all: the volume algorithm.

The bound L(y, α) is concave in its multipliers, and at any of them the response of the candidates
is a direction in which it may rise. The volume algorithm (F. Barahona and R. Anbil, "The volume
algorithm: producing primal solutions with a subgradient method", Mathematical Programming 87,
2000) steps from the best multipliers so far along the *average* response. That damps the zigzag
of plain subgradients, and the average itself comes close to the relaxation's own solution: it
says which sites are worth trying and which arcs the program will want.

Steps are measured in money per port (price × the most that can pass), so that large and small
ports move alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats
from kierto.planner.siting.case import Case, States
from kierto.planner.siting.lagrangian import Lagrangian, Multipliers, Response

MEMORY = 0.1
"""Share of the newest response in the average."""
PATIENCE = 15
"""After so many steps without a better bound, steps become shorter."""
REACH = 0.1
"""A target further off than this share of the bound says nothing about the length of a step."""
LEAST_REACH = 1e-3
"""The same for a bound near zero, as a share of the way to the target."""
WINDOW, LEAST_RISE = 50, 0.01
"""So many steps that close less than this share of the way to the target are the last ones,"""
WARM_UP = 150
"""once there have been so many."""
STEPS = 450


@dataclass
class Ascent:
    """Where the ascent came to.

    Attributes:
        multipliers: the best found; ``response`` is theirs.
        shares: by site, the average share to which it was open.
        carried: by arc, the average flow (the larger of both ends').
    """

    multipliers: Multipliers
    response: Response
    shares: Floats
    carried: Floats


class _Average:
    """The damped average of responses, and the direction that it gives."""

    def __init__(self, case: Case, response: Response) -> None:
        self.case = case
        self._site = case.site[case.recipe[case.ends.port]]
        self.shares, self.level, self.carried, self.plain = self._parts(response)

    def _parts(self, response: Response) -> tuple[Floats, Floats, Floats, Floats]:
        shares = response.opened.astype(np.float64)
        carried = response.carried * shares[self._site]
        level = response.level.copy()
        level[self.case.recipes] *= shares[self.case.site[self.case.recipes]]
        return shares, level, carried, response.plain

    def add(self, response: Response, share: float) -> None:
        new = self._parts(response)
        old = (self.shares, self.level, self.carried, self.plain)
        self.shares, self.level, self.carried, self.plain = (
            share * fresh + (1 - share) * mean for fresh, mean in zip(new, old, strict=True)
        )

    def direction(self) -> tuple[Floats, Floats]:
        """What is left over at each priced port, and by how much the two ends of each arc of two
        candidates differ: the slopes of L in the prices and in the splits."""
        case, ends = self.case, self.case.ends
        single = ends.split < 0
        moved = np.bincount(ends.other[single], self.carried[single], case.port_count)
        for ports in (case.tail[case.plain], case.head[case.plain]):
            moved += np.bincount(ports, self.plain, case.port_count)
        turnover = case.amount.copy()
        mine = case.recipe >= 0
        turnover[mine] = case.yield_[mine] * self.level[case.recipe[mine]]
        left = np.where(case.at_candidate, 0.0, turnover - moved)
        sign = np.where(ends.tail, 1.0, -1.0)[~single] * self.carried[~single]
        return left, np.bincount(ends.split[~single], sign, len(case.shared)).astype(np.float64)

    def by_arc(self) -> Floats:
        case = self.case
        flows = np.zeros(case.arc_count)
        np.maximum.at(flows, case.ends.arc, self.carried)
        flows[case.plain] = self.plain
        return flows


def ascend(
    case: Case,
    lagrangian: Lagrangian,
    states: States,
    start: Multipliers,
    *,
    target: float,
    ask: Callable[[], bool],
    steps: int = STEPS,
) -> Ascent:
    """Raise L from ``start`` towards ``target`` (a cost that is known to be possible)."""
    port_size = np.where(case.largest > 0, case.largest, np.inf)
    arc_size = np.where(case.limit[case.shared] > 0, case.limit[case.shared], np.inf)
    best, at = lagrangian.respond(start, states), start
    average = _Average(case, best)
    length, idle, earlier = 0.1, 0, best.bound
    for number in range(1, steps + 1):
        if ask() or best.bound >= target:
            break
        if number % WINDOW == 0:
            if number > WARM_UP and best.bound - earlier < LEAST_RISE * (target - best.bound):
                break
            earlier = best.bound
        left, differ = average.direction()
        stuck = (at.prices >= case.fallback) & (left > 0)
        rise = np.where(stuck, 0.0, left / port_size)
        tilt = differ / arc_size
        norm = float(np.sum(rise**2) + np.sum(tilt**2))
        if norm <= 0:
            break
        far = target - best.bound
        reach = min(far, max(REACH * abs(best.bound), LEAST_REACH * far))
        step = length * reach / norm
        trial = Multipliers(
            np.minimum(at.prices + step * rise / port_size, case.fallback),
            at.split + step * tilt / arc_size,
            at.mixes,
            at.covers,
            at.rents,
        )
        response = lagrangian.respond(trial, states)
        average.add(response, MEMORY)
        if response.bound > best.bound:
            best, at, idle = response, trial, 0
            length = min(length * 1.1, 2.0)
        else:
            idle += 1
            if idle >= PATIENCE:
                length, idle = length * 0.66, 0
    return Ascent(at, best, average.shares, average.by_arc())
