"""Which candidate sites open, and which blends are met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from kierto.core.text import Sentence as _
from kierto.planner.explanation import figure
from kierto.planner.model import Blend, Processor
from kierto.planner.network import Port
from kierto.planner.periods import split_id, unfold
from kierto.planner.plan import Flow
from kierto.planner.report import tables
from kierto.planner.report.view import View

_WHICH_SITES_OPEN = _("Which sites open")
_WHAT_IS_BLENDED = _("What is blended")

METHODS = {
    "branch and bound": _("branch and bound"),
    "decomposition": _("decomposition"),
}


def site_section(view: View) -> str:
    """The candidates, opened or not; empty where there are none."""
    siting = view.plan.siting
    if siting is None:
        return ""
    opened = set(siting.opened)
    head = (
        (_("Site"), False),
        (_("Opens"), False),
        (_("Opening cost (EUR)"), True),
        (_("Level"), True),
        (_("At least"), True),
        (_("At most"), True),
    )
    rows = [
        (
            f"{each.agent} ({each.id})",
            _("yes") if each.id in opened else _("no"),
            figure(each.opening_cost),
            _level(view, each),
            figure(each.minimum),
            figure(max(each.profile, default=each.capacity)),
        )
        for each in candidates(view.problem.processors)
    ]
    fields: dict[str, Any] = {
        **view.span,
        "opened": len(opened),
        "count": len(rows),
        "cost": figure(siting.opening_cost),
        "bound": figure(siting.bound),
        "gap": f"{max(siting.gap, 0.0):.2%}",
        "method": METHODS.get(siting.method, siting.method),
    }
    said = view.say(
        _(
            "%(opened)s of %(count)s candidate sites open, for %(cost)s EUR a %(period)s. Whatever "
            "sites one chose, the plan would cost at least %(bound)s EUR with carbon: nothing "
            "cheaper by more than %(gap)s is possible (found by %(method)s)."
        ),
        _(
            "%(opened)s of %(count)s candidate sites open, for %(cost)s EUR over all periods. "
            "Whatever sites one chose, the plan would cost at least %(bound)s EUR with carbon: "
            "nothing cheaper by more than %(gap)s is possible (found by %(method)s)."
        ),
    )
    caption = _("Candidate sites, in units of level a %(period)s") % view.span
    return (
        f"<section><h2>{escape(str(_WHICH_SITES_OPEN))}</h2>"
        f"<p>{escape(str(said % fields))}</p>{tables.table(caption, head, rows)}</section>"
    )


def _level(view: View, site: Processor) -> str:
    """Its level; over several periods from the lowest to the highest."""
    if not view.timed:
        return figure(view.plan.levels.get(site.id, 0.0))
    levels = [each.levels.get(site.id, 0.0) for each in view.periods]
    low, high = figure(min(levels)), figure(max(levels))
    return low if low == high else f"{low}–{high}"


def candidates(processors: Iterable[Processor]) -> list[Processor]:
    """The processors about which there is a choice."""
    return [each for each in processors if each.opening_cost or each.minimum]


def blend_section(view: View) -> str:
    """What every blend asks for and what arrives; empty where there are none."""
    ends = list(_blended(view))
    if not ends:
        return ""
    into: dict[str, list[Flow]] = {}
    for flow in view.plan.flows:
        into.setdefault(flow.sink, []).append(flow)
    head = (
        (_("Who"), False),
        (_("Need or input"), False),
        *([(view.problem.period_name, True)] if view.timed else []),
        (_("Blend"), False),
        (_("Allowed"), True),
        (_("Arrives"), True),
        (_("At its limit"), False),
    )
    rows = []
    for port, number, blend in ends:
        id_, period = split_id(port) if view.timed else (port, 1)
        rows.append(
            (
                view.ports[id_].agent,
                id_,
                *([period] if view.timed else []),
                f"{blend.quality} ÷ {blend.per}" if blend.per else blend.quality,
                _range(blend),
                _arrives(view, into.get(port, []), blend),
                _limit(view, port, number),
            )
        )
    caption = _("Blends: the mean of all that arrives, weighted by amount")
    words = _(
        "A blend limits what arrives taken together, so that one thing may make up for another. "
        "What is bought new is taken to fit."
    )
    return (
        f"<section><h2>{escape(str(_WHAT_IS_BLENDED))}</h2><p>{escape(str(words))}</p>"
        f"{tables.table(caption, head, rows)}</section>"
    )


def _blended(view: View) -> Iterator[tuple[str, int, Blend]]:
    """Port, number among the port's blends, blend."""
    problem = unfold(view.problem)
    for need in problem.needs:
        yield from ((need.id, number, blend) for number, blend in enumerate(need.blends))
    for each in problem.processors:
        for one in each.inputs:
            port = each.input_port(one.kind)
            yield from ((port, number, blend) for number, blend in enumerate(one.blends))


def _range(blend: Blend) -> str:
    low = "" if blend.low is None else figure(blend.low)
    high = "" if blend.high is None else figure(blend.high)
    return f"{low}–{high}" if low and high else f"≥ {low}" if low else f"≤ {high}"


def _arrives(view: View, flows: Iterable[Flow], blend: Blend) -> str:
    """The ratio of what arrives, or a dash where nothing does."""
    sources = view.network.sources
    above = below = 0.0
    for flow in flows:
        stated = _source(view, sources.index[flow.source]).quality
        above += flow.amount * stated.get(blend.quality, 0.0)
        below += flow.amount * (stated.get(blend.per, 0.0) if blend.per else 1.0)
    return figure(above / below) if below > 0 else "–"


def _source(view: View, row: int) -> Port:
    return view.network.sources.rows[row]


def _limit(view: View, port: str, number: int) -> Any:
    prices = view.plan.blend_duals.get(port, ())
    low, high = prices[number] if number < len(prices) else (0.0, 0.0)
    return _("the lower") if low > 0 else _("the upper") if high > 0 else _("no")
