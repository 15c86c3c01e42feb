"""Three steps to post an offer or a need, and a look at it before it is published.

What was typed is kept in the session under a token of its own, so that several can be begun at
once, back works, and nothing is asked twice. Nothing is written to the exchange before the end.
"""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from kierto.catalogue.models import ResourceSpecification
from kierto.catalogue.queries import suggest_kinds
from kierto.core.errors import DomainError
from kierto.exchange import actions, queries
from kierto.exchange.forms.posting import AmountForm, OptionalPhotoForm, WhatForm, WhereForm
from kierto.exchange.models import Direction, Frequency, Intent
from kierto.exchange.states import IntentState, Visibility
from kierto.parties.actions import add_place
from kierto.parties.models import Agent
from kierto.parties.requests import writer

KEY = "exchange_post"
MOST_BEGUN = 5
STEPS = ("what", "amount", "where", "review")
NAMES = {
    "what": gettext_lazy("What"),
    "amount": gettext_lazy("How much and when"),
    "where": gettext_lazy("Where and who sees it"),
    "review": gettext_lazy("Look it over"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Step 1 of a new one. The token is made when something was typed."""
    values = request.POST if request.method == "POST" else request.GET
    direction = values.get("direction") or Direction.OFFER
    if direction not in Direction.values:
        raise Http404
    if request.method == "POST":
        token = _begin(request, direction)
        return _what(request, token, {"direction": direction})
    kind = request.GET.get("kind", "")
    form = WhatForm(
        direction=direction,
        kinds=_kinds(request.GET.get("title", ""), kind),
        initial={"title": request.GET.get("title", ""), "kind": kind},
    )
    return _page(request, "what", {"direction": direction}, form, token="")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step(request: HttpRequest, token: str, step: str) -> HttpResponse:
    """One step of one that was begun."""
    draft = request.session.get(KEY, {}).get(token)
    if draft is None or step not in STEPS:
        messages.info(request, _("This was published or left already. Begin a new one."))
        return redirect("exchange:post")
    missing = next((each for each in STEPS[: STEPS.index(step)] if each not in draft), None)
    if missing is not None:
        return redirect("exchange:post_step", token=token, step=missing)
    return {"what": _what, "amount": _amount, "where": _where, "review": _review}[step](
        request, token, draft
    )


@require_safe
@login_required
def kinds(request: HttpRequest) -> HttpResponse:
    """The kinds that the words typed so far may mean: a fragment of step 1."""
    title = request.GET.get("title", "")
    form = WhatForm(
        direction=request.GET.get("direction", Direction.OFFER),
        kinds=_kinds(title, request.GET.get("kind", "")),
        initial={"kind": request.GET.get("kind", "")},
    )
    return render(request, "exchange/post_what.html#kinds", {"form": form, "searched": title})


# --------------------------------------------------------------------------- the steps


def _what(request: HttpRequest, token: str, draft: dict[str, Any]) -> HttpResponse:
    if request.method != "POST":
        form = _what_form(draft, draft.get("typed") or {})
        return _page(request, "what", draft, form, token, searched=form.initial.get("title", ""))
    _keep(request, token, draft, "typed", request.POST)
    if "find" in request.POST:  # the suggestions come by an address of their own, so back works
        return redirect("exchange:post_step", token=token, step="what")
    form = _what_form(draft, request.POST, bound=True)
    if form.is_valid():
        return _next(request, token, draft, "what", request.POST)
    return _page(request, "what", draft, form, token, searched=request.POST.get("title", ""))


def _what_form(draft: dict[str, Any], typed: Any, *, bound: bool = False) -> WhatForm:
    return WhatForm(
        typed if bound else None,
        initial={name: typed.get(name, "") for name in ("title", "kind", "description")},
        direction=draft["direction"],
        kinds=_kinds(typed.get("title", ""), typed.get("kind", "")),
    )


def _amount(request: HttpRequest, token: str, draft: dict[str, Any]) -> HttpResponse:
    form = _amount_form(draft, _typed(request, draft, "amount"))
    if request.method == "POST" and form.is_valid():
        return _next(request, token, draft, "amount", request.POST)
    return _page(request, "amount", draft, form, token)


def _where(request: HttpRequest, token: str, draft: dict[str, Any]) -> HttpResponse:
    form = _where_form(writer(request), _typed(request, draft, "where"))
    if request.method == "POST" and form.is_valid():
        return _next(request, token, draft, "where", request.POST)
    return _page(request, "where", draft, form, token)


def _review(request: HttpRequest, token: str, draft: dict[str, Any]) -> HttpResponse:
    by = writer(request)
    kind = _kind(draft)
    what = WhatForm(_as_data(draft["what"]), direction=draft["direction"], kinds=[kind])
    amount = _amount_form(draft, _as_data(draft["amount"]))
    where = _where_form(by, _as_data(draft["where"]))
    for name, form in (("what", what), ("amount", amount), ("where", where)):
        if not form.is_valid():  # a kind or a place may have gone since
            return redirect("exchange:post_step", token=token, step=name)
    posted = request.POST if request.method == "POST" else None
    photo = OptionalPhotoForm(posted, request.FILES if posted is not None else None)
    error: DomainError | None = None
    if posted is not None and photo.is_valid():
        try:
            intent = _post(draft["direction"], kind, what, amount, where, photo, posted, by)
        except DomainError as refused:
            error = refused
        else:
            _forget(request, token)
            messages.success(request, _said(intent))
            return redirect("exchange:intent", pk=intent.pk)
    context = {
        "kind": kind,
        "what": what,
        "amount": amount,
        "where": where,
        "error": error,
        "every": Frequency(amount.cleaned_data["every"]).label,
        "visibility": Visibility(where.cleaned_data["visibility"]).label,
    }
    return _page(request, "review", draft, photo, token, **context)


@transaction.atomic
def _post(
    direction: str,
    kind: ResourceSpecification,
    what: WhatForm,
    amount: AmountForm,
    where: WhereForm,
    photo: OptionalPhotoForm,
    posted: QueryDict,
    by: Agent,
) -> Intent:
    """All or nothing: the place if it is new, the draft, its picture, and its publication."""
    agent = where.chosen_agent()
    place = where.chosen_place() or add_place(agent=agent, by=by, **where.new_place())
    intent = actions.post_intent(
        direction=direction,
        agent=agent,
        kind=kind,
        title=what.cleaned_data["title"],
        description=what.cleaned_data["description"],
        place=place,
        visibility=where.cleaned_data["visibility"],
        by=by,
        **amount.values(),
    )
    image = photo.cleaned_data["photo"]
    if image is not None:
        words = photo.cleaned_data["photo_description"]
        actions.add_photo(intent, image=image, description=words, by=by)
    if "publish" in posted:
        intent = actions.move_intent(intent, IntentState.OPEN, by=by)
    return intent


def _said(intent: Intent) -> str:
    if intent.state == IntentState.OPEN:
        return _("It is published.")
    return _("It is kept as a draft. Nobody else sees it until you publish it.")


# --------------------------------------------------------------------------- what was typed


def _begin(request: HttpRequest, direction: str) -> str:
    begun = dict(request.session.get(KEY, {}))
    token = secrets.token_urlsafe(8)
    begun[token] = {"direction": direction}
    request.session[KEY] = dict(list(begun.items())[-MOST_BEGUN:])
    return token


def _keep(request: HttpRequest, token: str, draft: dict[str, Any], name: str, typed: Any) -> None:
    draft[name] = {
        key: value for key, value in typed.items() if key not in ("csrfmiddlewaretoken", "find")
    }
    request.session[KEY] = {**request.session.get(KEY, {}), token: draft}


def _next(
    request: HttpRequest, token: str, draft: dict[str, Any], name: str, typed: Any
) -> HttpResponse:
    _keep(request, token, draft, name, typed)
    following = STEPS[STEPS.index(name) + 1]
    return redirect("exchange:post_step", token=token, step=following)


def _forget(request: HttpRequest, token: str) -> None:
    begun = dict(request.session.get(KEY, {}))
    begun.pop(token, None)
    request.session[KEY] = begun


def _typed(request: HttpRequest, draft: dict[str, Any], name: str) -> Any:
    return request.POST if request.method == "POST" else _as_data(draft.get(name))


def _as_data(typed: Any) -> Any:
    """What was kept, as a form reads it."""
    if typed is None or isinstance(typed, QueryDict):
        return typed
    data = QueryDict(mutable=True)
    for name, value in typed.items():
        data[name] = value
    return data


def _kind(draft: dict[str, Any]) -> ResourceSpecification:
    kinds = ResourceSpecification.objects.prefetch_related("labels")
    return kinds.get(code=draft["what"]["kind"])


def _amount_form(draft: dict[str, Any], data: Any) -> AmountForm:
    return AmountForm(data, direction=draft["direction"], kind=_kind(draft))


def _where_form(by: Agent, data: Any) -> WhereForm:
    agents = queries.agents_to_speak_for(by)
    return WhereForm(data, agents=agents, places=list(queries.places_of(agents)))


def _kinds(words: str, chosen: str) -> list[ResourceSpecification]:
    """Suggestions for the words, and the kind that was chosen already."""
    found = [each.kind for each in suggest_kinds(words)] if words.strip() else []
    if chosen and chosen not in {kind.code for kind in found}:
        kinds = ResourceSpecification.objects.prefetch_related("labels")
        found += list(kinds.filter(code=chosen))
    return found


def _page(
    request: HttpRequest,
    name: str,
    draft: dict[str, Any],
    form: forms.Form,
    token: str,
    **more: Any,
) -> HttpResponse:
    at = STEPS.index(name)
    steps = [(each, NAMES[each], token and index < at) for index, each in enumerate(STEPS)]
    return render(
        request,
        f"exchange/post_{name}.html",
        {
            "form": form,
            "direction": draft["direction"],
            "token": token,
            "here": name,
            "steps": steps,
            "back": STEPS[at - 1] if at else "",
            **more,
        },
        status=422 if form.is_bound and form.errors else 200,
    )
