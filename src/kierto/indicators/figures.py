"""An indicator's answer: a value with range, how it splits, and what it was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from kierto.catalogue.models import EmissionFactor, TransportMode
from kierto.indicators.displacing import Replaced
from kierto.indicators.formulas import Estimate
from kierto.ledger.models import EconomicEvent
from kierto.planning.rounding import about

Terms = Mapping[str, float]
Finish = Callable[[Terms], Estimate]


@dataclass(frozen=True, slots=True)
class Part:
    """What one row adds to an indicator, in named terms, with month, kind and agent.

    ``person`` is whoever must not be told by it, where that is not the agent: the borrower of a
    library, the owner of a thing that was repaired.
    """

    month: date
    kind: int | None
    agent: UUID
    terms: Terms
    person: UUID | None = None

    @property
    def behind(self) -> UUID:
        """Of whom a small sum would tell."""
        return self.agent if self.person is None else self.person


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a table: a month, a kind or an organisation. ``key`` is empty for “others”.

    ``narrow`` is the part of an address that asks for this line alone.
    """

    key: Any
    label: str
    narrow: str
    estimate: Estimate


@dataclass(frozen=True)
class Figure:
    """The value of an indicator in a scope; ``unit`` as the page writes units.

    ``terms`` are the sums that the formula was given. ``events`` are those that the reader may
    see; ``event_count`` is of all that were counted.
    """

    slug: str
    name: Any
    unit: str
    value: float | None
    low: float | None
    high: float | None
    period: tuple[date, date]
    terms: Terms
    factors: Sequence[EmissionFactor] = ()
    modes: Sequence[TransportMode] = ()
    price_sources: Sequence[str] = ()
    displacements: Sequence[Replaced] = ()
    events: QuerySet[EconomicEvent] = field(default_factory=EconomicEvent.objects.none)
    event_count: int = 0
    by_month: Sequence[Group] = ()
    by_kind: Sequence[Group] = ()
    by_organization: Sequence[Group] = ()

    @property
    def shown(self) -> float | None:
        """The value as pages show it: money is rounded as all other numbers are."""
        return about(self.value) if self.value is not None else None

    @property
    def has_range(self) -> bool:
        """Whether low and high say more than the value."""
        return self.value is not None and not self.low == self.value == self.high

    @property
    def shown_unit(self) -> str:
        """The unit as pages write it; an index has none."""
        return "" if self.unit == "index" else self.unit


def summed(parts: Iterable[Part]) -> dict[str, float]:
    """The sums of all terms; a missing one reads as 0."""
    sums: dict[str, float] = defaultdict(float)
    for part in parts:
        for name, value in part.terms.items():
            sums[name] += value
    return sums


def grouped(parts: Iterable[Part], key: Callable[[Part], Any]) -> dict[Any, list[Part]]:
    """Parts by key, in order of first appearance."""
    groups: dict[Any, list[Part]] = defaultdict(list)
    for part in parts:
        groups[key(part)].append(part)
    return groups


def fold(
    groups: Mapping[Any, list[Part]],
    hidden: set[UUID],
    least: int,
    *,
    by_agent: bool,
    rest: Sequence[Part] = (),
) -> tuple[dict[Any, list[Part]], list[Part]]:
    """Take small groups with hidden agents together, so that none tells what one of them hides.

    Returns the groups to show and the parts of those that were put together, ``rest`` among
    them. The latter hold at least ``least`` agents, or nothing at all is shown by group.
    """
    shown, together = {}, list(rest)
    for key, parts in groups.items():
        unseen = {part.behind for part in parts} & hidden
        alone = by_agent and any(part.person is None for part in parts)
        if unseen and (alone or len(unseen) < least):
            together.extend(parts)
        else:
            shown[key] = parts
    smallest = sorted(shown, key=lambda key: len(shown[key]))
    while together and len({part.behind for part in together}) < least and smallest:
        together.extend(shown.pop(smallest.pop(0)))
    if together and len({part.behind for part in together}) < least:
        return {}, []
    return shown, together
