"""Proposals: put a flow to its two parties; accepted by all, it is an agreement."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from kierto.catalogue.models import RecipeFlow, ResourceSpecification
from kierto.core.announce import announce
from kierto.core.quantity import SYMBOLS, Unit, rounded
from kierto.core.transitions import move
from kierto.exchange import permissions, topics
from kierto.exchange.changes import ProposalAnswered, ProposalMade
from kierto.exchange.errors import (
    AlreadyAnswered,
    AlreadyProposed,
    AmountTooSmall,
    AnswerTooLate,
    EndsDoNotFit,
    NotAParty,
    ReasonMissing,
    WindowBackwards,
)
from kierto.exchange.models import (
    Direction,
    Intent,
    Processor,
    Proposal,
    ProposalAnswer,
    today,
)
from kierto.exchange.queries import with_ends
from kierto.exchange.states import PROPOSAL_STEPS, ProposalState, Visibility
from kierto.exchange.terms import promised_amounts, promised_periods
from kierto.ledger.actions import create_agreement
from kierto.ledger.drafts import CommitmentDraft
from kierto.ledger.models import Action, Agreement
from kierto.ledger.models import Visibility as EventVisibility
from kierto.notices.actions import notify
from kierto.parties.models import Agent

DAYS_TO_ANSWER = 14
DEFAULT_TERM_DAYS = 13 * 7


@transaction.atomic
def propose(
    *,
    kind: ResourceSpecification,
    provider: Agent,
    receiver: Agent,
    offer: Intent | None = None,
    source_processor: Processor | None = None,
    need: Intent | None = None,
    target_processor: Processor | None = None,
    quantity_per_week: Decimal,
    distance_km: float,
    cost_per_unit: float,
    emissions_per_unit: float,
    starts_on: date,
    ends_on: date | None = None,
    answer_by: date | None = None,
    plan: UUID | None = None,
    by: Agent,
) -> Proposal:
    """Put a flow to its parties; ``quantity_per_week`` is in the kind's canonical unit.

    The term defaults to 13 weeks, the time to answer to 14 days.

    Raises:
        NotAllowed, EndsDoNotFit, AlreadyProposed, AmountTooSmall, WindowBackwards.
    """
    proposal = Proposal(
        plan=plan,
        kind=kind,
        provider=provider,
        receiver=receiver,
        offer=offer,
        source_processor=source_processor,
        need=need,
        target_processor=target_processor,
        quantity_per_week=rounded(Decimal(quantity_per_week)),
        distance_km=distance_km,
        cost_per_unit=cost_per_unit,
        emissions_per_unit=emissions_per_unit,
        starts_on=starts_on,
        ends_on=ends_on or starts_on + timedelta(days=DEFAULT_TERM_DAYS - 1),
        answer_by=answer_by or today() + timedelta(days=DAYS_TO_ANSWER),
        created_by=by,
    )
    _check_ends(proposal)
    places = (proposal.source_place, proposal.target_place)
    permissions.can_propose(by, provider, receiver, places).require()
    _lock_ends(proposal)
    if _same_open(proposal).exists():
        raise AlreadyProposed
    proposal.save()
    _tell(proposal, topics.PROPOSED, but=by)
    announce(ProposalMade(proposal))
    return proposal


@transaction.atomic
def answer_proposal(
    proposal: Proposal, *, agent: Agent, accept: bool, reason: str = "", by: Agent
) -> Proposal:
    """Give one party's answer, once. The last yes makes the agreement; any no ends it.

    Raises:
        NotAParty, NotAllowed, AlreadyAnswered, AnswerTooLate, ReasonMissing, IllegalTransition.
    """
    proposal = _locked(proposal)
    if agent.pk not in {party.pk for party in proposal.parties}:
        raise NotAParty(agent=agent.name)
    if proposal.answers.filter(agent=agent).exists():
        raise AlreadyAnswered(agent=agent.name)
    roles = permissions.proposal_roles(by, proposal)
    wanted = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
    state = move(PROPOSAL_STEPS, proposal.state, wanted, roles | {"party"})
    if proposal.answer_by < today():
        raise AnswerTooLate(day=formats.date_format(proposal.answer_by))
    permissions.can_answer(by, proposal, agent).require()
    if not accept and not reason.strip():
        raise ReasonMissing
    ProposalAnswer.objects.create(
        proposal=proposal, agent=agent, accepted=accept, reason=reason.strip(), answered_by=by
    )
    if not accept:
        _decline(proposal, state, agent, reason.strip())
    elif _all_have_accepted(proposal):
        _agree(proposal, state, by)
    announce(ProposalAnswered(proposal))
    return proposal


@transaction.atomic
def withdraw_proposal(proposal: Proposal, *, by: Agent) -> Proposal:
    """Take a proposal back before all have answered.

    Raises:
        IllegalTransition, NotAllowed.
    """
    proposal = _locked(proposal)
    roles = permissions.proposal_roles(by, proposal)
    if proposal.state == ProposalState.OPEN:
        permissions.can_withdraw_proposal(by, proposal).require()
    proposal.state = move(PROPOSAL_STEPS, proposal.state, ProposalState.WITHDRAWN, roles)
    proposal.save(update_fields=["state"])
    _tell(proposal, topics.WITHDRAWN, but=by)
    announce(ProposalAnswered(proposal))
    return proposal


def _locked(proposal: Proposal) -> Proposal:
    """The row, locked: two answers at the same time stand in line here."""
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    return with_ends(Proposal.objects.all()).get(pk=proposal.pk)


def _check_ends(proposal: Proposal) -> None:
    if proposal.quantity_per_week <= 0:
        raise AmountTooSmall
    if proposal.ends_on < proposal.starts_on:
        raise WindowBackwards(field="ends_on")
    source = _one_of(proposal.offer, proposal.source_processor)
    target = _one_of(proposal.need, proposal.target_processor)
    if source is None or target is None:
        raise EndsDoNotFit(why=_("it must come from one place and go to one place."))
    if source.agent_id != proposal.provider_id or target.agent_id != proposal.receiver_id:
        raise EndsDoNotFit(why=_("an end belongs to somebody else."))
    if not (_gives(proposal) and _takes(proposal)):
        raise EndsDoNotFit(why=_("this kind is not what the two ends give and take."))


def _one_of(intent: Intent | None, processor: Processor | None) -> Intent | Processor | None:
    """The end that is given, if it is exactly one."""
    if (intent is None) == (processor is None):
        return None
    return intent or processor


def _gives(proposal: Proposal) -> bool:
    if proposal.offer is not None:
        offer = proposal.offer
        return offer.direction == Direction.OFFER and offer.kind_id == proposal.kind_id
    kinds = _kinds(proposal.source_processor, RecipeFlow.Direction.OUTPUT)
    return proposal.kind in kinds


def _takes(proposal: Proposal) -> bool:
    if proposal.need is not None:
        need = proposal.need
        return need.direction == Direction.NEED and proposal.kind.is_within(need.kind)
    kinds = _kinds(proposal.target_processor, RecipeFlow.Direction.INPUT)
    return any(proposal.kind.is_within(kind) for kind in kinds)


def _kinds(processor: Processor | None, direction: str) -> list[ResourceSpecification]:
    if processor is None:
        return []
    flows = RecipeFlow.objects.filter(recipe=processor.recipe_id, direction=direction)
    return [flow.kind for flow in flows.select_related("kind")]


def _lock_ends(proposal: Proposal) -> None:
    """So that the same pair proposed twice at once stands in line."""
    for model, key in (
        (Intent, proposal.offer_id),
        (Processor, proposal.source_processor_id),
        (Intent, proposal.need_id),
        (Processor, proposal.target_processor_id),
    ):
        if key is not None:
            list(model._default_manager.select_for_update().filter(pk=key).values("pk"))


def _same_open(proposal: Proposal) -> QuerySet[Proposal]:
    return Proposal.objects.filter(
        state=ProposalState.OPEN,
        answer_by__gte=today(),
        kind=proposal.kind,
        offer=proposal.offer,
        source_processor=proposal.source_processor,
        need=proposal.need,
        target_processor=proposal.target_processor,
    )


def _decline(proposal: Proposal, state: str, agent: Agent, reason: str) -> None:
    proposal.state = state
    proposal.save(update_fields=["state"])
    _tell(proposal, topics.DECLINED, but=agent, who=agent, reason=reason)


def _all_have_accepted(proposal: Proposal) -> bool:
    yes = set(proposal.answers.filter(accepted=True).values_list("agent_id", flat=True))
    return yes >= {party.pk for party in proposal.parties}


def _agree(proposal: Proposal, state: str, by: Agent) -> None:
    proposal.agreement = _agreement(proposal, by)
    proposal.state = state
    proposal.save(update_fields=["state", "agreement"])
    _tell(proposal, topics.ACCEPTED, but=None)


def _agreement(proposal: Proposal, by: Agent) -> Agreement:
    """One promise for each period of the term."""
    periods = promised_periods(proposal.starts_on, proposal.ends_on)
    amounts = promised_amounts(proposal.quantity_per_week, periods)
    action = carrying_action(proposal)
    return create_agreement(
        name=what_is_carried(proposal)[:200],
        commitments=[
            CommitmentDraft(
                action=action,
                provider=proposal.provider,
                receiver=proposal.receiver,
                conforms_to=proposal.kind,
                quantity=amount,
                has_beginning=period.start,
                has_end=period.end or proposal.ends_on,
                from_place=proposal.source_place,
                to_place=proposal.target_place,
            )
            for period, amount in zip(periods, amounts, strict=True)
            if amount > 0
        ],
        visibility=event_visibility(proposal),
        by=by,
    )


def carrying_action(proposal: Proposal) -> Action:
    """What happens when it is delivered, in the ledger's words.

    Between two agents it is a transfer. Between two places of one agent nothing changes hands:
    it is moved. At one place of one agent it does not even move: a side stream arises (``raise``)
    for one's own use, and what one's own processor made is used up (``consume``).
    """
    if proposal.provider_id != proposal.receiver_id:
        return Action.TRANSFER
    if proposal.source_place.pk != proposal.target_place.pk:
        return Action.MOVE
    return Action.RAISE if proposal.offer_id is not None else Action.CONSUME


def event_visibility(proposal: Proposal) -> EventVisibility:
    """Its deliveries show to those to whom both ends show."""
    ends = {end.visibility for end in (proposal.offer, proposal.need) if end is not None}
    if Visibility.MATCHED in ends:
        return EventVisibility.PARTIES
    return EventVisibility.PARTNERS if Visibility.PARTNERS in ends else EventVisibility.PUBLIC


def what_is_carried(proposal: Proposal) -> str:
    """The words of whoever posted it, or the kind's name."""
    posted = proposal.offer or proposal.need
    return posted.title if posted is not None else proposal.kind.label


def _tell(proposal: Proposal, topic: str, *, but: Agent | None, **more: object) -> None:
    unit = SYMBOLS[Unit(proposal.kind.unit)]
    for party in proposal.parties:
        if but is None or party.pk != but.pk:
            notify(
                party,
                topic,
                path=_path(proposal),
                what=what_is_carried(proposal),
                quantity=Decimal(f"{proposal.quantity_per_week.normalize():f}"),
                unit=unit,
                provider=proposal.provider,
                receiver=proposal.receiver,
                answer_by=proposal.answer_by,
                **more,
            )


def _path(proposal: Proposal) -> str:
    if proposal.agreement_id is not None:
        return reverse("exchange:agreement", args=[proposal.agreement_id])
    return reverse("exchange:proposal", args=[proposal.pk])
