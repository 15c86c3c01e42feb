"""What the planner answers: flows, levels, fallbacks, totals, prices, and the proof of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from kierto.planner.plain import Timed


class Status(StrEnum):
    """How far the proof goes."""

    OPTIMAL = "optimal"
    """No plan costs less; the certificate's gap is within rounding."""
    WITHIN_GAP = "within_gap"
    """No plan costs less by more than the certificate's gap."""


@dataclass(frozen=True, slots=True)
class Flow:
    """So much of a kind goes from a source port to a sink port each period.

    ``cost`` (EUR) and ``emissions`` (kg CO2e) are of the carrying, for the whole amount.
    ``km`` is ``None`` where an explicit pair states no distance.
    """

    source: str
    sink: str
    kind: str
    amount: float
    km: float | None
    cost: float
    emissions: float


@dataclass(frozen=True, slots=True)
class Totals:
    """One period in euros, in kg CO2e, and in euros with carbon at its price (the objective)."""

    cost: float
    emissions: float
    objective: float

    def __sub__(self, other: Totals) -> Totals:
        return Totals(
            self.cost - other.cost,
            self.emissions - other.emissions,
            self.objective - other.objective,
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why a plan may be believed, recomputed from the problem by code that knows no solver.

    Attributes:
        valid: every check passed within ``tolerance``.
        arcs_checked: how many arcs were shown not to lower the cost, computed one by one or
            ruled out box by box: all possible ones (in large problems, all whose kinds fit).
        recipes_checked: how many processors had theirs.
        primal_violation: largest breach of a balance, a bound or a minimum lot, as a share of
            the port's own scale.
        least_reduced_cost: the lowest of all; below minus the tolerance something cheaper
            was overlooked.
        objective: the plan's cost with carbon at its price, added up anew.
        bound: no plan can cost less than this (EUR with carbon).
        gap: (objective − bound) ÷ the money that the plan moves; 0 for an exact optimum.
        faults: what failed, in words, when ``valid`` is false.
    """

    valid: bool
    arcs_checked: int
    recipes_checked: int
    primal_violation: float
    least_reduced_cost: float
    objective: float
    bound: float
    gap: float
    tolerance: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Siting:
    """Which candidate sites to open, and how sure that is.

    Attributes:
        opened: ids of the candidates that open, sorted; every other candidate stays closed.
        opening_cost: EUR a period for opening them (part of the plan's cost).
        bound: no choice of sites costs less than this (EUR with carbon), as the search proved.
        gap: (objective − bound) ÷ |objective|.
        method: ``"branch and bound"`` or ``"decomposition"``.
        nodes: nodes of the tree, or rounds of the decomposition.
    """

    opened: tuple[str, ...]
    opening_cost: float
    bound: float
    gap: float
    method: str
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Plan(Timed):
    """The circulation that costs least, for one problem.

    Attributes:
        problem_digest: the digest of the problem that was solved.
        flows: sorted by source, then sink; only positive amounts.
        levels: level of every processor by id.
        fallbacks: by port id, what is disposed of (sources) or bought new (sinks).
        totals: the plan; ``baseline``: nothing circulates and every processor stands still.
        duals: by port id, EUR (with carbon) that one more unit offered or needed would add.
        capacity_values: by processor id, EUR that one more unit of level a period would save.
        blend_duals: by sink port id, for each of its blends the price (≥ 0) of its low and of its
            high end; ports without a binding blend are left out.
        siting: which candidate sites open; ``None`` where there are none. The certificate is then
            about the circulation among the opened sites, ``siting.bound`` about the choice.
        seconds: how long it took; no part of equality, nor of ``to_dict(timed=False)``.
    """

    problem_digest: str
    status: Status
    flows: tuple[Flow, ...]
    levels: Mapping[str, float]
    fallbacks: Mapping[str, float]
    totals: Totals
    baseline: Totals
    duals: Mapping[str, float]
    capacity_values: Mapping[str, float]
    certificate: Certificate
    blend_duals: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    siting: Siting | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def savings(self) -> Totals:
        """Baseline minus plan."""
        return self.baseline - self.totals


class Wish(Enum):
    """What a caller answers to a word of progress."""

    GO_ON = "go on"
    ENOUGH = "enough"
    """Stop at the next feasible plan and answer with it, its gap stated."""
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Progress:
    """A word from long work.

    ``share`` runs from 0 to 1. Once a first feasible plan is known, ``objective`` is its cost and
    ``bound`` what no plan can cost less than (EUR with carbon); ``gap`` is their difference as a
    share of the money moved, as in :class:`Certificate`.
    """

    stage: str
    share: float
    seconds: float
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None


ReportProgress = Callable[[Progress], "Wish | bool"]
"""Called between and during the stages; ``False`` means ``Wish.CANCEL``, ``True`` go on."""
