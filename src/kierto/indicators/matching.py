"""How much of what was wanted came, month by month, without counting anything twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kierto.indicators.kinds import KindTree
from kierto.indicators.rows import Delivery, Wish

Amounts = dict[date, float]


@dataclass(frozen=True, slots=True)
class Covered:
    """One agent's wish of one kind in one month, and how much of it was covered.

    A surplus of one month covers the wishes of later ones; never more than wished in all.
    """

    month: date
    agent: UUID
    kind: int
    wished: float
    covered: float


def cover(
    wishes: Sequence[Wish], deliveries: Iterable[tuple[UUID, Delivery]], kinds: KindTree
) -> list[Covered]:
    """Set deliveries (with the agent whom they concern) against wishes.

    A delivery counts for the narrowest wish of that agent which its kind fits, or for none.
    """
    wished: dict[tuple[UUID, int], Amounts] = defaultdict(lambda: defaultdict(float))
    for wish in wishes:
        wished[wish.agent, wish.kind][wish.month] += wish.amount
    came: dict[tuple[UUID, int], Amounts] = defaultdict(lambda: defaultdict(float))
    wanted_by = _kinds_by_agent(wished, kinds)
    for agent, delivery in deliveries:
        for kind in wanted_by.get(agent, ()):
            if kinds.accepts(kind, delivery.kind):
                came[agent, kind][delivery.month] += delivery.amount
                break
    return [
        row
        for (agent, kind), amounts in wished.items()
        for row in _by_month(agent, kind, amounts, came[agent, kind])
    ]


def _kinds_by_agent(wished: Iterable[tuple[UUID, int]], kinds: KindTree) -> dict[UUID, list[int]]:
    """The wished kinds of each agent, narrowest first."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for agent, kind in wished:
        found[agent].append(kind)
    for each in found.values():
        each.sort(key=lambda kind: (-kinds.depth(kind), kind))
    return found


def _by_month(agent: UUID, kind: int, wished: Amounts, came: Amounts) -> Iterable[Covered]:
    """The cumulated minimum of the two, taken apart into months again."""
    sum_wished = sum_came = before = 0.0
    for month in sorted(wished.keys() | came.keys()):
        sum_wished += wished.get(month, 0.0)
        sum_came += came.get(month, 0.0)
        now = max(min(sum_wished, sum_came), 0.0)
        yield Covered(month, agent, kind, wished.get(month, 0.0), now - before)
        before = now
