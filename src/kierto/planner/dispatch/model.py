"""What dispatch is asked: buildings, their assets, the grid, hour by hour.

Units throughout: energy in kWh, and since every step is one hour, power in kW is kWh per hour;
money in euros; emissions in kg CO2e; the carbon price in euros per kg CO2e. ``Hours`` has one
number for each hour of the problem. All records are immutable, and a problem sorts its parts by
id, so that the order of rows never changes a plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from kierto.planner.canonical import digest
from kierto.planner.plain import Plain

Hours = tuple[float, ...]
"""One number per hour."""

SHORTAGE_PRICE = 10.0
"""EUR per kWh that no asset can supply; far above any fuel, so that it is the last resort.
European studies put the value of lost load at some 5 to 25 EUR per kWh (ACER/CEPA, "Study on the
estimation of the value of lost load of electricity supply in Europe", 2018; range unverified)."""


@dataclass(frozen=True, slots=True)
class Building:
    """Needs electricity and heat each hour; heat of zero means that it has no need of any."""

    id: str
    electricity: Hours
    heat: Hours
    label: str = ""

    @property
    def name(self) -> str:
        """What people read: the label, or the id where there is none."""
        return self.label or self.id


@dataclass(frozen=True, slots=True)
class Solar:
    """What the sun offers on a building each hour; any part of it may be left unused."""

    id: str
    building: str
    available: Hours


@dataclass(frozen=True, slots=True)
class Battery:
    """Stores electricity.

    Attributes:
        capacity: kWh that fit in; ``charge`` and ``discharge``: the most kWh an hour, measured at
            the terminals.
        charge_efficiency: kWh stored per kWh taken; ``discharge_efficiency``: kWh given per kWh
            drawn from the store. Each above 0 and at most 1.
        loss: share of what is stored that is gone an hour later.
        cost: EUR of wear for each kWh given.
        initial: kWh stored before the first hour; after the last hour at least as much is stored.
    """

    id: str
    building: str
    capacity: float
    charge: float
    discharge: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    loss: float = 0.0
    cost: float = 0.0
    initial: float = 0.0


@dataclass(frozen=True, slots=True)
class HeatPump:
    """Turns at most ``power`` kWh of electricity an hour into ``cop`` times as much heat."""

    id: str
    building: str
    power: float
    cop: Hours


@dataclass(frozen=True, slots=True)
class Tank:
    """Stores a building's heat; ``capacity``, ``loss`` and ``initial`` as in :class:`Battery`."""

    id: str
    building: str
    capacity: float
    loss: float = 0.0
    initial: float = 0.0


@dataclass(frozen=True, slots=True)
class WasteHeat:
    """Heat that somebody has left over, sent by pipe to several buildings.

    Attributes:
        available: kWh at the source each hour.
        buildings: ids of those connected; empty means all.
        cost, emissions: EUR and kg CO2e for each kWh taken at the source.
        loss: share that is lost on the way.
    """

    id: str
    available: Hours
    buildings: tuple[str, ...] = ()
    cost: float = 0.0
    emissions: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Boiler:
    """Heat from fuel, or bought from a heat company: at most ``power`` kWh an hour.

    ``power`` of ``None`` is without limit; ``cost`` and ``emissions`` are for each kWh of heat.
    """

    id: str
    building: str
    cost: float
    emissions: float = 0.0
    power: float | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The one connection that all buildings share. Inside it electricity is shared freely.

    Attributes:
        import_price, export_price: EUR for each kWh bought, and earned for each kWh sold.
        carbon: kg CO2e for each kWh bought. What is sold is credited with nothing.
        import_limit, export_limit: the most kWh an hour; ``None`` is without limit.
    """

    import_price: Hours
    export_price: Hours
    carbon: Hours
    import_limit: float | None = None
    export_limit: float | None = None


@dataclass(frozen=True, slots=True)
class DispatchProblem(Plain):
    """Everything a dispatch depends on, and nothing else.

    Attributes:
        carbon_price: euros per kg CO2e, added to every cost in the objective.
        shortage_price: euros for each kWh of electricity or heat that nothing can supply.
        start: when the first hour begins, as ISO 8601 text with its offset; a label only.
    """

    buildings: tuple[Building, ...]
    grid: Grid
    solar: tuple[Solar, ...] = ()
    batteries: tuple[Battery, ...] = ()
    heat_pumps: tuple[HeatPump, ...] = ()
    tanks: tuple[Tank, ...] = ()
    waste_heat: tuple[WasteHeat, ...] = ()
    boilers: tuple[Boiler, ...] = ()
    carbon_price: float = 0.0
    shortage_price: float = SHORTAGE_PRICE
    start: str = ""

    def __post_init__(self) -> None:
        for name in ("buildings", *ASSETS):
            ordered = tuple(sorted(getattr(self, name), key=lambda part: part.id))
            object.__setattr__(self, name, ordered)

    @property
    def hours(self) -> int:
        """How many hours are planned."""
        return len(self.grid.import_price)

    def assets(self) -> Iterator[tuple[str, Any]]:
        """Every asset with the name of the field that holds it."""
        for name in ASSETS:
            for asset in getattr(self, name):
                yield name, asset

    def between(self, first: int, last: int) -> DispatchProblem:
        """The same district for the hours ``first`` to ``last`` (excluded) only."""
        cut: dict[str, Any] = {
            name: tuple(_cut(part, first, last) for part in getattr(self, name))
            for name in ("buildings", *ASSETS)
        }
        return replace(self, grid=_cut(self.grid, first, last), **cut)

    def digest(self) -> str:
        """SHA-256 of the canonical form: the same inputs in any order have the same digest."""
        return digest(self)


ASSETS = ("solar", "batteries", "heat_pumps", "tanks", "waste_heat", "boilers")
"""The fields of a problem that hold assets."""

SERIES = frozenset(
    {"electricity", "heat", "available", "cop", "import_price", "export_price", "carbon"}
)
"""The fields that have one number per hour."""


def _cut(part: Any, first: int, last: int) -> Any:
    series = [each.name for each in fields(part) if each.name in SERIES]
    return replace(part, **{name: getattr(part, name)[first:last] for name in series})
