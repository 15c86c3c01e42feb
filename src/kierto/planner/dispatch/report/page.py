"""The report's order: the answer, its figures, a week in pictures, the assets, the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from kierto.core.text import Sentence as _
from kierto.planner.dispatch.model import DispatchProblem
from kierto.planner.dispatch.plan import DispatchPlan
from kierto.planner.dispatch.report import tables
from kierto.planner.dispatch.report.pictures import CSS as PICTURE_CSS
from kierto.planner.dispatch.report.pictures import legend, stacked_svg
from kierto.planner.dispatch.report.view import DispatchView
from kierto.planner.explanation import figure
from kierto.planner.plan import Status
from kierto.planner.report.style import CSS

_FINGERPRINT_OF_THE_INPUTS = _("Fingerprint of the inputs:")
_THE_SAME_AS_A_TABLE = _("The same as a table")


def render_dispatch(
    problem: DispatchProblem,
    plan: DispatchPlan,
    *,
    times: Sequence[str],
    title: str = "",
    note: str = "",
    language: str = "en",
    direction: str = "ltr",
) -> str:
    """The whole page as HTML; ``times`` names each hour. The same plan gives the same text."""
    view = DispatchView(problem, plan, times)
    heading = title or str(_("Energy of the district, hour by hour"))
    sections = [
        _opening(view, heading, note),
        _picture(view, "electricity"),
        _picture(view, "heat"),
        _section(_("Day by day"), tables.day_table(view)),
        _section(_("What each asset did"), tables.asset_table(view)),
        _section(_("What the hours were worth"), _prices(view)),
        _section(_("Why you can believe this plan"), _proof(view)),
        _section(_("By which assumptions"), _assumptions(view)),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{escape(direction)}">\n<head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(heading)}</title>\n<style>{CSS}{PICTURE_CSS}</style></head>\n<body><main>\n"
        + "\n".join(sections)
        + "\n</main></body></html>\n"
    )


def _opening(view: DispatchView, heading: str, note: str) -> str:
    plan = view.plan
    fields = {
        "hours": figure(float(view.problem.hours)),
        "cost": figure(plan.savings.cost),
        "emissions": figure(plan.savings.emissions),
        "buildings": figure(float(len(view.problem.buildings))),
    }
    answer = _(
        "Sharing sun, batteries and heat, the %(buildings)s buildings spend %(cost)s EUR less in "
        "these %(hours)s hours than each alone at the grid, and emit %(emissions)s kg CO₂e less, "
        "by the assumptions below."
    )
    unserved = _("%(unserved)s kWh could not be supplied by anything: see the days below.")
    figures = [
        (_("Saved"), f"{fields['cost']} EUR"),
        (_("Avoided"), f"{fields['emissions']} kg CO₂e"),
        (_("Sun used in the district"), f"{plan.figures.self_consumption:.0%}"),
        (_("Highest import"), f"{figure(plan.figures.peak_import)} kW"),
        (_("Proof"), _verdict(view)),
    ]
    items = "".join(
        f"<div><dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd></div>"
        for name, value in figures
    )
    words = [f'<p class="answer">{_said(answer, fields)}</p>']
    if plan.figures.unserved > 0:
        words.append(f"<p>{_said(unserved, {'unserved': figure(plan.figures.unserved)})}</p>")
    if note:
        words.append(f'<p class="quiet">{escape(note)}</p>')
    return (
        f"<header><h1>{escape(heading)}</h1>{''.join(words)}</header>"
        f'<dl class="figures">{items}</dl>{tables.money_table(view)}'
    )


def _verdict(view: DispatchView) -> Any:
    if view.plan.status is Status.OPTIMAL:
        return _("no dispatch is cheaper")
    return _("at most %(gap)s above the cheapest") % {"gap": tables.share(view.gap)}


def _picture(view: DispatchView, which: str) -> str:
    electric = which == "electricity"
    layers = view.electricity_layers() if electric else view.heat_layers()
    need = view.shown(view.district.total_demand if electric else view.district.heat.sum(axis=0))
    if electric:
        title, line = _("Where electricity comes from"), _("What the buildings themselves need")
        caption = _(
            "Each hour from %(first)s to %(last)s, in kWh. What lies above the line runs heat "
            "pumps, fills batteries or is sold."
        )
    else:
        title, line = _("Where heat comes from"), _("What the buildings need")
        caption = _(
            "Each hour from %(first)s to %(last)s, in kWh. What lies above the line fills tanks; "
            "what tanks give is drawn as a source."
        )
    words = [_said(caption, view.ends)]
    if view.cut:
        words.append(_said(_("It is the week with the highest import."), {}))
    name = _("%(title)s; the table below says the same") % {"title": title}
    return _section(
        title,
        f"<figure><figcaption>{' '.join(words)}</figcaption>{legend(layers, line)}"
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(str(title))}">'
        f"{stacked_svg(layers, need, view.days, name)}</div></figure>"
        f"<details><summary>{_said(_THE_SAME_AS_A_TABLE, {})}</summary>"
        f"{tables.hour_table(view, title, layers, line, need)}</details>",
    )


def _prices(view: DispatchView) -> str:
    prices = np.array(view.plan.electricity_price)
    fields = {
        "low": figure(float(np.quantile(prices, 0.05))),
        "middle": figure(float(np.median(prices))),
        "high": figure(float(np.quantile(prices, 0.95))),
    }
    said = _(
        "One more kilowatt-hour of electricity would have cost %(middle)s EUR (carbon included) "
        "in the middle hour, less than %(low)s in the cheapest twentieth of the hours, and more "
        "than %(high)s in the dearest. An appliance that can wait should follow these prices; "
        "they stand in hours.csv."
    )
    return f"<p>{_said(said, fields)}</p>"


def _proof(view: DispatchView) -> str:
    certificate = view.plan.certificate
    fields = {
        "checks": figure(float(certificate.balances_checked)),
        "objective": figure(certificate.objective),
        "bound": figure(certificate.bound),
        "gap": tables.share(view.gap),
        "windows": figure(float(view.plan.windows)),
    }
    said = [
        _(
            "This dispatch can be carried out: we added up %(checks)s balances and limits anew, "
            "hour by hour, and none is broken."
        )
    ]
    if view.plan.status is Status.OPTIMAL:
        said.append(
            _(
                "No dispatch costs less: it costs %(objective)s EUR with carbon, and the prices "
                "of its hours prove that any dispatch costs at least %(bound)s EUR."
            )
        )
    else:
        said.append(
            _(
                "It was planned in %(windows)s windows. It costs %(objective)s EUR with carbon; "
                "the prices of its hours prove that any dispatch costs at least %(bound)s EUR. So "
                "it is at most %(gap)s of the money moved above the cheapest."
            )
        )
    said.append(
        _(
            "These checks were computed from the data by a program of their own, which does not "
            "use the one that made the plan."
        )
    )
    return "".join(f"<p>{_said(each, fields)}</p>" for each in said)


def _assumptions(view: DispatchView) -> str:
    problem = view.problem
    said = [
        _(
            "Every hour's need, sun and prices are taken to be known beforehand, as in the input "
            "tables; a real day is less certain. Electricity is shared freely behind the one "
            "connection."
        ),
        _(
            "Carbon counts %(carbon)s EUR per kg CO₂e. Electricity that is sold is credited with "
            "no avoided emissions. What nothing can supply counts %(shortage)s EUR per kWh."
        ),
        _(
            "Alone at the grid, each building has its own sun, heat pump and boilers, the same "
            "prices, and neither batteries nor tanks nor waste heat."
        ),
    ]
    if view.plan.capped_hours:
        said.append(
            _(
                "In %(capped)s hours selling was dearer than buying. Nobody earns by doing both "
                "at once, so selling counts there what buying costs."
            )
        )
    fields = {
        "carbon": figure(problem.carbon_price),
        "shortage": figure(problem.shortage_price),
        "capped": figure(float(view.plan.capped_hours)),
    }
    words = "".join(f"<p>{_said(each, fields)}</p>" for each in said)
    return (
        f'{words}<p class="quiet">{_said(_FINGERPRINT_OF_THE_INPUTS, {})} '
        f"<code>{view.plan.problem_digest}</code></p>"
    )


def _section(title: Any, body: str) -> str:
    return f"<section><h2>{escape(str(title))}</h2>{body}</section>"


def _said(sentence: Any, fields: Mapping[str, Any]) -> str:
    return escape(str(sentence) % dict(fields))
