"""The lower bound that prices prove, for a choice of sites. No solver is called here.

Give every port that is no candidate's a price *y* (at most its fallback's), and split the cost of
every arc between two candidates into *α* and *c − α*. Then no plan costs less than ::

    L(y, α) =  Σ amount · y                                  offers and needs
             + Σ limit · min(0, c − y_s − y_t)               arcs between priced ports
             + Σ capacity · min(0, r)                        processors that are not candidates
             + Σ F_p (open)  or  0 (closed)  or  min(0, F_p) (free)

    F_p = opening cost + min { q·z + Σ ports φ(a·z) : minimum ≤ z ≤ capacity }   (over all periods)

where φ(w) is the least cost of moving *w* units through a port of the candidate: its arcs, cheapest
first, each up to its limit at *c − y* of the other end, then the fallback. Each φ is convex and
piecewise linear, so the minimum lies where the sum of slopes changes sign. An arc's limit is the
most that its two ends can pass: it is what makes this bound as strong as the linear relaxation
with all the rows *flow ≤ limit · open*. Limits on blends have a price as well, which makes arcs
dearer or cheaper (:mod:`kierto.planner.blending`). So do covers
(:mod:`kierto.planner.siting.covers`): a cover's price is earned for its count, paid to the sites
that it weighs, and taken off the cost of everything that passes them by (Geoffrion, "Lagrangean relaxation for integer
programming", Mathematical Programming Study 2, 1974).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kierto.planner.network import Floats, Integers
from kierto.planner.siting.case import FREE, OPEN, Case, Flags, States
from kierto.planner.siting.covers import Cover, CoverRow, row_of

ROUNDING = 1e-11
"""A reduced cost smaller than this share of its terms is zero; see the certificate."""


@dataclass(frozen=True)
class Multipliers:
    """What the bound is made from.

    Attributes:
        prices: by port; those of candidates' ports are not used.
        split: by arc of two candidates, the part of its cost that the giving one sees.
        mixes: by limit on a blend, its price; below 0 counts as 0.
        covers: rows of :mod:`kierto.planner.siting.covers`, and ``rents``, their prices; below 0
            counts as 0.
    """

    prices: Floats
    split: Floats
    mixes: Floats
    covers: tuple[Cover, ...] = ()
    rents: tuple[float, ...] = ()


@dataclass(frozen=True)
class Response:
    """What everybody would do at given multipliers, and the bound that this proves.

    Attributes:
        bound: L(y, α), EUR with carbon.
        value: F by site; +inf where it cannot open.
        level: by recipe; of a candidate as if it opened.
        opened: by site, whether it counts in the bound.
        carried: by end of :class:`~kierto.planner.siting.case.Ends`, as if its candidate opened.
        plain: by plain arc, what it carries.
    """

    bound: float
    value: Floats
    level: Floats
    opened: Flags
    carried: Floats
    plain: Floats


class Lagrangian:
    """L(y, α) of one case, for any multipliers and any fixing of candidates."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._rows: dict[Cover, CoverRow] = {}
        ends = case.ends
        self._yield = case.yield_[ends.port]
        self._recipe = case.recipe[ends.port]
        self._limit = case.limit[ends.arc]
        self._width = np.minimum(self._limit / self._yield, case.capacity[self._recipe])
        # ranks of 16 bits are sorted by counting, five times as fast as a sort by two keys
        size = np.uint16 if case.port_count < 2**16 else np.int64
        self._rank = ends.port.astype(size)
        self._heads_of_ports = np.flatnonzero(np.diff(ends.port, prepend=-1))
        self._tails = np.flatnonzero((ends.split >= 0) & ends.tail)
        self._heads = np.flatnonzero((ends.split >= 0) & ~ends.tail)
        self._ports = np.flatnonzero(case.at_candidate)
        self._buys = case.fallback[ends.port]

    def respond(self, multipliers: Multipliers, states: States) -> Response:
        """Evaluate L and say how it comes about."""
        case = self.case
        relief, weights, earned = self._covers(multipliers)
        prices = np.minimum(multipliers.prices, case.fallback - relief)
        ends_priced = ~case.at_candidate & (case.recipe < 0)
        bound = float(np.sum(case.amount[ends_priced] * prices[ends_priced]))
        costs = self.costs(multipliers)
        plain, plain_cost = self._plain_arcs(prices, costs)
        level, recipe_cost = self._plain_recipes(prices)
        candidate_level, spent, carried = self._candidates(self._net_costs(multipliers, costs))
        level[case.recipes] = candidate_level[case.recipes]
        value = case.opening + case.by_site(spent) - weights
        opened = (states == OPEN) | ((states == FREE) & (value < 0))
        bound += earned + plain_cost + recipe_cost + float(np.sum(value[opened]))
        return Response(bound, value, level, opened, carried, plain)

    def costs(self, multipliers: Multipliers) -> Floats:
        """Of carrying one unit along each arc, the prices of blends and covers included."""
        case, costs = self.case, self.case.cost
        if len(case.mixes):
            duals = np.maximum(multipliers.mixes, 0.0)
            costs = costs + case.mixes.surcharge(duals, case.arc_count)
        if multipliers.covers:
            relief, plain = self._covers(multipliers)[0], case.plain
            costs = costs.copy()
            costs[plain] -= relief[case.tail[plain]] + relief[case.head[plain]]
        return costs

    def _covers(self, multipliers: Multipliers) -> tuple[Floats, Floats, float]:
        """By port what is taken off the cost of passing candidates by, by site what covers pay to
        it, and what they earn."""
        case = self.case
        relief, weights, earned = np.zeros(case.port_count), np.zeros(len(case.site_ids)), 0.0
        for cover, rent in zip(multipliers.covers, multipliers.rents, strict=True):
            if rent > 0:
                row = self.row(cover)
                relief[case.groups[cover.group].ports] += rent * row.kappa
                weights += rent * row.weights
                earned += rent * row.count
        return relief, weights, earned

    def row(self, cover: Cover) -> CoverRow:
        """The row of a cover, computed once."""
        if cover not in self._rows:
            self._rows[cover] = row_of(self.case.groups, cover)
        return self._rows[cover]

    def _net_costs(self, multipliers: Multipliers, costs: Floats) -> Floats:
        """By end, what a unit costs the candidate there."""
        ends = self.case.ends
        net: Floats = costs[ends.arc] - np.append(multipliers.prices, 0.0)[ends.other]
        net[self._tails] = multipliers.split[ends.split[self._tails]]
        net[self._heads] -= multipliers.split[ends.split[self._heads]]
        return net

    def lowered(self, multipliers: Multipliers) -> Multipliers:
        """Prices at most the fallbacks', and no plain arc with a negative reduced cost: there the
        bound is strong even where limits are huge."""
        case = self.case
        relief = self._covers(multipliers)[0]
        prices = np.minimum(multipliers.prices, case.fallback - relief)
        plain, costs = case.plain, self.costs(multipliers)
        np.minimum.at(prices, case.tail[plain], costs[plain] - prices[case.head[plain]])
        return replace(multipliers, prices=prices)

    def _plain_arcs(self, prices: Floats, costs: Floats) -> tuple[Floats, float]:
        case, plain = self.case, self.case.plain
        at_tail, at_head = prices[case.tail[plain]], prices[case.head[plain]]
        cost = costs[plain] - at_tail - at_head
        size = np.abs(costs[plain]) + np.abs(at_tail) + np.abs(at_head)
        used = cost < -ROUNDING * size
        carried = np.where(used, case.limit[plain], 0.0)
        return carried, float(np.sum(carried[used] * cost[used]))

    def _plain_recipes(self, prices: Floats) -> tuple[Floats, float]:
        case = self.case
        finite = np.where(case.at_candidate | ~np.isfinite(prices), 0.0, prices)
        cost = case.price + case.by_recipe(finite)
        size = np.abs(case.price) + case.by_recipe(np.abs(finite))
        runs = (cost < -ROUNDING * size) & ~case.candidate
        level = np.where(runs, case.capacity, 0.0)
        return level, float(np.sum(level[runs] * cost[runs]))

    def _worth(self, first: Floats) -> Floats:
        """By port, the cost of a unit from which on an arc is not worth looking at: the fallback's,
        or what turns the slope even with the cheapest unit at all the other ports (unless a
        minimum level asks for more)."""
        case, ports = self.case, self._ports
        cheapest = np.where(np.isfinite(first) & case.at_candidate, first, 0.0)
        slope = case.price + case.by_recipe(cheapest)
        worth = case.fallback.copy()
        recipe = case.recipe[ports]
        turns = cheapest[ports] - slope[recipe] / case.yield_[ports]
        turns += ROUNDING * (1.0 + np.abs(turns))
        at_will = case.minimum[recipe] <= 0
        worth[ports] = np.where(at_will, np.minimum(worth[ports], turns), worth[ports])
        return worth

    def _candidates(self, net: Floats) -> tuple[Floats, Floats, Floats]:
        """By recipe the best level if open and what that costs; by end what it carries then."""
        case = self.case
        first = case.fallback.copy()
        heads = self._heads_of_ports
        if len(heads):
            at = case.ends.port[heads]
            first[at] = np.minimum(first[at], np.minimum.reduceat(net, heads))
        kept = np.flatnonzero(net < self._worth(first)[case.ends.port])
        kept = kept[np.argsort(net[kept])]
        kept = kept[np.argsort(self._rank[kept], kind="stable")]
        segments = _Segments(
            case, self._ports, first, case.ends.port[kept], net[kept], self._width[kept]
        )
        level, able = segments.best_level()
        reach = self._yield[kept] * (level[self._recipe[kept]] - segments.start)
        carried = np.zeros(len(net))
        carried[kept] = np.clip(reach, 0.0, self._limit[kept])
        spent = np.bincount(self._recipe[kept], net[kept] * carried[kept], len(case.capacity))
        moved = np.bincount(case.ends.port[kept], carried[kept], case.port_count)
        ports = self._ports
        rest = np.maximum(case.yield_[ports] * level[case.recipe[ports]] - moved[ports], 0.0)
        paid = np.where(np.isfinite(case.fallback[ports]), case.fallback[ports], 0.0) * rest
        spent = spent + np.bincount(case.recipe[ports], paid, len(case.capacity))
        return level, np.where(able, case.price * level + spent, np.inf), carried


@dataclass(frozen=True)
class _Segments:
    """The pieces of every φ, by port and then cheapest first; widths in units of level.

    ``first`` is the cost of the first unit at each port.
    """

    case: Case
    ports: Integers
    first: Floats
    port: Integers
    net: Floats
    width: Floats

    @cached_property
    def end(self) -> Floats:
        """Level at which each piece is used up."""
        total = np.cumsum(self.width)
        first = np.searchsorted(self.port, self.port)
        end: Floats = total - np.where(first > 0, total[first - 1], 0.0)
        return end

    @cached_property
    def start(self) -> Floats:
        return self.end - self.width

    def best_level(self) -> tuple[Floats, Flags]:
        """Where each candidate's slope turns from falling to rising, and whether it can open."""
        case = self.case
        highest, able = self._highest()
        slope = self._slope_at_zero()
        recipe, position, jump = self._jumps()
        inside = position < highest[recipe]
        recipe, position, jump = recipe[inside], position[inside], jump[inside]
        # a jump far larger than the whole fall says no more than that the slope turns there, and
        # would blur the sum of the others
        jump = np.minimum(jump, 2 * np.maximum(-slope[recipe], 0.0))
        order = np.lexsort((position, recipe))
        position, jump = position[order], jump[order]
        starts = np.searchsorted(recipe[order], np.arange(len(slope) + 1)).tolist()
        level = np.where(slope < 0, highest, 0.0)
        for each in np.flatnonzero(slope < 0).tolist():
            # summed candidate by candidate: a sum over all would round the small slopes away
            mine = slice(starts[each], starts[each + 1])
            turned = np.cumsum(jump[mine]) >= -slope[each]
            if turned.any():
                level[each] = position[mine][np.argmax(turned)]
        return np.where(able, np.clip(level, case.minimum, highest), 0.0), able

    def _highest(self) -> tuple[Floats, Flags]:
        """Most level that inputs without a fallback allow, and whether that is enough."""
        case = self.case
        total = np.bincount(self.port, self.width, case.port_count)
        tight = self.ports[~np.isfinite(case.fallback[self.ports])]
        highest = np.where(case.candidate, case.capacity, 0.0)
        np.minimum.at(highest, case.recipe[tight], total[tight])
        able = highest >= case.minimum * (1 - ROUNDING)
        return np.maximum(highest, np.where(able, case.minimum, 0.0)), able

    def _slope_at_zero(self) -> Floats:
        case = self.case
        mine = self.first[self.ports]
        mine = np.where(np.isfinite(mine), mine, 0.0) * case.yield_[self.ports]
        slopes: Floats = case.price + np.bincount(case.recipe[self.ports], mine, len(case.capacity))
        return slopes

    def _jumps(self) -> tuple[Integers, Floats, Floats]:
        """Where slopes rise, by how much: to the next piece, or to the fallback."""
        case = self.case
        after = np.append(self.net[1:], np.inf)
        last = np.append(np.diff(self.port) != 0, np.True_)[: len(self.port)]
        after = np.where(last, case.fallback[self.port], after[: len(self.port)])
        jump = case.yield_[self.port] * (after - self.net)
        real = np.isfinite(jump)
        return case.recipe[self.port][real], self.end[real], jump[real]
