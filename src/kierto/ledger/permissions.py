"""Who may write into the ledger, and who may see what of it.

A single event is seen by its parties, by the operators of the districts it touches and by the
admins of the node. Others see it only if both parties are organisations and it was recorded as
public (everybody) or for partners (members of partner organisations). Sums over events are
public; single events of people never are.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kierto.core.decision import ALLOWED, Decision, refuse
from kierto.ledger.models import (
    Agreement,
    Commitment,
    EconomicEvent,
    EconomicResource,
    Visibility,
)
from kierto.parties.models import Agent, AgentType, Place
from kierto.parties.queries import acts_for, is_node_admin, is_operator, is_partner, operates

_NOT_FOR_YOU = _("This event is shown to its parties and to those who run the district.")


def can_record(
    by: Agent, provider: Agent, receiver: Agent, places: tuple[Place | None, ...] = ()
) -> Decision:
    """Parties, operators of the district where it happens, node admins, and the node itself."""
    if by.type == AgentType.SYSTEM or acts_for(by, provider) or acts_for(by, receiver):
        return ALLOWED
    if any(operates(by, place.district_id) for place in places if place) or is_node_admin(by):
        return ALLOWED
    return refuse(
        _("Only those who give or receive, or the operator of the district, can record this.")
    )


def can_reverse(by: Agent, event: EconomicEvent) -> Decision:
    """Whoever may record an event may also put it right."""
    return can_record(by, event.provider, event.receiver, (event.location, event.to_location))


def can_promise(by: Agent, provider: Agent, receiver: Agent) -> Decision:
    """Promises are written for parties by one of them, by operators, or by the node."""
    return can_record(by, provider, receiver)


def can_cancel(by: Agent, commitment: Commitment) -> Decision:
    """Either party can take back what is still open, as can operators and the node."""
    places = (commitment.from_place, commitment.to_place)
    return can_record(by, commitment.provider, commitment.receiver, places)


def can_see(by: Agent | None, event: EconomicEvent) -> Decision:
    """Agrees with :func:`kierto.ledger.queries.visible_events`."""
    if _between_organizations(event) and (
        event.visibility == Visibility.PUBLIC
        or (event.visibility == Visibility.PARTNERS and is_partner(by))
    ):
        return ALLOWED
    if by is None:
        return refuse(_NOT_FOR_YOU)
    if by.type == AgentType.SYSTEM or is_node_admin(by):
        return ALLOWED
    if acts_for(by, event.provider) or acts_for(by, event.receiver):
        return ALLOWED
    if any(operates(by, district) for district in districts_of(event)):
        return ALLOWED
    return refuse(_NOT_FOR_YOU)


def can_read_private(by: Agent, event: EconomicEvent) -> Decision:
    """Notes, file names and the recorder's name are for those concerned, not for everybody."""
    places = (event.location, event.to_location)
    return can_record(by, event.provider, event.receiver, places)


def can_see_stock(by: Agent | None, resource: EconomicResource) -> Decision:
    """How much there is: those who own or hold it, operators where it lies, admins, the node."""
    places = (resource.current_location,)
    if by is not None and can_record(by, resource.primary_accountable, resource.custodian, places):
        return ALLOWED
    return refuse(_("How much there is, only those who own or hold it can see."))


def can_see_agreement(by: Agent | None, agreement: Agreement) -> Decision:
    """The parties of its promises, those who run their districts, and whom it is opened to."""
    promises = list(
        agreement.commitments.select_related("provider", "receiver", "from_place", "to_place")
    )
    opened = agreement.visibility == Visibility.PUBLIC or (
        agreement.visibility == Visibility.PARTNERS and is_partner(by)
    )
    if opened and all(AgentType.PERSON not in {p.provider.type, p.receiver.type} for p in promises):
        return ALLOWED
    if by is not None and any(
        can_record(by, p.provider, p.receiver, (p.from_place, p.to_place)) for p in promises
    ):
        return ALLOWED
    return refuse(_("This agreement is shown to its parties and to those who run the district."))


def can_check(by: Agent | None) -> Decision:
    """Reading the whole chain takes time: operators and admins start it, everybody sees the result."""
    if by is not None and (by.type == AgentType.SYSTEM or is_node_admin(by) or is_operator(by)):
        return ALLOWED
    return refuse(_("Operators of a district and admins of the node start a check."))


def districts_of(event: EconomicEvent) -> set[int]:
    """The districts that an event touches: where it happens, and where its parties have places."""
    places = Place.objects.filter(agent_id__in=(event.provider_id, event.receiver_id))
    found: list[int | None] = list(places.values_list("district_id", flat=True))
    found += [place.district_id for place in (event.location, event.to_location) if place]
    return {district for district in found if district is not None}


def _between_organizations(event: EconomicEvent) -> bool:
    return AgentType.PERSON not in {event.provider.type, event.receiver.type}
