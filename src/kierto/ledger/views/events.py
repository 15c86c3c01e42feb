"""What happened: the list of events, the page of one, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger import actions, permissions
from kierto.ledger.forms import FilterForm, ReversalForm
from kierto.ledger.models import ChainCheck, EconomicEvent
from kierto.ledger.queries import narrowed, visible_events
from kierto.ledger.sentences import sentence_of
from kierto.ledger.views.reading import page_of, row_of, traces_of, with_names
from kierto.parties.models import Agent
from kierto.parties.requests import reader


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What has happened here?"""
    form = FilterForm(request.GET)
    filters = form.narrowing()
    found = narrowed(visible_events(reader(request)), **filters)
    page = page_of(request, with_names(found).order_by("-has_end", "-number"))
    return render(
        request,
        "ledger/events.html",
        {
            "form": form,
            "page": page,
            "rows": [row_of(event) for event in page.object_list],
            "is_narrowed": bool(filters),
            "check": ChainCheck.objects.first(),
            "query": request.GET.urlencode(),
        },
    )


@require_safe
def event(request: HttpRequest, pk: str) -> HttpResponse:
    """What exactly happened, and how do we know?"""
    return _event_page(request, pk, ReversalForm())


@require_POST
@login_required
def reverse(request: HttpRequest, pk: str) -> HttpResponse:
    """Take an event back, with a reason."""
    form = ReversalForm(request.POST)
    found = get_object_or_404(visible_events(reader(request)), pk=pk)
    if not form.is_valid():
        return _event_page(request, pk, form, status=400)
    try:
        mirror = actions.reverse_event(
            found,
            reason=form.cleaned_data["reason"],
            by=request.agent,  # type: ignore[attr-defined]
        )
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return _event_page(request, pk, form, status=int(error.status))
    messages.success(
        request,
        _("Event %(number)s is taken back by event %(mirror)s.")
        % {"number": found.number, "mirror": mirror.number},
    )
    return redirect("ledger:event", mirror.pk)


def _event_page(
    request: HttpRequest, pk: str, form: ReversalForm, status: int = 200
) -> HttpResponse:
    by = reader(request)
    found = get_object_or_404(_with_facts(by), pk=pk)
    concerned = by is not None and permissions.can_read_private(by, found)
    mirror = getattr(found, "corrected_by", None)
    may_reverse = by is not None and bool(permissions.can_reverse(by, found))
    return render(
        request,
        "ledger/event.html",
        {
            "event": found,
            "sentence": sentence_of(found),
            "concerned": concerned,
            "kept": found.fulfills.select_related("commitment__agreement") if concerned else [],
            "mirror": mirror,
            "triggers": visible_events(by).filter(triggered_by=found) if concerned else [],
            "reversal_form": form
            if may_reverse and mirror is None and found.corrects_id is None
            else None,
            "traces": traces_of(found, by),
        },
        status=status,
    )


def _with_facts(by: Agent | None) -> QuerySet[EconomicEvent]:
    return with_names(visible_events(by)).select_related(
        "location",
        "to_location",
        "resource",
        "to_resource",
        "input_of__based_on",
        "output_of__based_on",
        "realization_of",
        "corrects",
        "corrected_by",
        "triggered_by",
        "recorded_by__organization",
        "recorded_by__person",
    )
