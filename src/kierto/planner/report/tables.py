"""The report's tables and figures as HTML. Every text from the data is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from kierto.core.text import Sentence as _
from kierto.planner.explanation import Explanation, figure
from kierto.planner.periods import split_id
from kierto.planner.plan import Status
from kierto.planner.report.view import Line, View, measure

MOST_ROWS = 2_000
"""A longer table says how much it leaves out; plan.json has everything."""

Cell = tuple[Any, bool]
"""A text and whether it is a number (set to the end of its column)."""


def table(caption: Any, head: Sequence[Cell], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a caption; the first cell of each row names it."""
    heads = "".join(f'<th scope="col"{_side(number)}>{_text(name)}</th>' for name, number in head)
    body = []
    every = list(rows)
    for row in every[:MOST_ROWS]:
        cells = [
            f'<th scope="row"{_side(number)}>{_text(value)}</th>'
            if place == 0
            else f"<td{_side(number)}>{_text(value)}</td>"
            for place, (value, (_name, number)) in enumerate(zip(row, head, strict=True))
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    rest = ""
    if len(every) > MOST_ROWS:
        more = _("%(count)s more rows are left out here; plan.json has them all.")
        rest = f'<p class="quiet">{_text(more % {"count": len(every) - MOST_ROWS})}</p>'
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(caption)}"><table>'
        f"<caption>{_text(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{rest}"
    )


def money_table(view: View) -> str:
    """Plan, baseline and saving: euros, kg CO2e, and euros with carbon."""
    plan = view.plan
    rows = [
        (_("Cost (EUR)"), plan.totals.cost, plan.baseline.cost, plan.savings.cost),
        (
            _("Emissions (kg CO₂e)"),
            plan.totals.emissions,
            plan.baseline.emissions,
            plan.savings.emissions,
        ),
    ]
    if view.problem.carbon_price:
        rows.append(
            (
                _("Cost with carbon (EUR)"),
                plan.totals.objective,
                plan.baseline.objective,
                plan.savings.objective,
            )
        )
    head = (
        (_("What"), False),
        (_("With this plan"), True),
        (_("If nothing circulates"), True),
        (_("Saved"), True),
    )
    told = [(name, figure(a), figure(b), figure(c)) for name, a, b, c in rows]
    caption = view.say(
        _("What a %(period)s costs"), _("What all periods cost together (%(periods)s × %(period)s)")
    )
    return table(caption % view.span, head, told)


def flow_table(view: View, caption: Any, lines: Sequence[Line] | None = None) -> str:
    """Every flow with its number."""
    head = (
        (_("No."), True),
        (_("From"), False),
        (_("To"), False),
        (_("What"), False),
        (_("How much"), True),
        *([(_("When"), False)] if view.timed else []),
        ("km", True),
        ("EUR", True),
        ("kg CO₂e", True),
    )
    rows = [
        (
            line.number,
            line.source.agent,
            line.sink.agent,
            line.kind,
            measure(line.flow.amount, line.unit),
            *([spans(line.periods)] if view.timed else []),
            "–" if line.flow.km is None else figure(line.flow.km),
            figure(line.flow.cost),
            figure(line.flow.emissions),
        )
        for line in (view.lines if lines is None else lines)
    ]
    return table(caption, head, rows)


def spans(periods: Sequence[int]) -> str:
    """Periods as a reader would write them: 1–3, 5."""
    runs: list[list[int]] = []
    for period in sorted(periods):
        if runs and period == runs[-1][1] + 1:
            runs[-1][1] = period
        else:
            runs.append([period, period])
    return ", ".join(f"{first}–{last}" if last > first else f"{first}" for first, last in runs)


def processor_table(view: View) -> str:
    """Level, capacity and what more capacity would be worth."""
    head = (
        (_("Processor"), False),
        (_("Level"), True),
        (_("Capacity"), True),
        (_("One more unit is worth (EUR)"), True),
    )
    ids = [
        (each, [each.id, *(f"{each.id}@{t}" for t in range(1, view.problem.periods + 1))])
        for each in view.problem.processors
    ]
    rows = [
        (
            f"{each.agent} ({each.id})",
            figure(sum(view.plan.levels.get(id_, 0.0) for id_ in own)),
            figure(sum(each.profile) if each.profile else each.capacity * view.problem.periods),
            figure(sum(view.plan.capacity_values.get(id_, 0.0) for id_ in own)),
        )
        for each, own in ids
    ]
    caption = view.say(
        _("Processors, in units of level a %(period)s"),
        _("Processors, in units of level over all periods (%(periods)s × %(period)s)"),
    )
    return table(caption % view.span, head, rows)


def explanation_table(view: View, chosen: Sequence[Explanation], caption: Any) -> str:
    """Ports with the sentence that explains them."""
    head = (
        (_("Who"), False),
        (_("Offer or need"), False),
        *([(view.problem.period_name, True)] if view.timed else []),
        (_("What happens and why"), False),
    )
    rows = []
    for each in chosen:
        id_, period = split_id(each.port) if view.timed else (each.port, 1)
        when = [period] if view.timed else []
        rows.append((view.ports[id_].agent, id_, *when, each.text(figure)))
    return table(caption, head, rows)


def certificate_words(view: View) -> str:
    """The proof in plain words."""
    certificate, status = view.plan.certificate, view.plan.status
    fields = {
        "arcs": figure(float(certificate.arcs_checked)),
        "recipes": figure(float(certificate.recipes_checked)),
        "objective": figure(certificate.objective),
        "bound": figure(certificate.bound),
        "gap": f"{max(certificate.gap, 0.0):.2%}",
    }
    said = [
        _(
            "This plan can be carried out: nobody gives or gets more than they have, and no "
            "processor runs above its capacity."
        ),
        _(
            "We priced all %(arcs)s pairs of giver and taker that are possible, and all "
            "%(recipes)s processors, used or not. None of them would make the plan cheaper."
        ),
    ]
    if status is Status.OPTIMAL:
        said.append(
            _(
                "So there is no cheaper plan: it costs %(objective)s EUR with carbon, and any plan "
                "must cost at least %(bound)s EUR."
            )
        )
    elif any(offer.minimum_lot for offer in view.problem.offers):
        said.append(
            _(
                "Because some offers are given in minimum lots only, a gap of %(gap)s stays open: "
                "the plan costs %(objective)s EUR with carbon, and any plan must cost at least "
                "%(bound)s EUR."
            )
        )
    else:
        said.append(
            _(
                "The search was stopped with a gap of %(gap)s: the plan costs %(objective)s EUR "
                "with carbon, and any plan must cost at least %(bound)s EUR."
            )
        )
    if view.plan.siting is not None:
        said.append(
            _(
                "This is the proof for the sites that open; how sure their choice is stands with "
                "the sites above."
            )
        )
    said.append(
        _(
            "These checks were computed from the data by a program of their own, which does not "
            "use the one that made the plan."
        )
    )
    return "".join(f"<p>{escape(str(each) % fields)}</p>" for each in said)


def _side(number: bool) -> str:
    return ' class="number"' if number else ""


def _text(value: Any) -> str:
    return escape(str(value))
