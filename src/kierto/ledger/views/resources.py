"""A stock or a process: what there is, what happened to it, where it came from and went."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from kierto.ledger import permissions
from kierto.ledger.models import EconomicResource
from kierto.ledger.pictures import public_name
from kierto.ledger.queries import visible_events, visible_processes, visible_resources
from kierto.ledger.sentences import quantity_text
from kierto.ledger.views.reading import page_of, row_of, traces_of, with_names
from kierto.parties.models import Agent
from kierto.parties.requests import reader


@require_safe
def resource(request: HttpRequest, pk: str) -> HttpResponse:
    """How much is there, and where did it come from?"""
    by = reader(request)
    found = get_object_or_404(
        visible_resources(by)
        .select_related(
            "conforms_to",
            "primary_accountable__organization",
            "primary_accountable__person",
            "custodian__organization",
            "custodian__person",
            "current_location",
        )
        .prefetch_related("conforms_to__labels"),
        pk=pk,
    )
    touching = visible_events(by).filter(Q(resource=found) | Q(to_resource=found))
    page = page_of(request, with_names(touching).order_by("-has_end", "-number"))
    shown = permissions.can_see_stock(by, found)
    return render(
        request,
        "ledger/resource.html",
        {
            "resource": found,
            "owner": _name_for(by, found.primary_accountable),
            "holder": _name_for(by, found.custodian),
            "may_see_stock": shown,
            **(_stock_of(found) if shown else {}),
            "page": page,
            "rows": [row_of(event) for event in page.object_list],
            "traces": traces_of(found, by),
        },
    )


@require_safe
def process(request: HttpRequest, pk: str) -> HttpResponse:
    """What went in, and what came out?"""
    by = reader(request)
    found = get_object_or_404(
        visible_processes(by).select_related("based_on", "place", "created_by"), pk=pk
    )
    shown = with_names(visible_events(by)).order_by("has_end", "number")
    inputs = [row_of(event) for event in shown.filter(input_of=found)]
    outputs = [row_of(event) for event in shown.filter(output_of=found)]
    return render(
        request,
        "ledger/process.html",
        {
            "process": found,
            "inputs": inputs,
            "outputs": outputs,
            "traces": traces_of(found, by),
        },
    )


def _stock_of(found: EconomicResource) -> dict[str, str]:
    unit = found.conforms_to.unit
    return {
        "owned": quantity_text(found.accounting_quantity, unit),
        "held": quantity_text(found.onhand_quantity, unit),
    }


def _name_for(by: Agent | None, agent: Agent) -> str:
    """People read their own name; everybody reads those of organisations."""
    return agent.name if by is not None and by.pk == agent.pk else public_name(agent)
