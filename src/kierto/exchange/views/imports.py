"""Take in a table of offers, needs, processors or deliveries, and tell what became of every row."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.core.intake import Intake
from kierto.core.tables import LARGEST_FILE, FaultyFile
from kierto.exchange.forms.processing import ImportForm
from kierto.exchange.importers import (
    DELIVERY_COLUMNS,
    INTENT_COLUMNS,
    PROCESSOR_COLUMNS,
    import_deliveries,
    import_intents,
    import_processors,
)
from kierto.exchange.permissions import can_import
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import writer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def import_table(request: HttpRequest) -> HttpResponse:
    """The form, and after it the report, row by row."""
    by = writer(request)
    can_import(by).require()
    form = ImportForm(request.POST or None, request.FILES or None)
    context = {
        "form": form,
        "intent_columns": INTENT_COLUMNS,
        "processor_columns": PROCESSOR_COLUMNS,
        "delivery_columns": DELIVERY_COLUMNS,
    }
    if request.method == "POST" and form.is_valid():
        try:
            context["intake"] = _take(form, by)
        except FaultyFile as faulty:
            context["faults"] = faulty.faults
        except DomainError as error:
            add_domain_error(form, error)
    refused = bool(form.errors) or "faults" in context
    return render(request, "exchange/import.html", context, status=422 if refused else 200)


def _take(form: ImportForm, by: Agent) -> Intake:
    table = form.cleaned_data["table"]
    data: bytes = table.read(LARGEST_FILE + 1)
    if form.cleaned_data["what"] == "processor":
        return import_processors(data, by=by, name=table.name)
    if form.cleaned_data["what"] == "delivery":
        return import_deliveries(data, by=by, name=table.name)
    return import_intents(data, form.cleaned_data["what"], by=by, name=table.name)
