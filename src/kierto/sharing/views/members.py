"""Members: joining, and what the desk does with memberships."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.sharing import charges, queries
from kierto.sharing.actions import members as actions
from kierto.sharing.forms.members import BlockForm, EnrolForm, GroupsForm, SearchForm
from kierto.sharing.lateness import open_loans
from kierto.sharing.members import may_renew, search
from kierto.sharing.models import Booking, Collection, Loan, Membership
from kierto.sharing.permissions import can_keep, can_staff
from kierto.sharing.rules.who import groups_of
from kierto.sharing.states import BLOCKING, BookingState
from kierto.sharing.views.collections import collection_or_404, join_form, page_of
from kierto.sharing.views.enrolling import enrol_from
from kierto.sharing.views.terms import done

PAGE_SIZE = 25


def _staffed(request: HttpRequest, slug: str) -> tuple[Agent, Collection]:
    by = writer(request)
    found = collection_or_404(by, slug)
    can_staff(by, found).require()
    return by, found


# --------------------------------------------------------------------------- by themselves


@require_POST
@login_required
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Become a member, and agree to the rules by it."""
    by = writer(request)
    found = collection_or_404(by, slug)
    form = join_form(found, by, request.POST)
    if form is None:
        return redirect("sharing:collection", slug=slug)

    def write() -> None:
        made = actions.enrol(found, agent=form.chosen_agent(), plan=form.chosen_plan(), by=by)
        actions.agree(made, by=by)

    if form.is_valid() and done(form, write):
        messages.success(request, _("Welcome: you are a member now."))
        return redirect("sharing:collection", slug=slug)
    return page_of(request, found, form, status=422)


@require_POST
@login_required
def renew(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Another period: by the member, or at the desk."""
    by = writer(request)
    row = _mine_or_staffed(by, slug, pk)
    actions.renew_membership(row, by=by)
    messages.success(request, _("The membership is renewed."))
    return _back(request, row, by)


@require_POST
@login_required
def agree(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The member agrees to the rules, or has signed them at the desk."""
    by = writer(request)
    row = _mine_or_staffed(by, slug, pk)
    actions.agree(row, by=by)
    messages.success(request, _("That the rules are agreed to is written down."))
    return _back(request, row, by)


def _mine_or_staffed(by: Agent, slug: str, pk: int) -> Membership:
    rows = queries.visible_memberships(by).select_related("collection__owner", "collection__place")
    return find(rows.filter(collection__slug=slug), pk=pk)


def _back(request: HttpRequest, row: Membership, by: Agent) -> HttpResponse:
    if request.POST.get("from") == "desk" and can_staff(by, row.collection):
        return redirect("sharing:member", slug=row.collection.slug, pk=row.pk)
    return redirect("sharing:collection", slug=row.collection.slug)


# --------------------------------------------------------------------------- at the desk


@require_safe
@login_required
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is a member? By name or card number."""
    by, found = _staffed(request, slug)
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    day = timezone.now().astimezone(ZoneInfo(found.timezone)).date()
    words, which = asked.get("q", ""), asked.get("only", "")
    rows = search(found, words=words, only=which, today=day)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    names = queries.borrower_names(by, found, [row.agent for row in page.object_list])
    context = {
        "collection": found,
        "form": form,
        "page": page,
        "rows": [(row, names[row.agent_id]) for row in page.object_list],
        "is_narrowed": bool(words or which),
        "may_keep": can_keep(by, found),
        "today": day,
    }
    return render(request, "sharing/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enrol(request: HttpRequest, slug: str) -> HttpResponse:
    """Make somebody a member who stands at the desk and has no account."""
    by, found = _staffed(request, slug)
    plans = list(found.plans.order_by("-is_open", "name"))
    form = EnrolForm(request.POST or None, plans=plans)
    made: list[Membership] = []

    def write() -> None:
        made.append(enrol_from(form, found, by=by))

    if request.method == "POST" and form.is_valid() and done(form, write):
        said = _("They are a member now: card %(number)s.") % {"number": made[0].number}
        messages.success(request, said)
        return redirect("sharing:member", slug=slug, pk=made[0].pk)
    return render(request, "sharing/member_new.html", {"collection": found, "form": form})


@require_safe
@login_required
def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What does this member have, what do they owe, may they borrow?"""
    by, found = _staffed(request, slug)
    return _member(request, by, _row(found, pk), BlockForm())


def _row(found: Collection, pk: int) -> Membership:
    rows = Membership.objects.filter(collection=found).select_related(
        "collection__owner", "collection__place", "agent__person", "agent__organization", "plan"
    )
    return find(rows, pk=pk)


def _member(
    request: HttpRequest, by: Agent, row: Membership, form: BlockForm, status: int = 200
) -> HttpResponse:
    found, now = row.collection, timezone.now()
    day = now.astimezone(ZoneInfo(found.timezone)).date()
    groups = list(found.groups.all())
    held = groups_of(row)
    chosen = [str(pk) for pk in row.groups.values_list("pk", flat=True)]
    context = {
        "collection": found,
        "member": row,
        "name": queries.borrower_name(by, found, row.agent),
        "person": getattr(row.agent, "person", None),
        "loans": _loans(row),
        "bookings": _bookings(row),
        "standings": charges.open_standings(row.agent, found),
        "due": charges.due_from(row.agent, found),
        "groups": [group for group in groups if group.pk in held],
        "groups_form": GroupsForm(groups=groups, initial={"groups": chosen}) if groups else None,
        "form": form,
        "now": now,
        "today": day,
        "may_renew": may_renew(row, day),
    }
    return render(request, "sharing/member.html", context, status=status)


def _loans(row: Membership) -> list[Loan]:
    loans = open_loans().filter(
        line__booking__borrower=row.agent, line__booking__collection=row.collection
    )
    return list(loans.select_related("thing").order_by("due_at", "pk"))


def _bookings(row: Membership) -> list[Booking]:
    rows = Booking.objects.filter(borrower=row.agent, collection=row.collection, state__in=BLOCKING)
    return list(
        rows.exclude(state=BookingState.OUT).prefetch_related("lines__thing").order_by("begins")
    )


@require_POST
@login_required
def block(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Lend them nothing more, and say why."""
    by, found = _staffed(request, slug)
    row, form = _row(found, pk), BlockForm(request.POST)

    def write() -> None:
        actions.block_member(row, reason=form.cleaned_data["reason"], by=by)

    if form.is_valid() and done(form, write):
        messages.success(request, _("The membership is blocked. The member is told why."))
        return redirect("sharing:member", slug=slug, pk=pk)
    return _member(request, by, row, form, status=422)


@require_POST
@login_required
def unblock(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Lend to them again."""
    by, found = _staffed(request, slug)
    actions.unblock_member(_row(found, pk), by=by)
    messages.success(request, _("The block is lifted."))
    return redirect("sharing:member", slug=slug, pk=pk)


@require_POST
@login_required
def groups(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put a member into groups."""
    by, found = _staffed(request, slug)
    form = GroupsForm(request.POST, groups=list(found.groups.all()))
    if form.is_valid():
        actions.set_groups(_row(found, pk), groups=form.chosen(), by=by)
        messages.success(request, _("Your changes are saved."))
    return redirect("sharing:member", slug=slug, pk=pk)
