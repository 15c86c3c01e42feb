"""Asking for a run, stopping one, and sending its proposals."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kierto.core.decision import Decision
from kierto.core.errors import DomainError
from kierto.parties.models import Agent, District
from kierto.parties.requests import reader
from kierto.planning.actions import cancel_run, finish_run, propose_plan, request_run
from kierto.planning.forms import RunForm
from kierto.planning.models import PlanRun, RunKind
from kierto.planning.permissions import can_request_run
from kierto.planning.views.requests import visible_run


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_run(request: HttpRequest) -> HttpResponse:
    """For which district, and at what carbon price?"""
    by = reader(request)
    districts = [each for each in District.objects.all() if can_request_run(by, each)]
    if not districts or by is None:
        _refusal(by).require()
    form = RunForm(
        request.POST or None,
        districts=districts,
        initial={
            "district": request.GET.get("district") or districts[0].slug,
            "kind": request.GET.get("kind") or RunKind.PLAN,
        },
    )
    if request.method == "POST" and form.is_valid():
        run = _requested(form, by)
        if run is not None:
            return redirect("planning:run", run_id=run.pk)
    return render(request, "planning/new_run.html", {"form": form, "districts": districts})


def _refusal(by: Agent | None) -> Decision:
    """Why this reader may plan for no district."""
    district = District.objects.first() or District(name="")
    return can_request_run(by, district)


def _requested(form: RunForm, by: Agent | None) -> PlanRun | None:
    """The run, or None with the reason written into the form."""
    assert by is not None  # signed in  # noqa: S101
    try:
        return request_run(
            form.cleaned_data["district"],
            carbon_price=form.cleaned_data["carbon_price"],
            kind=form.cleaned_data["kind"],
            wanted_gap=float(form.cleaned_data["gap"] or 0),
            by=by,
        )
    except DomainError as error:
        form.add_error(error.field, str(error))
        return None


@login_required
@require_POST
def cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Stop a run."""
    run = get_object_or_404(PlanRun.objects.select_related("district"), pk=run_id)
    cancel_run(run, by=request.agent)  # type: ignore[attr-defined]
    messages.info(request, _("The run is being stopped."))
    return redirect("planning:run", run_id=run.pk)


@login_required
@require_POST
def finish(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Stop computing and keep the best plan found."""
    run = get_object_or_404(PlanRun.objects.select_related("district"), pk=run_id)
    finish_run(run, by=request.agent)  # type: ignore[attr-defined]
    messages.info(request, _("The best plan found so far is being finished."))
    return redirect("planning:run", run_id=run.pk)


@login_required
@require_POST
def propose(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Send the plan's flows to their parties."""
    run = visible_run(request, run_id)
    proposals = propose_plan(run, by=request.agent)  # type: ignore[attr-defined]
    count = len(proposals)
    sent = ngettext(
        "%(count)s proposal is now with its two parties.",
        "%(count)s proposals are now with their parties.",
        count,
    )
    messages.success(request, sent % {"count": count})
    return redirect("planning:run", run_id=run.pk)
