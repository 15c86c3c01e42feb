"""Proposals: what waits for an answer, and answering it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kierto.core.decision import Decision
from kierto.core.errors import DomainError
from kierto.exchange import actions, queries
from kierto.exchange.errors import NotAParty
from kierto.exchange.forms.agreeing import AnswerForm
from kierto.exchange.models import Proposal, ProposalAnswer, today
from kierto.exchange.permissions import can_answer, can_withdraw_proposal
from kierto.exchange.states import ProposalState
from kierto.exchange.terms import term_amount
from kierto.ledger.fields import add_domain_error
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.parties.whereabouts import is_public, shown_place

PAGE_SIZE = 25
TONES = {
    ProposalState.OPEN: "info",
    ProposalState.ACCEPTED: "success",
    ProposalState.DECLINED: "danger",
    ProposalState.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class PartyAnswer:
    """One party, its answer if it gave one, and whether the reader may give it."""

    agent: Agent
    role: str
    answer: ProposalAnswer | None
    decision: Decision


@require_safe
@login_required
def proposals(request: HttpRequest) -> HttpResponse:
    """Those that wait for me first; ``?state=`` and ``?district=`` narrow."""
    by = writer(request)
    rows = queries.with_ends(queries.visible_proposals(by))
    state = request.GET.get("state", "")
    if state in ProposalState.values:
        rows = rows.filter(state=state)
    if slug := request.GET.get("district"):
        rows = queries.in_district_of(rows, slug)
    waiting = set(queries.awaiting(by).values_list("pk", flat=True))
    ordered = queries.waiting_first(rows, waiting)
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": waiting,
        "state": state,
        "states": ProposalState.choices,
        "tones": TONES,
        "today": today(),
    }
    return render(request, "exchange/proposals.html", context)


@require_safe
@login_required
def proposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What goes from whom to whom, for how long, at what cost; and the answers."""
    by = writer(request)
    found = find(queries.with_ends(queries.visible_proposals(by)), pk)
    return render(request, "exchange/proposal.html", _context(found, by, AnswerForm()))


def _context(found: Proposal, by: Agent, form: AnswerForm) -> dict[str, object]:
    answers = {answer.agent_id: answer for answer in found.answers.all()}
    parties = [
        PartyAnswer(
            party,
            _("gives") if party.pk == found.provider_id else _("gets"),
            answers.get(party.pk),
            can_answer(by, found, party),
        )
        for party in found.parties
    ]
    agreed = found.state == ProposalState.ACCEPTED
    weekly = float(found.quantity_per_week)
    return {
        "proposal": found,
        "parties": parties,
        "mine": [each for each in parties if each.decision],
        "form": form,
        "may_withdraw": can_withdraw_proposal(by, found),
        "tone": TONES[ProposalState(found.state)],
        "late": found.state == ProposalState.OPEN and found.answer_by < today(),
        "total": term_amount(found.quantity_per_week, found.starts_on, found.ends_on),
        "weekly_cost": weekly * found.cost_per_unit,
        "weekly_emissions": weekly * found.emissions_per_unit,
        "source_place": shown_place(found.source_place, exact=agreed or is_public(found.provider)),
        "target_place": shown_place(found.target_place, exact=agreed or is_public(found.receiver)),
    }


@require_POST
@login_required
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Accept, or decline with a reason, in the name of one party."""
    by = writer(request)
    found = find(queries.with_ends(queries.visible_proposals(by)), pk)
    party = next(
        (each for each in found.parties if str(each.pk) == request.POST.get("agent")), None
    )
    if party is None:
        raise NotAParty(agent=_("This"))
    form = AnswerForm(request.POST)
    form.is_valid()
    try:
        answered = actions.answer_proposal(
            found,
            agent=party,
            accept=request.POST.get("answer") == "accept",
            reason=form.cleaned_data.get("reason", ""),
            by=by,
        )
    except DomainError as error:
        if error.field not in form.fields:
            raise
        add_domain_error(form, error)
        return render(request, "exchange/proposal.html", _context(found, by, form), status=422)
    messages.success(request, _said(answered))
    if answered.agreement_id is not None:
        return redirect("exchange:agreement", pk=answered.agreement_id)
    return redirect("exchange:proposal", pk=pk)


def _said(answered: Proposal) -> str:
    match answered.state:
        case ProposalState.ACCEPTED:
            return _("All have accepted. This is now an agreement.")
        case ProposalState.DECLINED:
            return _("You declined. The next plan leaves this pair out until the term is over.")
        case _other:
            return _("You accepted. It is an agreement once the other party accepts too.")


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it back before all have answered."""
    by = writer(request)
    found = find(queries.visible_proposals(by), pk)
    actions.withdraw_proposal(found, by=by)
    messages.success(request, _("The proposal is withdrawn."))
    return redirect("exchange:proposal", pk=pk)
