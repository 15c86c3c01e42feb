"""Requests to use data sets: those that wait for one's answer, and one's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kierto.core.errors import DomainError
from kierto.hub.datasets import actions, permissions
from kierto.hub.datasets.forms import AnswerForm
from kierto.hub.datasets.names import asker_name
from kierto.hub.datasets.queries import requests_of, requests_to_decide, visible_requests
from kierto.hub.datasets.states import RequestState
from kierto.hub.errors.datasets import DataUntilUnusable
from kierto.hub.models import AccessRequest
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.queries import acts_for
from kierto.parties.requests import find, writer

A_PAGE = 25
TONES = {
    RequestState.ASKED: "info",
    RequestState.GRANTED: "success",
    RequestState.REFUSED: "danger",
    RequestState.WITHDRAWN: "neutral",
    RequestState.ENDED: "neutral",
}


@login_required
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Which requests wait for me, and what became of mine?"""
    by = writer(request)
    waiting = requests_to_decide(by)
    mine = requests_of(by)
    page = Paginator(visible_requests(by).order_by("-asked_at", "pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "hub/datasets/requests.html",
        {
            "waiting": [_row(one) for one in waiting[:A_PAGE]],
            "waiting_count": waiting.count(),
            "mine_count": mine.count(),
            "page": page,
            "rows": [_row(one) for one in page.object_list],
        },
    )


def _row(one: AccessRequest) -> dict[str, Any]:
    return {
        "one": one,
        "who": asker_name(one.agent),
        "tone": TONES[RequestState(one.state)],
        "over": _is_over(one),
    }


def _is_over(one: AccessRequest) -> bool:
    """Granted, and its day has passed."""
    return (
        one.state == RequestState.GRANTED
        and one.until is not None
        and one.until < timezone.localdate()
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_request(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Who asks, what for; and the answer."""
    by = writer(request)
    found = find(visible_requests(by), pk=pk)
    form = AnswerForm(request.POST or None, needs_reason=not acts_for(by, found.agent))
    if request.method == "POST" and form.is_valid():
        step = _STEPS.get(request.POST.get("answer", ""))
        if step is None:
            return redirect("hub:data_request", pk)
        try:
            said = step(found, form, by)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, said)
            return redirect("hub:data_requests")
    may = {
        name: permissions.can_move_request(by, found, state)
        for name, state in (
            ("grant", RequestState.GRANTED),
            ("refuse", RequestState.REFUSED),
            ("withdraw", RequestState.WITHDRAWN),
            ("end", RequestState.ENDED),
        )
    }
    context = _row(found)
    context |= {"form": form, "may": may, "decides": bool(may["refuse"])}
    return render(request, "hub/datasets/request.html", context)


def _grant(found: AccessRequest, form: AnswerForm, by: Agent) -> str:
    until = form.cleaned_data["until"]
    if until is None:
        raise DataUntilUnusable(most=actions.LONGEST_DAYS)
    actions.grant(found, until=until, reason=form.cleaned_data["reason"], by=by)
    return _("They are let in, and told so.")


def _refuse(found: AccessRequest, form: AnswerForm, by: Agent) -> str:
    actions.refuse_request(found, reason=form.cleaned_data["reason"], by=by)
    return _("Refused. They are told why.")


def _withdraw(found: AccessRequest, form: AnswerForm, by: Agent) -> str:
    actions.withdraw_request(found, by=by)
    return _("Your request is taken back.")


def _end(found: AccessRequest, form: AnswerForm, by: Agent) -> str:
    actions.end_access(found, reason=form.cleaned_data["reason"], by=by)
    return _("The access has ended.")


_STEPS: dict[str, Callable[[AccessRequest, AnswerForm, Agent], str]] = {
    "grant": _grant,
    "refuse": _refuse,
    "withdraw": _withdraw,
    "end": _end,
}
