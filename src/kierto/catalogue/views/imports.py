"""Files into the catalogue, for the admins of the node."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kierto.catalogue.forms import ImportForm
from kierto.catalogue.importers import (
    import_displacements,
    import_factors,
    import_kinds,
    import_processes,
)
from kierto.catalogue.permissions import can_import
from kierto.core.errors import DomainError, NotAllowed
from kierto.core.intake import Intake
from kierto.core.tables import FaultyFile

IMPORTERS = {
    "factors": import_factors,
    "kinds": import_kinds,
    "displacements": import_displacements,
    "processes": import_processes,
}
MOST_ROWS = 500
MOST_FAULTS = 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a file and say, row by row, what became of it."""
    can_import(request.agent).require()  # type: ignore[attr-defined]
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context |= _told(_taken(form, request.agent))  # type: ignore[attr-defined]
        except FaultyFile as error:
            context["faults"] = error.faults[:MOST_FAULTS]
            context["fault_count"] = len(error.faults)
        except NotAllowed:
            raise
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return render(request, "catalogue/import.html", context)


def _taken(form: ImportForm, by: Any) -> Intake:
    file = form.cleaned_data["file"]
    return IMPORTERS[form.cleaned_data["what"]](file.read(), name=file.name, by=by)


def _told(intake: Intake) -> dict[str, Any]:
    """The report: counts, reasons with how often, and the rows as far as a page bears them."""
    reasons = Counter(str(row.reason) for row in intake.left)
    return {
        "intake": intake,
        "reasons": reasons.most_common(MOST_FAULTS),
        "rows": intake.rows[:MOST_ROWS],
        "more": max(0, len(intake.rows) - MOST_ROWS),
    }
