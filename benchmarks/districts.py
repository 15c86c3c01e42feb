"""Districts to measure the planner on: as large as wanted, the same for the same seed.

People live in clusters of some two hundred, five participants to the square kilometre whatever
their number, around Helsinki. Half of them offer something and half need something; prices, fallbacks and
rates are those of bulky side streams in tonnes: 3 € for handling, 0.16 to 0.48 € a tonne and
kilometre, 20 to 60 € for dumping and 15 to 50 € for buying new.

`country` has simple processors (one input, one output, a few per ten thousand participants);
`recipes_country` has many attractive ones of up to three inputs and three outputs, which is
what makes a circulation hard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kierto.core.geography import Point
from kierto.planner import Fallback, Kind, Need, Offer, Problem, Processor, Rate, Rates, Stream

Floats = NDArray[np.float64]

CENTRE = Point(60.2, 24.7)
KM_PER_DEGREE = 111.195
DENSITY = 5.0
"""Participants to the square kilometre."""

TONNE_KM = 0.16
HANDLING = 3.0
CLUSTER = 200
OUTPUT_DISPOSAL = Fallback(30.0)


def country(
    participants: int,
    *,
    kinds: int = 6,
    processors: int | None = None,
    clustered: bool = True,
    seed: int = 0,
) -> Problem:
    """As many offers as needs of each kind, and processors from one kind to the next.

    ``processors`` is one for two thousand participants (at least three) unless given.
    """
    land = _Land(participants, kinds, clustered, seed)
    if processors is None:
        processors = max(3, participants // 2000)
    each = range(processors)
    spots = [land.spot() for _ in each]
    makers = [_simple(land, number, spots[number], processors) for number in each]
    return land.problem(makers)


def recipes_country(
    participants: int,
    *,
    recipes: int = 500,
    kinds: int = 6,
    clustered: bool = True,
    seed: int = 0,
) -> Problem:
    """The same country with ``recipes`` processors of up to three inputs and three outputs, of
    which most are worth running."""
    land = _Land(participants, kinds, clustered, seed)
    makers = [_manifold(land, number, recipes) for number in range(recipes)]
    return land.problem(makers)


class _Land:
    """A square with its participants; the dice roll in one fixed order."""

    def __init__(self, participants: int, kinds: int, clustered: bool, seed: int) -> None:
        self.dice: Generator = np.random.default_rng(seed)
        self.kinds = kinds
        self.per_kind = max(1, participants // (2 * kinds))
        self.side = (participants / DENSITY) ** 0.5
        self.clustered = clustered
        self.offers = list(self._offers())
        self.needs = list(self._needs())

    def problem(self, processors: list[Processor]) -> Problem:
        return Problem(
            kinds=tuple(Kind(f"k{kind}", "t") for kind in range(self.kinds)),
            offers=tuple(self.offers),
            needs=tuple(self.needs),
            processors=tuple(processors),
            rates=Rates(
                _rate(0),
                {f"k{kind}": _rate(kind) for kind in range(self.kinds)},
                road_factor=1.0,
            ),
        )

    def spot(self) -> Point:
        """Anywhere in the square, clusters or not."""
        return next(_points(self.dice.random((1, 2)) * self.side, self.side))

    def _offers(self) -> Iterator[Offer]:
        for kind in range(self.kinds):
            for number, amount, place, price in self._crowd(20, 60):
                id_ = f"{kind}o{number}"
                yield Offer(id_, id_, f"k{kind}", amount, place, Fallback(price))

    def _needs(self) -> Iterator[Need]:
        for kind in range(self.kinds):
            for number, amount, place, price in self._crowd(15, 50):
                id_ = f"{kind}n{number}"
                yield Need(id_, id_, f"k{kind}", amount, place, Fallback(price))

    def _crowd(self, low: float, high: float) -> Iterator[tuple[int, float, Point, float]]:
        """Number, amount (t), place and fallback price (EUR/t) of everybody on one side."""
        count = self.per_kind
        places = list(_points(self._scatter(count), self.side))
        amounts = self.dice.integers(1, 200, count) / 10
        prices = np.round(self.dice.uniform(low, high, count), 2)
        yield from zip(range(count), amounts.tolist(), places, prices.tolist(), strict=True)

    def _scatter(self, count: int) -> Floats:
        if not self.clustered:
            spread: Floats = self.dice.random((count, 2)) * self.side
            return spread
        centres = self.dice.random((max(5, count // CLUSTER), 2)) * self.side
        chosen: Floats = centres[self.dice.integers(len(centres), size=count)]
        chosen += self.dice.normal(scale=self.side / 40, size=(count, 2))
        return chosen


def _simple(land: _Land, number: int, place: Point, processors: int) -> Processor:
    """One unit of a kind becomes a little less of the next kind."""
    dice = land.dice
    taken = int(dice.integers(land.kinds))
    made = Stream(f"k{(taken + 1) % land.kinds}", float(dice.uniform(0.6, 0.95)), OUTPUT_DISPOSAL)
    return Processor(
        id=f"p{number}",
        agent=f"p{number}",
        place=place,
        inputs=(Stream(f"k{taken}", 1.0),),
        outputs=(made,),
        capacity=float(dice.uniform(0.2, 1.0)) * land.per_kind * 10 / processors,
        cost=float(dice.uniform(2, 12)),
    )


def _manifold(land: _Land, number: int, recipes: int) -> Processor:
    """Several kinds into several others, often at a profit."""
    dice, place = land.dice, land.spot()
    inputs = _streams(land, lambda kind: Stream(kind, float(dice.uniform(0.3, 1.0))))
    outputs = _streams(
        land, lambda kind: Stream(kind, float(dice.uniform(0.2, 0.6)), OUTPUT_DISPOSAL)
    )
    taken = sum(stream.yield_ for stream in inputs)
    made = sum(stream.yield_ for stream in outputs)
    # Nothing comes out of nothing: a circle of recipes that gains is refused.
    kept = min(1.0, 0.95 * taken / made)
    outputs = tuple(replace(stream, yield_=stream.yield_ * kept) for stream in outputs)
    share = land.per_kind * 10 / recipes * land.kinds / 3
    return Processor(
        id=f"p{number}",
        agent=f"p{number}",
        place=place,
        inputs=inputs,
        outputs=outputs,
        capacity=float(dice.uniform(0.2, 1.0)) * share,
        cost=float(dice.uniform(-10, 5)),
    )


def _streams(land: _Land, stream: Callable[[str], Stream]) -> tuple[Stream, ...]:
    """One to three streams of different kinds."""
    count = min(land.kinds, int(land.dice.integers(1, 4)))
    chosen = land.dice.choice(land.kinds, count, replace=False)
    return tuple(stream(f"k{kind}") for kind in chosen.tolist())


def _rate(kind: int) -> Rate:
    return Rate(TONNE_KM * (1 + kind % 3), 0.0, HANDLING)


def _points(km: Floats, side: float) -> Iterator[Point]:
    """Kilometres in the square, as degrees around its centre (true to distance north and east)."""
    latitude = CENTRE.latitude + (km[:, 1] - side / 2) / KM_PER_DEGREE
    shrink = KM_PER_DEGREE * np.cos(np.radians(latitude))
    longitude = CENTRE.longitude + (km[:, 0] - side / 2) / shrink
    for place in zip(latitude.tolist(), longitude.tolist(), strict=True):
        yield Point(*place)
