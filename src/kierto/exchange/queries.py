"""Answers about offers and needs, processors, proposals, agreements and deliveries.

Each ``visible_…(by)`` is the one rule of who may know of what; permissions ask the same.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When

from kierto.catalogue.models import ResourceSpecification
from kierto.exchange.models import (
    Delivery,
    Intent,
    Processor,
    Proposal,
    today,
)
from kierto.exchange.states import IntentState, ProposalState, Visibility
from kierto.ledger.models import Agreement
from kierto.parties.models import (
    Agent,
    District,
    Organization,
    Place,
)
from kierto.parties.queries import (
    is_partner,
    run_districts,
    sees_everything,
    spoken_for,
)

MATCHED = (ProposalState.OPEN, ProposalState.ACCEPTED)
"""Proposals in these states make their parties partners of one another."""


# --------------------------------------------------------------------------- offers and needs


def visible_intents(by: Agent | None) -> QuerySet[Intent]:
    """The offers and needs that ``by`` may know of.

    Drafts are their owner's and the operator's. What is shown to partners shows to those who act
    for a partner organisation; what only the planner may see, to whoever a proposal joins to it.
    """
    if sees_everything(by):
        return Intent.objects.all()
    shown = Q(visibility=Visibility.PUBLIC)
    if is_partner(by):
        shown |= Q(visibility=Visibility.PARTNERS)
    if by is None:
        return Intent.objects.filter(shown).exclude(state=IntentState.DRAFT)
    mine = Q(agent__in=spoken_for(by)) | Q(place__district__in=run_districts(by))
    matched = Q(pk__in=_joined_to(by, "offer_id")) | Q(pk__in=_joined_to(by, "need_id"))
    return Intent.objects.filter(mine | ((shown | matched) & ~Q(state=IntentState.DRAFT)))


def _joined_to(by: Agent, end: str) -> QuerySet[Proposal, dict[str, object]]:
    """Ids of the intents at one end of the proposals to which ``by`` is a party."""
    agents = spoken_for(by)
    return Proposal.objects.filter(
        Q(provider__in=agents) | Q(receiver__in=agents),
        state__in=MATCHED,
        **{f"{end}__isnull": False},
    ).values(end)


def unexpired(intents: QuerySet[Intent], on: date | None = None) -> QuerySet[Intent]:
    """Those whose last day has not passed."""
    day = on or today()
    return intents.filter(Q(available_until__isnull=True) | Q(available_until__gte=day))


def open_intents(by: Agent | None, on: date | None = None) -> QuerySet[Intent]:
    """The open, unexpired offers and needs that ``by`` may know of: the market."""
    return unexpired(visible_intents(by).filter(state=IntentState.OPEN), on)


def my_intents(by: Agent) -> QuerySet[Intent]:
    """All that ``by`` and its organisations offer and need, drafts included."""
    return with_facts(Intent.objects.filter(agent__in=spoken_for(by)))


def with_facts(intents: QuerySet[Intent]) -> QuerySet[Intent]:
    """Select along what a row or a page of an offer or need shows."""
    return intents.select_related(
        "agent__organization", "agent__person", "place__district", "kind"
    ).prefetch_related("kind__labels", "photos")


# --------------------------------------------------------------------------- processors


def visible_processors(by: Agent | None) -> QuerySet[Processor]:
    """Processors are public, apart from drafts, which are their owner's and the operator's."""
    if sees_everything(by):
        return Processor.objects.all()
    public = ~Q(state=IntentState.DRAFT)
    if by is None:
        return Processor.objects.filter(public)
    return Processor.objects.filter(
        public | Q(agent__in=spoken_for(by)) | Q(place__district__in=run_districts(by))
    )


def with_recipe(processors: QuerySet[Processor]) -> QuerySet[Processor]:
    """Select along what a row or a page of a processor shows."""
    return processors.select_related(
        "agent__organization", "agent__person", "place__district", "recipe"
    ).prefetch_related("recipe__flows__kind__labels")


# --------------------------------------------------------------------------- proposals and agreements

_ENDS = ("offer", "source_processor", "need", "target_processor")


def visible_proposals(by: Agent | None) -> QuerySet[Proposal]:
    """Proposals are known to their parties and to the operators of the districts at both ends."""
    if by is None:
        return Proposal.objects.none()
    if sees_everything(by):
        return Proposal.objects.all()
    agents, districts = spoken_for(by), run_districts(by)
    known = Q(provider__in=agents) | Q(receiver__in=agents)
    for end in _ENDS:
        known |= Q(**{f"{end}__place__district__in": districts})
    return Proposal.objects.filter(known)


def with_ends(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Select along both parties, both ends and their places, the kind and the answers."""
    places = [f"{end}__place__district" for end in _ENDS]
    agents = [
        f"{side}__{form}"
        for side in ("provider", "receiver")
        for form in ("organization", "person")
    ]
    return proposals.select_related(
        *places, *agents, "kind", "agreement", "created_by"
    ).prefetch_related("kind__labels", "answers__agent__organization", "answers__agent__person")


def awaiting(by: Agent, on: date | None = None) -> QuerySet[Proposal]:
    """Open proposals that still wait for an answer of somebody ``by`` speaks for."""
    agents = spoken_for(by)
    answered = Proposal.objects.filter(pk=OuterRef("pk"), answers__agent__in=agents)
    return Proposal.objects.filter(
        Q(provider__in=agents) | Q(receiver__in=agents),
        ~Exists(answered),
        state=ProposalState.OPEN,
        answer_by__gte=on or today(),
    )


def visible_agreements(by: Agent | None) -> QuerySet[Agreement]:
    """Agreements that came of visible proposals."""
    return Agreement.objects.filter(proposal__in=visible_proposals(by))


def visible_deliveries(by: Agent | None) -> QuerySet[Delivery]:
    """Deliveries under visible agreements."""
    return Delivery.objects.filter(agreement__proposal__in=visible_proposals(by))


def in_district(proposals: QuerySet[Proposal], district: District) -> QuerySet[Proposal]:
    """Proposals with an end in the district."""
    return in_district_of(proposals, district.slug)


def in_district_of(proposals: QuerySet[Proposal], slug: str) -> QuerySet[Proposal]:
    """Proposals with an end in the district of this short name."""
    inside = Q()
    for end in _ENDS:
        inside |= Q(**{f"{end}__place__district__slug": slug})
    return proposals.filter(inside)


def waiting_first(proposals: QuerySet[Proposal], waiting: set[UUID]) -> QuerySet[Proposal]:
    """Those that wait for the reader's answer, then the open ones, then the newest."""
    return proposals.annotate(
        turn=Case(
            When(pk__in=waiting, then=0),
            When(state=ProposalState.OPEN, then=1),
            default=2,
            output_field=IntegerField(),
        )
    ).order_by("turn", "-created_at", "pk")


# --------------------------------------------------------------------------- choices in forms


def agents_to_speak_for(by: Agent) -> list[Agent]:
    """For “on whose behalf”: organisations first, by name, then the person."""
    organizations = Organization.objects.filter(agent__in=spoken_for(by)).select_related("agent")
    agents = []
    for organization in organizations:
        organization.agent.organization = organization
        agents.append(organization.agent)
    return [*agents, by]


def places_of(agents: QuerySet[Agent] | list[Agent]) -> QuerySet[Place]:
    """The places of these agents."""
    return Place.objects.filter(agent__in=agents).select_related("district").order_by("name", "pk")


def kinds_in_use(intents: QuerySet[Intent], also: str = "") -> list[ResourceSpecification]:
    """The kinds of these offers and needs, and the one of code ``also``, with all broader ones,
    as a tree from the top."""
    used = ResourceSpecification.objects.filter(Q(pk__in=intents.values("kind")) | Q(code=also))
    paths = set()
    for path in used.values_list("path", flat=True):
        codes = path.strip("/").split("/")
        paths |= {"/" + "/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)}
    return list(
        ResourceSpecification.objects.filter(path__in=paths)
        .prefetch_related("labels")
        .order_by("path")
    )
