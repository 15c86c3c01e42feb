"""The report's tables. Every text from the data is escaped by :func:`~kierto.planner.report.tables.table`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kierto.core.text import Sentence as _
from kierto.planner.dispatch.district import Floats
from kierto.planner.dispatch.report.pictures import Layer
from kierto.planner.dispatch.report.view import DispatchView, plain_time
from kierto.planner.explanation import figure
from kierto.planner.report.tables import table

MOST_DAYS = 400
"""Days in a table; a longer plan is told by month in hours.csv."""


def money_table(view: DispatchView) -> str:
    """Plan, baseline and saving: euros, kg CO2e, and euros with carbon."""
    plan = view.plan
    names = {
        "cost": _("Cost (EUR)"),
        "emissions": _("Emissions (kg CO₂e)"),
        "objective": _("Cost with carbon (EUR)"),
    }
    head = (
        (_("What"), False),
        (_("With this plan"), True),
        (_("Each alone at the grid"), True),
        (_("Saved"), True),
    )
    rows = [
        (
            name,
            *(figure(getattr(each, part)) for each in (plan.totals, plan.baseline, plan.savings)),
        )
        for part, name in names.items()
    ]
    return table(_("What these hours cost"), head, rows)


def hour_table(
    view: DispatchView, caption: Any, layers: Sequence[Layer], line: Any, need: Floats
) -> str:
    """The numbers of a picture."""
    head = (
        (_("Hour"), False),
        *((layer.name, True) for layer in layers),
        (line, True),
    )
    rows = [
        (
            plain_time(time),
            *(figure(float(layer.values[hour])) for layer in layers),
            figure(float(need[hour])),
        )
        for hour, time in enumerate(view.times[view.span])
    ]
    return table(_("%(what)s, in kWh") % {"what": caption}, head, rows)


def day_table(view: DispatchView) -> str:
    """What came and went, by day."""
    operation, district = view.operation, view.district
    columns = (
        (_("Electricity needed"), district.total_demand),
        (_("Heat needed"), district.heat.sum(axis=0)),
        (_("Sun used"), operation.solar),
        (_("Bought"), operation.imports),
        (_("Sold"), operation.exports),
        (_("Heat pumps"), operation.pumps.sum(axis=0)),
        (_("Waste heat"), operation.pipes.sum(axis=0)),
        (_("Lacking"), operation.shortage + operation.heat_shortage.sum(axis=0)),
    )
    sums = [view.by_day(values) for _name, values in columns]
    rows = [
        (date, *(figure(each[day]) for each in sums))
        for day, date in enumerate(view.dates[:MOST_DAYS])
    ]
    head = ((_("Day"), False), *((name, True) for name, _values in columns))
    return table(_("Each day, in kWh"), head, rows)


def asset_table(view: DispatchView) -> str:
    """What each asset gave in all hours, and at most in one."""
    problem, operation, district = view.problem, view.operation, view.district
    given = district.cop * operation.pumps
    rows = [
        *_asset_rows(_("Sunshine"), problem.solar, view.roofs),
        *_asset_rows(_("Battery"), problem.batteries, operation.discharge),
        *_asset_rows(_("Heat pump"), problem.heat_pumps, given),
        *_asset_rows(_("Boiler or bought heat"), problem.boilers, operation.boilers),
    ]
    for row, source in enumerate(problem.waste_heat):
        taken = operation.pipes[district.pipe_source == row].sum(axis=0)
        rows.append(_asset_row(_("Waste heat"), source.id, "–", taken))
    head = (
        (_("Asset"), False),
        (_("Kind"), False),
        (_("Building"), False),
        (_("Given (kWh)"), True),
        (_("Most in one hour (kW)"), True),
    )
    return table(_("What each asset gave in all hours"), head, rows)


def share(value: float) -> str:
    """A small share in per cent, with as many digits as it needs."""
    return f"{value:.2%}" if value >= 1e-4 else f"{value:.1e}"


def _asset_rows(kind: Any, assets: Iterable[Any], values: Floats) -> list[tuple[Any, ...]]:
    return [
        _asset_row(kind, asset.id, asset.building, row)
        for asset, row in zip(assets, values, strict=True)
    ]


def _asset_row(kind: Any, id_: str, building: str, values: Floats) -> tuple[Any, ...]:
    total, most = float(values.sum()), float(values.max(initial=0.0))
    return (id_, kind, building, figure(total), figure(most))
