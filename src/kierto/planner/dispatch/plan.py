"""What dispatch answers: who runs what in which hour, what it costs, prices, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kierto.planner.dispatch.model import Hours
from kierto.planner.plain import Timed
from kierto.planner.plan import Status, Totals


@dataclass(frozen=True, slots=True)
class DispatchCertificate:
    """Why a dispatch may be believed, recomputed from the problem by code that knows no solver.

    Attributes:
        valid: every check passed within ``tolerance``.
        balances_checked: how many hourly balances and limits were added up anew: all of them.
        primal_violation: largest breach of one, as a share of its own scale.
        dual_violation: by how much a price had to be moved to be a possible one, as a share of
            the shortage price; the bound is taken after moving it.
        objective: the plan's cost with carbon at its price, added up anew.
        bound: no dispatch of these hours can cost less (EUR with carbon).
        gap: (objective − bound) ÷ the money that the plan moves.
        faults: what failed, in words, when ``valid`` is false.
    """

    valid: bool
    balances_checked: int
    primal_violation: float
    dual_violation: float
    objective: float
    bound: float
    gap: float
    tolerance: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DispatchFigures:
    """What people ask first.

    Attributes:
        demand, heat_demand: kWh of the buildings' own electricity and heat.
        solar_offered, solar_used: kWh.
        self_consumption: share of the solar electricity on offer that the district itself used.
        self_sufficiency: share of all electricity used that was not bought.
        imported, exported: kWh; peak_import, peak_export: the most in one hour (kW).
        waste_heat_used: kWh at the sources.
        unserved: kWh of electricity and heat that nothing could supply.
    """

    demand: float
    heat_demand: float
    solar_offered: float
    solar_used: float
    self_consumption: float
    self_sufficiency: float
    imported: float
    exported: float
    peak_import: float
    peak_export: float
    waste_heat_used: float
    unserved: float


@dataclass(frozen=True, slots=True)
class DispatchPlan(Timed):
    """The dispatch that costs least, for one problem. Everything by hour, in kWh.

    Attributes:
        problem_digest: the digest of the problem that was solved.
        imports, exports: through the shared connection, never both in one hour.
        shortage: electricity that nothing could supply; ``heat_shortage``: heat, by building.
        solar: used, by id.
        charge, discharge: at the terminals of each battery, never both in one hour;
            ``stored``: in it when the hour ends.
        heat_pumps: electricity taken, by id. ``tanks``: heat stored when the hour ends.
        waste_heat: by source and building, kWh at the source. ``boilers``: heat given, by id.
        electricity_price: what one more kWh needed in the hour would cost (EUR with carbon);
            ``heat_prices``: the same for heat, by building; ``battery_values``: what one more
            stored kWh would save, by battery.
        totals: the plan; ``baseline``: every building alone at the grid, with its own sun, heat
            pump and boilers, without batteries, tanks and waste heat.
        capped_hours: hours at which selling would have paid more than buying costs (see
            :func:`kierto.planner.dispatch.district.District`).
        windows: in how many parts the hours were planned.
        seconds: how long it took; no part of equality, nor of ``to_dict(timed=False)``.
    """

    problem_digest: str
    status: Status
    imports: Hours
    exports: Hours
    shortage: Hours
    solar: Mapping[str, Hours]
    charge: Mapping[str, Hours]
    discharge: Mapping[str, Hours]
    stored: Mapping[str, Hours]
    heat_pumps: Mapping[str, Hours]
    tanks: Mapping[str, Hours]
    waste_heat: Mapping[str, Mapping[str, Hours]]
    boilers: Mapping[str, Hours]
    heat_shortage: Mapping[str, Hours]
    electricity_price: Hours
    heat_prices: Mapping[str, Hours]
    battery_values: Mapping[str, Hours]
    totals: Totals
    baseline: Totals
    figures: DispatchFigures
    certificate: DispatchCertificate
    capped_hours: int = 0
    windows: int = 1
    seconds: float = field(default=0.0, compare=False)

    @property
    def savings(self) -> Totals:
        """Baseline minus plan."""
        return self.baseline - self.totals
