"""Pages about the programs that one has let in."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kierto.core.errors import DomainError
from kierto.hub.callers import SCOPES
from kierto.hub.models import Token
from kierto.hub.tokens import actions
from kierto.hub.tokens.forms import SCOPE_LABELS, TokenForm
from kierto.hub.tokens.permissions import HARMLESS, can_withdraw_token
from kierto.hub.tokens.queries import visible_tokens
from kierto.parties.models import Agent
from kierto.parties.queries import organizations_of, sees_everything
from kierto.parties.requests import writer

A_PAGE = 25
_ORDER = ("read", "subscribe", "write", "register", "admin")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Which programs have I let in? POST makes a token; its secret is shown in the answer only."""
    by = writer(request)
    form = TokenForm(
        request.POST or None,
        agents=_owners(by),
        scopes=[
            scope for scope in _ORDER if scope in (SCOPES if sees_everything(by) else HARMLESS)
        ],
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            token, secret = actions.make_token(
                name=said["name"],
                agent=form.agent,
                scopes=said["scopes"],
                days=said["days"],
                by=by,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            context = {"token": token, "secret": secret, "scopes": _scopes_of(token)}
            return render(request, "hub/tokens/made.html", context)
    page = Paginator(visible_tokens(by).order_by("-created_at", "pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [
        {
            "token": token,
            "state": _state_of(token),
            "scopes": _scopes_of(token),
            "may_withdraw": can_withdraw_token(by, token),
        }
        for token in page
    ]
    return render(request, "hub/tokens/tokens.html", {"form": form, "page": page, "rows": rows})


@login_required
@require_POST
def withdraw(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Let a program in no more."""
    by = writer(request)
    token = get_object_or_404(visible_tokens(by), pk=token_id)
    actions.withdraw_token(token, by=by)
    messages.success(request, _("The program “%(name)s” is let in no more.") % {"name": token.name})
    return redirect("hub:tokens")


def _owners(by: Agent) -> list[Agent]:
    found = [by]
    for organization in organizations_of(by):
        organization.agent.organization = organization
        found.append(organization.agent)
    return found


def _scopes_of(token: Token) -> list[str]:
    return [str(SCOPE_LABELS[scope]) for scope in _ORDER if scope in token.scopes]


def _state_of(token: Token) -> str:
    if token.withdrawn_at is not None:
        return "withdrawn"
    over = token.expires_at is not None and token.expires_at <= timezone.now()
    return "over" if over else "valid"
