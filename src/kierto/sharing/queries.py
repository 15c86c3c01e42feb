"""Answers about collections, things, bookings and members: who may know of what.

Each ``visible_…(by)`` is the one rule of who may know of what; permissions ask the same. The node
itself and its administrators see everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kierto.parties.models import (
    Agent,
    MembershipRole,
    Person,
)
from kierto.parties.models import Membership as Seat
from kierto.parties.queries import (
    run_districts,
    sees_everything,
    spoken_for,
)
from kierto.sharing.models import Booking, Collection, Membership, Thing
from kierto.sharing.states import ThingState

# --------------------------------------------------------------------------- whose collections


def staffed_collections(by: Agent | None) -> QuerySet[Collection]:
    """The collections at whose desk ``by`` may stand; keepers are staff too."""
    if by is None:
        return Collection.objects.none()
    if sees_everything(by):
        return Collection.objects.all()
    return Collection.objects.filter(
        Q(owner__in=spoken_for(by)) | Q(place__district__in=run_districts(by))
    )


def kept_collections(by: Agent | None) -> QuerySet[Collection]:
    """The collections that ``by`` runs: their owner, its administrators, the operator."""
    if by is None:
        return Collection.objects.none()
    if sees_everything(by):
        return Collection.objects.all()
    seats = Seat.objects.filter(person__agent_id=by.pk, role=MembershipRole.ADMIN)
    return Collection.objects.filter(
        Q(owner_id=by.pk)
        | Q(owner__in=seats.values("organization__agent_id"))
        | Q(place__district__in=run_districts(by))
    )


# --------------------------------------------------------------------------- what one sees


def visible_collections(by: Agent | None) -> QuerySet[Collection]:
    """Open collections are public; others are known to their staff."""
    public = Q(state=ThingState.OPEN)
    if by is None:
        return Collection.objects.filter(public)
    return Collection.objects.filter(public | Q(pk__in=staffed_collections(by).values("pk")))


def visible_things(by: Agent | None) -> QuerySet[Thing]:
    """Open things of open collections are public; others are known to the staff."""
    public = Q(state=ThingState.OPEN, collection__state=ThingState.OPEN)
    if by is None:
        return Thing.objects.filter(public)
    return Thing.objects.filter(public | Q(collection__in=staffed_collections(by).values("pk")))


def visible_bookings(by: Agent | None) -> QuerySet[Booking]:
    """Those of ``by`` and of the organisations it acts for, and those of its collections."""
    if by is None:
        return Booking.objects.none()
    return Booking.objects.filter(
        Q(borrower__in=spoken_for(by)) | Q(collection__in=staffed_collections(by).values("pk"))
    )


def visible_memberships(by: Agent | None) -> QuerySet[Membership]:
    """One's own, those of one's organisations, and those of the collections one works for."""
    if by is None:
        return Membership.objects.none()
    return Membership.objects.filter(
        Q(agent__in=spoken_for(by)) | Q(collection__in=staffed_collections(by).values("pk"))
    )


# --------------------------------------------------------------------------- rows with their facts


def with_facts(collections: QuerySet[Collection]) -> QuerySet[Collection]:
    """Select along what a row or a page of a collection shows."""
    return collections.select_related("owner__organization", "owner__person", "place__district")


def collections_of(by: Agent) -> QuerySet[Collection]:
    """The collections of ``by`` and its organisations, whatever their state."""
    return with_facts(Collection.objects.filter(owner__in=spoken_for(by)))


def membership_of(agent: Agent | None, collection: Collection) -> Membership | None:
    """The agent's membership, whatever its state."""
    if agent is None:
        return None
    return Membership.objects.filter(collection=collection, agent=agent).first()


# --------------------------------------------------------------------------- names


def borrower_names(
    by: Agent | None, collection: Collection, agents: Iterable[Agent]
) -> dict[UUID, str]:
    """The names of these agents as ``by`` may read them, in a constant number of queries.

    Staff of a collection read the full names of its members and of those who have bookings in
    it; everybody else reads the public name, and their own.
    """
    wanted = {agent.pk: agent for agent in agents}
    known = _known_to_staff(collection, wanted) if _is_staffed(by, collection) else set()
    if by is not None:
        known.add(by.pk)
    people = Person.objects.filter(agent_id__in=known & wanted.keys(), erased_at__isnull=True)
    full = {pk: name for pk, name in people.values_list("agent_id", "name") if name}
    return {pk: full.get(pk) or agent.name for pk, agent in wanted.items()}


def borrower_name(by: Agent | None, collection: Collection, agent: Agent) -> str:
    """The name of one agent as ``by`` may read it; see :func:`borrower_names`."""
    return borrower_names(by, collection, [agent])[agent.pk]


def _is_staffed(by: Agent | None, collection: Collection) -> bool:
    return staffed_collections(by).filter(pk=collection.pk).exists()


def _known_to_staff(collection: Collection, wanted: Iterable[UUID]) -> set[UUID]:
    member = Membership.objects.filter(collection=collection, agent=OuterRef("pk"))
    booked = Booking.objects.filter(collection=collection, borrower=OuterRef("pk"))
    found = Agent.objects.filter(Q(Exists(member)) | Q(Exists(booked)), pk__in=list(wanted))
    return set(found.values_list("pk", flat=True))
