"""My loans: what I have, what is booked and held for me, what I wait for and what I owe."""

from __future__ import annotations

import io
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.parties.models import Agent
from kierto.parties.queries import spoken_for
from kierto.parties.requests import find, writer
from kierto.sharing import queries
from kierto.sharing.actions.renewing import renew as renew_loan
from kierto.sharing.actions.waiting import leave_waiting_list, take_offer
from kierto.sharing.feeds import feeds_of
from kierto.sharing.models import Loan, WaitingEntry
from kierto.sharing.shelf import shelf_of
from kierto.sharing.words import Moment


@require_safe
@login_required
def loans(request: HttpRequest) -> HttpResponse:
    """Everything between me and the collections."""
    by = writer(request)
    shelf = shelf_of(by)
    context = {
        "shelf": shelf,
        "cards": [(card, code_picture(card.number)) for card in shelf.cards],
        "has_feed": feeds_of(by).filter(collection__isnull=True).exists(),
    }
    return render(request, "sharing/loans.html", context)


def code_picture(text: str) -> SafeString:
    """A QR code as an SVG that the page's own style draws; for eyes it stands in words beside."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        svgclass="k-card__code",
        lineclass=None,
        dark="#000",
        light="#fff",
        border=4,
    )
    svg = out.getvalue().decode().strip()
    return mark_safe(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))


@require_POST
@login_required
def renew(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep a loan as long again."""
    by = writer(request)
    mine = Loan.objects.filter(line__booking__in=queries.visible_bookings(by))
    found = find(mine.select_related("line__booking__collection"), pk=pk)
    renewed = renew_loan(found, by=by)
    zone = found.line.booking.collection.timezone
    messages.success(
        request, _("You may keep it until %(due)s.") % {"due": Moment(renewed.due_at, zone)}
    )
    return redirect("sharing:loans")


@require_POST
@login_required
def leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Wait no longer."""
    by = writer(request)
    leave_waiting_list(_entry(by, pk), by=by)
    messages.success(request, _("You do not wait for it any more."))
    return redirect("sharing:loans")


@require_POST
@login_required
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take what is held."""
    by = writer(request)
    booking = take_offer(_entry(by, pk), by=by)
    messages.success(request, _("It is now “%(state)s”.") % {"state": booking.get_state_display()})
    return redirect("sharing:booking", pk=booking.pk)


def _entry(by: Agent, pk: UUID) -> WaitingEntry:
    mine = WaitingEntry.objects.filter(borrower__in=spoken_for(by))
    return find(mine.select_related("thing", "borrower"), pk=pk)
