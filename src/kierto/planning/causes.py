"""Why a flow differs between two plans: what changed in the question, or what it made cheaper.

A change of the inputs at one of the flow's own ends explains it first. Where nothing changed at
its ends, the later plan's own prices do: a pair that carries nothing any more has a reduced cost,
which is what using it would add per unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from kierto.planner import Need, Offer, Plan, Problem, Processor
from kierto.planner.network import Network
from kierto.planner.pairs import Verdict, pairs_at
from kierto.planning.comparing import FlowChange
from kierto.planning.ports import owner_of_ports, wishes

Part = Offer | Need | Processor

SAME = 1e-9
"""Amounts that differ by less than this share are the same."""

GONE = _("%(who)s takes no part any more: closed, run out, or bound by agreements.")
NEW = _("%(who)s is new.")
MORE = _("%(who)s has more left to give or to take than before.")
LESS = _("%(who)s has less left to give or to take than before.")
PRICE = _("For %(who)s, doing without the others has another price than before.")
QUALITY = _("The quality that %(who)s gives or takes is another than before.")
MOVED = _("%(who)s stands at another place now.")
DECLINED = _("The two declined each other.")
CARBON = _("Carbon has another price than in the plan before.")
RATES = _("Carrying has another price than in the plan before.")
DEARER = _("Changes elsewhere opened a cheaper way; this one would add %(more)s € per %(unit)s.")
ELSEWHERE = _("Changes elsewhere made this amount the cheapest.")


@dataclass(frozen=True, slots=True)
class Cause:
    """A sentence, the part of the problem it speaks of, and figures for it."""

    sentence: Any
    part: str = ""
    fields: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Causes:
    """The questions of two plans beside each other, and the later plan's prices."""

    before: Problem
    after: Problem
    plan: Plan

    @cached_property
    def changed(self) -> dict[str, Any]:
        """By part, the sentence of what changed at it; parts that are as they were are left out."""
        old, new = _parts(self.before), _parts(self.after)
        found = dict.fromkeys(old.keys() - new.keys(), GONE)
        found |= dict.fromkeys(new.keys() - old.keys(), NEW)
        for part in old.keys() & new.keys():
            if (sentence := _difference(old[part], new[part])) is not None:
                found[part] = sentence
        return found

    @cached_property
    def everywhere(self) -> list[Any]:
        """What changed for all: the price of carbon, the rates of carrying."""
        said = []
        if self.before.carbon_price != self.after.carbon_price:
            said.append(CARBON)
        if self.before.rates != self.after.rates:
            said.append(RATES)
        return said

    @cached_property
    def counts(self) -> Counter[str]:
        """How many parts are ``"new"``, ``"gone"`` and ``"changed"``."""
        names = {GONE: "gone", NEW: "new"}
        return Counter(names.get(sentence, "changed") for sentence in self.changed.values())

    def of(self, flow: FlowChange) -> Cause:
        """The first reason that applies."""
        ends = [self._owner_of[port] for port in (flow.source, flow.sink)]
        found = [Cause(self.changed[part], part) for part in ends if part in self.changed]
        if found:
            return min(found, key=lambda cause: cause.sentence not in (GONE, NEW))
        if (flow.source, flow.sink) in self.after.excluded - self.before.excluded:
            return Cause(DECLINED)
        if self.everywhere:
            return Cause(self.everywhere[0])
        return self._elsewhere(flow)

    def _elsewhere(self, flow: FlowChange) -> Cause:
        if flow.after == 0:
            more = self._would_add(flow)
            if more is not None and more > 0:
                return Cause(DEARER, fields={"more": more})
        return Cause(ELSEWHERE)

    def _would_add(self, flow: FlowChange) -> float | None:
        """What a unit on this pair would add at the later plan's prices; None if it is barred."""
        source = self._network.sources.index.get(flow.source)
        sink = self._network.sinks.index.get(flow.sink)
        if source is None or sink is None:
            return None
        pair = pairs_at(self._network, np.array([source]), np.array([sink]))
        if pair.verdict[0] != Verdict.POSSIBLE:
            return None
        duals = self.plan.duals
        return float(pair.price[0]) - duals.get(flow.source, 0.0) - duals.get(flow.sink, 0.0)

    @cached_property
    def _network(self) -> Network:
        return Network(self.after)

    @cached_property
    def _owner_of(self) -> dict[str, str]:
        return owner_of_ports(self.before) | owner_of_ports(self.after)


def _parts(problem: Problem) -> dict[str, Part]:
    parts: list[Part] = [*wishes(problem), *problem.processors]
    return {part.id: part for part in parts}


def _difference(old: Part, new: Part) -> Any:
    """The sentence of the first difference that matters; None where there is none."""
    before, after = _size(old), _size(new)
    if abs(after - before) > SAME * max(before, after):
        return MORE if after > before else LESS
    if old.place != new.place:
        return MOVED
    if _prices(old) != _prices(new):
        return PRICE
    return QUALITY if old != new and before == after else None


def _size(part: Part) -> float:
    return part.capacity if isinstance(part, Processor) else part.amount


def _prices(part: Part) -> tuple[Any, ...]:
    if isinstance(part, Processor):
        streams = (*part.inputs, *part.outputs)
        return (part.cost, part.emissions, *(stream.fallback for stream in streams))
    return (part.fallback,)
