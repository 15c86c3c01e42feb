"""Who acts for an organisation."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kierto.parties import actions, permissions, queries
from kierto.parties.forms import InviteForm
from kierto.parties.models import Agent, MembershipRole, Organization, Person
from kierto.parties.views._pages import agent_of_request, page_of, said, taken
from kierto.parties.views.organizations import organization_or_404


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who acts for this organisation? A POST invites somebody."""
    by = agent_of_request(request)
    found = organization_or_404(by, slug)
    permissions.can_see_members(by, found).require()
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if taken(form, lambda: actions.invite(found, **values, by=by)):
            said(request, _("The invitation is on its way."))
            return redirect("parties:members", found.slug)
    may_manage = permissions.can_manage_members(by, found)
    return render(
        request,
        "parties/members.html",
        {
            "organization": found,
            "page": page_of(request, queries.members(found)),
            "invitations": found.invitations.all() if may_manage else [],
            "form": form,
            "may_manage": may_manage,
            "roles": MembershipRole.choices,
        },
    )


@login_required
@require_POST
def member_role(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Make a member an administrator, or the other way round."""
    by = agent_of_request(request)
    found = organization_or_404(by, slug)
    person = _member(by, found, pk)
    role = request.POST.get("role", "")
    actions.change_role(found, person=person, role=role, by=by)
    said(request, _("The role is changed."))
    return redirect("parties:members", found.slug)


@login_required
@require_POST
def member_remove(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """End a membership: somebody else's, or my own."""
    by = agent_of_request(request)
    found = organization_or_404(by, slug)
    person = _member(by, found, pk)
    actions.remove_member(found, person=person, by=by)
    if person.pk == by.pk:
        said(request, _("You no longer act for %(name)s.") % {"name": found.name})
        return redirect("parties:organization", found.slug)
    said(request, _("The member is removed."))
    return redirect("parties:members", found.slug)


@login_required
@require_POST
def invitation_withdraw(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take an invitation back."""
    by = agent_of_request(request)
    found = organization_or_404(by, slug)
    permissions.can_manage_members(by, found).require()
    invitation = get_object_or_404(found.invitations, pk=pk)
    actions.withdraw_invitation(invitation, by=by)
    said(request, _("The invitation is withdrawn."))
    return redirect("parties:members", found.slug)


def _member(by: Agent, organization: Organization, pk: UUID) -> Person:
    """A member of this organisation; of others nobody learns here whether they exist."""
    permissions.can_see_members(by, organization).require()
    people = Person.objects.select_related("agent").filter(memberships__organization=organization)
    return get_object_or_404(people, pk=pk)
