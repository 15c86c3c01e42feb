"""Asking a partner directly: one of the planner's direct ways, put to both sides as a proposal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from kierto.exchange import permissions
from kierto.exchange.actions.proposals import DEFAULT_TERM_DAYS, propose
from kierto.exchange.errors import NoLongerPossible
from kierto.exchange.models import Intent, Proposal, today
from kierto.exchange.outlook import outlook_of
from kierto.parties.models import Agent


def ask_partner(intent: Intent, partner: Intent, *, by: Agent) -> Proposal:
    """Propose as much as fits from an offer to a need, at the planner's distance and cost.

    ``by`` speaks for ``intent`` and may know of ``partner``. Both sides answer, as with any
    proposal.

    Raises:
        NotAllowed: not one's own offer or need.
        NoLongerPossible: the planner does not know this way (any more).
        AlreadyProposed: it waits for answers already.
    """
    permissions.can_ask(by, intent).require()
    way = next((way for way in outlook_of(intent, by).direct if way.partner == partner), None)
    if way is None:
        raise NoLongerPossible
    offer, need = (intent, partner) if intent.is_offer else (partner, intent)
    start = max(today(), offer.available_from, need.available_from)
    return propose(
        kind=offer.kind,
        provider=offer.agent,
        receiver=need.agent,
        offer=offer,
        need=need,
        quantity_per_week=Decimal(way.possibility.most),
        distance_km=way.possibility.km or 0.0,
        cost_per_unit=way.possibility.cost,
        emissions_per_unit=way.possibility.emissions,
        starts_on=start,
        ends_on=_last_day(start, offer, need),
        by=by,
    )


def _last_day(start: date, *ends: Intent) -> date:
    """A quarter, unless one of the two ends before."""
    lasts = [end.available_until for end in ends if end.available_until is not None]
    return max(start, min([start + timedelta(days=DEFAULT_TERM_DAYS - 1), *lasts]))
