"""Looking for offers and needs: words in any language, filters, and the nearest first.

Words match the titles and descriptions as people wrote them, forgiving a typo, and the kinds whose
names or synonyms they resemble in any language of the catalogue, with everything narrower. The
number of queries depends neither on the words nor on how much is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from kierto.catalogue.matching import Wanted
from kierto.catalogue.models import ResourceSpecification
from kierto.core.geography import Point, road_km
from kierto.exchange.models import Intent
from kierto.exchange.queries import open_intents, with_facts
from kierto.parties.models import Agent, AgentType
from kierto.parties.whereabouts import rounded


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. Empty fields do not narrow."""

    words: str = ""
    direction: str = ""
    kind: ResourceSpecification | None = None
    theme: str = ""
    district: str = ""
    organization: str = ""
    hazard: str = ""
    near: Point | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing in particular."""
        return self == Wish(near=self.near)


@dataclass(slots=True)
class Found:
    """One offer or need that fits, and how far away it is (road km, if a place was given)."""

    pk: UUID
    rank: float
    km: float | None
    posted: datetime = field(repr=False)
    intent: Intent | None = None

    @property
    def about_km(self) -> float | None:
        """The distance as people say it: to a tenth of a kilometre, and never nothing."""
        return None if self.km is None else max(round(self.km, 1), 0.1)


def search(wish: Wish, by: Agent | None) -> list[Found]:
    """All that fits and that ``by`` may know of.

    With a place the nearest first, otherwise the best match of the words, then the newest.
    """
    rows = filtered(wish, open_intents(by)).values_list(
        "pk",
        "title",
        "description",
        "kind__path",
        "place__latitude",
        "place__longitude",
        "agent__type",
        "created_at",
    )
    words = Wanted(wish.words) if wish.words.strip() else None
    found = []
    for pk, title, description, path, latitude, longitude, agent_type, created_at in rows:
        rank = words.rank(title, description, path) if words else 1.0
        if rank > 0:
            km = _distance(wish.near, latitude, longitude, agent_type)
            found.append(Found(pk, rank, km, created_at))
    return sorted(found, key=_order(wish))


def load(found: Sequence[Found]) -> list[Found]:
    """Fill in the offers and needs of one page."""
    intents = with_facts(Intent.objects.all()).in_bulk([each.pk for each in found])
    for each in found:
        each.intent = intents[each.pk]
    return [each for each in found if each.intent is not None]


def filtered(wish: Wish, intents: QuerySet[Intent]) -> QuerySet[Intent]:
    """Narrow by everything but words and place."""
    narrow = Q()
    if wish.direction:
        narrow &= Q(direction=wish.direction)
    if wish.kind is not None:
        narrow &= Q(kind__path__startswith=wish.kind.path)
    if wish.theme:
        narrow &= Q(kind__theme=wish.theme)
    if wish.district:
        narrow &= Q(place__district__slug=wish.district)
    if wish.organization:
        narrow &= Q(agent__organization__slug=wish.organization)
    if wish.hazard:
        narrow &= Q(kind__hazardous=wish.hazard == "only")
    return intents.filter(narrow)


def _order(wish: Wish) -> Callable[[Found], tuple[Any, ...]]:
    if wish.near is not None:
        return lambda each: (each.km, -each.rank, -each.posted.timestamp(), str(each.pk))
    return lambda each: (-each.rank, -each.posted.timestamp(), str(each.pk))


def _distance(
    near: Point | None, latitude: float, longitude: float, agent_type: str
) -> float | None:
    """Road kilometres. Where people live is rounded first, so that nobody can narrow it down."""
    if near is None:
        return None
    if agent_type == AgentType.PERSON:
        latitude, longitude = rounded(latitude, longitude)
    return road_km(near, Point(latitude, longitude))
