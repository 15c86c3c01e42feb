"""What somebody wishes, under which terms, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.sharing.errors.rules import TimeOutOfReach
from kierto.sharing.models import Booking, Collection, Terms, Thing

DESK = "desk"

YEARS = range(1970, 2201)
"""Beyond these, reckoning with days and zones leaves the calendar of the computer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """So many of some things from ``begins`` to ``ends`` (aware) for ``borrower``.

    ``booking`` is the one that is being changed; what it keeps as it was is not judged anew.
    ``via`` says by which way it comes: web, desk or program.

    Raises:
        TimeOutOfReach: a year that no calendar here knows.
    """

    collection: Collection
    borrower: Agent
    begins: datetime
    ends: datetime
    lines: tuple[tuple[Thing, int], ...]
    booking: Booking | None = None
    via: str = "web"

    def __post_init__(self) -> None:
        for name in ("begins", "ends"):
            year = getattr(self, name).year
            if year not in YEARS:
                raise TimeOutOfReach(field=name, year=year)
        # Two local times of one zone would be compared by their clocks, not by when they are.
        object.__setattr__(self, "begins", self.begins.astimezone(UTC))
        object.__setattr__(self, "ends", self.ends.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say: true when nothing stands against it.

    Attributes:
        refusals: every reason against it, the weightiest first.
        needs_approval: somebody at the desk has to say yes.
        price: euros for all lines.
        deposit: euros to leave until all is back.
        overridable: whoever asks may go over all the refusals, with a note.
    """

    refusals: tuple[DomainError, ...]
    needs_approval: bool
    price: Decimal
    deposit: Decimal
    overridable: bool

    def __bool__(self) -> bool:
        return not self.refusals

    def require(self, *, note: str = "") -> None:
        """Raise the first refusal, the rest in its ``others``; a ``note`` goes over what may be
        overridden."""
        if not self.refusals or (self.overridable and note.strip()):
            return
        first, *rest = self.refusals
        first.others = tuple(rest)
        raise first


def terms_of(thing: Thing) -> Terms:
    """The terms of a thing: its own, else those of its collection."""
    if thing.terms is not None:
        return thing.terms
    return default_terms(thing.collection)


def default_terms(collection: Collection) -> Terms:
    """The terms that hold for everything without terms of its own."""
    terms = Terms.objects.get(collection=collection, is_default=True)
    terms.collection = collection
    return terms


def terms_by_thing(things: Iterable[Thing]) -> dict[int, Terms]:
    """The terms of many things by their ids, in one query."""
    wanted = list(things)
    own = {thing.terms_id for thing in wanted if thing.terms_id is not None}
    general = {thing.collection_id for thing in wanted if thing.terms_id is None}
    found = Terms.objects.select_related("collection")
    by_id = {one.pk: one for one in found.filter(pk__in=own)} if own else {}
    defaults = found.filter(collection__in=general, is_default=True) if general else ()
    by_collection = {one.collection_id: one for one in defaults}
    return {
        thing.pk: by_id[thing.terms_id] if thing.terms_id else by_collection[thing.collection_id]
        for thing in wanted
    }
