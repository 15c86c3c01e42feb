"""Take in a table of things, and tell what became of every row."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kierto.core.errors import DomainError
from kierto.core.tables import LARGEST_FILE, FaultyFile
from kierto.ledger.fields import add_domain_error
from kierto.parties.requests import writer
from kierto.sharing import permissions
from kierto.sharing.forms.things import TableForm
from kierto.sharing.importers import COLUMNS, import_things
from kierto.sharing.views.keeping import staffed_collection


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def things_import(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and after it the report, row by row."""
    collection, by = staffed_collection(request, slug), writer(request)
    permissions.can_keep(by, collection).require()
    form = TableForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"collection": collection, "form": form, "columns": COLUMNS}
    if request.method == "POST" and form.is_valid():
        table = form.cleaned_data["table"]
        data = table.read(LARGEST_FILE + 1)
        try:
            context["intake"] = import_things(data, collection=collection, name=table.name, by=by)
        except FaultyFile as faulty:
            context["faults"] = faulty.faults
        except DomainError as error:
            add_domain_error(form, error)
    refused = bool(form.errors) or "faults" in context
    return render(request, "sharing/keep_import.html", context, status=422 if refused else 200)
