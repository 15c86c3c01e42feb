"""What one plan brings that another had not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kierto.planner.network import Floats, Integers

NOTICEABLE = 1e-9
"""A flow or level that changes by less than this share of the largest is not reported."""


@dataclass(frozen=True, slots=True)
class FlowChange:
    """What goes from a source port to a sink port a period, before and after."""

    source: str
    sink: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The level of a processor before and after."""

    processor: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a new plan brings, without the plan itself (``LivePlanner.plan`` has that).

    Attributes:
        objective: EUR with carbon a period; ``bound``: no plan can cost less.
        gap: (objective − bound) ÷ the money that the plan moves.
        flows, levels: those that differ from the plan before, by id.
        warm: whether the plan before was the start; else it was solved from nothing.
        rounds: of the engine's own making.
        seconds: how long it took.
    """

    objective: float
    bound: float
    gap: float
    flows: tuple[FlowChange, ...]
    levels: tuple[LevelChange, ...]
    warm: bool
    rounds: int
    seconds: float


@dataclass(frozen=True)
class Stand:
    """One plan to compare another with.

    Attributes:
        keys: its pairs, sorted, as number of the source << 32 | number of the sink; the numbers
            are the same for both plans.
        amounts: what goes between them; levels: of the processors by id.
    """

    keys: Integers
    amounts: Floats
    levels: Mapping[str, float]


def nothing() -> Stand:
    """Before the first plan."""
    return Stand(np.zeros(0, np.int64), np.zeros(0), {})


def flow_changes(before: Stand, after: Stand, names: Sequence[str]) -> tuple[FlowChange, ...]:
    """Flows that differ; ``names`` are the ids of the ports by number."""
    keys = np.union1d(before.keys, after.keys)
    old, new = np.zeros(len(keys)), np.zeros(len(keys))
    old[np.searchsorted(keys, before.keys)] = before.amounts
    new[np.searchsorted(keys, after.keys)] = after.amounts
    least = NOTICEABLE * float(np.max(np.maximum(old, new), initial=0.0))
    rows = np.flatnonzero(np.abs(new - old) > least).tolist()
    ends = [divmod(int(keys[row]), 1 << 32) for row in rows]
    return tuple(
        FlowChange(names[source], names[sink], float(old[row]), float(new[row]))
        for row, (source, sink) in zip(rows, ends, strict=True)
    )


def level_changes(before: Stand, after: Stand) -> tuple[LevelChange, ...]:
    """Levels that differ."""
    ids = sorted({*before.levels, *after.levels})
    pairs = [(id_, before.levels.get(id_, 0.0), after.levels.get(id_, 0.0)) for id_ in ids]
    least = NOTICEABLE * max((max(pair[1:]) for pair in pairs), default=0.0)
    return tuple(LevelChange(*pair) for pair in pairs if abs(pair[2] - pair[1]) > least)
