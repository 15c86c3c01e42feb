"""Results as files: what the reader sees on the page, and not more."""

from __future__ import annotations

import json
import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kierto.core.tables import write_csv
from kierto.parties.requests import reader
from kierto.planning.errors import NoPlanHere
from kierto.planning.reading import as_json, read_run
from kierto.planning.splitting import split_for
from kierto.planning.views.requests import visible_run

FLOW_HEADER = (
    "from", "from_title", "to", "to_title", "kind", "kind_label", "amount_per_week", "unit",
    "mass_kg_per_week", "km", "carrying_cost_eur_per_week", "carrying_kgco2e_per_week",
)  # fmt: skip
SWEEP_HEADER = (
    "carbon_price_eur_per_tonne", "cost_eur_per_week", "emissions_kgco2e_per_week", "flows",
    "duality_gap", "pairs_checked",
)  # fmt: skip

SPLIT_HEADER = (
    "participant", "alone_eur_per_week", "share_eur_per_week", "gain_eur_per_week",
    "lowest_share_eur_per_week", "highest_share_eur_per_week", "paid_itself_eur_per_week",
    "paid_to_others_eur_per_week", "part_of_what_cannot_be_divided_eur_per_week",
)  # fmt: skip


@require_safe
def plan_json(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The plan with its certificate; the whole frozen problem for those who run the district."""
    run = visible_run(request, run_id)
    text = json.dumps(as_json(read_run(run, reader(request))), ensure_ascii=False, indent=1)
    return _file(text, "application/json", f"plan-{run.pk}.json")


@require_safe
def flows_csv(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The flow table."""
    run = visible_run(request, run_id)
    reading = read_run(run, reader(request))
    rows = [
        (
            row.source.name,
            row.source.title if row.source.visible else "",
            row.sink.name,
            row.sink.title if row.sink.visible else "",
            row.kind.code,
            row.label,
            row.amount,
            row.kind.unit,
            row.mass,
            "" if row.km is None else row.km,
            row.cost,
            row.emissions,
        )
        for row in reading.flows
    ]
    return _file(write_csv(FLOW_HEADER, rows), "text/csv", f"flows-{run.pk}.csv")


@require_safe
def sweep_csv(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The points of a sweep."""
    run = visible_run(request, run_id)
    if run.sweep is None:
        raise NoPlanHere
    names = ("carbon_price", "cost", "emissions", "flows", "gap", "pairs_checked")
    rows = [[point[name] for name in names] for point in run.sweep["points"]]
    return _file(write_csv(SWEEP_HEADER, rows), "text/csv", f"sweep-{run.pk}.csv")


@require_safe
def split_csv(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The accounts that the reader may see."""
    run = visible_run(request, run_id)
    shown = split_for(read_run(run, reader(request)))
    if shown is None:
        raise NoPlanHere
    names = ("alone", "share", "gain", "lowest", "highest", "paid", "transfer", "extra")
    rows = [(row.name, *(getattr(row.account, name) for name in names)) for row in shown.rows]
    return _file(write_csv(SPLIT_HEADER, rows), "text/csv", f"split-{run.pk}.csv")


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=f"{content_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
