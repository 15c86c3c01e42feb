"""Who sees the exact place of an offer or need; see :mod:`kierto.parties.whereabouts`.

Where a person lives is shown exactly to themselves, the operator, and whoever has an agreement
with them.
"""

from __future__ import annotations

from django.db.models import Q

from kierto.exchange.models import Intent, Proposal
from kierto.exchange.states import ProposalState
from kierto.parties.models import Agent
from kierto.parties.queries import run_districts, sees_everything, spoken_for
from kierto.parties.whereabouts import ShownPlace, is_public, shown_place


def sees_exact_place(by: Agent | None, intent: Intent) -> bool:
    """Whether ``by`` may see the street of an offer or need."""
    if is_public(intent.agent) or sees_everything(by):
        return True
    if by is None:
        return False
    agents = spoken_for(by)
    if agents.filter(pk=intent.agent_id).exists():
        return True
    district = intent.place.district_id
    if district is not None and run_districts(by).filter(pk=district).exists():
        return True
    agreed = Proposal.objects.filter(
        Q(offer=intent) | Q(need=intent),
        Q(provider__in=agents) | Q(receiver__in=agents),
        state=ProposalState.ACCEPTED,
    )
    return agreed.exists()


def place_of_intent(intent: Intent, by: Agent | None) -> ShownPlace:
    """Its place, as exactly as ``by`` may see it."""
    return shown_place(intent.place, exact=sees_exact_place(by, intent))
