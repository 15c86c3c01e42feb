"""Capacitated warehouse location as siting problems: files of OR-Library, and made-up countries.

A file (J. E. Beasley, OR-Library; format in its ``capinfo``) has the numbers of warehouses and of
customers, for each warehouse its capacity and fixed cost, then for each customer its demand and
the cost of serving all of it from each warehouse. The published optima are those of ``capopt``.

A warehouse becomes a candidate processor that buys its goods for nothing; a customer becomes a
need whose fallback is dearer than any way to serve it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kierto.core.geography import Point
from kierto.planner import Arc, Fallback, Kind, Need, Problem, Processor, Rate, Rates, Stream

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "facility-location"

PUBLISHED = {
    "cap61": 932615.750, "cap62": 977799.400, "cap63": 1014062.050, "cap64": 1045650.250,
    "cap71": 932615.750, "cap72": 977799.400, "cap73": 1010641.450, "cap74": 1034976.975,
    "cap81": 838499.288, "cap91": 796648.438, "cap92": 855733.500, "cap101": 796648.437,
    "cap102": 854704.200, "cap103": 893782.112, "cap104": 928941.750, "cap111": 826124.713,
    "cap121": 793439.563, "cap131": 793439.562, "cap132": 851495.325, "cap133": 893076.712,
    "cap134": 928941.750,
}  # fmt: skip

KINDS = (Kind("supply", "t"), Kind("goods", "t"))
NOT_WORTH_SENDING_BACK = Fallback(1.0)
"""What a warehouse pays for goods that nobody takes, so that it never handles more than it sends."""


@dataclass(frozen=True)
class Warehouses:
    """One instance.

    Attributes:
        capacity, fixed: by warehouse.
        demand: by customer.
        cost: of serving all of a customer's demand, f[warehouses, customers].
    """

    capacity: NDArray[np.float64]
    fixed: NDArray[np.float64]
    demand: NDArray[np.float64]
    cost: NDArray[np.float64]

    @property
    def unit_cost(self) -> NDArray[np.float64]:
        """Of one unit of demand."""
        units: NDArray[np.float64] = self.cost / self.demand
        return units

    @property
    def never(self) -> float:
        """A price at which nobody buys: dearer than opening a warehouse for a single unit."""
        return math.ceil(float(self.fixed.max() + self.unit_cost.max())) + 1.0


def read(path: Path) -> Warehouses:
    """Read one OR-Library file.

    Raises:
        ValueError: it holds another number of figures than it announces.
    """
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=np.float64)
    sites, customers = int(numbers[0]), int(numbers[1])
    if len(numbers) != 2 + 2 * sites + customers * (1 + sites):
        raise ValueError(f"{path.name} has {len(numbers)} figures, not as many as it announces")
    heads = numbers[2 : 2 + 2 * sites].reshape(sites, 2)
    rows = numbers[2 + 2 * sites :].reshape(customers, 1 + sites)
    return Warehouses(heads[:, 0], heads[:, 1], rows[:, 0], rows[:, 1:].T.copy())


def to_problem(instance: Warehouses) -> Problem:
    """Every cost stated pair by pair."""
    never = Fallback(instance.never)
    units = instance.unit_cost.tolist()
    return Problem(
        kinds=KINDS,
        offers=(),
        needs=tuple(
            Need(f"c{j:04}", f"customer {j}", "goods", amount, None, never)
            for j, amount in enumerate(instance.demand.tolist())
        ),
        processors=tuple(
            _warehouse(i, None, capacity, fixed)
            for i, (capacity, fixed) in enumerate(
                zip(instance.capacity.tolist(), instance.fixed.tolist(), strict=True)
            )
        ),
        rates=Rates(Rate(0.0, 0.0)),
        arcs=tuple(
            Arc(f"w{i:03}:out:goods", f"c{j:04}", cost)
            for i, row in enumerate(units)
            for j, cost in enumerate(row)
        ),
        period="year",
    )


def country(sites: int, customers: int, *, ratio: float = 3.0, seed: int = 0) -> Problem:
    """A made-up country in the manner of Cornuéjols, Sridharan and Thizy, "A comparison of
    heuristics and relaxations for the capacitated plant location problem", European Journal of
    Operational Research 50 (1991): places uniform in a square, demands U(5, 35), capacities
    U(10, 160) scaled so that they are ``ratio`` times the demand in all, fixed costs U(0, 90) +
    U(100, 110) · √capacity, ten a unit carried across the side of the square. The scaling is
    part of their recipe; a small ratio makes capacities tight, as in Beasley's capa to capc.
    """
    dice = np.random.default_rng(seed)
    side_km = 100.0
    demand = np.round(dice.uniform(5, 35, customers), 2)
    capacity = dice.uniform(10, 160, sites)
    capacity = np.round(capacity * ratio * demand.sum() / capacity.sum(), 2)
    fixed = np.round(dice.uniform(0, 90, sites) + dice.uniform(100, 110, sites) * capacity**0.5, 2)
    places = _places(dice.random((sites + customers, 2)) * side_km)
    never = Fallback(math.ceil(float(fixed.max())) + 100.0)
    return Problem(
        kinds=KINDS,
        offers=(),
        needs=tuple(
            Need(f"c{j:04}", f"customer {j}", "goods", amount, places[sites + j], never)
            for j, amount in enumerate(demand.tolist())
        ),
        processors=tuple(
            _warehouse(i, places[i], capacity, fixed)
            for i, (capacity, fixed) in enumerate(
                zip(capacity.tolist(), fixed.tolist(), strict=True)
            )
        ),
        rates=Rates(Rate(10.0 / side_km, 0.0), road_factor=1.0),
        period="year",
    )


def _places(km: NDArray[np.float64]) -> list[Point]:
    """Points in a flat enough part of the world (a degree of latitude is 111.2 km)."""
    return [Point(y / 111.195, x / 111.195) for x, y in km.tolist()]


def _warehouse(number: int, place: Point | None, capacity: float, fixed: float) -> Processor:
    return Processor(
        id=f"w{number:03}",
        agent=f"warehouse {number}",
        place=place,
        inputs=(Stream("supply", 1.0, Fallback(0.0)),),
        outputs=(Stream("goods", 1.0, NOT_WORTH_SENDING_BACK),),
        capacity=capacity,
        opening_cost=fixed,
    )
