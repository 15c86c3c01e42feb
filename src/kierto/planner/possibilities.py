"""What could become of one offer, or whence one need could be served, whatever the plan says.

A possibility is a path of possible pairs, directly or through processors. Its numbers are per
unit of the port asked about and come from the solver's own arcs (:mod:`kierto.planner.pairs`).

- An input that could be bought ends a path: bringing something there saves the buying, and the
  processor would make its product anyway. Through an input that cannot be bought the path goes
  on to the takers of each output.
- The other inputs of a processor on the way are bought, or had from the cheapest offer where
  that costs less; the other outputs are disposed of at their fallback.
- What is saved is measured against the fallbacks at the two ends of the path.

- Into a blend only so much fits as the other possible sources there can make good (``most``);
  where none can, there is no possibility.

Competition for the same stuff and capacity is the plan's matter; a possibility promises nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _
from kierto.planner.blending import HIGH, LOW, blends_of, burden
from kierto.planner.model import Problem
from kierto.planner.network import Network, Port
from kierto.planner.pairs import Verdict, fitting_pairs
from kierto.planner.periods import unfold
from kierto.planner.validation import check

LONGEST = 2
"""Processors in a row that are followed by default."""


class NoSuchPort(DomainError):
    """The problem has no offer or need of this id."""

    code = "no_such_port"
    sentence = _("There is no offer or need “%(port)s” in this plan's data. Check the id.")


@dataclass(frozen=True, slots=True)
class Leg:
    """One carrying on the way: ``amount`` units per unit of the port asked about."""

    source: str
    sink: str
    kind: str
    amount: float
    km: float | None


@dataclass(frozen=True, slots=True)
class Possibility:
    """One use of an offer, or one way to serve a need. All figures per unit of that port.

    Attributes:
        legs: the carryings in order; ``processors``: ids of those between them.
        cost, emissions: of carrying and processing, with other inputs and outputs.
        saving_cost, saving_emissions: against the fallbacks of both ends.
        saving: ``saving_cost`` + carbon price × ``saving_emissions``.
        km: all legs together; ``None`` when one is not known.
        most: units of the port a period that fit through the tightest place, competition aside.
    """

    legs: tuple[Leg, ...]
    processors: tuple[str, ...]
    cost: float
    emissions: float
    saving_cost: float
    saving_emissions: float
    saving: float
    km: float | None
    most: float


def possibilities(problem: Problem, port_id: str, *, longest: int = LONGEST) -> list[Possibility]:
    """Every path from or to an offer or need, the one that saves most first.

    Where there are several periods, an id carries its own: ``o1@3``.

    Raises:
        NoSuchPort: no offer or need has this id.
        InvalidProblem, Unsupported: as for solving.
    """
    check(problem)
    problem = unfold(problem)
    search = _Search(problem)
    sources, sinks = search.network.sources, search.network.sinks
    if any(offer.id == port_id for offer in problem.offers):
        paths = search.forward(sources.index[port_id], longest)
    elif any(need.id == port_id for need in problem.needs):
        paths = search.backward(sinks.index[port_id], longest)
    else:
        raise NoSuchPort(port=port_id)
    found = [search.possibility(path, port_id) for path in paths]
    return sorted(
        (each for each in found if each is not None),
        key=lambda each: (-each.saving, [(leg.source, leg.sink) for leg in each.legs]),
    )


Path = tuple[int, ...]
"""Rows of the possible pairs, in the direction of the flow."""


class _Search:
    """Paths over the possible pairs of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.network = Network(problem)
        self.blends = blends_of(self.network)
        self._sources: list[int] = []
        self._sinks: list[int] = []
        self._km: list[float] = []
        self._cost: list[float] = []
        self._emissions: list[float] = []
        self._known: dict[tuple[str, int], list[int]] = {}

    def _from(self, source: int) -> list[int]:
        """Rows of the possible pairs out of a source, in the order of the sinks."""
        return self._listed("source", source)

    def _into(self, sink: int) -> list[int]:
        """Rows of the possible pairs into a sink, in the order of the sources."""
        return self._listed("sink", sink)

    def _listed(self, side: str, port: int) -> list[int]:
        """Only the ports that the search comes by are looked at, for there may be millions."""
        if (side, port) not in self._known:
            pairs = fitting_pairs(self.network, **{side: port})
            pairs = pairs.where(pairs.verdict == Verdict.POSSIBLE)
            first = len(self._sources)
            self._sources += pairs.source.tolist()
            self._sinks += pairs.sink.tolist()
            self._km += pairs.km.tolist()
            self._cost += pairs.cost.tolist()
            self._emissions += pairs.emissions.tolist()
            self._known[side, port] = list(range(first, len(self._sources)))
        return self._known[side, port]

    def forward(self, source: int, longest: int, path: Path = ()) -> Iterator[Path]:
        """Paths that begin at a source and end where buying is saved."""
        for row in self._from(source):
            sink = self._sink(row)
            if sink.recipe < 0 or sink.fallback is not None:
                yield (*path, row)
            elif self._may_enter(sink.recipe, path, longest):
                for output in self._outputs[sink.recipe]:
                    yield from self.forward(output, longest, (*path, row))
                if not self._outputs[sink.recipe]:
                    yield (*path, row)

    def backward(self, sink: int, longest: int, path: Path = ()) -> Iterator[Path]:
        """Paths that end at a sink, from offers or from processors that buy all they need."""
        for row in self._into(sink):
            recipe = self._source(row).recipe
            if recipe < 0:
                yield (row, *path)
            elif self._may_enter(recipe, path, longest):
                fed = [i for i in self._inputs[recipe] if self._sink_row(i).fallback is None]
                for input_ in fed:
                    yield from self.backward(input_, longest, (row, *path))
                if not fed:
                    yield (row, *path)

    def possibility(self, path: Path, port_id: str) -> Possibility | None:
        """The numbers of a path; ``None`` if some other input on the way cannot be had."""
        amounts = self._amounts(path)
        runs = self._runs(path, amounts)
        most = self._most(path, amounts)
        if runs is None or most is None:
            return None
        carried = list(zip(path, amounts, strict=True))
        cost = sum((each[0] for each in runs), 0.0)
        cost += sum(amount * self._cost[row] for row, amount in carried)
        emissions = sum((each[1] for each in runs), 0.0)
        emissions += sum(amount * self._emissions[row] for row, amount in carried)
        first, last = self._source(path[0]), self._sink(path[-1])
        avoided = _avoided(first, last, amounts[-1])
        saving_cost, saving_emissions = avoided[0] - cost, avoided[1] - emissions
        per = amounts[-1] if last.id == port_id else 1.0
        return Possibility(
            legs=tuple(self._leg(row, amount / per) for row, amount in carried),
            processors=tuple(self.problem.processors[i].id for i in self._recipes_on(path)),
            cost=cost / per,
            emissions=emissions / per,
            saving_cost=saving_cost / per,
            saving_emissions=saving_emissions / per,
            saving=(saving_cost + self.problem.carbon_price * saving_emissions) / per,
            km=_known(math.fsum(self._km[row] for row in path)),
            most=most * per,
        )

    def _source(self, row: int) -> Port:
        return self.network.sources.rows[self._sources[row]]

    def _sink(self, row: int) -> Port:
        return self._sink_row(self._sinks[row])

    def _sink_row(self, number: int) -> Port:
        return self.network.sinks.rows[number]

    def _amounts(self, path: Path) -> list[float]:
        """Units on each leg, per unit of the first."""
        amounts = [1.0]
        for row, onward in pairwise(path):
            amounts.append(amounts[-1] * self._source(onward).yield_ / self._sink(row).yield_)
        return amounts

    def _runs(self, path: Path, amounts: list[float]) -> list[tuple[float, float]] | None:
        """Cost and emissions of each processor on the path, ends included."""
        stops: list[tuple[int | None, int | None, float]] = []
        first, last = self._source(path[0]), self._sink(path[-1])
        if first.recipe >= 0:
            stops.append((None, self._sources[path[0]], 1.0 / first.yield_))
        for (row, onward), amount in zip(pairwise(path), amounts, strict=False):
            stops.append((self._sinks[row], self._sources[onward], amount / self._sink(row).yield_))
        if last.recipe >= 0 and last.fallback is None:
            stops.append((self._sinks[path[-1]], None, amounts[-1] / last.yield_))
        runs = []
        for enter, leave, level in stops:
            each = self._level(enter, leave)
            if each is None:
                return None
            runs.append((level * each[0], level * each[1]))
        return runs

    @cached_property
    def _outputs(self) -> list[list[int]]:
        return _by_recipe(self.network.sources.rows, len(self.problem.processors))

    @cached_property
    def _inputs(self) -> list[list[int]]:
        return _by_recipe(self.network.sinks.rows, len(self.problem.processors))

    def _recipes_on(self, path: Path) -> list[int]:
        """Processors that the path runs, in its order; an end that merely saves buying is none."""
        recipes = []
        for row in path:
            recipes.append(self._source(row).recipe)
            sink = self._sink(row)
            recipes.append(sink.recipe if sink.fallback is None else -1)
        return [recipe for recipe in dict.fromkeys(recipes) if recipe >= 0]

    def _may_enter(self, recipe: int, path: Path, longest: int) -> bool:
        on_it = self._recipes_on(path)
        return recipe not in on_it and len(on_it) < longest

    def _level(self, enter: int | None, leave: int | None) -> tuple[float, float] | None:
        """Cost and emissions of one unit of level, without the ports that the path uses."""
        recipe = (
            self._sink_row(enter).recipe
            if enter is not None
            else self.network.sources.rows[leave or 0].recipe
        )
        processor = self.problem.processors[recipe]
        cost, emissions = processor.cost, processor.emissions
        for number in self._inputs[recipe]:
            if number != enter:
                had = self._cheapest_supply(number)
                if had is None:
                    return None
                use = self._sink_row(number).yield_
                cost, emissions = cost + use * had[0], emissions + use * had[1]
        for number in self._outputs[recipe]:
            out = self.network.sources.rows[number]
            if number != leave and out.fallback is not None:
                cost += out.yield_ * out.fallback.cost
                emissions += out.yield_ * out.fallback.emissions
        return cost, emissions

    def _cheapest_supply(self, sink: int) -> tuple[float, float] | None:
        """Cost and emissions per unit of another input: bought, or from the cheapest offer."""
        ways = []
        fallback = self.network.sinks.rows[sink].fallback
        if fallback is not None:
            ways.append((fallback.cost, fallback.emissions))
        for row in self._into(sink):
            source = self._source(row)
            if source.recipe < 0 and source.fallback is not None:
                ways.append(
                    (
                        self._cost[row] - source.fallback.cost,
                        self._emissions[row] - source.fallback.emissions,
                    )
                )
        price = self.problem.carbon_price
        return min(ways, key=lambda way: (way[0] + price * way[1], way), default=None)

    def _leg(self, row: int, amount: float) -> Leg:
        source, km = self._source(row), _known(self._km[row])
        return Leg(source.id, self._sink(row).id, source.kind, amount, km)

    def _most(self, path: Path, amounts: list[float]) -> float | None:
        """Units of the first port that fit through; ``None`` if a blend on the way lets none."""
        tight = []
        for row, amount in zip(path, amounts, strict=True):
            mixed = self._mixable(row)
            if mixed <= 0:
                return None
            room = min(self._source(row).largest, self._sink(row).largest, mixed)
            if amount > 0:
                tight.append(room / amount)
        return float(min(tight))

    def _mixable(self, row: int) -> float:
        """How much of a source the sink's blends can bear, if all else that may come there comes
        to mend them."""
        source, sink = self._sources[row], self._sinks[row]
        room = math.inf
        for number in np.flatnonzero(self.blends.sink == sink).tolist():
            for end in (LOW, HIGH):
                if not self.blends.closed[number, end]:
                    continue
                others = np.array([source, *(self._sources[each] for each in self._into(sink))])
                strain = burden(self.blends, np.full(len(others), number), end, others)
                if strain[0] > 0:
                    mends = np.maximum(-strain[1:], 0.0)
                    rest = float(np.sum(mends * self.network.sources.largest[others[1:]]))
                    room = min(room, rest / float(strain[0]))
        return room


def _avoided(first: Port, last: Port, amount: float) -> tuple[float, float]:
    """What one unit at the first port and ``amount`` at the last would cost and emit otherwise.
    A processor's output would not be there otherwise; an input saves what buying it costs."""
    cost = emissions = 0.0
    if first.recipe < 0 and first.fallback is not None:
        cost, emissions = first.fallback.cost, first.fallback.emissions
    if last.fallback is not None:
        cost += amount * last.fallback.cost
        emissions += amount * last.fallback.emissions
    return cost, emissions


def _known(km: float) -> float | None:
    return None if math.isnan(km) else km


def _by_recipe(rows: tuple[Port, ...], recipes: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(recipes)]
    for number, row in enumerate(rows):
        if row.recipe >= 0:
            found[row.recipe].append(number)
    return found
