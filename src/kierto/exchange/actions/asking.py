"""Asking a partner directly: one of the planner's direct ways, put to both sides as a proposal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from kierto.exchange import permissions
from kierto.exchange.actions.proposals import DEFAULT_TERM_DAYS, propose
from kierto.exchange.errors import NoLongerPossible, NothingFree
from kierto.exchange.models import Intent, Proposal, today
from kierto.exchange.outlook import outlook_of
from kierto.exchange.problem import district_problem, port_of
from kierto.parties.models import Agent


def ask_partner(intent: Intent, partner: Intent, *, by: Agent) -> Proposal:
    """Propose what is free from an offer to a need, at the planner's distance and cost.

    ``by`` speaks for ``intent`` and may know of ``partner``. Both sides answer, as with any
    proposal.

    Raises:
        NotAllowed: not one's own offer or need.
        NoLongerPossible: the planner does not know this way (any more).
        NothingFree: one of the two is promised to others already.
        AlreadyProposed: it waits for answers already.
    """
    permissions.can_ask(by, intent).require()
    way = next((way for way in outlook_of(intent, by).direct if way.partner == partner), None)
    if way is None:
        raise NoLongerPossible
    offer, need = (intent, partner) if intent.is_offer else (partner, intent)
    free = free_amount(offer, need)
    if free <= 0:
        raise NothingFree
    start = max(today(), offer.available_from, need.available_from)
    return propose(
        kind=offer.kind,
        provider=offer.agent,
        receiver=need.agent,
        offer=offer,
        need=need,
        quantity_per_week=min(free, Decimal(way.possibility.most)),
        distance_km=way.possibility.km or 0.0,
        cost_per_unit=way.possibility.cost,
        emissions_per_unit=way.possibility.emissions,
        starts_on=start,
        ends_on=_last_day(start, offer, need),
        by=by,
    )


def free_amount(offer: Intent, need: Intent) -> Decimal:
    """A week, after what agreements take: the lesser of what is left of both."""
    problem = district_problem(None)
    offered = {port.id: port.amount for port in problem.offers}
    needed = {port.id: port.amount for port in problem.needs}
    return Decimal(min(offered.get(port_of(offer), 0.0), needed.get(port_of(need), 0.0)))


def _last_day(start: date, *ends: Intent) -> date:
    """A quarter, unless one of the two ends before."""
    lasts = [end.available_until for end in ends if end.available_until is not None]
    return max(start, min([start + timedelta(days=DEFAULT_TERM_DAYS - 1), *lasts]))
