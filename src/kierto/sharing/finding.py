"""What somebody at the desk means by what they scanned or typed: a thing, a booking, a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kierto.catalogue.search import folded
from kierto.parties.models import Agent
from kierto.sharing.codes import read_code
from kierto.sharing.models import Booking, Collection, Membership, Thing

LONGEST = 120
MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is known at a desk: a member, or a borrower without a membership."""

    agent: Agent
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Found:
    """At most one of these; ``people`` are those whose names fit, ``elsewhere`` is a thing of
    another collection."""

    thing: Thing | None = None
    booking: Booking | None = None
    agent: Agent | None = None
    elsewhere: Thing | None = None
    people: list[Known] = field(default_factory=list)


def find_at_desk(collection: Collection, text: str) -> Found:
    """The thing, the booking, the member with that card, or the people of that name.

    Codes go before names. One person alone is found as ``agent``.
    """
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        return Found()
    code = read_code(text)
    thing = Thing.objects.filter(code=code).select_related("collection").first()
    if thing is not None:
        here = thing.collection_id == collection.pk
        return Found(thing=thing) if here else Found(elsewhere=thing)
    booking = Booking.objects.filter(collection=collection, code=code).first()
    if booking is not None:
        return Found(booking=booking)
    card = Membership.objects.filter(collection=collection, number__iexact=text)
    membership = card.select_related("agent").first()
    if membership is not None:
        return Found(agent=membership.agent)
    people = people_named(collection, text)
    return Found(agent=people[0].agent) if len(people) == 1 else Found(people=people)


def known_agents(collection: Collection) -> QuerySet[Agent]:
    """Members, and whoever has or had a booking."""
    member = Membership.objects.filter(collection=collection, agent=OuterRef("pk"))
    booked = Booking.objects.filter(collection=collection, borrower=OuterRef("pk"))
    return Agent.objects.filter(Exists(member) | Exists(booked)).filter(
        Q(person__isnull=True) | Q(person__erased_at__isnull=True)
    )


def people_named(collection: Collection, text: str) -> list[Known]:
    """Who has all the words in their name, capitals and accents apart; in the order of names."""
    words = folded(text).split()
    if not words:
        return []
    rows = known_agents(collection).select_related("person", "organization")
    numbers = _numbers(collection)
    found = []
    # Neither database folds accents by itself, and a desk knows some thousand people at most.
    for agent in rows:
        name = agent.person.name if hasattr(agent, "person") else agent.name
        if all(word in folded(name) for word in words):
            found.append(Known(agent, name, numbers.get(agent.pk, "")))
    return sorted(found, key=lambda each: folded(each.name))[:MOST_NAMES]


def _numbers(collection: Collection) -> dict[UUID, str]:
    rows = Membership.objects.filter(collection=collection)
    return dict(rows.values_list("agent_id", "number"))
