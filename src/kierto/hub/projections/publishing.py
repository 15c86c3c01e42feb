"""What becomes an entity, and how it is written, withdrawn and made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kierto.hub.access import Access
from kierto.hub.callers import SYSTEM
from kierto.hub.models import Entity
from kierto.hub.projections.attributes import carried_over
from kierto.hub.store import writing
from kierto.hub.store.tenants import find
from kierto.ngsild import times
from kierto.ngsild.members import Document

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Published:
    """An object as others may know it."""

    document: Document
    access: Access


@dataclass(frozen=True, slots=True)
class Projection:
    """One sort of object of the platform that appears as entities.

    Attributes:
        source: the app and the object; entities of a source are written by it alone.
        objects: all objects that can appear, with what describing them reads.
        urn: the id of an object's entity.
        describe: the object as an entity, given the present time; ``None`` while nobody but its
            owner's page may show it (a draft).
    """

    source: str
    objects: Callable[[], Iterable[Any]]
    urn: Callable[[Any], str]
    describe: Callable[[Any, str], Published | None]


PROJECTIONS: dict[str, Projection] = {}


def register(projection: Projection) -> None:
    """Make it one of those that :func:`republish` makes anew."""
    PROJECTIONS[projection.source] = projection


def publish(projection: Projection, objects: Iterable[Any]) -> None:
    """Write the entities of these objects, inside the caller's transaction."""
    now = times.now()
    _write([_change(projection, each, now) for each in objects])


def withdraw(projection: Projection, urns: Iterable[str]) -> None:
    """Take entities away whose objects are gone, inside the caller's transaction."""
    _write([_removal(projection.source, urn) for urn in urns])


def _write(changes: Sequence[writing.Change]) -> list[writing.Result]:
    results = writing.write_here(changes) if changes else []
    for result in results:
        if result.error is not None:
            raise result.error
    return results


def _change(projection: Projection, each: Any, now: str) -> writing.Change:
    found = projection.describe(each, now)
    if found is None:
        return _removal(projection.source, projection.urn(each))
    wanted = found.document

    def apply(current: Document | None) -> Document:
        return wanted if current is None else carried_over(current, wanted)

    return writing.Change(
        find(""), wanted["id"], apply, SYSTEM, access=found.access, source=projection.source
    )


def _removal(source: str, urn: str) -> writing.Change:
    return writing.Change(find(""), urn, _nothing, SYSTEM, source=source)


def _nothing(current: Document | None) -> None:
    return None


def republish(sources: Iterable[str] = ()) -> Iterator[tuple[str, int, int]]:
    """Make all entities of these sources anew (of all: none named), each in one transaction.

    Gives source, number of its objects' entities, and how many were not as they should be.
    """
    from django.db import transaction

    for source in sources or sorted(PROJECTIONS):
        projection = PROJECTIONS[source]
        with transaction.atomic():
            yield source, *_made_anew(projection)


def _made_anew(projection: Projection) -> tuple[int, int]:
    now = times.now()
    seen: set[str] = set()
    differed = 0
    remaining = iter(projection.objects())
    while group := list(islice(remaining, AT_ONCE)):
        changes = [_change(projection, each, now) for each in group]
        results = _write(changes)
        differed += sum(result.before is not result.after for result in results)
        seen |= {change.entity_id for change in changes}
    stored = Entity.objects.filter(tenant=find("").id, source=projection.source)
    gone = [urn for urn in stored.values_list("entity_id", flat=True) if urn not in seen]
    withdraw(projection, gone)
    return stored.count(), differed + len(gone)
