"""My page: who I am here, what I agreed to, and what is kept about me."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.parties import actions, queries
from kierto.parties.accounts import addresses_of
from kierto.parties.adapters import remember_language
from kierto.parties.consents import TEXTS
from kierto.parties.forms import EraseForm, ProfileForm
from kierto.parties.models import Person
from kierto.parties.views._pages import agent_of_request, said, taken


def _me(request: HttpRequest) -> Person:
    return get_object_or_404(
        Person.objects.select_related("agent", "user"), pk=agent_of_request(request).pk
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """What does this node know about me, and what can I change?"""
    person = _me(request)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if taken(
            form,
            lambda: actions.change_profile(person, **values, keep_district=False, by=person.agent),
        ):
            said(request, _("Your page is saved."))
            response = redirect("parties:me")
            remember_language(response, values["language"])
            return response
    return render(request, "parties/me.html", _context(person, form))


def _context(person: Person, form: ProfileForm) -> dict[str, object]:
    held = queries.open_consents(person)
    return {
        "person": person,
        "form": form,
        "addresses": addresses_of(person.user),
        "memberships": person.memberships.select_related("organization").order_by(
            "organization__name"
        ),
        "appointments": person.appointments.select_related("district"),
        "invitations": queries.invitations_for(person.agent),
        "places": queries.places_of(person.agent),
        "consents": [
            {
                "text": text,
                "held": held.get(purpose),
                "is_older": purpose in held and held[purpose].text_version != text.version,
            }
            for purpose, text in TEXTS.items()
        ],
    }


@login_required
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Agree to a purpose, or stop agreeing."""
    person, purpose = _me(request), request.POST.get("purpose", "")
    text = TEXTS.get(purpose)
    if text is None:
        raise BadRequest("no such purpose")
    if request.POST.get("agree") == "yes":
        actions.give_consent(person, purpose=purpose, by=person.agent)
        said(request, _("Your consent is written down. You can end it here at any time."))
    elif text.needed:
        return redirect("parties:erase")
    else:
        actions.withdraw_consent(person, purpose=purpose, by=person.agent)
        said(request, _("Your consent has ended."))
    return redirect("parties:me")


@login_required
@require_POST
def answer_invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Join the organisation that invited me, or let the invitation go."""
    by = agent_of_request(request)
    invitation = get_object_or_404(
        queries.invitations_for(by).select_related("organization__agent"), pk=pk
    )
    if request.POST.get("answer") == "accept":
        membership = actions.accept_invitation(invitation, by=by)
        said(request, _("You now act for %(name)s.") % {"name": invitation.organization.name})
        return redirect("parties:organization", membership.organization.slug)
    actions.decline_invitation(invitation, by=by)
    said(request, _("The invitation is gone."))
    return redirect("parties:me")


@login_required
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about me, as one JSON file."""
    person = _me(request)
    data = actions.export_person(person, by=person.agent)
    return HttpResponse(
        json.dumps(data, ensure_ascii=False, indent=2, default=str),
        content_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="my-data.json"',
            "Cache-Control": "private, no-store",
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why; then, if I want it, it is done."""
    person = _me(request)
    form = EraseForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and taken(form, lambda: actions.erase_person(person, by=person.agent))
    ):
        logout(request)
        said(request, _("You are erased. Nothing here leads to you any more."))
        return redirect("web:home")
    return render(request, "parties/erase.html", {"form": form, "person": person})


@require_safe
def passkeys(request: HttpRequest) -> HttpResponse:
    """The sign-in package's overview of second factors: here there are passkeys only."""
    return redirect("mfa_list_webauthn")
