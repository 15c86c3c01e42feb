"""What makes a dispatch problem well formed; every flaw is named, none is mended in silence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from kierto.core.text import Sentence as _
from kierto.planner.dispatch.model import (
    SERIES,
    Battery,
    DispatchProblem,
    Hours,
    Tank,
)
from kierto.planner.errors import Flaw, InvalidProblem

PARTS = {
    "solar": "solar",
    "batteries": "battery",
    "heat_pumps": "heat_pump",
    "tanks": "tank",
    "waste_heat": "waste_heat",
    "boilers": "boiler",
}
"""What a flaw calls an asset, by the field of the problem that holds it."""

NOT_NEGATIVE = ("capacity", "charge", "discharge", "power", "initial", "loss")
SIGNED = frozenset({"import_price", "export_price"})
"""Series that may be negative: now and then the market pays for taking electricity."""


def check_dispatch(problem: DispatchProblem) -> None:
    """Accept a problem that :func:`~kierto.planner.dispatch.dispatch` can take.

    Raises:
        InvalidProblem: with every flaw found.
    """
    if found := dispatch_flaws(problem):
        raise InvalidProblem(found)


def dispatch_flaws(problem: DispatchProblem) -> list[Flaw]:
    """Everything that is wrong with the problem, in the order of its parts."""
    found = [*_size_flaws(problem), *_id_flaws(problem), *_series_flaws(problem)]
    for field, asset in problem.assets():
        found.extend(_asset_flaws(problem, PARTS[field], asset))
    for name in ("import_limit", "export_limit"):
        found.extend(_number("grid", "", name, getattr(problem.grid, name), least=0.0))
    found.extend(_number("problem", "", "carbon_price", problem.carbon_price, least=0.0))
    return found or list(_price_flaws(problem))


def _size_flaws(problem: DispatchProblem) -> Iterator[Flaw]:
    if not problem.hours:
        yield Flaw(
            "grid", "", "import_price", _("There are no hours."), _("Give a price for each hour.")
        )
    if not problem.buildings:
        yield Flaw(
            "problem", "", "buildings", _("There are no buildings."), _("Give at least one.")
        )


def _id_flaws(problem: DispatchProblem) -> Iterator[Flaw]:
    named = [("building", building.id) for building in problem.buildings]
    named += [(PARTS[field], asset.id) for field, asset in problem.assets()]
    counts = Counter(id_ for _part, id_ in named)
    for part, id_ in named:
        if not id_:
            yield Flaw(part, id_, "id", _("The id is empty."), _("Give each row its own id."))
        elif counts[id_] > 1:
            yield Flaw(
                part,
                id_,
                "id",
                _("The id “%(value)s” is used more than once."),
                _("Give each building and each asset its own id."),
                {"value": id_},
            )


def _series_flaws(problem: DispatchProblem) -> Iterator[Flaw]:
    parts: list[tuple[str, Any]] = [("building", building) for building in problem.buildings]
    parts += [(PARTS[field], asset) for field, asset in problem.assets()]
    parts.append(("grid", problem.grid))
    for part, each in parts:
        for name in sorted(SERIES.intersection(type(each).__slots__)):
            yield from _hourly(
                part, getattr(each, "id", ""), name, getattr(each, name), problem.hours
            )


def _hourly(part: str, id_: str, name: str, values: Hours, hours: int) -> Iterator[Flaw]:
    if len(values) != hours:
        yield Flaw(
            part,
            id_,
            name,
            _("There are %(count)s hours of it, but the import price has %(hours)s."),
            _("Give one number for each hour."),
            {"count": len(values), "hours": hours},
        )
        return
    row = np.array(values, dtype=np.float64)
    wrong = ~np.isfinite(row) if name in SIGNED else ~(np.isfinite(row) & (row >= 0))
    if wrong.any():
        hour = int(np.argmax(wrong))
        yield Flaw(
            part,
            id_,
            name,
            _("In hour %(hour)s stands %(value)s, which cannot be."),
            _("Give a finite number; only prices may be below zero."),
            {"hour": hour + 1, "value": values[hour]},
        )


def _asset_flaws(problem: DispatchProblem, part: str, asset: Any) -> Iterator[Flaw]:
    yield from _building_flaws(problem, part, asset)
    for name in type(asset).__slots__:
        value = getattr(asset, name)
        if name in NOT_NEGATIVE or (name == "cost" and part == "battery"):
            yield from _number(part, asset.id, name, value, least=0.0)
        elif name in {"cost", "emissions"}:
            yield from _number(part, asset.id, name, value)
        elif name.endswith("_efficiency") and not 0 < value <= 1:
            yield Flaw(
                part,
                asset.id,
                name,
                _("An efficiency of %(value)s is not possible."),
                _("Give a number above 0 and at most 1, such as 0.95."),
                {"value": value},
            )
    if getattr(asset, "loss", 0.0) >= 1:
        yield Flaw(
            part,
            asset.id,
            "loss",
            _("A loss of %(value)s leaves nothing."),
            _("Give a share from 0 to below 1, such as 0.01."),
            {"value": asset.loss},
        )
    if isinstance(asset, Battery | Tank):
        yield from _store_flaws(part, asset)


def _building_flaws(problem: DispatchProblem, part: str, asset: Any) -> Iterator[Flaw]:
    known = {building.id for building in problem.buildings}
    name = "buildings" if part == "waste_heat" else "building"
    wanted = asset.buildings if part == "waste_heat" else (asset.building,)
    for building in wanted:
        if building not in known:
            yield Flaw(
                part,
                asset.id,
                name,
                _("There is no building “%(value)s”."),
                _("Correct it, or add it to the buildings."),
                {"value": building},
            )


def _store_flaws(part: str, store: Battery | Tank) -> Iterator[Flaw]:
    if store.initial > store.capacity:
        yield Flaw(
            part,
            store.id,
            "initial",
            _("%(value)s kWh at the start do not fit into %(capacity)s."),
            _("Lower the one or raise the other."),
            {"value": store.initial, "capacity": store.capacity},
        )
    elif isinstance(store, Battery) and store.charge * store.charge_efficiency < (
        store.loss * store.initial
    ):
        yield Flaw(
            part,
            store.id,
            "charge",
            _(
                "The battery loses more in an hour than it can charge, so it cannot end as it began."
            ),
            _("Raise the charge, or lower the loss or the initial level."),
        )


def _number(
    part: str, id_: str, field: str, value: float | None, least: float | None = None
) -> Iterator[Flaw]:
    if value is None:
        return
    if not math.isfinite(value):
        yield Flaw(
            part,
            id_,
            field,
            _("“%(value)s” is not a finite number."),
            _("Give a plain number."),
            {"value": value},
        )
    elif least is not None and value < least:
        yield Flaw(
            part,
            id_,
            field,
            _("%(value)s is negative."),
            _("Give zero or more."),
            {"value": value},
        )


def _price_flaws(problem: DispatchProblem) -> Iterator[Flaw]:
    """Looked at only when everything else is in order: shortage must be the last resort."""
    grid = problem.grid
    buying = np.array(grid.import_price) + problem.carbon_price * np.array(grid.carbon)
    highest = max(float(buying.max()), float(np.max(grid.export_price)))
    if not problem.shortage_price > highest or not math.isfinite(problem.shortage_price):
        yield Flaw(
            "problem",
            "",
            "shortage_price",
            _("At %(value)s EUR per kWh, going short would be cheaper than buying at %(highest)s."),
            _("Give a price far above all others, such as 10."),
            {"value": problem.shortage_price, "highest": highest},
        )
