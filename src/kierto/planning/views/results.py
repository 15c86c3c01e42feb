"""The page of a run: its progress, then its answer; and two plans beside each other."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from kierto.parties.requests import reader
from kierto.planner import Plan
from kierto.planning.causes import Cause, Causes
from kierto.planning.comparing import FlowChange, compare
from kierto.planning.curve import pareto_drawing
from kierto.planning.errors import NoPlanHere, failure_sentence
from kierto.planning.explaining import figure, told_to
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.permissions import (
    can_cancel_run,
    can_finish_run,
    can_propose_plan,
    can_see_run,
)
from kierto.planning.pictures import plan_map, plan_sankey, siting_map
from kierto.planning.pulse import is_lost
from kierto.planning.queries import (
    done_plans,
    latest_plan,
    previous_plan,
    proposals_of,
    reasons_for_new_plan,
)
from kierto.planning.reading import Reading, read_run
from kierto.planning.rounding import about
from kierto.planning.siting import read_siting
from kierto.planning.sorting import COLUMNS, sorted_flows
from kierto.planning.states import RunState
from kierto.planning.views.requests import PAGE, visible_run

STAGES = {
    "pairs": _("Looking which offers and needs fit together"),
    "solving": _("Computing the cheapest circulation"),
    "certificate": _("Checking the result without the solver"),
    "sites": _("Choosing which sites to open"),
    "alone": _("Computing what each would pay alone"),
    "prices": _("Sharing the gain"),
    "ranges": _("Looking how far each share could move"),
    "money": _("Sharing the gain"),
    "pareto": _("Computing one plan for each carbon price"),
    "done": _("Writing the result down"),
}


@require_safe
@vary_on_headers("HX-Request")
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """What does this plan bring, who gives what to whom, and why can it be believed?"""
    found = visible_run(request, run_id)
    if found.state != RunState.DONE:
        return _unfinished(request, found)
    if request.htmx and request.GET.get("part") == "progress":  # type: ignore[attr-defined]
        return _reload()
    if found.kind == RunKind.SWEEP:
        return _sweep(request, found)
    by = reader(request)
    reading = read_run(found, by)
    if found.kind == RunKind.SITING:
        return _siting(request, reading)
    context = {
        **_answer(reading),
        **_flow_table(request, reading),
        "told": told_to(reading, only_mine=True) if by else [],
        "sankey": plan_sankey(reading),
        "map": plan_map(reading),
        "proposing": can_propose_plan(by, found),
        "proposals": proposals_of(found),
        "previous": previous_plan(found),
        "reasons": _staleness(found),
    }
    return render(request, "planning/run.html", context)


def _unfinished(request: HttpRequest, found: PlanRun) -> HttpResponse:
    """Progress while it computes; why there is no result when it failed or was stopped."""
    lost = is_lost(found)
    polled = request.htmx and request.GET.get("part") == "progress"  # type: ignore[attr-defined]
    if polled and (lost or not found.is_open):
        return _reload()
    context = {
        "run": found,
        "is_lost": lost,
        "is_moving": found.is_open and not lost,
        "stage": STAGES.get(found.progress_step, ""),
        "percent": round(100 * found.progress),
        "failure": failure_sentence("worker_lost" if lost else found.failure)
        if lost or found.state == RunState.FAILED
        else "",
        "stopping": can_cancel_run(reader(request), found),
        "finishing": can_finish_run(reader(request), found),
        "missing": _missing(found),
    }
    template = "planning/run_unfinished.html"
    return render(request, f"{template}#progress" if polled else template, context)


def _missing(found: PlanRun) -> float | None:
    """Percent by which the best plan so far may still be above the cheapest."""
    return None if found.gap is None else about(100 * max(found.gap, 0.0))


def _reload() -> HttpResponse:
    """Tells htmx that the run is over and the whole page reads differently now."""
    answer = HttpResponse(status=204)
    answer["HX-Refresh"] = "true"
    return answer


def _answer(reading: Reading) -> dict[str, Any]:
    plan = reading.plan
    return {
        "run": reading.run,
        "reading": reading,
        "plan": plan,
        "saved": plan.savings,
        "money": about(abs(plan.savings.cost)),
        "one_part_in": about(1 / plan.certificate.gap) if plan.certificate.gap > 0 else 0,
        "certificate": plan.certificate,
        "seconds": plan.seconds,
    }


def _flow_table(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    sort, flows = sorted_flows(reading.flows, request.GET.get("sort", ""))
    page = Paginator(flows, PAGE).get_page(request.GET.get("page"))
    return {"page": page, "sort": sort, "columns": COLUMNS}


def _staleness(found: PlanRun) -> list[Any]:
    """Reasons for a new plan, on the page of the newest one only."""
    latest = latest_plan(found.district)
    newest = latest is not None and latest.pk == found.pk
    return list(reasons_for_new_plan(found.district)) if newest else []


def _sweep(request: HttpRequest, found: PlanRun) -> HttpResponse:
    points = (found.sweep or {}).get("points", [])
    context = {
        "run": found,
        "points": points,
        "baseline": (found.sweep or {}).get("baseline", {}),
        "drawing": pareto_drawing(points),
        "cheapest": points[0] if points else None,
        "cleanest": points[-1] if points else None,
        "cost_of_clean": about(points[-1]["cost"] - points[0]["cost"]) if points else 0,
        "carbon_of_clean": points[0]["emissions"] - points[-1]["emissions"] if points else 0,
    }
    return render(request, "planning/sweep.html", context)


def _siting(request: HttpRequest, reading: Reading) -> HttpResponse:
    """Which of the candidate sites to open, and what each is worth."""
    sited = read_siting(reading)
    context = {
        **_answer(reading),
        **_flow_table(request, reading),
        "sited": sited,
        "money": about(abs(sited.saved_cost)),
        "map": siting_map(reading, sited),
    }
    return render(request, "planning/siting.html", context)


@require_safe
def participants(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Who was matched, who was not, and what would help?"""
    found = visible_run(request, run_id)
    reading = read_run(found, reader(request))
    told = told_to(reading)
    wanted = request.GET.get("match", "")
    shown = [each for each in told if each.match == wanted] if wanted else told
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    counts = {
        match: sum(each.match == match for each in told) for match in ("full", "part", "none")
    }
    context = {"run": found, "page": page, "match": wanted, "counts": counts, "all": len(told)}
    return render(request, "planning/participants.html", context)


@require_safe
def compare_runs(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """What changed against an earlier plan, and by how much?"""
    found = visible_run(request, run_id)
    by = reader(request)
    others = done_plans(found.district).exclude(pk=found.pk)
    other = _other(request, found)
    context: dict[str, Any] = {"run": found, "other": other, "others": others[:PAGE]}
    if other is not None:
        can_see_run(by, other).require()
        context |= _compared(read_run(other, by), read_run(found, by))
        context["page"] = Paginator(context["rows"], PAGE).get_page(request.GET.get("page"))
    return render(request, "planning/compare.html", context)


def _other(request: HttpRequest, found: PlanRun) -> PlanRun | None:
    wanted = request.GET.get("with", "")
    if not wanted:
        return previous_plan(found)
    try:
        key = uuid.UUID(wanted)
    except ValueError:
        raise NoPlanHere from None
    return get_object_or_404(
        PlanRun.objects.select_related("district"), pk=key, district=found.district
    )


def _compared(before: Reading, after: Reading) -> dict[str, Any]:
    visible = _shown(before) | _shown(after)
    changes = compare(before.plan, after.plan)
    causes = Causes(before.problem, after.problem, after.plan)
    rows = [
        {
            "flow": flow,
            "source": (after if flow.after else before).end(flow.source),
            "sink": (after if flow.after else before).end(flow.sink),
            "kind": (after if flow.after else before).kinds[flow.kind],
            "why": _said(causes.of(flow), before, after, flow),
        }
        for flow in changes.flows
        if (flow.source, flow.sink) in visible and flow.sort != "same"
    ]
    unseen = sum(
        (flow.source, flow.sink) not in visible and flow.sort != "same" for flow in changes.flows
    )
    return {
        "changes": changes,
        "rows": rows,
        "unseen": unseen,
        "is_same": changes.is_same,
        "everywhere": causes.everywhere,
        "inputs": causes.counts,
    }


def _said(cause: Cause, before: Reading, after: Reading, flow: FlowChange) -> str:
    """The cause in words; of a part, the name that the reader knows it by."""
    words: dict[str, Any] = {name: figure(value) for name, value in cause.fields.items()}
    kind = (after if flow.after else before).kinds[flow.kind]
    words["unit"] = kind.get_unit_display()
    if cause.part:
        end = (after if cause.part in after.ends else before).end_of_part(cause.part)
        words["who"] = f"“{end.title}”" if end.visible or end.mine else end.name
    return str(cause.sentence % words)


def _shown(reading: Reading) -> set[tuple[str, str]]:
    """Ends of the flows of a plan that the reader may see."""
    plan: Plan = reading.plan
    return {(flow.source, flow.sink) for flow in plan.flows if reading.may_see(flow)}
