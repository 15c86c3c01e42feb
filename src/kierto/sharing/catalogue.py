"""Looking for things to borrow: words in any language, filters, and what is free.

The number of queries depends neither on the words nor on how much is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from kierto.catalogue.matching import Wanted
from kierto.catalogue.models import ResourceSpecification
from kierto.parties.models import Agent
from kierto.sharing import availability, queries
from kierto.sharing.models import Collection, Thing
from kierto.sharing.states import ThingState


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. Empty fields do not narrow; ``begins`` and ``ends`` go together."""

    words: str = ""
    collection: str = ""
    sort: str = ""
    kind: ResourceSpecification | None = None
    district: str = ""
    people: int | None = None
    features: tuple[str, ...] = ()
    now: bool = False
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing in particular."""
        return self == Wish()

    @property
    def has_span(self) -> bool:
        """Whether it asks for a time that is still to come."""
        return self.begins is not None and self.ends is not None


@dataclass(slots=True)
class Found:
    """A thing that fits. ``free`` is how many of it are free at the time that was asked for."""

    pk: int
    name: str
    rank: float
    thing: Thing | None = field(default=None, repr=False)
    free: int | None = None


def offered(by: Agent | None) -> QuerySet[Thing]:
    """What can be borrowed now: open things of open collections that ``by`` may know of."""
    return queries.visible_things(by).filter(
        state=ThingState.OPEN, collection__state=ThingState.OPEN
    )


def search(wish: Wish, by: Agent | None) -> list[Found]:
    """All that fits: the best match of the words first, then by name.

    Asked for a time, things of which none is free then are left out, and ``free`` is filled in.
    """
    rows = _filtered(wish, offered(by)).values_list(
        "pk", "name", "description", "brand", "model", "code", "kind__path", "features"
    )
    words = Wanted(wish.words) if wish.words.strip() else None
    found = []
    for pk, name, description, brand, model, code, path, features in rows:
        if not set(wish.features) <= set(features):
            continue
        more = " ".join((description, brand, model, code, *features))
        rank = words.rank(name, more, path) if words else 1.0
        if rank > 0:
            found.append(Found(pk, name, rank))
    found.sort(key=lambda each: (-each.rank, each.name.casefold(), each.pk))
    return _only_free(wish, found)


def load(found: Sequence[Found], wish: Wish) -> list[Found]:
    """Fill in the things of one page and how many are free."""
    things = with_facts(Thing.objects.all()).in_bulk([each.pk for each in found])
    unknown = [things[each.pk] for each in found if each.free is None and each.pk in things]
    free = _free(wish, unknown)
    for each in found:
        each.thing = things.get(each.pk)
        if each.free is None:
            each.free = free.get(each.pk, 0)
    return [each for each in found if each.thing is not None]


def with_facts(things: QuerySet[Thing]) -> QuerySet[Thing]:
    """Select along what a row or a page of a thing shows."""
    return things.select_related(
        "collection__owner__organization",
        "collection__owner__person",
        "collection__place__district",
        "place__district",
        "kind",
        "resource",
        "terms",
    ).prefetch_related("kind__labels", "photos")


def collections_with_things(by: Agent | None) -> list[Collection]:
    """The collections one can narrow to, by name."""
    return list(
        queries.visible_collections(by)
        .filter(pk__in=offered(by).values("collection"))
        .order_by("name", "pk")
    )


def features_of(by: Agent | None) -> list[str]:
    """Everything that is said of some thing that it has, in the order of the alphabet."""
    lists = offered(by).exclude(features=[]).values_list("features", flat=True)
    return sorted({str(one) for features in lists for one in features}, key=str.casefold)


def kinds_in_use(by: Agent | None) -> list[ResourceSpecification]:
    """The kinds of what is offered with all broader ones, as a tree from the top."""
    paths: set[str] = set()
    for path in offered(by).order_by().values_list("kind__path", flat=True).distinct():
        codes = path.strip("/").split("/")
        paths |= {"/" + "/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)}
    return list(
        ResourceSpecification.objects.filter(path__in=paths)
        .prefetch_related("labels")
        .order_by("path")
    )


def _filtered(wish: Wish, things: QuerySet[Thing]) -> QuerySet[Thing]:
    narrow = Q()
    if wish.collection:
        narrow &= Q(collection__slug=wish.collection)
    if wish.sort:
        narrow &= Q(sort=wish.sort)
    if wish.kind is not None:
        narrow &= Q(kind__path__startswith=wish.kind.path)
    if wish.district:
        narrow &= Q(place__district__slug=wish.district)
    if wish.people:
        narrow &= Q(seats__gte=wish.people)
    return things.filter(narrow)


def _only_free(wish: Wish, found: list[Found]) -> list[Found]:
    if not wish.now and not wish.has_span:
        return found
    things = Thing.objects.select_related("resource", "terms", "collection").in_bulk(
        [each.pk for each in found]
    )
    free = _free(wish, things.values())
    for each in found:
        each.free = free.get(each.pk, 0)
    return [each for each in found if each.free]


def _free(wish: Wish, things: Iterable[Thing]) -> dict[int, int]:
    """How many of each are free now, or over the whole time that was asked for."""
    asked = list(things)
    if not asked:
        return {}
    if wish.begins is not None and wish.ends is not None:
        return availability.free_between(asked, wish.begins, wish.ends)
    return availability.free_now(asked)
