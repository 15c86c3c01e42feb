"""Why each port of a plan is matched or not, from the same pairs and prices as the plan itself.

A pair pays by itself when it costs less than both fallbacks together, ``c < d + v``. What is left
at a port is explained in this order: no partner of the kind; partners that must not be joined
(quality, lot, declined, no route, out of reach); none that pays (distance, cost); and, if one
would pay, what stands in the way: a blend that it would spoil, a processor at its capacity or
idle, or an end that is served.

An input that cannot be bought is worth what the cheapest further unit would cost there, and a
processor that stands still is judged at such prices, too: the duals of what does not move are
not unique, while ``min (c − y)`` over the possible pairs is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kierto.planner.blending import HIGH, LOW, blend_duals_of, blends_of, burden, surcharge
from kierto.planner.certificate import recipe_reduced_costs
from kierto.planner.explanation import (
    BLEND_HIGH,
    BLEND_LOW,
    EMPTY,
    HAPPENS,
    LOT_REMAINDER,
    QUALITY_ABOVE,
    QUALITY_BELOW,
    QUALITY_UNSTATED,
    SERVED_AMPLY,
    STANDS_STILL,
    STAYS_CLOSED,
    TAKES_NO_MORE,
    WHY,
    Explanation,
    Match,
    Reason,
)
from kierto.planner.model import Problem
from kierto.planner.network import Floats, Network, Port, Ports
from kierto.planner.pairs import Pairs, Verdict, fitting_pairs, quality_miss
from kierto.planner.periods import unfold
from kierto.planner.plan import Plan
from kierto.planner.sites import site_names

NEGLIGIBLE = 1e-9
"""A share of a port's amount, or of a price, that is rounding."""

_BARRED = {
    Verdict.LOT: Reason.LOT,
    Verdict.EXCLUDED: Reason.EXCLUDED,
    Verdict.NO_ROUTE: Reason.NO_ROUTE,
    Verdict.TOO_FAR: Reason.TOO_FAR,
}


def explain(
    problem: Problem, plan: Plan, *, names: Mapping[str, str] | None = None
) -> dict[str, Explanation]:
    """An explanation of every port, by port id (with its period, where there are several).

    Args:
        names: what to call an agent in the sentences, by its id; else the id is used.
    """
    story = _Story(unfold(problem), plan, names or {})
    story.leave_shut(problem)
    return {row.id: story.of(side, i) for side in story.sides for i, row in enumerate(side.rows)}


@dataclass(frozen=True)
class _Side:
    """One side of the network as the other sees it."""

    name: str
    ports: Ports
    duals: Floats
    values: Floats

    @property
    def rows(self) -> tuple[Port, ...]:
        return self.ports.rows


class _Story:
    """Everything that explanations look up, computed once per plan."""

    def __init__(self, problem: Problem, plan: Plan, names: Mapping[str, str]) -> None:
        self.problem, self.plan, self.names = problem, plan, names
        self.network = Network(problem)
        self.levels = np.array([plan.levels[each.id] for each in problem.processors], np.float64)
        self.blends = blends_of(self.network)
        self.blend_duals = blend_duals_of(self.network, plan)
        self.sides = (
            self._side("source", self.network.sources),
            self._side("sink", self.network.sinks),
        )
        self.losses = recipe_reduced_costs(self.network, self.sides[0].duals, self.sides[1].duals)
        self.partners: dict[str, list[tuple[str, float]]] = {}
        for flow in plan.flows:
            self.partners.setdefault(flow.source, []).append((flow.sink, flow.amount))
            self.partners.setdefault(flow.sink, []).append((flow.source, flow.amount))
        self.kinds = {kind.code: kind for kind in problem.kinds}
        self.shut: frozenset[int] = frozenset()

    def leave_shut(self, original: Problem) -> None:
        """Remember which candidate sites the plan leaves closed, of all those of the problem."""
        if self.plan.siting is not None:
            opened = {"", *self.plan.siting.opened}
            sites = site_names(original, self.network)
            self.shut = frozenset(row for row, name in enumerate(sites) if name not in opened)

    def _side(self, name: str, ports: Ports) -> _Side:
        """Duals, and what a unit is worth: the fallback, or what the cheapest further unit would
        cost at an input that cannot be bought."""
        duals = self._duals(ports)
        values = ports.price.copy()
        scarcity = self._scarcity(ports)
        for row in np.flatnonzero(~np.isfinite(ports.price)).tolist():
            pairs = self._possible(fitting_pairs(self.network, sink=row))
            others = self._duals(self.network.sources)[pairs.source]
            market = pairs.price + self._surcharge(pairs) - others
            values[row] = (np.min(market) if len(pairs) else duals[row]) + scarcity[row]
        return _Side(name, ports, duals, values)

    def _possible(self, pairs: Pairs) -> Pairs:
        return pairs.where(pairs.verdict == Verdict.POSSIBLE)

    def _surcharge(self, pairs: Pairs) -> Floats:
        """What joining each pair costs beyond its price because of the blend that it strains."""
        return surcharge(self.blends, self.blend_duals, pairs.source, pairs.sink)

    def _scarcity(self, ports: Ports) -> Floats:
        """What one more unit at an input would be worth if its full processor were larger."""
        worth = [self.plan.capacity_values[each.id] for each in self.problem.processors]
        each = np.array([*worth, 0.0], np.float64)[ports.recipe]  # −1 finds the zero
        return each / np.where(ports.recipe >= 0, ports.yield_, 1.0)

    def _duals(self, ports: Ports) -> Floats:
        return np.array([self.plan.duals[row.id] for row in ports.rows], np.float64)

    def of(self, side: _Side, i: int) -> Explanation:
        """The explanation of one port."""
        port = side.rows[i]
        amount = float(side.ports.turnover(self.levels)[i])
        partners = tuple(sorted(self.partners.get(port.id, ()), key=lambda each: -each[1]))
        moved = min(sum(part for _, part in partners), amount)
        left = amount - moved if amount - moved > NEGLIGIBLE * amount else 0.0
        match = Match.NONE if not partners else Match.PART if left else Match.FULL
        told = Explanation(
            *(port.id, side.name, port.kind, self.kinds[port.kind].unit, amount, moved, left),
            match,
            partners,
            sentence=HAPPENS[side.name, match],
            fields={
                "name": self.name(port),
                "amount": amount,
                "moved": moved,
                "left": left,
                "unit": self.kinds[port.kind].unit,
                "kind": self.kinds[port.kind].name,
                "period": self.problem.period_name,
                "partners": ", ".join(dict.fromkeys(self.name_of(id_) for id_, _ in partners)),
                "lot": port.lot,
            },
        )
        if port.recipe >= 0 and self._idle(port):
            return self._still(told, port)
        if amount <= 0:
            return replace(told, reason=Reason.EMPTY, sentence=EMPTY)
        return self._with_reason(told, side, i) if left else told

    def _still(self, told: Explanation, port: Port) -> Explanation:
        """A port of a processor that does not run."""
        if port.recipe in self.shut:
            return replace(told, sentence=STAYS_CLOSED, reason=Reason.CLOSED)
        told = replace(told, sentence=STANDS_STILL)
        return self._idling(told, port, max(float(self.losses[port.recipe]), 0.0))

    def _idling(self, told: Explanation, port: Port, loss: float) -> Explanation:
        """Why the port's processor stands still: its site stays closed, an input that is not to
        be had, or a loss."""
        if port.recipe in self.shut:
            return self._because(told, Reason.CLOSED, self.name(port))
        missing = self._missing_inputs(port.recipe)
        if missing:
            told = self._because(told, Reason.INPUT_MISSING, self.name(port))
            return replace(told, fields={**told.fields, "missing": ", ".join(missing)})
        told = replace(told, shortfall=loss)
        return self._because(told, Reason.IDLE, self.name(port), shortfall=loss)

    def _missing_inputs(self, recipe: int) -> list[str]:
        """Inputs of a processor that can be neither bought nor brought."""
        sinks = self.network.sinks
        return [
            self.kinds[sinks.rows[number].kind].name
            for number in np.flatnonzero(sinks.recipe == recipe).tolist()
            if sinks.rows[number].fallback is None
            and not len(self._possible(fitting_pairs(self.network, sink=number)))
        ]

    def _with_reason(self, told: Explanation, side: _Side, i: int) -> Explanation:
        mine = fitting_pairs(self.network, **{side.name: i})
        if not len(mine):
            return self._because(told, Reason.NO_PARTNER, "")
        possible = self._possible(mine)
        if not len(possible):
            return self._barred(told, mine)
        gains = self._gains(possible)
        best = self._obstacle(side, possible, gains)
        row = possible.where(np.array([best]))
        tolerance = NEGLIGIBLE * (abs(float(row.price[0])) + abs(float(side.values[i])))
        if gains[best] > tolerance or self._holds_back(row, float(gains[best]), tolerance):
            return self._in_the_way(told, side, row, float(gains[best]))
        return self._too_dear(told, possible, gains)

    def _obstacle(self, side: _Side, possible: Pairs, gains: Floats) -> int:
        """The pair to speak of: the best; but if one that pays has something left at its other
        end as well, only a lot can stand between them, and that says more."""
        other = self.sides[1] if side is self.sides[0] else self.sides[0]
        ends = possible.sink if side is self.sides[0] else possible.source
        if np.any(self.network.sources.lot[possible.source] > 0):
            for row in np.argsort(-gains, kind="stable").tolist():
                if gains[row] > 0 and self._left(other, int(ends[row])):
                    return int(row)
        return int(np.argmax(gains))

    def _holds_back(self, row: Pairs, gain: float, tolerance: float) -> bool:
        """Whether the taker is a processor that takes no more of what it cannot buy, although
        this is as cheap as any, or that stands still."""
        sink = self._ends(row)[1]
        if sink.recipe < 0 or sink.fallback is not None:
            return False
        return gain >= -tolerance or self._idle(sink)

    def _idle(self, port: Port) -> bool:
        most = min(self.problem.processors[port.recipe].capacity, self.network.scale)
        return float(self.levels[port.recipe]) <= NEGLIGIBLE * most

    def _gains(self, pairs: Pairs) -> Floats:
        """What joining one unit of each pair saves against the two fallbacks."""
        sources, sinks = self.sides
        gains: Floats = sources.values[pairs.source] + sinks.values[pairs.sink] - pairs.price
        return gains

    def _barred(self, told: Explanation, pairs: Pairs) -> Explanation:
        """Partners there are, but none may be joined: speak of the nearest."""
        row = pairs.where(np.array([_nearest(pairs)]))
        verdict = Verdict(int(row.verdict[0]))
        source, sink = self._ends(row)
        other = sink if told.side == "source" else source
        told = replace(told, nearest=other.id, km=_known(row.km[0]))
        if verdict is Verdict.QUALITY:
            return self._wrong_quality(told, source, sink)
        rates = self.problem.rates
        rate = self.network.tree.inherited(rates.by_kind, source.kind, rates.default)
        reach = {} if rate.max_km is None else {"reach": float(rate.max_km)}
        told = self._because(told, _BARRED[verdict], self.name(other), **reach)
        return replace(told, fields={**told.fields, "lot": source.lot})

    def _wrong_quality(self, told: Explanation, source: Port, sink: Port) -> Explanation:
        for name, (low, high) in sorted(sink.limits.items()):
            value = source.quality.get(name)
            miss = quality_miss(value, low, high)
            if miss == 0:
                continue
            below = value is not None and low is not None and value < low
            why = QUALITY_UNSTATED if miss is None else QUALITY_BELOW if below else QUALITY_ABOVE
            other = sink if told.side == "source" else source
            fields = {**told.fields, "nearest": self.name(other), "quality": name}
            if miss is not None:
                fields["miss"] = miss
            return replace(
                told, reason=Reason.QUALITY, quality=name, miss=miss, why=why, fields=fields
            )
        return self._unstated(told, source, sink)

    def _unstated(self, told: Explanation, source: Port, sink: Port) -> Explanation:
        """A blend asks for a quality that the source does not state."""
        asked = [name for blend in sink.blends for name in (blend.quality, blend.per) if name]
        name = next(name for name in asked if name not in source.quality)
        other = sink if told.side == "source" else source
        return replace(
            told,
            reason=Reason.QUALITY,
            quality=name,
            why=QUALITY_UNSTATED,
            fields={**told.fields, "nearest": self.name(other), "quality": name},
        )

    def _too_dear(self, told: Explanation, pairs: Pairs, gains: Floats) -> Explanation:
        """Every partner costs more than it saves: speak of the nearest, and how near it must be."""
        pick = _nearest(pairs)
        row, shortfall = pairs.where(np.array([pick])), max(-float(gains[pick]), 0.0)
        source, sink = self._ends(row)
        other = sink if told.side == "source" else source
        km = _known(row.km[0])
        told = replace(told, nearest=other.id, km=km, shortfall=shortfall)
        limit = self._break_even(source, sink, km, shortfall)
        if limit is None or limit <= 0:
            return self._because(told, Reason.COST, self.name(other), shortfall=shortfall)
        told = replace(told, break_even_km=limit)
        return self._because(told, Reason.DISTANCE, self.name(other), break_even=limit)

    def _break_even(
        self, source: Port, sink: Port, km: float | None, shortfall: float
    ) -> float | None:
        """The distance at which the pair would just pay; ``None`` if distance has no price."""
        rates = self.problem.rates
        rate = self.network.tree.inherited(rates.by_kind, source.kind, rates.default)
        per_km = rate.cost_per_km + self.problem.carbon_price * rate.emissions_per_km
        explicit = any(
            (arc.source, arc.sink) == (source.id, sink.id) for arc in self.problem.arcs or ()
        )
        if km is None or per_km <= 0 or explicit:
            return None
        return km - shortfall / per_km

    def _in_the_way(self, told: Explanation, side: _Side, row: Pairs, gain: float) -> Explanation:
        """The pair would pay by itself, and is still not (fully) used."""
        other_side = self.sides[1] if side is self.sides[0] else self.sides[0]
        number = int((row.sink if side is self.sides[0] else row.source)[0])
        other = other_side.rows[number]
        told = replace(told, nearest=other.id, km=_known(row.km[0]))
        strained = float(self._surcharge(row)[0])
        if strained > 0 and gain - strained <= NEGLIGIBLE * (gain + strained):
            return self._spoiling(told, row, self.name(other))
        if other.recipe >= 0 and self._idle(other):
            dearer = other.yield_ * max(-gain, 0.0)
            loss = max(float(self.losses[other.recipe]), 0.0) + dearer
            return self._idling(told, other, loss)
        if other.recipe >= 0:
            processor = self.problem.processors[other.recipe]
            if self.levels[other.recipe] >= processor.capacity * (1 - NEGLIGIBLE):
                worth = self.plan.capacity_values[processor.id]
                told = replace(told, worth=worth)
                return self._because(told, Reason.CAPACITY, self.name(other), worth=worth)
        lot = self._ends(row)[0].lot
        if lot and self._left(other_side, number):
            told = self._because(told, Reason.LOT, self.name(other), lot=lot)
            return replace(told, why=LOT_REMAINDER[told.side])
        worth = max(-float(other_side.duals[number]), 0.0)
        told = self._because(told, Reason.SERVED, self.name(other), worth=worth)
        if other.recipe >= 0 and side is self.sides[0]:
            return replace(told, why=TAKES_NO_MORE)
        if worth <= NEGLIGIBLE * abs(float(row.price[0])):
            return replace(told, why=SERVED_AMPLY[told.side])
        return replace(told, worth=worth)

    def _spoiling(self, told: Explanation, row: Pairs, nearest: str) -> Explanation:
        """The pair would pay, but what it does to the mix costs more than it saves."""
        worst, end, quality = 0.0, HIGH, ""
        for number in np.flatnonzero(self.blends.sink == row.sink[0]).tolist():
            for side in (LOW, HIGH):
                each = np.array([number])
                strain = float(burden(self.blends, each, side, row.source)[0])
                strain *= float(self.blend_duals[number, side])
                if strain > worst:
                    worst, end, quality = strain, side, self._blended(number)
        told = replace(
            self._because(told, Reason.BLEND, nearest),
            quality=quality,
            why=(BLEND_HIGH if end == HIGH else BLEND_LOW)[told.side],
        )
        return replace(told, fields={**told.fields, "quality": quality})

    def _blended(self, number: int) -> str:
        """What a blend limits, in the words of the problem."""
        sink = int(self.blends.sink[number])
        first = int(np.searchsorted(self.blends.sink, sink))
        blend = self.network.blends[sink][number - first]
        return f"{blend.quality} / {blend.per}" if blend.per else blend.quality

    def _left(self, side: _Side, number: int) -> bool:
        """Whether an end has something left that does not circulate."""
        amount = float(side.ports.turnover(self.levels)[number])
        moved = sum(part for _, part in self.partners.get(side.rows[number].id, ()))
        return amount - moved > NEGLIGIBLE * amount

    def _because(
        self, told: Explanation, reason: Reason, nearest: str, **more: float
    ) -> Explanation:
        fields = {**told.fields, "nearest": nearest, **more}
        if told.km is not None:
            fields["km"] = told.km
        return replace(told, reason=reason, why=WHY[told.side, reason], fields=fields)

    def _ends(self, row: Pairs) -> tuple[Port, Port]:
        sources, sinks = self.sides
        return sources.rows[int(row.source[0])], sinks.rows[int(row.sink[0])]

    def name(self, port: Port) -> str:
        return self.names.get(port.agent, port.agent)

    def name_of(self, port_id: str) -> str:
        sources, sinks = self.network.sources, self.network.sinks
        side = sources if port_id in sources.index else sinks
        return self.name(side.rows[side.index[port_id]])


def _nearest(pairs: Pairs) -> int:
    return int(np.lexsort((pairs.price, np.nan_to_num(pairs.km, nan=np.inf)))[0])


def _known(km: Any) -> float | None:
    return None if np.isnan(km) else float(km)
