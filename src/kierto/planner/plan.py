"""What the planner answers: flows, levels, fallbacks, totals, prices, and the proof of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kierto.planner.plain import from_plain, to_plain


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


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why a plan may be believed, recomputed from the problem by code that knows no solver.

    Attributes:
        valid: every check passed within ``tolerance``.
        arcs_checked: how many possible arcs had their reduced cost computed: all of them.
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
class Plan:
    """The circulation that costs least, for one problem.

    Attributes:
        problem_digest: the digest of the problem that was solved.
        flows: sorted by source, then sink; only positive amounts.
        levels: level of every processor by id.
        fallbacks: by port id, what is disposed of (sources) or bought new (sinks).
        totals: the plan; ``baseline``: nothing circulates and every processor stands still.
        duals: by port id, EUR (with carbon) that one more unit offered or needed would add.
        capacity_values: by processor id, EUR that one more unit of level a period would save.
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
    seconds: float = field(default=0.0, compare=False)

    @property
    def savings(self) -> Totals:
        """Baseline minus plan."""
        return Totals(
            self.baseline.cost - self.totals.cost,
            self.baseline.emissions - self.totals.emissions,
            self.baseline.objective - self.totals.objective,
        )

    def to_dict(self, *, timed: bool = True) -> dict[str, Any]:
        """Plain JSON values. With ``timed=False`` equal problems give equal bytes."""
        plain: dict[str, Any] = to_plain(self)
        if not timed:
            del plain["seconds"]
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Read what :meth:`to_dict` wrote.

        Raises:
            ValueError: a field is missing, unknown or not of its type.
        """
        return from_plain(cls, data)


@dataclass(frozen=True, slots=True)
class Progress:
    """A word from long work. ``share`` runs from 0 to 1; bounds are known late or never."""

    stage: str
    share: float
    seconds: float
    objective: float | None = None
    bound: float | None = None
