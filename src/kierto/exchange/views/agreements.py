"""Agreements: what is promised, what came, and what waits for the other side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.decision import Decision
from kierto.core.errors import DomainError
from kierto.exchange import actions, queries
from kierto.exchange.agreements import standing_of, standings_of
from kierto.exchange.forms.agreeing import DeliveryForm, DisputeForm
from kierto.exchange.models import Delivery, Proposal, today
from kierto.exchange.permissions import can_record_delivery, delivery_roles, judge_step
from kierto.exchange.states import DELIVERY_STEPS, DeliveryState, ProposalState
from kierto.exchange.views.intents import picture_response
from kierto.ledger.fields import add_domain_error
from kierto.ledger.models import Commitment
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer

PAGE_SIZE = 25
DAYS_IN_WEEK = 7
TONES = {
    DeliveryState.RECORDED: "info",
    DeliveryState.CONFIRMED: "success",
    DeliveryState.DISPUTED: "danger",
    DeliveryState.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery and what the reader may do with it."""

    delivery: Delivery
    tone: str
    may_confirm: Decision
    may_dispute: Decision
    may_withdraw: Decision


@require_safe
@login_required
def agreements(request: HttpRequest) -> HttpResponse:
    """Everything agreed, what runs now first; ``?district=`` narrows."""
    by = writer(request)
    rows = queries.with_ends(queries.visible_proposals(by).filter(state=ProposalState.ACCEPTED))
    if slug := request.GET.get("district"):
        rows = queries.in_district_of(rows, slug)
    page = Paginator(rows.order_by("-ends_on", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    standings = standings_of(row.agreement_id for row in page if row.agreement_id is not None)
    return render(
        request,
        "exchange/agreements.html",
        {
            "page": page,
            "rows": [
                (row, standings[row.agreement_id]) for row in page if row.agreement_id is not None
            ],
            "today": today(),
        },
    )


@require_safe
@login_required
def agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Promises by period, deliveries, and the form to record one."""
    by = writer(request)
    return render(request, "exchange/agreement.html", _context(_proposal(by, pk), by))


def _proposal(by: Agent, agreement_pk: UUID) -> Proposal:
    """The proposal that the agreement came of; the agreement knows it back."""
    rows = queries.with_ends(queries.visible_proposals(by)).filter(agreement=agreement_pk)
    found = rows.first()
    if found is None or found.agreement is None:
        raise Http404
    found.agreement.proposal = found
    return found


def _context(found: Proposal, by: Agent, form: DeliveryForm | None = None) -> dict[str, Any]:
    assert found.agreement is not None  # noqa: S101 (found by its agreement)
    sides = [p for p in found.parties if can_record_delivery(by, found.agreement, p)]
    standing = standing_of(found.agreement)
    return {
        "proposal": found,
        "agreement": found.agreement,
        "standing": standing,
        "unit": found.kind.unit,
        "today": today(),
        "rows": _rows(found, by),
        "form": form or (DeliveryForm(proposal=found, sides=sides) if sides else None),
        "dispute_form": DisputeForm(),
        "series": _series(standing.promises, found.kind.unit),
    }


def _deliveries(found: Proposal) -> list[Delivery]:
    deliveries = Delivery.objects.filter(agreement=found.agreement_id).select_related(
        "recorded_for__organization", "recorded_for__person", "event"
    )
    rows = list(deliveries.order_by("-happened_at", "pk"))
    for each in rows:
        each.agreement = found.agreement  # type: ignore[assignment]
    return rows


def _rows(found: Proposal, by: Agent) -> list[DeliveryRow]:
    """Every delivery with its steps; a reader's roles are the same for all of one side."""
    roles: dict[UUID, frozenset[str]] = {}
    rows = []
    for delivery in _deliveries(found):
        side = delivery.recorded_for_id
        if side not in roles:
            roles[side] = delivery_roles(by, delivery)
        confirm, dispute, withdraw = (
            judge_step(DELIVERY_STEPS, delivery.state, to, roles[side])
            for to in (
                DeliveryState.CONFIRMED,
                DeliveryState.DISPUTED,
                DeliveryState.WITHDRAWN,
            )
        )
        tone = TONES[DeliveryState(delivery.state)]
        rows.append(DeliveryRow(delivery, tone, confirm, dispute, withdraw))
    return rows


def _series(promises: Any, unit: str) -> dict[str, Any]:
    """Promised and kept by period, for the picture."""
    return {
        "title": _("Promised and kept"),
        "unit": unit,
        "x": [_short(each.commitment) for each in promises],
        "x_title": _("Week or month"),
        "series": [
            {"name": _("promised"), "values": [float(each.promised) for each in promises]},
            {"name": _("kept"), "values": [float(each.kept) for each in promises]},
        ],
    }


def _short(promise: Commitment) -> str:
    """The number of a week, or the name of a month."""
    if (promise.has_end - promise.has_beginning).days < DAYS_IN_WEEK:
        return str(promise.has_beginning.isocalendar().week)
    return formats.date_format(promise.has_beginning, "M")


@require_POST
@login_required
def record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record a delivery in the name of one side."""
    by = writer(request)
    found = _proposal(by, pk)
    assert found.agreement is not None  # noqa: S101 (found by its agreement)
    sides = [p for p in found.parties if can_record_delivery(by, found.agreement, p)]
    if not sides:
        can_record_delivery(by, found.agreement, found.provider).require()
    form = DeliveryForm(request.POST, request.FILES, proposal=found, sides=sides)
    if form.is_valid():
        try:
            actions.record_delivery(found.agreement, by=by, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(
                request, _("The delivery is recorded. It counts once the other side confirms it.")
            )
            return redirect("exchange:agreement", pk=pk)
    return render(request, "exchange/agreement.html", _context(found, by, form), status=422)


@require_POST
@login_required
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that a delivery is right."""
    by = writer(request)
    delivery = find(queries.visible_deliveries(by), pk)
    actions.confirm_delivery(delivery, by=by)
    messages.success(request, _("The delivery is confirmed and stands in the ledger."))
    return redirect("exchange:agreement", pk=delivery.agreement_id)


@require_POST
@login_required
def dispute(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what is not right about a delivery."""
    by = writer(request)
    delivery = find(queries.visible_deliveries(by), pk)
    form = DisputeForm(request.POST)
    form.is_valid()
    actions.dispute_delivery(delivery, reason=form.cleaned_data.get("reason", ""), by=by)
    messages.success(request, _("The other side is told. Nothing was written to the ledger."))
    return redirect("exchange:agreement", pk=delivery.agreement_id)


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back what one's own side recorded."""
    by = writer(request)
    delivery = find(queries.visible_deliveries(by), pk)
    actions.withdraw_delivery(delivery, by=by)
    messages.success(request, _("The delivery is withdrawn."))
    return redirect("exchange:agreement", pk=delivery.agreement_id)


@require_safe
@login_required
def photo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture of a delivery, to those who may see the agreement."""
    delivery = find(queries.visible_deliveries(writer(request)), pk)
    if not delivery.photo:
        raise Http404
    return picture_response(delivery.photo)
