"""What happened in the demonstration's year, recorded through the actions that users use.

Every four weeks each agreement has one delivery, by a slip that both sides signed. Processors run
on what they were given, and deliver what they made. Amounts vary with the season and with chance
that always falls alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from kierto.core.quantity import PLACES, Quantity, Unit
from kierto.demo.calendar import Round, season
from kierto.demo.chance import between, share
from kierto.demo.people import People
from kierto.exchange.actions import (
    RunFlow,
    Slip,
    record_processing_run,
    record_slips,
)
from kierto.exchange.actions.runs import proposed_flows, stocks_for
from kierto.exchange.models import Processor, Proposal
from kierto.exchange.recipes import bought_kinds
from kierto.ledger.models import Visibility

WEEKS = 4
MISSED = 0.03
"""Share of rounds in which a delivery does not take place (holidays, a broken van)."""

_SEASONS = {
    "garden-waste": 1.7,
    "compost": 1.4,
    "fresh-vegetables": 1.6,
    "water": 1.5,
    "stormwater": 1.3,
    "solar-electricity": 1.8,
    "heat": 0.55,
    "building-material": 1.15,
}
"""Share of the yearly mean at midsummer, for a kind or anything narrower (illustrative)."""


class Year:
    """Tells the year round by round."""

    def __init__(self, agreed: Iterable[Proposal], people: People, zone: ZoneInfo) -> None:
        agreed = list(agreed)
        self._people = people
        self._zone = zone
        self._from_offers = [each for each in agreed if each.offer_id]
        self._made_by: dict[object, list[Proposal]] = {}
        for each in agreed:
            if each.source_processor_id:
                self._made_by.setdefault(each.source_processor_id, []).append(each)
        self._tiers = _tiers(agreed)

    def tell(self, rounds: list[Round], report: Callable[[float], object]) -> None:
        """Record every round, oldest first."""
        for done, each in enumerate(rounds):
            self._tell_round(each)
            report((done + 1) / len(rounds))

    def _tell_round(self, round_: Round) -> None:
        """Offers deliver first; then one tier of processors after another runs and delivers."""
        self._deliver(
            [
                (proposal, round_.moment(4 + _day(proposal, round_), time(9), self._zone))
                for proposal in self._from_offers
            ],
            round_,
        )
        for step, tier in enumerate(self._tiers):
            started = round_.moment(3, time(6 + 2 * step), self._zone)
            for processor in tier:
                self._run(processor, round_, started)
            later = started + timedelta(hours=1)
            made = [each for processor in tier for each in self._made_by.get(processor.pk, [])]
            self._deliver([(each, later) for each in made], round_)

    def _deliver(self, due: list[tuple[Proposal, datetime]], round_: Round) -> None:
        """Signed slips of these deliveries, but for those that did not take place."""
        slips: list[Slip] = []
        left: dict[tuple[object, object], Decimal] = {}
        for proposal, happened_at in due:
            name = (*_name(proposal), round_.number)
            amount = proposal.quantity_per_week * WEEKS * Decimal(between(0.82, 1.08, *name))
            amount *= Decimal(_season(proposal, round_))
            if proposal.source_processor_id:
                stock = (proposal.provider_id, proposal.kind_id)
                left.setdefault(stock, _stock(proposal))
                amount = min(amount, left[stock])
                left[stock] -= amount
            amount = _weighed(amount, proposal.kind.unit)
            if share("missed", *name) < MISSED or amount <= 0 or proposal.agreement is None:
                continue
            slips.append(
                Slip(
                    proposal.agreement,
                    Quantity(amount, proposal.kind.unit),
                    happened_at,
                    reference=f"slip {round_.number + 1}/{len(slips) + 1}",
                )
            )
        if slips:
            record_slips(slips, by=self._people.operator)

    def _run(self, processor: Processor, round_: Round, happened_at: datetime) -> None:
        level = min(_level_in_stock(processor), processor.capacity * WEEKS)
        inputs, outputs = proposed_flows(processor, level)
        made = Decimal(between(0.95, 1, processor.name, round_.number))
        if level <= 0.001:
            return
        record_processing_run(
            processor,
            level=level,
            inputs=inputs,
            outputs=[RunFlow(flow.kind, (flow.amount * made).quantize(PLACES)) for flow in outputs],
            happened_at=happened_at,
            visibility=Visibility.PUBLIC,
            by=self._people.for_agent(processor.agent),
        )


def _name(proposal: Proposal) -> tuple[str, str]:
    """Names of both ends, which are the same in every load, unlike the ids."""
    return (
        str(proposal.offer or proposal.source_processor),
        str(proposal.need or proposal.target_processor),
    )


def _day(proposal: Proposal, round_: Round) -> int:
    return int(share("day", *_name(proposal), round_.number) * 3)


def _season(proposal: Proposal, round_: Round) -> float:
    codes = proposal.kind.path.strip("/").split("/")
    summer = next((_SEASONS[code] for code in reversed(codes) if code in _SEASONS), 1.0)
    return season(round_.end, summer=summer)


def _weighed(amount: Decimal, unit: str) -> Decimal:
    """As a scale or a meter shows it: whole units, whole items, tenths of a cubic metre."""
    steps = {Unit.CUBIC_METRE: Decimal("0.1"), Unit.HOUR: Decimal("0.5")}
    step = steps.get(Unit(unit), Decimal(1))
    return (amount / step).quantize(Decimal(1), ROUND_DOWN) * step


def _stock(proposal: Proposal) -> Decimal:
    stocks = stocks_for(proposal.provider, proposal.kind)
    return sum((each.onhand_quantity for each in stocks), Decimal(0))


def _level_in_stock(processor: Processor) -> float:
    """How many levels the stocks of every input allow; what the recipe buys new is no limit."""
    bought = bought_kinds(processor.recipe)
    inputs, _outputs = proposed_flows(processor, 1.0)
    levels = [
        sum(float(stock.onhand_quantity) for stock in stocks_for(processor.agent, flow.kind))
        / float(flow.amount)
        for flow in inputs
        if flow.kind.code not in bought
    ]
    # A hair less, so that rounding to a millionth never asks for more than there is.
    return max(0.0, min(levels, default=0.0) * (1 - 1e-9) - 1e-6)


def _tiers(agreed: list[Proposal]) -> list[list[Processor]]:
    """Processors by turns: each turn takes what earlier ones gave. A loop is cut where it comes."""
    ends = [end for each in agreed for end in (each.source_processor, each.target_processor)]
    waiting = list({each.pk: each for each in ends if each is not None}.values())
    gives = {
        (each.source_processor_id, each.target_processor_id)
        for each in agreed
        if each.source_processor_id and each.target_processor_id
    } | {(one.pk, other.pk) for one in waiting for other in waiting if _feeds_at_home(one, other)}
    tiers: list[list[Processor]] = []
    while waiting:
        left = {each.pk for each in waiting}
        ready = [each for each in waiting if not any((pk, each.pk) in gives for pk in left)]
        tiers.append(ready or waiting[:1])
        waiting = [each for each in waiting if each not in tiers[-1]]
    return tiers


def _feeds_at_home(one: Processor, other: Processor) -> bool:
    """Whether one makes what another of the same owner takes: that needs no delivery."""
    if one.pk == other.pk or one.agent_id != other.agent_id:
        return False
    makes = [flow.kind for flow in one.recipe.flows.all() if flow.direction == "output"]
    takes = [flow.kind for flow in other.recipe.flows.all() if flow.direction == "input"]
    return any(kind.is_within(wanted) for kind in makes for wanted in takes)
