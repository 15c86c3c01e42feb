"""Several periods: what each carries, keeps and costs, and what lies in every storage when."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import Any

from kierto.core.text import Sentence as _
from kierto.planner.explanation import figure
from kierto.planner.model import Storage
from kierto.planner.periods import PeriodPlan
from kierto.planner.report import tables
from kierto.planner.report.view import View, measure

_WHAT_WAITS_IN_STORAGE = _("What waits in storage")
_THE_SAME_AS_A_TABLE = _("The same as a table")

WIDTH, HEIGHT, EDGE = 640.0, 150.0, 46.0
LABELLED = 12
"""So many periods have their number under the bar; of more, only some."""


def period_section(view: View) -> str:
    """One row per period; empty where there is only one."""
    if not view.timed:
        return ""
    caption = _("Each %(period)s of the plan") % view.span
    head = (
        (view.problem.period_name, True),
        (_("Carried"), True),
        (_("Kept for later"), True),
        (_("Cost (EUR)"), True),
        (_("Emissions (kg CO₂e)"), True),
    )
    rows = [
        (
            each.period,
            _amounts(view, _carried(view, each)),
            _amounts(view, _kept(view, each)),
            *(figure(value) for value in period_costs(view, each)),
        )
        for each in view.periods
    ]
    heading = escape(str(_("When it happens")))
    return f"<section><h2>{heading}</h2>{tables.table(caption, head, rows)}</section>"


def stock_section(view: View) -> str:
    """A small chart for each storage, and one table of all."""
    if not view.timed or not view.problem.storages:
        return ""
    figures = "".join(_figure(view, store) for store in view.problem.storages)
    caption = _("What lies in each storage at the end of each %(period)s") % view.span
    head = (
        (view.problem.period_name, True),
        *((f"{store.agent} ({store.id})", True) for store in view.problem.storages),
    )
    rows = [
        (
            each.period,
            *(
                measure(each.stocks.get(store.id, 0.0), view.kinds[store.kind].unit)
                for store in view.problem.storages
            ),
        )
        for each in view.periods
    ]
    return (
        f"<section><h2>{escape(str(_WHAT_WAITS_IN_STORAGE))}</h2>{figures}"
        f"<details><summary>{escape(str(_THE_SAME_AS_A_TABLE))}</summary>"
        f"{tables.table(caption, head, rows)}</details></section>"
    )


def _carried(view: View, each: PeriodPlan) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for flow in each.flows:
        total[view.kinds[flow.kind].unit] += flow.amount
    return total


def _kept(view: View, each: PeriodPlan) -> dict[str, float]:
    units = {store.id: view.kinds[store.kind].unit for store in view.problem.storages}
    total: dict[str, float] = defaultdict(float)
    for id_, stock in each.stocks.items():
        total[units[id_]] += stock
    return total


def _amounts(view: View, total: dict[str, float]) -> str:
    shown = [measure(total[unit], unit) for unit in sorted(total) if total[unit]]
    return " + ".join(shown) or "–"


def period_costs(view: View, each: PeriodPlan) -> tuple[float, float]:
    """Euros and kg CO2e of a period: carrying, fallbacks, processing and keeping."""
    cost = sum(flow.cost for flow in each.flows)
    emissions = sum(flow.emissions for flow in each.flows)
    for port, amount in each.fallbacks.items():
        fallback = view.ports[port].fallback
        if fallback is not None:
            cost += amount * fallback.cost
            emissions += amount * fallback.emissions
    for maker in view.problem.processors:
        cost += each.levels.get(maker.id, 0.0) * maker.cost
        emissions += each.levels.get(maker.id, 0.0) * maker.emissions
    for store in view.problem.storages:
        cost += each.stocks.get(store.id, 0.0) * store.cost
        emissions += each.stocks.get(store.id, 0.0) * store.emissions
    return cost, emissions


def _figure(view: View, store: Storage) -> str:
    unit = view.kinds[store.kind].unit
    stocks = [each.stocks.get(store.id, 0.0) for each in view.periods]
    fields = {
        **view.span,
        "store": f"{store.agent} ({store.id})",
        "kind": view.kinds[store.kind].name,
        "most": measure(max(stocks), unit),
        "room": measure(store.capacity, unit),
    }
    caption = _(
        "%(store)s: %(kind)s at the end of each %(period)s, at most %(most)s. "
        "There is room for %(room)s."
    )
    return (
        f"<figure><figcaption>{escape(str(caption % fields))}</figcaption>"
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(fields["store"])}">'
        f"{_bars(view, store, stocks, unit)}</div></figure>"
    )


def _bars(view: View, store: Storage, stocks: list[float], unit: str) -> str:
    """One bar a period; a dashed line at the room where it is near enough to be seen."""
    most = max(stocks)
    top = store.capacity if store.capacity <= 2 * most else most
    top = top or 1.0
    step = (WIDTH - 2 * EDGE) / len(stocks)
    parts = [f'<path class="bar" d="M{EDGE},{HEIGHT} h{WIDTH - 2 * EDGE:.1f}"/>']
    every = -(-len(stocks) // LABELLED)
    for number, stock in enumerate(stocks, start=1):
        place = len(stocks) - number if view.mirrored else number - 1
        x, height = EDGE + place * step, (HEIGHT - 20) * stock / top
        told = f"{view.problem.period_name} {number}: {measure(stock, unit)}"
        parts.append(
            f'<rect class="stock" x="{x + step * 0.1:.1f}" y="{HEIGHT - height:.1f}" '
            f'width="{step * 0.8:.1f}" height="{height:.1f}"><title>{escape(told)}</title></rect>'
        )
        if (number - 1) % every == 0:
            parts.append(
                f'<text class="label" x="{x + step / 2:.1f}" y="{HEIGHT + 16:.1f}" '
                f'text-anchor="middle">{number}</text>'
            )
    if store.capacity <= top:
        y = HEIGHT - (HEIGHT - 20) * store.capacity / top
        parts.append(f'<path class="room" d="M{EDGE},{y:.1f} h{WIDTH - 2 * EDGE:.1f}"/>')
    parts.append(_top_label(view, measure(top, unit)))
    name: Any = _("Stock over time; the table below says the same")
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT + 24:.0f}" role="img" '
        f'aria-label="{escape(str(name))}" preserveAspectRatio="xMidYMid meet">'
        f"{''.join(parts)}</svg>"
    )


def _top_label(view: View, text: str) -> str:
    x, anchor = (WIDTH - EDGE, "end") if view.mirrored else (EDGE, "start")
    return f'<text class="label" x="{x:.1f}" y="14" text-anchor="{anchor}">{escape(text)}</text>'
