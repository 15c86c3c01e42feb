"""Offers and needs, processors, and agreements that came of them.

Who may read what is said in :mod:`kierto.exchange.queries`; a test proves that the two agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from kierto.core.announce import listen
from kierto.exchange.changes import (
    IntentChanged,
    ProcessorChanged,
    ProposalAnswered,
    ProposalMade,
)
from kierto.exchange.models import Intent, Processor, Proposal
from kierto.exchange.queries import MATCHED, with_facts, with_recipe
from kierto.exchange.states import IntentState, ProposalState, Visibility
from kierto.hub.access import PARTNERS, PRIVATE, PUBLIC, Access, district_reader
from kierto.hub.projections import naming
from kierto.hub.projections.attributes import (
    agent_urn,
    document,
    point,
    prop,
    quantity,
    rel,
    urn,
    words,
)
from kierto.hub.projections.parties import district_urn, follow_places, place_urn
from kierto.hub.projections.publishing import Projection, Published, publish, register
from kierto.ngsild.members import Instance
from kierto.parties.models import Agent, Place
from kierto.parties.whereabouts import is_public, shown_place

_VISIBILITY = {
    Visibility.PUBLIC: PUBLIC,
    Visibility.PARTNERS: PARTNERS,
    Visibility.MATCHED: PRIVATE,
}


def intent_urn(intent: Intent) -> str:
    return urn("Intent", intent.pk)


def where(agent: Agent, place: Place) -> dict[str, Instance | None]:
    """The place of an offer, a need or a processor as everybody may know it."""
    shown = shown_place(place, exact=is_public(agent))
    return {
        "location": point(shown.latitude, shown.longitude),
        "place": rel(place_urn(place)) if is_public(agent) else None,
        "district": rel(district_urn(place.district)),
    }


def runs(place: Place) -> set[UUID]:
    """Those who run the district of a place, as readers."""
    return set() if place.district_id is None else {district_reader(place.district_id)}


# ------------------------------------------------------------------ offers and needs


def _intent(intent: Intent, now: str) -> Published | None:
    if intent.state == IntentState.DRAFT:
        return None
    attributes = {
        "title": prop(intent.title),
        "description": prop(intent.description),
        "provider" if intent.is_offer else "receiver": rel(agent_urn(intent.agent_id)),
        "kind": prop(intent.kind.code),
        "kindName": words(naming.of_kind(intent.kind)),
        "theme": prop(intent.kind.theme),
        "resourceQuantity": quantity(intent.resource_quantity, intent.kind.unit),
        "minimumQuantity": quantity(intent.minimum_lot or None, intent.kind.unit),
        "every": prop(intent.every),
        "quality": prop(intent.quality),
        "hasBeginning": prop(intent.available_from),
        "hasEnd": prop(intent.available_until),
        "state": prop(intent.state),
        **where(intent.agent, intent.place),
    }
    types = ["Offer" if intent.is_offer else "Need", "Intent"]
    return Published(document(intent_urn(intent), types, now, attributes), _access_of(intent))


def _access_of(intent: Intent) -> Access:
    visibility = _VISIBILITY[Visibility(intent.visibility)]
    if visibility == PUBLIC:
        return Access()
    joined = Proposal.objects.filter(Q(offer=intent) | Q(need=intent), state__in=MATCHED)
    parties = {agent for pair in joined.values_list("provider", "receiver") for agent in pair}
    return Access(visibility, frozenset({intent.agent_id, *parties, *runs(intent.place)}))


def _intents() -> Iterable[Intent]:
    return with_facts(Intent.objects.order_by("pk")).iterator(chunk_size=500)


INTENTS = Projection("exchange.intent", _intents, intent_urn, _intent)


# ------------------------------------------------------------------ processors


def processor_urn(processor: Processor) -> str:
    return urn("Processor", processor.pk)


def _processor(processor: Processor, now: str) -> Published | None:
    if processor.state == IntentState.DRAFT:
        return None
    attributes = {
        "name": prop(processor.name),
        "provider": rel(agent_urn(processor.agent_id)),
        "basedOn": prop(processor.recipe.code),
        "kindName": words(naming.of_recipe(processor.recipe)),
        "capacityPerWeek": prop(processor.capacity),
        "costPerLevel": prop(processor.cost, "EUR"),
        "emissionsPerLevel": prop(processor.emissions, "KGM"),
        "state": prop(processor.state),
        **where(processor.agent, processor.place),
    }
    return Published(document(processor_urn(processor), ["Processor"], now, attributes), Access())


def _processors() -> Iterable[Processor]:
    return with_recipe(Processor.objects.order_by("pk")).iterator(chunk_size=500)


PROCESSORS = Projection("exchange.processor", _processors, processor_urn, _processor)


# ------------------------------------------------------------------ agreements

_ENDS = ("offer", "source_processor", "need", "target_processor")


def agreement_urn(proposal: Proposal) -> str:
    """Agreements are named by their own id; one that is only proposed has none yet."""
    return urn("Agreement", proposal.agreement_id or proposal.pk)


def _end(intent: Intent | None, processor: Processor | None) -> str:
    if intent is not None:
        return intent_urn(intent)
    assert processor is not None  # a constraint of the table  # noqa: S101
    return processor_urn(processor)


def _agreement(proposal: Proposal, now: str) -> Published | None:
    if proposal.state != ProposalState.ACCEPTED:
        return None
    attributes = {
        "provider": rel(agent_urn(proposal.provider_id)),
        "receiver": rel(agent_urn(proposal.receiver_id)),
        "source": rel(_end(proposal.offer, proposal.source_processor)),
        "seeAlso": rel(_end(proposal.need, proposal.target_processor)),
        "kind": prop(proposal.kind.code),
        "kindName": words(naming.of_kind(proposal.kind)),
        "quantityPerWeek": quantity(proposal.quantity_per_week, proposal.kind.unit),
        "distance": prop(round(proposal.distance_km, 3), "KMT"),
        "startsOn": prop(proposal.starts_on),
        "endsOn": prop(proposal.ends_on),
    }
    readers = {proposal.provider_id, proposal.receiver_id}
    readers |= runs(proposal.source_place) | runs(proposal.target_place)
    return Published(
        document(agreement_urn(proposal), ["Agreement"], now, attributes),
        Access(PRIVATE, frozenset(readers)),
    )


def _accepted() -> QuerySet[Proposal]:
    return Proposal.objects.filter(state=ProposalState.ACCEPTED)


def _with_ends(proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return proposals.select_related(*(f"{end}__place" for end in _ENDS), "kind").prefetch_related(
        "kind__labels"
    )


AGREEMENTS = Projection(
    "exchange.agreement",
    lambda: _with_ends(_accepted().order_by("pk")).iterator(chunk_size=500),
    agreement_urn,
    _agreement,
)


# ------------------------------------------------------------------ what changes


def _answered(proposal: Proposal) -> None:
    if proposal.state == ProposalState.ACCEPTED:
        publish(AGREEMENTS, [proposal])
    _joined(proposal)


def _joined(proposal: Proposal) -> None:
    """Who may know of the ends has changed."""
    ids = [pk for pk in (proposal.offer_id, proposal.need_id) if pk is not None]
    hidden = Intent.objects.filter(pk__in=ids).exclude(visibility=Visibility.PUBLIC)
    publish(INTENTS, with_facts(hidden))


def _intents_of(**wanted: Any) -> QuerySet[Intent]:
    return with_facts(Intent.objects.filter(**wanted))


def _processors_of(**wanted: Any) -> QuerySet[Processor]:
    return with_recipe(Processor.objects.filter(**wanted))


def _follow_the_catalogue() -> None:
    naming.follow(
        naming.Named(
            INTENTS, "kind", naming.of_kinds, lambda codes: _intents_of(kind__code__in=codes)
        ),
        naming.Named(
            AGREEMENTS,
            "kind",
            naming.of_kinds,
            lambda codes: _with_ends(_accepted().filter(kind__code__in=codes)),
        ),
        naming.Named(
            PROCESSORS,
            "basedOn",
            naming.of_recipes,
            lambda codes: _processors_of(recipe__code__in=codes),
        ),
    )


def start() -> None:
    """Hear of what changes."""
    register(AGREEMENTS)
    follow_places(
        (INTENTS, lambda place: _intents_of(place=place)),
        (PROCESSORS, lambda place: _processors_of(place=place)),
    )
    _follow_the_catalogue()
    listen(IntentChanged, lambda change: publish(INTENTS, [change.intent]))
    listen(ProcessorChanged, lambda change: publish(PROCESSORS, [change.processor]))
    listen(ProposalMade, lambda change: _joined(change.proposal))
    listen(ProposalAnswered, lambda change: _answered(change.proposal))
