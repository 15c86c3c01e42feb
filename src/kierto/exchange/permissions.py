"""Who may do what in the exchange, and the sentence that says why not.

The node itself (the system agent) may do what parties may: importers and the demonstration write
in its name. Nobody can sign in as it.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, first_refusal, refuse
from kierto.core.transitions import Table
from kierto.exchange import queries
from kierto.exchange.models import Delivery, Intent, Processor, Proposal, today
from kierto.exchange.states import (
    DELIVERY_STEPS,
    INTENT_STEPS,
    PROPOSAL_STEPS,
    IntentState,
    ProposalState,
)
from kierto.ledger.models import Agreement
from kierto.parties.models import Agent, AgentType, Organization, Place
from kierto.parties.queries import acts_for, administers, operates, run_districts, sees_everything

SIGN_IN = _("Sign in first.")
_WHO = {
    "owner": _("those who posted it"),
    "operator": _("the operator of the district"),
    "party": _("the parties"),
    "proposer": _("whoever proposed it"),
    "recorder": _("the side that recorded it"),
    "other_party": _("the other side"),
    "system": _("the node itself"),
}


def _is_system(by: Agent | None) -> bool:
    return by is not None and by.type == AgentType.SYSTEM


# --------------------------------------------------------------------------- roles


def owner_roles(by: Agent | None, agent: Agent, place: Place) -> frozenset[str]:
    """The roles of ``by`` towards something of ``agent``'s at a place: owner, operator, system."""
    roles = set()
    if acts_for(by, agent):
        roles.add("owner")
    if operates(by, place.district_id):
        roles.add("operator")
    if _is_system(by):
        roles.add("system")
    return frozenset(roles)


def proposal_roles(by: Agent | None, proposal: Proposal) -> frozenset[str]:
    """The roles of ``by`` towards a proposal: party, proposer, operator, system."""
    roles = set()
    if _is_system(by):
        roles |= {"system", "party"}
    if any(acts_for(by, party) for party in proposal.parties):
        roles.add("party")
    if by is not None and proposal.created_by_id == by.pk:
        roles.add("proposer")
    if _runs_an_end(by, proposal):
        roles.add("operator")
    return frozenset(roles)


def delivery_roles(by: Agent | None, delivery: Delivery) -> frozenset[str]:
    """The roles of ``by`` towards a delivery: recorder, other_party; both where one agent is both."""
    proposal = delivery.agreement.proposal
    if _is_system(by):
        return frozenset({"recorder", "other_party", "system"})
    roles = set()
    if acts_for(by, delivery.recorded_for):
        roles.add("recorder")
    others = [party for party in proposal.parties if party.pk != delivery.recorded_for_id]
    if any(acts_for(by, party) for party in others or proposal.parties):
        roles.add("other_party")
    return frozenset(roles)


def _runs_an_end(by: Agent | None, proposal: Proposal) -> bool:
    districts = {proposal.source_place.district_id, proposal.target_place.district_id}
    return any(operates(by, district_id) for district_id in sorted(districts, key=str))


def judge_step(table: Table, current: str, wanted: str, roles: frozenset[str]) -> Decision:
    """Whether a step of a state table may be taken, as a decision with a reason."""
    transition = table.get((current, wanted))
    if transition is None:
        return refuse(_("This step is not possible from its present state."))
    if transition.by.isdisjoint(roles):
        return refuse(_who_may(transition.by))
    return ALLOWED


def _who_may(roles: frozenset[str]) -> Any:
    named = [str(_WHO[role]) for role in _WHO if role in roles and role != "system"]
    return _("Only %(who)s can do this.") % {"who": " / ".join(named)}


# --------------------------------------------------------------------------- offers and needs


def can_see_intent(by: Agent | None, intent: Intent) -> Decision:
    """Whether ``by`` may know of it at all; the same rule as the lists."""
    if queries.visible_intents(by).filter(pk=intent.pk).exists():
        return ALLOWED
    return refuse(_("This is not shown to you."))


def can_post_for(by: Agent | None, agent: Agent, place: Place | None = None) -> Decision:
    """Whether ``by`` may post in the name of ``agent``: itself, a member, or an operator."""
    if by is None:
        return refuse(SIGN_IN)
    if _is_system(by) or acts_for(by, agent) or (place and operates(by, place.district_id)):
        return ALLOWED
    return refuse(_("You can post only for yourself and for organisations that you act for."))


def can_change_intent(by: Agent | None, intent: Intent) -> Decision:
    """Whether ``by`` may edit it and its pictures."""
    return first_refusal(_may_touch(by, intent), _is_not_closed(intent))


def can_move_intent(by: Agent | None, intent: Intent, to: str) -> Decision:
    """Whether ``by`` may take it to another state."""
    roles = owner_roles(by, intent.agent, intent.place)
    judged = judge_step(INTENT_STEPS, intent.state, to, roles)
    if judged and to == IntentState.OPEN and intent.is_expired():
        return refuse(_("Its last day has passed. Give it a later last day first."))
    return judged


def _may_touch(by: Agent | None, thing: Intent | Processor) -> Decision:
    if by is None:
        return refuse(SIGN_IN)
    if owner_roles(by, thing.agent, thing.place):
        return ALLOWED
    return refuse(_("Only those who posted it and the operator of the district can change it."))


def _is_not_closed(thing: Intent | Processor) -> Decision:
    if thing.state == IntentState.CLOSED:
        return refuse(_("It is closed and stays as it was. Post a new one instead."))
    return ALLOWED


# --------------------------------------------------------------------------- processors


def can_see_processor(by: Agent | None, processor: Processor) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    if queries.visible_processors(by).filter(pk=processor.pk).exists():
        return ALLOWED
    return refuse(_("This is not shown to you."))


def can_change_processor(by: Agent | None, processor: Processor) -> Decision:
    """Whether ``by`` may edit it."""
    return first_refusal(_may_touch(by, processor), _is_not_closed(processor))


def can_move_processor(by: Agent | None, processor: Processor, to: str) -> Decision:
    """Whether ``by`` may take it to another state."""
    roles = owner_roles(by, processor.agent, processor.place)
    return judge_step(INTENT_STEPS, processor.state, to, roles)


def can_record_run(by: Agent | None, processor: Processor) -> Decision:
    """Whether ``by`` may record that it ran: those who act for its owner."""
    if by is None:
        return refuse(SIGN_IN)
    if not (_is_system(by) or acts_for(by, processor.agent)):
        return refuse(_("Only those who run this processor can record what it did."))
    if processor.state == IntentState.DRAFT:
        return refuse(_("Publish the processor first."))
    return ALLOWED


# --------------------------------------------------------------------------- proposals


def can_see_proposal(by: Agent | None, proposal: Proposal) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    if queries.visible_proposals(by).filter(pk=proposal.pk).exists():
        return ALLOWED
    return refuse(_("Proposals are shown to their parties only."))


def can_propose(
    by: Agent | None, provider: Agent, receiver: Agent, places: tuple[Place, Place]
) -> Decision:
    """Whether ``by`` may put a proposal to two parties: an operator, or one of the two."""
    if by is None:
        return refuse(SIGN_IN)
    if _is_system(by) or acts_for(by, provider) or acts_for(by, receiver):
        return ALLOWED
    if any(operates(by, place.district_id) for place in places):
        return ALLOWED
    return refuse(_("Only the parties and the operator of the district can propose this."))


def can_ask(by: Agent | None, intent: Intent) -> Decision:
    """Whether ``by`` may ask a partner on behalf of an offer or need: its owner, while it is open."""
    if by is None:
        return refuse(SIGN_IN)
    if not (_is_system(by) or acts_for(by, intent.agent)):
        return refuse(_("Only those who posted it can ask a partner."))
    if intent.state != IntentState.OPEN or intent.is_expired():
        return refuse(_("Publish it first."))
    return ALLOWED


def can_answer(by: Agent | None, proposal: Proposal, agent: Agent) -> Decision:
    """Whether ``by`` may answer for ``agent`` now."""
    if by is None:
        return refuse(SIGN_IN)
    if agent.pk not in {party.pk for party in proposal.parties}:
        return refuse(_("Only the parties answer a proposal."))
    if not (_is_system(by) or acts_for(by, agent)):
        return refuse(_("Only those who act for this party can answer."))
    if proposal.state != ProposalState.OPEN:
        return refuse(_("This proposal does not wait for answers any more."))
    if proposal.answer_by < today():
        return refuse(_("The time to answer has passed."))
    if any(answer.agent_id == agent.pk for answer in proposal.answers.all()):
        return refuse(_("This party has answered already."))
    return ALLOWED


def can_withdraw_proposal(by: Agent | None, proposal: Proposal) -> Decision:
    """Whether ``by`` may take it back before all have answered."""
    return judge_step(
        PROPOSAL_STEPS, proposal.state, ProposalState.WITHDRAWN, proposal_roles(by, proposal)
    )


# --------------------------------------------------------------------------- agreements and deliveries


def can_see_agreement(by: Agent | None, agreement: Agreement) -> Decision:
    """Whether ``by`` may know of it; the same rule as the lists."""
    if queries.visible_agreements(by).filter(pk=agreement.pk).exists():
        return ALLOWED
    return refuse(_("Agreements are shown to their parties only."))


def can_record_delivery(by: Agent | None, agreement: Agreement, agent: Agent) -> Decision:
    """Whether ``by`` may record a delivery in the name of one of the two sides."""
    if by is None:
        return refuse(SIGN_IN)
    if agent.pk not in {party.pk for party in agreement.proposal.parties}:
        return refuse(_("Only the two sides of an agreement record its deliveries."))
    if _is_system(by) or acts_for(by, agent):
        return ALLOWED
    return refuse(_("Only those who act for this side can record its deliveries."))


def can_record_slips(by: Agent | None, proposal: Proposal) -> Decision:
    """Whether ``by`` may take over deliveries that both sides have signed: the operator."""
    if by is None:
        return refuse(SIGN_IN)
    places = (proposal.source_place, proposal.target_place)
    if _is_system(by) or any(operates(by, place.district_id) for place in places):
        return ALLOWED
    return refuse(_("Only the operator of the district takes over signed deliveries."))


def can_move_delivery(by: Agent | None, delivery: Delivery, to: str) -> Decision:
    """Whether ``by`` may confirm, dispute or withdraw it."""
    return judge_step(DELIVERY_STEPS, delivery.state, to, delivery_roles(by, delivery))


# --------------------------------------------------------------------------- import


def can_import(by: Agent | None) -> Decision:
    """Whether ``by`` may use the import page; each row is judged again by its own owner."""
    if by is None:
        return refuse(SIGN_IN)
    if sees_everything(by) or run_districts(by).exists():
        return ALLOWED
    if any(
        administers(by, each)
        for each in Organization.objects.filter(memberships__person__agent_id=by.pk)
    ):
        return ALLOWED
    return refuse(_("Only administrators of organisations and operators import tables."))


def can_import_for(by: Agent, organization: Organization, district_id: int | None) -> Decision:
    """Whether ``by`` may import a row of this organisation at a place in this district."""
    if _is_system(by) or administers(by, organization) or operates(by, district_id):
        return ALLOWED
    return refuse(_("You do not administer this organisation."))
