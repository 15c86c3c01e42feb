"""What the planner is asked: kinds, offers, needs, processors, rates, and the problem they make.

Units throughout: amounts in the unit of their kind, per period; money in euros; emissions in
kg CO2e; distances in road kilometres; the carbon price in euros per kg CO2e. All records are
immutable, and a problem sorts its parts by id, so that the order of rows never changes a plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from kierto.core.geography import ROAD_FACTOR, Point
from kierto.core.text import Sentence as _
from kierto.planner.canonical import digest
from kierto.planner.plain import Plain

PERIODS: Mapping[str, Any] = {
    "day": _("day"),
    "week": _("week"),
    "month": _("month"),
    "year": _("year"),
}
"""What people call the usual periods; any other label is shown as it is."""

Limits = Mapping[str, tuple[float | None, float | None]]
"""Allowed range by quality name; ``None`` leaves an end open."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing. A sink of a kind accepts that kind and any narrower one (of its unit)."""

    code: str
    unit: str
    parent: str | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """What people read: the label, or the code where there is none."""
        return self.label or self.code


@dataclass(frozen=True, slots=True)
class Fallback:
    """What one unit costs when it does not circulate: disposal at a source, buying at a sink.

    Either number may be negative: a by-product may fetch a price, a credit may be real.
    """

    cost: float
    emissions: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What carrying one unit costs. Beyond ``max_km`` (road) the kind is not carried at all."""

    cost_per_km: float
    emissions_per_km: float
    handling_cost: float = 0.0
    handling_emissions: float = 0.0
    max_km: float | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate of each kind: its own, else the nearest broader kind's, else the default.

    The rate is that of the thing carried, which is the source's kind.
    """

    default: Rate
    by_kind: Mapping[str, Rate] = field(default_factory=dict)
    road_factor: float = ROAD_FACTOR


@dataclass(frozen=True, slots=True)
class Blend:
    """A limit on what arrives at a sink taken together, not on each source of it.

    The amount-weighted mean of ``quality`` must lie between ``low`` and ``high`` (``None`` leaves
    an end open). With ``per`` the ratio of the two sums is meant: ``Blend("carbon", "nitrogen",
    20, 35)`` is the carbon-to-nitrogen ratio of a compost heap. A source that does not state what
    the blend asks for may not feed the sink. What is bought new is taken to fit by itself and does
    not count.
    """

    quality: str
    per: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody has ``amount`` of a kind each period; what nobody takes falls back to disposal.

    ``quality`` states measured properties (``{"moisture": 0.3}``). With a ``minimum_lot`` every
    flow out of this offer is at least that much a period, or nothing. ``profile`` gives another
    amount for each period of the problem; empty means ``amount`` in all of them.
    """

    id: str
    agent: str
    kind: str
    amount: float
    place: Point | None
    fallback: Fallback
    quality: Mapping[str, float] = field(default_factory=dict)
    minimum_lot: float = 0.0
    profile: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody needs ``amount`` of a kind each period; what nobody brings is bought new.

    A source must state every quality named in ``limits`` and lie within its range; ``blends``
    limit what arrives in all. ``profile`` gives another amount for each period.
    """

    id: str
    agent: str
    kind: str
    amount: float
    place: Point | None
    fallback: Fallback
    limits: Limits = field(default_factory=dict)
    blends: tuple[Blend, ...] = ()
    profile: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """One input or output of a processor: ``yield_`` units of ``kind`` per unit of level.

    An output's fallback is its disposal and must be given. An input without a fallback cannot
    be bought: the processor runs only on what circulates. ``quality`` belongs to outputs,
    ``limits`` and ``blends`` to inputs.
    """

    kind: str
    yield_: float
    fallback: Fallback | None = None
    quality: Mapping[str, float] = field(default_factory=dict)
    limits: Limits = field(default_factory=dict)
    blends: tuple[Blend, ...] = ()


@dataclass(frozen=True, slots=True)
class Processor:
    """Turns inputs into outputs in fixed proportions, at a level from 0 to ``capacity`` a period.

    ``cost`` and ``emissions`` are per unit of level. A processor with an ``opening_cost`` (euros
    a period) or a ``minimum`` level is a candidate site: it stays closed, or it opens, costs its
    opening cost and runs at ``minimum`` or more (:mod:`kierto.planner.siting`). ``profile`` gives
    another capacity for each period.
    """

    id: str
    agent: str
    place: Point | None
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]
    capacity: float
    cost: float = 0.0
    emissions: float = 0.0
    minimum: float = 0.0
    opening_cost: float = 0.0
    profile: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            ordered = tuple(sorted(getattr(self, name), key=lambda stream: stream.kind))
            object.__setattr__(self, name, ordered)

    def input_port(self, kind: str) -> str:
        """Id of the sink port at which this processor takes ``kind``."""
        return f"{self.id}:in:{kind}"

    def output_port(self, kind: str) -> str:
        """Id of the source port at which this processor gives ``kind``."""
        return f"{self.id}:out:{kind}"


@dataclass(frozen=True, slots=True)
class Storage:
    """A place where a kind can wait from one period to the next.

    At most ``capacity`` units may lie there between two periods; ``loss`` is the share of them
    that is gone in the next one; ``cost`` and ``emissions`` are per unit and period of waiting.
    """

    id: str
    agent: str
    kind: str
    place: Point | None
    capacity: float
    cost: float = 0.0
    emissions: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Arc:
    """An explicit pair of ports with its own cost and emissions per unit carried.

    It replaces what distance and rate would say for the pair. Where an end has no place, only
    explicit pairs connect it. Kind, quality and exclusions hold for explicit pairs as well.
    """

    source: str
    sink: str
    cost: float
    emissions: float = 0.0
    km: float | None = None


class _Remembers:
    """Room for the digest of a frozen record, which is worked out once; no field of it."""

    __slots__ = ("_digest",)


@dataclass(frozen=True, slots=True)
class Problem(_Remembers, Plain):
    """Everything a plan depends on, and nothing else.

    Attributes:
        excluded: pairs (source port, sink port) that must not be joined, such as declined ones.
        carbon_price: euros per kg CO2e, added to every cost in the objective.
        period: what "per period" means; a label, no computation depends on it.
        periods: number of periods planned together; see :mod:`kierto.planner.periods`.
        storages: where things wait between periods; ``cyclic`` joins the last period to the
            first, for a typical week or year that repeats.
    """

    kinds: tuple[Kind, ...]
    offers: tuple[Offer, ...]
    needs: tuple[Need, ...]
    processors: tuple[Processor, ...]
    rates: Rates
    arcs: tuple[Arc, ...] | None = None
    excluded: frozenset[tuple[str, str]] = frozenset()
    carbon_price: float = 0.0
    period: str = "week"
    periods: int = 1
    storages: tuple[Storage, ...] = ()
    cyclic: bool = False

    def __post_init__(self) -> None:
        self._sort("kinds", lambda kind: kind.code)
        for name in ("offers", "needs", "processors", "storages"):
            self._sort(name, lambda part: part.id)
        self._sort("arcs", lambda arc: (arc.source, arc.sink))
        object.__setattr__(self, "excluded", frozenset(self.excluded))

    def _sort(self, name: str, key: Any) -> None:
        parts = getattr(self, name)
        object.__setattr__(self, name, None if parts is None else tuple(sorted(parts, key=key)))

    @property
    def period_name(self) -> Any:
        """The period in the reader's language."""
        return PERIODS.get(self.period, self.period)

    def with_carbon_price(self, price: float) -> Problem:
        """The same problem at another carbon price."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return Problem(**{**values, "carbon_price": price})

    def digest(self) -> str:
        """SHA-256 of the canonical form: the same inputs in any order have the same digest."""
        known: str | None = getattr(self, "_digest", None)
        if known is None:
            known = digest(self)
            object.__setattr__(self, "_digest", known)
        return known

    def port_ids(self) -> Iterator[str]:
        """Every port's id: offers, needs, then the processors' inputs and outputs."""
        yield from (offer.id for offer in self.offers)
        yield from (need.id for need in self.needs)
        for processor in self.processors:
            yield from (processor.input_port(stream.kind) for stream in processor.inputs)
            yield from (processor.output_port(stream.kind) for stream in processor.outputs)
