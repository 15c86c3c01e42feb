"""The report's order: the answer, its figures, the pictures, the flows, the reasons, the proof."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from kierto.core.text import Sentence as _
from kierto.planner.explanation import Explanation, Match, Reason, figure
from kierto.planner.model import Problem
from kierto.planner.plan import Plan
from kierto.planner.report import pictures, tables
from kierto.planner.report.over_time import period_section, stock_section
from kierto.planner.report.sites import blend_section, site_section
from kierto.planner.report.style import CSS
from kierto.planner.report.view import View, measure

_FLOWS_IN = _("Flows in %(unit)s")
_FLOW_DIAGRAM_IN = _("Flow diagram in %(unit)s")
_THE_SAME_AS_A_TABLE = _("The same as a table")
_ON_THE_MAP = _("On the map")
_MAP = _("Map")
_EVERY_FLOW = _("Every flow")
_PROCESSORS = _("Processors")
_WHAT_IS_LEFT_AND_WHY = _("What is left, and why")
_WHAT_IS_MATCHED = _("What is matched")
_WHY_YOU_CAN_BELIEVE_THIS_PLAN = _("Why you can believe this plan")
_BY_WHICH_ASSUMPTIONS = _("By which assumptions")
_FINGERPRINT_OF_THE_INPUTS = _("Fingerprint of the inputs:")


def render(
    problem: Problem,
    plan: Plan,
    explanations: Mapping[str, Explanation],
    *,
    title: str = "",
    note: str = "",
    language: str = "en",
    direction: str = "ltr",
) -> str:
    """The whole page as HTML. The same plan gives the same text."""
    view = View(problem, plan, explanations, mirrored=direction == "rtl")
    heading = title or str(_("What circulates"))
    sections = [
        _opening(view, heading, note),
        *(_diagram(view, unit) for unit in view.moved),
        _map(view),
        _flows(view),
        period_section(view),
        stock_section(view),
        _processors(view),
        site_section(view),
        blend_section(view),
        _left_over(view),
        _matched(view),
        _proof(view),
        _assumptions(view),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{escape(direction)}">\n<head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(heading)}</title>\n<style>{CSS}</style></head>\n<body><main>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main></body></html>\n"
    )


def _opening(view: View, heading: str, note: str) -> str:
    plan = view.plan
    moved = " + ".join(measure(amount, unit) for unit, amount in view.moved.items())
    fields = {
        "moved": moved,
        **view.span,
        "cost": figure(plan.savings.cost),
        "emissions": measure(plan.savings.emissions, "kg"),
        "flows": figure(float(len(view.lines))),
    }
    if not plan.flows:
        answer = _(
            "Nothing circulates in this plan: no pair of offer and need would save anything."
        )
    else:
        answer = view.say(
            _(
                "%(moved)s a %(period)s can circulate here in %(flows)s flows. Against disposing "
                "of everything and buying everything new, that saves %(cost)s EUR and avoids "
                "%(emissions)s CO₂e a %(period)s, by the assumptions below."
            ),
            _(
                "%(moved)s can circulate here in %(flows)s flows, over all periods together "
                "(%(periods)s × %(period)s). Against disposing of everything and buying "
                "everything new, that saves %(cost)s EUR and avoids %(emissions)s CO₂e, by the "
                "assumptions below."
            ),
        )
    figures = [
        (view.say(_("Circulates a %(period)s"), _("Circulates in all")), moved or "0"),
        (view.say(_("Saved a %(period)s"), _("Saved in all")), f"{fields['cost']} EUR"),
        (view.say(_("Avoided a %(period)s"), _("Avoided in all")), f"{fields['emissions']} CO₂e"),
        (_("Proof"), _verdict(view)),
    ]
    items = "".join(
        f"<div><dt>{_said(name, fields)}</dt><dd>{escape(str(value))}</dd></div>"
        for name, value in figures
    )
    return (
        f'<header><h1>{escape(heading)}</h1><p class="answer">{_said(answer, fields)}</p>'
        + (f'<p class="quiet">{escape(note)}</p>' if note else "")
        + f'</header><dl class="figures">{items}</dl>{tables.money_table(view)}'
    )


def _verdict(view: View) -> Any:
    siting = view.plan.siting
    gap = max(view.plan.certificate.gap, 0.0 if siting is None else siting.gap)
    if gap <= view.plan.certificate.tolerance:
        return _("no plan is cheaper")
    return f"≤ {gap:.2%}"


def _diagram(view: View, unit: str) -> str:
    lines = [line for line in view.lines if line.unit == unit]
    caption = view.say(
        _(
            "Who gives what to whom, measured in %(unit)s, in the direction of reading. The wider "
            "a band, the more flows a %(period)s. The letter names the kind."
        ),
        _(
            "Who gives what to whom, measured in %(unit)s, in the direction of reading. The wider "
            "a band, the more flows over all periods. The letter names the kind."
        ),
    )
    loops = _("Bands that run back below the others are loops: what somebody gave comes back.")
    words = [_said(caption, {"unit": unit, "period": view.problem.period_name})]
    if pictures.has_loops(view, unit):
        words.append(escape(str(loops)))
    rows = tables.flow_table(
        view, _("The flows of this picture, in %(unit)s") % {"unit": unit}, lines
    )
    return (
        f"<section><h2>{_said(_FLOWS_IN, {'unit': unit})}</h2>"
        f"<figure><figcaption>{' '.join(words)}</figcaption>{pictures.legend(view, unit)}"
        f'<div class="wide" tabindex="0" role="region" '
        f'aria-label="{_said(_FLOW_DIAGRAM_IN, {"unit": unit})}">'
        f"{pictures.sankey_svg(view, unit)}</div></figure>"
        f"<details><summary>{_said(_THE_SAME_AS_A_TABLE, {})}</summary>{rows}</details>"
        "</section>"
    )


def _map(view: View) -> str:
    hidden = pictures.unplaced(view)
    if not view.places or hidden == len(view.lines):
        return ""
    words = [
        _said(
            view.say(
                _(
                    "Where it goes. The arrow shows the direction, the width the amount a "
                    "%(period)s (compared within one unit); the number is that of the flow in the "
                    "table below. Small dots take no part. North is up. Lines are not roads."
                ),
                _(
                    "Where it goes. The arrow shows the direction, the width the amount over all "
                    "periods (compared within one unit); the number is that of the flow in the "
                    "table below. Small dots take no part. North is up. Lines are not roads."
                ),
            ),
            {"period": view.problem.period_name},
        )
    ]
    if hidden:
        words.append(
            _said(
                _("%(count)s flows are not on the map: they stay at one place or lack one."),
                {"count": hidden},
            )
        )
    if crowded := pictures.crowded_out(view):
        words.append(
            _said(
                _("%(count)s smaller flows are left out, so that the others can be seen."),
                {"count": crowded},
            )
        )
    return (
        f"<section><h2>{_said(_ON_THE_MAP, {})}</h2><figure>"
        f"<figcaption>{' '.join(words)}</figcaption>{pictures.legend(view)}"
        f'<div class="wide" tabindex="0" role="region" aria-label="{_said(_MAP, {})}">'
        f"{pictures.map_svg(view)}</div></figure></section>"
    )


def _flows(view: View) -> str:
    if not view.lines:
        return ""
    caption = view.say(
        _("All flows a %(period)s, the largest first within each unit"),
        _("All flows over all periods, the largest first within each unit"),
    )
    caption = caption % view.span
    return f"<section><h2>{_said(_EVERY_FLOW, {})}</h2>{tables.flow_table(view, caption)}</section>"


def _processors(view: View) -> str:
    if not view.problem.processors:
        return ""
    return f"<section><h2>{_said(_PROCESSORS, {})}</h2>{tables.processor_table(view)}</section>"


def _left_over(view: View) -> str:
    chosen = [
        each
        for each in view.explanations.values()
        if each.reason is not None and each.reason is not Reason.EMPTY
    ]
    if not chosen:
        return ""
    caption = _("Offers and needs that are not fully matched, with the reason")
    return (
        f"<section><h2>{_said(_WHAT_IS_LEFT_AND_WHY, {})}</h2>"
        f"{tables.explanation_table(view, chosen, caption)}</section>"
    )


def _matched(view: View) -> str:
    chosen = [each for each in view.explanations.values() if each.match is Match.FULL]
    if not chosen:
        return ""
    caption = _("Offers and needs that are fully matched")
    return (
        f"<section><h2>{_said(_WHAT_IS_MATCHED, {})}</h2><details open><summary>"
        f"{_said(caption, {})}</summary>"
        f"{tables.explanation_table(view, chosen, caption)}</details></section>"
    )


def _proof(view: View) -> str:
    words = tables.certificate_words(view)
    return f"<section><h2>{_said(_WHY_YOU_CAN_BELIEVE_THIS_PLAN, {})}</h2>{words}</section>"


def _assumptions(view: View) -> str:
    problem = view.problem
    said = view.say(
        _(
            "Carbon counts %(carbon)s EUR per kg CO₂e. Roads are taken as %(road)s times the "
            "straight line. Everything is per %(period)s. Costs, emissions and amounts are those "
            "of the input tables; avoided emissions hold by those assumptions only."
        ),
        _(
            "Carbon counts %(carbon)s EUR per kg CO₂e. Roads are taken as %(road)s times the "
            "straight line. Figures are sums over %(periods)s periods (each a %(period)s). Costs, "
            "emissions and amounts are those of the input tables; avoided emissions hold by those "
            "assumptions only."
        ),
    )
    fields = {
        "carbon": figure(problem.carbon_price),
        "road": figure(problem.rates.road_factor),
        **view.span,
    }
    return (
        f"<section><h2>{_said(_BY_WHICH_ASSUMPTIONS, {})}</h2><p>{_said(said, fields)}</p>"
        f'<p class="quiet">{_said(_FINGERPRINT_OF_THE_INPUTS, {})} '
        f"<code>{problem.digest()}</code></p></section>"
    )


def _said(sentence: Any, fields: Mapping[str, Any]) -> str:
    return escape(str(sentence) % dict(fields))
