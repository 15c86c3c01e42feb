"""How exactly a place is shown.

An organisation's address is public. Where a person lives is shown to about a kilometre, and
without the street, to everybody but themselves, the operator, and whoever has an agreement with
them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from kierto.core.geography import Point
from kierto.exchange.models import Intent, Proposal
from kierto.exchange.queries import run_districts, sees_everything, spoken_for
from kierto.exchange.states import ProposalState
from kierto.parties.models import Agent, AgentType, Place

ROUGH_DECIMALS = 2
"""A hundredth of a degree: about 1.1 km north to south, less east to west."""


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place as somebody may see it."""

    label: str
    latitude: float
    longitude: float
    exact: bool
    district: str


def shown_place(place: Place, *, exact: bool) -> ShownPlace:
    """The place with its street, or roughly: the town and a rounded point."""
    district = place.district.name if place.district is not None else ""
    if exact:
        street = ", ".join(filter(None, [place.street, f"{place.postcode} {place.locality}"]))
        label = " – ".join(filter(None, [place.name, street.strip(", ")]))
        return ShownPlace(label or district, place.latitude, place.longitude, True, district)
    return ShownPlace(
        ", ".join(dict.fromkeys(filter(None, [district, place.locality]))),
        round(place.latitude, ROUGH_DECIMALS),
        round(place.longitude, ROUGH_DECIMALS),
        False,
        district,
    )


def is_public(agent: Agent) -> bool:
    """Whether the places of this agent may be shown exactly to everybody."""
    return agent.type != AgentType.PERSON


def public_point(agent: Agent, place: Place) -> Point:
    """The point that may be reckoned with in public: a person's is rounded.

    Distances and costs are shown, and from three of them a home could be found.
    """
    if is_public(agent):
        return place.point
    return Point(round(place.latitude, ROUGH_DECIMALS), round(place.longitude, ROUGH_DECIMALS))


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
