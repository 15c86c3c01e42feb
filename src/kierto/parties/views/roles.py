"""Who serves the city: appointing operators and administrators."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kierto.parties import actions, permissions, queries
from kierto.parties.forms import AppointForm
from kierto.parties.views._pages import agent_of_request, page_of, said, taken


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest) -> HttpResponse:
    """Who runs the districts and this node? A POST appoints somebody."""
    by = agent_of_request(request)
    permissions.can_administer_node(by).require()
    form = AppointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if taken(
            form,
            lambda: actions.appoint(
                values["person"], role=values["role"], district=values["district"], by=by
            ),
        ):
            said(request, _("The appointment is made."))
            return redirect("parties:roles")
    appointments = (
        queries.visible_appointments(by)
        .select_related("person__user", "district")
        .order_by("role", "district__name", "person__name", "pk")
    )
    context = {"page": page_of(request, appointments), "form": form}
    return render(request, "parties/roles.html", context)


@login_required
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """End an appointment."""
    by = agent_of_request(request)
    permissions.can_appoint(by).require()
    appointment = get_object_or_404(queries.visible_appointments(by), pk=pk)
    actions.dismiss(appointment, by=by)
    said(request, _("The appointment has ended."))
    return redirect("parties:roles")
