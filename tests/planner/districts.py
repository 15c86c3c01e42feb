"""Problems for tests: a random district of any size, and the parts of small ones."""

from __future__ import annotations

import random
from collections.abc import Mapping

from kierto.core.geography import Point
from kierto.planner import (
    Arc,
    Fallback,
    Kind,
    Need,
    Offer,
    Problem,
    Processor,
    Rate,
    Rates,
    Stream,
)
from kierto.planner.model import Limits

HERE = Point(60.2, 24.75)
KINDS = (
    Kind("wood", "kg", label="wood"),
    Kind("pine", "kg", "wood"),
    Kind("oak", "kg", "wood"),
    Kind("board", "kg"),
    Kind("heat", "kWh"),
    Kind("ash", "kg"),
)
RATES = Rates(Rate(0.01, 0.002, 0.005, 0.001), {"heat": Rate(0.03, 0.001, 0.002, max_km=6.0)}, 1.3)


def offer(
    id_: str,
    kind: str = "wood",
    amount: float = 10,
    *,
    dump: float = 1,
    dump_emissions: float = 0,
    place: Point | None = HERE,
    quality: Mapping[str, float] | None = None,
    lot: float = 0,
) -> Offer:
    """An offer by an agent of its own."""
    fallback = Fallback(dump, dump_emissions)
    return Offer(id_, f"giver {id_}", kind, amount, place, fallback, quality or {}, lot)


def need(
    id_: str,
    kind: str = "wood",
    amount: float = 10,
    *,
    buy: float = 2,
    buy_emissions: float = 0,
    place: Point | None = HERE,
    limits: Limits | None = None,
) -> Need:
    """A need of an agent of its own."""
    return Need(
        id_, f"taker {id_}", kind, amount, place, Fallback(buy, buy_emissions), limits or {}
    )


def press(**changes: object) -> Processor:
    """One unit of wood becomes one of board, at 0.5 a unit."""
    values = {
        "id": "press",
        "agent": "the press",
        "place": HERE,
        "inputs": (Stream("wood", 1),),
        "outputs": (Stream("board", 1, Fallback(0)),),
        "capacity": 100,
        "cost": 0.5,
    }
    return Processor(**{**values, **changes})  # type: ignore[arg-type]


def problem(*parts: Offer | Need | Processor | Arc, **changes: object) -> Problem:
    """A problem of these parts."""
    values: dict[str, object] = {
        "kinds": KINDS,
        "offers": tuple(each for each in parts if isinstance(each, Offer)),
        "needs": tuple(each for each in parts if isinstance(each, Need)),
        "processors": tuple(each for each in parts if isinstance(each, Processor)),
        "rates": Rates(Rate(0.1, 0)),
        "arcs": tuple(each for each in parts if isinstance(each, Arc)) or None,
    }
    return Problem(**{**values, **changes})  # type: ignore[arg-type]


def east(km: float) -> Point:
    """A point so many straight kilometres east of ``HERE`` (to a per mille)."""
    return Point(HERE.latitude, HERE.longitude + km / 55.2597)


def random_district(seed: int, size: int = 12, *, lots: bool = False) -> Problem:
    """``size`` offers, needs, and three processors that feed each other."""
    dice = random.Random(seed)
    solid = ["wood", "pine", "oak", "board", "ash"]

    def spot() -> Point:
        return Point(60.2 + dice.random() * 0.05, 24.7 + dice.random() * 0.1)

    def fallback(scale: float) -> Fallback:
        return Fallback(round(dice.random() * scale, 3), round(dice.random(), 3))

    offers = tuple(
        Offer(
            f"o{i}",
            f"giver {i}",
            dice.choice(solid),
            dice.choice([0, 50, 100, 125, 300]),
            None if dice.random() < 0.1 else spot(),
            fallback(0.2),
            {"moisture": round(dice.random(), 2)} if dice.random() < 0.8 else {},
            dice.choice([0, 0, 60, 110]) if lots else 0,
        )
        for i in range(size)
    )
    needs = tuple(
        Need(
            f"n{i}",
            f"taker {i}",
            dice.choice([*solid, "heat"]),
            dice.choice([0, 50, 100, 125, 300]),
            spot(),
            fallback(0.6),
            {"moisture": (None, 0.8)} if dice.random() < 0.3 else {},
        )
        for i in range(size)
    )
    processors = (
        Processor(
            "boiler",
            "boiler house",
            spot(),
            (Stream("wood", 1.0, limits={"moisture": (None, 0.6)}),),
            (Stream("heat", 4, Fallback(0)), Stream("ash", 0.02, Fallback(0.2), {"moisture": 0})),
            dice.choice([80, 300, 2000]),
            0.02,
            0.01,
        ),
        Processor(
            "press",
            "board press",
            spot(),
            (Stream("wood", 1.1), Stream("heat", 0.3, Fallback(0.1, 0.2))),
            (Stream("board", 1, Fallback(0.05, 0.1), {"moisture": 0.1}),),
            dice.choice([0, 200, 500]),
            round(dice.random() * 0.2, 3),
            0.01,
        ),
        Processor(
            "chipper",
            "chipper",
            spot(),
            (Stream("board", 1),),
            (Stream("wood", 0.9, Fallback(0.05), {"moisture": 0.2}),),
            150,
            0.01,
        ),
    )
    ends = [(each.id, one.id) for each in offers for one in needs]
    rich = {each.id: each.kind for each in (*offers, *needs)}
    alike = [pair for pair in ends if rich[pair[0]] == rich[pair[1]]]
    arcs = tuple(Arc(*pair, cost=0.01, emissions=0.001, km=None) for pair in alike[::7])
    return Problem(
        kinds=KINDS,
        offers=offers,
        needs=needs,
        processors=processors,
        rates=RATES,
        arcs=arcs or None,
        excluded=frozenset(ends[::11]),
        carbon_price=dice.choice([0, 0.1, 0.5]),
    )
