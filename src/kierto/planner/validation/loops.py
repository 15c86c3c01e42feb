"""Recipes that feed each other in a circle must not make something, or money, out of nothing.

Three sorts of circle are refused, and their processors named:

- more of some kind comes out than goes in, and nothing has to be brought from outside;
- as much comes out as goes in, and going round earns money;
- as much comes out as goes in, and going round costs nothing at all, not even carrying.

Each would run at full capacity, or for no reason, and spoil every figure of the plan. A processor
without inputs is no circle: a well, a solar roof or a shop gives what it gives, and its capacity
says how much. What can be *bought* for an input counts as brought from outside.

First everything that needs something from outside is struck off, again and again, which settles
nearly every real list of recipes. What stays is a small linear program: levels *z* ≥ 0 with a sum
of one, everything taken is made by the others, and either the surplus is made as large, or the
price of going round as small as can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from kierto.core.geography import Point, road_km
from kierto.core.text import Sentence as _
from kierto.planner.errors import Flaw
from kierto.planner.kinds import KindTree
from kierto.planner.model import Limits, Problem, Processor, Stream
from kierto.planner.network import Floats

TOLERANCE = 1e-7
"""A surplus or an earning below this share of what goes round is rounding."""

Key = tuple[object, ...]


def loop_flaws(problem: Problem, tree: KindTree) -> Iterator[Flaw]:
    """Circles of recipes that make something out of nothing, or go round for nothing."""
    rest = _self_feeding(problem, tree)
    if not rest:
        return
    gain, makers = _Circle(problem, tree, rest, placed=False).largest_gain()
    if gain > TOLERANCE:
        yield from _named(
            makers,
            _("The circle of %(others)s makes more than it takes, out of nothing."),
            _("Lower its yields, or add the input that is missing."),
        )
        return
    price, makers = _Circle(problem, tree, rest, placed=False).least_price()
    if price <= TOLERANCE:
        price, makers = _Circle(problem, tree, rest, placed=True).least_price()
    if price < -TOLERANCE:
        yield from _named(
            makers,
            _("The circle of %(others)s earns money by going round."),
            _("Raise the cost of one of its processors; a fee belongs to what comes from outside."),
        )
    elif price <= TOLERANCE:
        yield from _named(
            makers,
            _("The circle of %(others)s goes round for nothing."),
            _("Give one of its processors a cost, or let something be lost on the way."),
        )


def _named(makers: Sequence[Processor], problem: object, mend: object) -> Iterator[Flaw]:
    others = ", ".join(each.id for each in makers)
    for each in makers:
        yield Flaw("processor", each.id, "outputs", problem, mend, {"others": others})


def _self_feeding(problem: Problem, tree: KindTree) -> list[Processor]:
    """The processors of which every input could be made by others of them."""
    rest = [each for each in problem.processors if each.inputs and each.outputs and each.capacity]
    while rest:
        made = {broader for each in rest for one in each.outputs for broader in _fed(one, tree)}
        kept = [each for each in rest if all(one.kind in made for one in each.inputs)]
        if len(kept) == len(rest):
            break
        rest = kept
    return rest


def _fed(output: Stream, tree: KindTree) -> Iterator[str]:
    """The kinds of input that an output may feed."""
    return (kind for kind in tree.lineage(output.kind) if tree.accepts(kind, output.kind))


@dataclass(frozen=True)
class _Column:
    """A way to run a recipe, its numbers divided by its largest yield."""

    maker: Processor
    size: float
    price: float


@dataclass(frozen=True)
class _Round:
    """One circle: the sum of its costs, the sum of their sizes, and who takes part."""

    sum: float
    size: float
    makers: list[Processor]


class _Circle:
    """The linear program of circles. Alike recipes are one column; ``placed`` tells those at
    different places apart and prices the way between them."""

    def __init__(
        self, problem: Problem, tree: KindTree, rest: Sequence[Processor], *, placed: bool
    ) -> None:
        self.problem, self.tree, self.placed = problem, tree, placed
        self.outputs: dict[Key, tuple[int, Stream, Point | None]] = {}
        self.inputs: dict[Key, tuple[int, Stream, Point | None]] = {}
        columns: dict[Key, _Column] = {}
        for each in rest:
            size = max(stream.yield_ for stream in (*each.inputs, *each.outputs))
            price = each.cost + problem.carbon_price * each.emissions
            key = (
                tuple(self._node(self.inputs, one, each) for one in each.inputs),
                tuple(self._node(self.outputs, one, each) for one in each.outputs),
                tuple(one.yield_ for one in (*each.inputs, *each.outputs)),
                price,
            )
            columns.setdefault(key, _Column(each, size, price / size))
        self.columns = list(columns.values())
        self.ways = list(self._ways())

    def largest_gain(self) -> tuple[float, list[Processor]]:
        """The largest surplus, per unit of what goes round, and who makes it."""
        surplus = [0.0] * (len(self.columns) + len(self.ways)) + [-1.0] * len(self.outputs)
        found = self._solve(np.array(surplus))
        return -found.sum, found.makers

    def least_price(self) -> tuple[float, list[Processor]]:
        """What going round costs at least, as a share of its costs and earnings; 1 if nothing can."""
        prices = [column.price for column in self.columns]
        prices += [price for _out, _in, price in self.ways]
        found = self._solve(np.array(prices + [0.0] * len(self.outputs)))
        if not found.makers:
            return 1.0, []
        return (found.sum / found.size if found.size else 0.0), found.makers

    def _node(
        self, nodes: dict[Key, tuple[int, Stream, Point | None]], stream: Stream, maker: Processor
    ) -> int:
        place = maker.place if self.placed else None
        stated = tuple(sorted(stream.quality.items())), tuple(sorted(stream.limits.items()))
        where = (place.latitude, place.longitude) if place else None
        key = (stream.kind, stated, where, maker.id if self.placed and not place else "")
        return nodes.setdefault(key, (len(nodes), stream, place))[0]

    def _ways(self) -> Iterator[tuple[int, int, float]]:
        """Output, input, and the price of carrying between them, where they fit."""
        for out, source, here in self.outputs.values():
            fed = set(_fed(source, self.tree))
            for into, sink, there in self.inputs.values():
                if sink.kind in fed and _meets(source, sink.limits):
                    price = self._carrying(source.kind, here, there)
                    if price is not None:
                        yield out, into, price

    def _carrying(self, kind: str, here: Point | None, there: Point | None) -> float | None:
        rates, carbon = self.problem.rates, self.problem.carbon_price
        rate = self.tree.inherited(rates.by_kind, kind, rates.default)
        price = rate.handling_cost + carbon * rate.handling_emissions
        if not self.placed:
            return price if not self.problem.arcs else min(price, 0.0)
        if here is None or there is None:
            return None
        km = road_km(here, there, rates.road_factor)
        if rate.max_km is not None and km > rate.max_km:
            return None
        return price + km * (rate.cost_per_km + carbon * rate.emissions_per_km)

    def _solve(self, costs: Floats) -> _Round:
        """The circle of the least sum of these costs, or one of nobody.

        Columns: levels, ways, surpluses. Rows: every output, every input, and the levels' sum.
        """
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.passModel(self._model(costs))
        solver.solve()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return _Round(0.0, 0.0, [])
        values = np.maximum(np.array(solver.getSolution().col_value), 0.0)
        levels = values[: len(self.columns)].tolist()
        makers = [one.maker for one, z in zip(self.columns, levels, strict=True) if z > TOLERANCE]
        return _Round(float(costs @ values), float(np.abs(costs) @ values), makers)

    def _model(self, costs: Floats) -> highspy.HighsLp:
        outs, total = len(self.outputs), len(self.outputs) + len(self.inputs)
        starts, rows, values = [0], [], []
        for column in self._entries(outs, total):
            rows += [row for row, _value in column]
            values += [value for _row, value in column]
            starts.append(len(rows))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(costs), total + 1
        lp.col_cost_ = costs
        lp.col_lower_ = np.zeros(len(costs))
        lp.col_upper_ = np.full(len(costs), highspy.kHighsInf)
        lp.row_lower_ = lp.row_upper_ = np.append(np.zeros(total), 1.0)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(starts)
        lp.a_matrix_.index_ = np.array(rows, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(values, dtype=np.float64)
        return lp

    def _entries(self, outs: int, total: int) -> Iterator[list[tuple[int, float]]]:
        for column in self.columns:
            made: dict[int, float] = {total: 1.0}
            for one in column.maker.outputs:
                row = self._node(self.outputs, one, column.maker)
                made[row] = made.get(row, 0.0) + one.yield_ / column.size
            for one in column.maker.inputs:
                row = outs + self._node(self.inputs, one, column.maker)
                made[row] = made.get(row, 0.0) - one.yield_ / column.size
            yield list(made.items())
        for out, into, _price in self.ways:
            yield [(out, -1.0), (outs + into, 1.0)]
        for out in range(outs):
            yield [(out, -1.0)]


def _meets(source: Stream, limits: Limits) -> bool:
    for name, (low, high) in limits.items():
        value = source.quality.get(name)
        if value is None or (low is not None and value < low):
            return False
        if high is not None and value > high:
            return False
    return True
