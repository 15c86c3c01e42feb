"""The borrower at the desk: what they have, owe and booked, why nothing is lent; new ones."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing import charges
from kierto.sharing.actions.members import (
    agree,
    block_member,
    enrol,
    renew_membership,
    unblock_member,
)
from kierto.sharing.day import rows_of, today_of
from kierto.sharing.forms.desk import ChargeForm, refuse
from kierto.sharing.forms.members import EnrolForm
from kierto.sharing.lateness import open_loans, overdue_of, with_facts
from kierto.sharing.models import Booking, MembershipPlan
from kierto.sharing.queries import membership_of
from kierto.sharing.states import BookingState, Reason
from kierto.sharing.views.desk.counter import Counter, at_desk, borrower_at, code_in
from kierto.sharing.views.enrolling import enrol_from

SHOWN = 50
COMING = (BookingState.CONFIRMED, BookingState.REQUESTED, BookingState.HELD)


@require_safe
@login_required
def borrower(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """What they have, owe and booked, and what keeps them from borrowing."""
    counter = at_desk(request, slug)
    return borrower_page(counter, borrower_at(counter, pk))


def borrower_page(
    counter: Counter, agent: Agent, *, form: ChargeForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; with a form that was refused, if there is one."""
    counter = Counter(counter.request, counter.by, counter.collection, agent)
    collection = counter.collection
    loans = with_facts(
        open_loans().filter(line__booking__borrower=agent, line__booking__collection=collection)
    ).order_by("due_at", "pk")
    coming = (
        Booking.objects.filter(
            borrower=agent,
            collection=collection,
            state__in=COMING,
            ends__gt=timezone.now(),
        )
        .select_related("borrower", "collection")
        .prefetch_related("lines__thing")
        .order_by("begins", "code")
    )
    membership = membership_of(agent, collection)
    money = charges.open_standings(agent, collection)
    today = today_of(collection)
    return counter.show(
        "desk_borrower",
        status=status,
        is_borrower_page=True,
        who=agent,
        name=counter.name_of(agent),
        membership=membership,
        has_ended=membership is not None
        and membership.until is not None
        and membership.until < today,
        loans=rows_of(counter.by, collection, list(loans[:SHOWN])),
        overdue=overdue_of(agent, collection).count(),
        bookings=rows_of(counter.by, collection, list(coming[:SHOWN])),
        money=money,
        due=sum((each.due for each in money if not each.is_deposit), charges.NOTHING),
        fined=any(
            each.due and each.charge.reason in (Reason.FINE, Reason.DAMAGE) for each in money
        ),
        form=form or ChargeForm(prefix="charge"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def newcomer(request: HttpRequest, slug: str) -> HttpResponse:
    """Enrol somebody who stands here, with a name and nothing else."""
    counter = at_desk(request, slug)
    plans = MembershipPlan.objects.filter(collection=counter.collection, is_open=True)
    posted = request.method == "POST"
    thing = code_in((request.POST if posted else request.GET).get("thing", ""))
    form = EnrolForm(
        request.POST if posted else None,
        plans=list(plans),
        initial={"name": request.GET.get("name", "")[:200]},
    )
    if posted and form.is_valid():
        try:
            membership = enrol_from(form, counter.collection, by=counter.by)
        except DomainError as error:
            refuse(form, error)
        else:
            agent = membership.agent
            words = {"name": counter.name_of(agent), "number": membership.number}
            messages.success(request, _("%(name)s is a member now, number %(number)s.") % words)
            if thing:
                return counter.go("desk_thing", thing, to=agent)
            return counter.go("desk_borrower", agent.pk, to=agent)
    return counter.show(
        "desk_newcomer",
        form=form,
        waiting_thing=thing,
        status=422 if posted else 200,
    )


@require_POST
@login_required
def member_step(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Block with a reason, lift the block, renew, note that the rules are signed, enrol."""
    counter = at_desk(request, slug)
    agent = borrower_at(counter, pk)
    try:
        words = _step(counter, agent, counter.said("step"))
    except DomainError as error:
        counter.tell(error)
    else:
        messages.success(request, words)
    return counter.go("desk_borrower", agent.pk)


def _step(counter: Counter, agent: Agent, step: str) -> str:
    membership = membership_of(agent, counter.collection)
    if step == "enrol" and membership is None:
        enrol(counter.collection, agent=agent, by=counter.by)
        return _("The membership begins today.")
    if membership is None:
        raise Http404
    match step:
        case "block":
            block_member(membership, reason=counter.said("reason"), by=counter.by)
            return _("The member is blocked and can borrow nothing.")
        case "unblock":
            unblock_member(membership, by=counter.by)
            return _("The block is lifted.")
        case "renew":
            renew_membership(membership, by=counter.by)
            return _("The membership is renewed.")
        case "agree":
            agree(membership, by=counter.by)
            return _("The rules are agreed to.")
    raise Http404
