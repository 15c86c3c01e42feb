"""What a workshop still has to do, for the one who does it next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.repair import actions, permissions, queries
from kierto.repair.models import Category, Repairer, Ticket, Workshop
from kierto.repair.names import shown_name
from kierto.repair.views.ticket_page import TONES
from kierto.repair.views.tickets import find_ticket

PAGE_SIZE = 25
ORDERS = {
    "promise": gettext_lazy("Due first"),
    "age": gettext_lazy("Asked first"),
    "skill": gettext_lazy("By sort of thing"),
}


@require_safe
@login_required
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """By promise, age or skill; ``?mine=1`` narrows to mine and to what I am good at.

    ``?q=`` finds any ticket; a whole code goes straight to its page.
    """
    by = writer(request)
    workshop = find(queries.visible_workshops(by), slug=slug)
    permissions.can_staff(by, workshop).require()
    me = Repairer.objects.filter(workshop=workshop, agent=by, is_active=True).first()
    order = request.GET.get("order", "")
    order = order if order in ORDERS else "promise"
    mine = me is not None and request.GET.get("mine") == "1"
    category = _category(request.GET.get("category", ""))
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    by_code = Ticket.objects.filter(workshop=workshop, code__iexact=words).first()
    if words and by_code is not None:
        return redirect("repair:ticket", pk=by_code.pk)
    tickets = (
        queries.found_in(workshop, words)
        if words
        else queries.queue_of(
            workshop, repairer=me if mine else None, category=category, order=order
        )
    )
    page = Paginator(tickets, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "repair/queue.html",
        {
            "workshop": workshop,
            "page": page,
            "rows": [_row(ticket, me) for ticket in page.object_list],
            "words": words,
            "order": order,
            "orders": ORDERS,
            "mine": mine,
            "me": me,
            "category": category,
            "categories": _categories(workshop),
            "tones": TONES,
        },
    )


def _row(ticket: Ticket, me: Repairer | None) -> dict[str, Any]:
    today = timezone.localdate()
    repairer = ticket.repairer
    return {
        "ticket": ticket,
        "tone": TONES[ticket.state],  # type: ignore[index]
        "days": (today - timezone.localdate(ticket.created_at)).days,
        "is_late": ticket.ready_on is not None and ticket.ready_on < today,
        "is_mine": me is not None and ticket.repairer_id == me.pk,
        "repairer": shown_name(repairer.agent, to_staff=True) if repairer else "",
    }


def _category(text: str) -> Category | None:
    return (
        Category.objects.filter(pk=int(text)).first()
        if text.isdecimal() and len(text) < 5
        else None
    )


def _categories(workshop: Workshop) -> list[Category]:
    """The categories of what waits."""
    waiting = Ticket.objects.filter(workshop=workshop, state__in=queries.OPEN_STATES)
    return sorted(Category.objects.filter(pk__in=waiting.values("category")), key=str)


@require_POST
@login_required
def assign_to_me(request: HttpRequest, pk: UUID) -> HttpResponse:
    """I repair this one; or, once more, I do not."""
    by = writer(request)
    found = find_ticket(by, pk)
    me = _repairer_of(by, found)
    give_up = request.POST.get("do") == "leave"
    actions.assign(found, repairer=None if give_up else me, by=by)
    messages.success(
        request,
        _("%(code)s is open for others.") % {"code": found.code}
        if give_up
        else _("%(code)s is yours.") % {"code": found.code},
    )
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("repair:queue", slug=found.workshop.slug)


def _repairer_of(by: Agent, ticket: Ticket) -> Repairer | None:
    return Repairer.objects.filter(workshop=ticket.workshop_id, agent=by, is_active=True).first()
