"""The planner's question for a district: who has what, who needs what, who can turn it into what.

Port ids are ``offer:<uuid>``, ``need:<uuid>``, ``processor:<uuid>`` (and the streams' ids that the
planner derives from it). Amounts are per week; agreements that run on the day, or are still to
begin, are taken off first, so that a plan shares out only what is left. Where people live is
rounded (:func:`kierto.parties.whereabouts.public_point`): plans are kept and shown. The number of
queries does not depend on how much there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from kierto import planner
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.core.geography import ROAD_FACTOR, Point
from kierto.core.period import Frequency, Period, per_week
from kierto.exchange.kinds import KindBook
from kierto.exchange.models import Direction, Intent, Processor, Proposal, today
from kierto.exchange.queries import unexpired
from kierto.exchange.recipes import bought_kinds
from kierto.exchange.states import IntentState, ProposalState
from kierto.ledger.models import Commitment
from kierto.parties.models import District
from kierto.parties.whereabouts import public_point
from kierto.planner.model import Blend, Fallback, Need, Offer, Problem, Stream

OPEN_WINDOW_WEEKS = Decimal(13)
"""A one-off amount without a last day is spread over a quarter, the usual term of a proposal."""

NEGLIGIBLE = 1e-6
"""Less than a millionth of a unit a week is nothing left to share out."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A processor that does not exist yet, to ask whether to open it.

    ``id`` is its port in the problem, capacity and minimum are levels a week, ``opening_cost``
    euros a week for having it open.
    """

    id: str
    recipe: Recipe
    place: Point
    capacity: float
    minimum: float
    opening_cost: float


def port_of(thing: Intent | Processor) -> str:
    """The planner's id of an offer, a need or a processor."""
    if isinstance(thing, Processor):
        return f"processor:{thing.pk}"
    return f"{thing.direction}:{thing.pk}"


def split_port(port: str) -> tuple[str, UUID]:
    """``"offer"``, ``"need"`` or ``"processor"``, and the id; of streams, their processor's.

    Raises:
        ValueError: not an id that this module gives.
    """
    what, _, rest = port.partition(":")
    if what not in ("offer", "need", "processor"):
        raise ValueError(f"not a port of the exchange: {port!r}")
    return what, UUID(rest.split(":")[0])


def district_problem(
    district: District | None,
    *,
    on: date | None = None,
    carbon_price: float | None = None,
    with_intent: Intent | None = None,
    candidates: Iterable[Candidate] = (),
) -> Problem:
    """What the planner may match in a district (or in the whole node, for ``None``).

    Args:
        on: the day it is asked for; today by default.
        carbon_price: euros per kg CO2e; the district's own by default.
        with_intent: taken in whatever its state, to ask what could become of it; then nothing
            counts as promised yet, because the question is who could, not who is free.
        candidates: processors that might be opened; each belongs to nobody yet.
    """
    day = on or today()
    book = KindBook.load()
    bound = _Bound.load(day) if with_intent is None else _Bound({}, {}, {})
    parts = _Parts(book, bound, day)
    intents = list(_intents(district, day, with_intent))
    processors = list(_processors(district))
    given = [offer for i in intents if i.is_offer and (offer := parts.offer(i)) is not None]
    wanted = [need for i in intents if not i.is_offer and (need := parts.need(i)) is not None]
    makers = [maker for p in processors if (maker := parts.processor(p)) is not None]
    return Problem(
        kinds=book.planner_kinds(),
        offers=tuple(given),
        needs=tuple(wanted),
        processors=(*makers, *(parts.candidate(each) for each in candidates)),
        rates=book.rates(district.road_factor if district else ROAD_FACTOR),
        excluded=_within(declined_pairs(day), [*given, *wanted, *makers]),
        carbon_price=_carbon_price(district, carbon_price),
    )


def _within(
    pairs: frozenset[tuple[str, str]], parts: Iterable[Offer | Need | planner.Processor]
) -> frozenset[tuple[str, str]]:
    """The pairs that this problem could join; others would only change its digest."""
    here = {split_port(part.id) for part in parts}
    return frozenset(
        pair for pair in pairs if split_port(pair[0]) in here and split_port(pair[1]) in here
    )


def _carbon_price(district: District | None, given: float | None) -> float:
    """Euros per kg; districts keep theirs per tonne."""
    if given is not None:
        return given
    return float(district.carbon_price) / 1000 if district else 0.0


def _intents(district: District | None, day: date, with_intent: Intent | None) -> QuerySet[Intent]:
    chosen = Q(state=IntentState.OPEN) & Q(pk__in=unexpired(Intent.objects.all(), day).values("pk"))
    if district is not None:
        chosen &= Q(place__district=district)
    if with_intent is not None:
        chosen |= Q(pk=with_intent.pk)
    return Intent.objects.filter(chosen).select_related("agent", "place").order_by("pk")


def _processors(district: District | None) -> QuerySet[Processor]:
    processors = Processor.objects.filter(state=IntentState.OPEN)
    if district is not None:
        processors = processors.filter(place__district=district)
    return (
        processors.select_related("agent", "place", "recipe")
        .prefetch_related("recipe__flows__kind")
        .order_by("pk")
    )


def weekly_amount(intent: Intent, on: date, bound_total: Decimal = Decimal(0)) -> Decimal:
    """The amount a week. A one-off amount, less what is promised of it, is spread over the weeks
    that are left of its window."""
    every = Frequency(intent.every)
    if every is not Frequency.ONCE:
        return per_week(intent.resource_quantity, every)
    left = max(intent.resource_quantity - bound_total, Decimal(0))
    return per_week(left, every, _weeks_left(intent, on))


def _weeks_left(intent: Intent, on: date) -> Decimal:
    if intent.available_until is None:
        return OPEN_WINDOW_WEEKS
    start = min(max(intent.available_from, on), intent.available_until)
    days = Period(start, intent.available_until).days or 1
    return Decimal(days) / 7


@dataclass(frozen=True)
class _Bound:
    """What agreements take already: per week, and for one-off amounts in all."""

    by_port: Mapping[tuple[str, UUID], Decimal]
    by_stream: Mapping[tuple[str, UUID], Mapping[str, Decimal]]
    total: Mapping[UUID, Decimal]

    @classmethod
    def load(cls, day: date) -> _Bound:
        accepted = Proposal.objects.filter(state=ProposalState.ACCEPTED)
        running = accepted.filter(
            ends_on__gte=day,
            agreement__commitments__in=Commitment.objects.filter(
                cancelled_at__isnull=True, has_end__gte=day
            ),
        ).distinct()
        by_port: dict[tuple[str, UUID], Decimal] = defaultdict(Decimal)
        by_stream: dict[tuple[str, UUID], dict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        for each in running.select_related("kind").order_by("pk"):
            amount = each.quantity_per_week
            for end, key in (("offer", each.offer_id), ("need", each.need_id)):
                if key is not None:
                    by_port[end, key] += amount
            if each.source_processor_id is not None:
                by_stream["out", each.source_processor_id][each.kind.path] += amount
            if each.target_processor_id is not None:
                by_stream["in", each.target_processor_id][each.kind.path] += amount
        return cls(by_port, by_stream, _promised_in_all(accepted))

    def left(self, intent: Intent, day: date) -> float:
        """Per week, after what agreements take."""
        if intent.every == Frequency.ONCE:
            amount = weekly_amount(intent, day, self.total.get(intent.pk, Decimal(0)))
        else:
            taken = self.by_port.get((intent.direction, intent.pk), Decimal(0))
            amount = weekly_amount(intent, day) - taken
        return float(amount) if amount > NEGLIGIBLE else 0.0

    def levels(self, processor: Processor) -> float:
        """Levels a week that agreements need at least."""
        needed = [0.0]
        for flow in processor.recipe.flows.all():
            side = "in" if flow.direction == RecipeFlow.Direction.INPUT else "out"
            streams = self.by_stream.get((side, processor.pk), {})
            taken = sum(
                (amount for path, amount in streams.items() if path.startswith(flow.kind.path)),
                Decimal(0),
            )
            needed.append(float(taken) / flow.amount)
        return max(needed)


def _promised_in_all(accepted: QuerySet[Proposal]) -> dict[UUID, Decimal]:
    """By offer or need: what its agreements promised over their whole terms."""
    total: dict[UUID, Decimal] = defaultdict(Decimal)
    for end in ("offer_id", "need_id"):
        rows = (
            accepted.filter(
                **{f"{end}__isnull": False}, agreement__commitments__cancelled_at__isnull=True
            )
            .values(end)
            .annotate(promised=Sum("agreement__commitments__resource_quantity"))
        )
        for row in rows.order_by(end):
            total[row[end]] += row["promised"] or Decimal(0)
    return total


@dataclass(frozen=True)
class _Parts:
    """Rows of the exchange, turned into parts of the problem."""

    book: KindBook
    bound: _Bound
    day: date

    def offer(self, intent: Intent) -> Offer | None:
        amount = self.bound.left(intent, self.day)
        if not amount:
            return None
        kind = self.book.by_id[intent.kind_id]
        lot = float(intent.minimum_lot)
        return Offer(
            id=port_of(intent),
            agent=str(intent.agent_id),
            kind=kind.code,
            amount=amount,
            place=public_point(intent.agent, intent.place),
            fallback=self._fallback(kind, "disposal", intent.fallback_cost),
            quality={**self.book.composition(kind), **intent.quality},
            # A lot larger than what is left could never be given.
            minimum_lot=min(lot, amount),
        )

    def need(self, intent: Intent) -> Need | None:
        amount = self.bound.left(intent, self.day)
        if not amount:
            return None
        kind = self.book.by_id[intent.kind_id]
        return Need(
            id=port_of(intent),
            agent=str(intent.agent_id),
            kind=kind.code,
            amount=amount,
            place=public_point(intent.agent, intent.place),
            fallback=self._fallback(kind, "purchase", intent.fallback_cost),
            limits=_limits(intent.quality),
        )

    def processor(self, processor: Processor) -> planner.Processor | None:
        recipe = processor.recipe
        left = processor.capacity - self.bound.levels(processor)
        if left <= NEGLIGIBLE or not recipe.flows.all():
            return None
        inputs, outputs = self._streams(recipe)
        return planner.Processor(
            id=port_of(processor),
            agent=str(processor.agent_id),
            place=public_point(processor.agent, processor.place),
            inputs=inputs,
            outputs=outputs,
            capacity=left,
            cost=recipe.cost if processor.cost is None else processor.cost,
            emissions=recipe.emissions if processor.emissions is None else processor.emissions,
        )

    def candidate(self, site: Candidate) -> planner.Processor:
        inputs, outputs = self._streams(site.recipe)
        return planner.Processor(
            id=site.id,
            agent=site.id,
            place=site.place,
            inputs=inputs,
            outputs=outputs,
            capacity=site.capacity,
            cost=site.recipe.cost,
            emissions=site.recipe.emissions,
            minimum=site.minimum,
            opening_cost=site.opening_cost,
        )

    def _streams(self, recipe: Recipe) -> tuple[tuple[Stream, ...], tuple[Stream, ...]]:
        """What the recipe takes and what it gives."""
        bought = bought_kinds(recipe)
        flows = sorted(recipe.flows.all(), key=lambda flow: flow.kind.code)
        taken = RecipeFlow.Direction.INPUT
        return (
            tuple(self._input(flow, bought) for flow in flows if flow.direction == taken),
            tuple(self._output(flow) for flow in flows if flow.direction != taken),
        )

    def _input(self, flow: RecipeFlow, bought: frozenset[str]) -> Stream:
        kind = self.book.by_id[flow.kind_id]
        return Stream(
            kind=kind.code,
            yield_=flow.amount,
            fallback=self._fallback(kind, "purchase") if kind.code in bought else None,
            limits=_limits(flow.limits),
            blends=tuple(Blend(**each) for each in flow.blends),
        )

    def _output(self, flow: RecipeFlow) -> Stream:
        kind = self.book.by_id[flow.kind_id]
        return Stream(
            kind=kind.code,
            yield_=flow.amount,
            fallback=self._fallback(kind, "disposal"),
            quality=self.book.composition(kind),
        )

    def _fallback(
        self, kind: ResourceSpecification, way: str, own_cost: float | None = None
    ) -> Fallback:
        cost, emissions = self.book.fallback(kind, way)
        return Fallback(cost if own_cost is None else own_cost, emissions)


def _limits(
    stored: Mapping[str, Iterable[float | None]],
) -> dict[str, tuple[float | None, float | None]]:
    limits = {}
    for name, (low, high) in stored.items():
        limits[name] = (low, high)
    return limits


def declined_pairs(day: date) -> frozenset[tuple[str, str]]:
    """Pairs of ports that somebody declined, until the term they declined is over."""
    declined = Proposal.objects.filter(
        state=ProposalState.DECLINED, ends_on__gte=day
    ).select_related("kind", "source_processor__recipe", "target_processor__recipe")
    declined = declined.prefetch_related("target_processor__recipe__flows__kind")
    return frozenset(ports_of(each) for each in declined)


def ports_of(proposal: Proposal) -> tuple[str, str]:
    """The source and sink port of a proposal, as the planner knows them. Select ``kind`` along."""
    if proposal.offer_id is not None:
        source = f"{Direction.OFFER.value}:{proposal.offer_id}"
    else:
        source = f"processor:{proposal.source_processor_id}:out:{proposal.kind.code}"
    if proposal.need_id is not None:
        return source, f"{Direction.NEED.value}:{proposal.need_id}"
    return source, f"processor:{proposal.target_processor_id}:in:{_input_kind(proposal)}"


def _input_kind(proposal: Proposal) -> str:
    """Of the processor's inputs, the narrowest that takes the kind."""
    assert proposal.target_processor is not None  # noqa: S101 (a constraint of the table)
    flows = proposal.target_processor.recipe.flows.all()
    fitting = [
        flow.kind
        for flow in flows
        if flow.direction == RecipeFlow.Direction.INPUT and proposal.kind.is_within(flow.kind)
    ]
    return max(fitting, key=lambda kind: len(kind.path), default=proposal.kind).code
