"""The terms of a collection, its groups, and the ways of being a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError, NotAllowed
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.sharing.actions import terms as actions
from kierto.sharing.forms.collections import (
    GroupForm,
    PlanForm,
    TermsForm,
    initial_of_plan,
    initial_of_terms,
)
from kierto.sharing.models import Collection, Group, MembershipPlan, Terms, Thing
from kierto.sharing.permissions import can_keep
from kierto.sharing.rules.wishes import default_terms
from kierto.sharing.states import Sort
from kierto.sharing.terms_in_words import in_words
from kierto.sharing.views.collections import collection_or_404


def done(form: Form, act: Callable[[], Any]) -> bool:
    """Do what the form asks for; a broken rule becomes an error beside its field."""
    try:
        act()
    except NotAllowed:
        raise
    except DomainError as error:
        add_domain_error(form, error)
        return False
    return True


def kept(request: HttpRequest, slug: str) -> tuple[Agent, Collection]:
    """Who asks, and the collection that they run."""
    by = writer(request)
    found = collection_or_404(by, slug)
    can_keep(by, found).require()
    return by, found


@require_safe
@login_required
def terms(request: HttpRequest, slug: str) -> HttpResponse:
    """Under which terms is what lent?"""
    _by, found = kept(request, slug)
    rows = found.terms.annotate(count=Count("things")).prefetch_related("groups")
    shown = [(each, in_words(each, Thing(sort=Sort.ITEM))) for each in rows]
    return render(request, "sharing/terms.html", {"collection": found, "rows": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def terms_new(request: HttpRequest, slug: str) -> HttpResponse:
    """More terms; they begin like the general ones."""
    by, found = kept(request, slug)
    initial = initial_of_terms(default_terms(found)) | {"name": ""}
    return _terms_form(request, by, found, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def terms_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change terms; what is booked already stays as it was agreed."""
    by, found = kept(request, slug)
    row = find(Terms.objects.filter(collection=found), pk=pk)
    return _terms_form(request, by, found, row, initial_of_terms(row))


def _terms_form(
    request: HttpRequest, by: Agent, found: Collection, row: Terms | None, initial: dict[str, Any]
) -> HttpResponse:
    form = TermsForm(request.POST or None, groups=list(found.groups.all()), initial=initial)

    def write() -> None:
        changes, groups = form.values(), form.chosen_groups()
        actions.set_terms(found, terms=row, changes=changes, groups=groups, by=by)

    if request.method == "POST" and form.is_valid() and done(form, write):
        messages.success(request, _("The terms are saved."))
        return redirect("sharing:terms", slug=found.slug)
    context = {"collection": found, "form": form, "terms": row}
    return render(request, "sharing/terms_form.html", context)


@require_POST
@login_required
def terms_general(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make these terms those of everything without terms of its own."""
    by, found = kept(request, slug)
    row = find(Terms.objects.filter(collection=found), pk=pk)
    actions.set_terms(found, terms=row, changes={"is_default": True}, by=by)
    messages.success(request, _("These are the general terms now."))
    return redirect("sharing:terms", slug=slug)


@require_POST
@login_required
def terms_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Let go of terms that nothing needs."""
    by, found = kept(request, slug)
    row = find(Terms.objects.filter(collection=found), pk=pk)
    actions.remove_terms(row, by=by)
    messages.success(request, _("The terms are removed."))
    return redirect("sharing:terms", slug=slug)


# --------------------------------------------------------------------------- plans and groups


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def plans(request: HttpRequest, slug: str) -> HttpResponse:
    """How does one become a member here? A POST adds a way."""
    by, found = kept(request, slug)
    form = PlanForm(request.POST or None, groups=list(found.groups.all()))

    def write() -> None:
        actions.set_plan(found, changes=form.values(), by=by)

    if request.method == "POST" and form.is_valid() and done(form, write):
        messages.success(request, _("The membership plan is added."))
        return redirect("sharing:plans", slug=slug)
    return _plans(request, found, form, GroupForm())


def _plans(
    request: HttpRequest, found: Collection, form: PlanForm, group_form: GroupForm
) -> HttpResponse:
    members = Count("memberships", distinct=True)
    context = {
        "collection": found,
        "plans": found.plans.select_related("group").annotate(count=members),
        "groups": found.groups.annotate(count=members),
        "form": form,
        "group_form": group_form,
    }
    return render(request, "sharing/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def plan(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a way of being a member."""
    by, found = kept(request, slug)
    row = find(MembershipPlan.objects.filter(collection=found), pk=pk)
    groups = list(found.groups.all())
    form = PlanForm(request.POST or None, groups=groups, initial=initial_of_plan(row))

    def write() -> None:
        actions.set_plan(found, plan=row, changes=form.values(), by=by)

    if request.method == "POST" and form.is_valid() and done(form, write):
        messages.success(request, _("Your changes are saved."))
        return redirect("sharing:plans", slug=slug)
    return render(
        request, "sharing/plans_form.html", {"collection": found, "form": form, "plan": row}
    )


@require_POST
@login_required
def group_add(request: HttpRequest, slug: str) -> HttpResponse:
    """A new group."""
    by, found = kept(request, slug)
    form = GroupForm(request.POST)

    def write() -> None:
        actions.add_group(found, name=form.cleaned_data["name"], by=by)

    if form.is_valid() and done(form, write):
        messages.success(request, _("The group is added."))
        return redirect("sharing:plans", slug=slug)
    return _plans(request, found, PlanForm(groups=list(found.groups.all())), form)


@require_POST
@login_required
def group_rename(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Another name for a group."""
    by, found = kept(request, slug)
    group = find(Group.objects.filter(collection=found), pk=pk)
    actions.rename_group(group, name=request.POST.get("name", ""), by=by)
    messages.success(request, _("Your changes are saved."))
    return redirect("sharing:plans", slug=slug)
