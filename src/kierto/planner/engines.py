"""What an engine is, and which one takes which network.

An engine finds the cheapest circulation of one network; everything around it (checking, splitting
into parts, the plan, its certificate) is the same for all. A heavy engine is imported only when
it is chosen, so small problems never pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from kierto.planner.network import Floats, Integers, Network

Tell = Callable[[str, float, float | None, float | None], bool]
"""``tell(stage, share, objective, bound)``: a word of progress from an engine, *share* from 0 to 1
of its own work. ``True`` means: answer with the best plan so far. Raises ``Cancelled``."""


def silent(stage: str, share: float, objective: float | None, bound: float | None) -> bool:
    """A :data:`Tell` that nobody listens to."""
    return False


@dataclass(frozen=True)
class Start:
    """Something to start from, in rows of the network: flows, levels, and prices of ports."""

    source: Integers
    sink: Integers
    amounts: Floats
    levels: Floats
    source_duals: Floats
    sink_duals: Floats


@dataclass(frozen=True)
class Run:
    """How to work.

    Attributes:
        gap: stop as soon as (objective − bound) ÷ money moved is no more than this.
        threads: how many threads may work at once.
        tell: see :data:`Tell`.
        warm: what to start from, if anything.
        keep: an engine's own memory, kept by a caller who solves the like again and again.
    """

    gap: float = 0.0
    threads: int = 1
    tell: Tell = silent
    warm: Start | None = None
    keep: dict[str, Any] | None = None

    def telling(self, tell: Tell) -> Run:
        """The same run with another listener."""
        return replace(self, tell=tell)


@dataclass
class Solution:
    """What an engine found.

    Attributes:
        source, sink: i64[k], the pairs in use; ``amounts`` f64[k], all above zero.
        levels: f64[R]; ``source_duals``, ``sink_duals``: by row, in EUR per unit with carbon.
        blend_duals: f64[B, 2], prices (≥ 0) of the low and high end of each blend.
        bound: what no plan of this network can cost less than, as the engine proved it.
        rounds: of the engine's own making; a word for the curious.
    """

    source: Integers
    sink: Integers
    amounts: Floats
    levels: Floats
    source_duals: Floats
    sink_duals: Floats
    blend_duals: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    bound: float = -np.inf
    rounds: int = 1


class Engine(Protocol):
    """Finds the cheapest circulation of a network."""

    def solve(self, network: Network, run: Run) -> Solution:
        """Solve it, or stop within ``run.gap``.

        Raises:
            Cancelled: ``run.tell`` said so.
            NotSolved: there is no answer.
        """
        ...


def start_of(found: Solution) -> Start:
    """A solution as something to start from."""
    return Start(
        found.source,
        found.sink,
        found.amounts,
        found.levels,
        found.source_duals,
        found.sink_duals,
    )
