"""The answer of a siting run: which candidates open, how full they run, what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kierto.catalogue.models import Recipe
from kierto.planner import Plan
from kierto.planner.plain import from_plain
from kierto.planner.siting import SiteReason
from kierto.planning.errors import NoPlanHere
from kierto.planning.explaining import figure
from kierto.planning.reading import Reading

PROVEN = 1e-4
"""Percent: a gap that no cent of a thousand euros could show."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One candidate. Level and capacity in levels a week, money in euros a week.

    ``saves`` is what the district pays less, carbon at its price, because this site opens, or
    would pay less if it did; None where it was not computed.
    """

    id: str
    name: str
    recipe: str
    level_unit: str
    opens: bool
    level: float
    capacity: float
    minimum: float
    weekly_cost: float
    saves: float | None
    why: str

    @property
    def percent(self) -> int:
        """How much of its capacity is used."""
        return round(100 * self.level / self.capacity)


@dataclass(frozen=True, slots=True)
class Sited:
    """All candidates, those that open first; the plan against the one without any of them.

    ``gap`` is the percent by which another choice of sites could be cheaper at most.
    """

    rows: list[SiteRow]
    saved_cost: float
    saved_emissions: float
    saved_objective: float
    opening_cost: float
    gap: float
    method: str

    @property
    def is_proven(self) -> bool:
        """Whether the gap is within rounding."""
        return self.gap <= PROVEN

    @property
    def opened(self) -> list[SiteRow]:
        """Those that open."""
        return [row for row in self.rows if row.opens]


def read_siting(reading: Reading) -> Sited:
    """The kept answer with the recipes' names.

    Raises:
        NoPlanHere: the run is no siting run.
    """
    kept, plan = reading.run.sites, reading.plan
    if not kept or "without" not in kept:
        raise NoPlanHere
    codes = {site["recipe"] for site in kept["candidates"]}
    recipes = {each.code: each for each in Recipe.objects.filter(code__in=codes)}
    rows = [_row(site, recipes.get(site["recipe"]), plan) for site in kept["candidates"]]
    rows.sort(key=lambda row: (not row.opens, -(row.saves or 0.0), row.name))
    without = kept["without"]
    return Sited(
        rows=rows,
        saved_cost=without["cost"] - plan.totals.cost,
        saved_emissions=without["emissions"] - plan.totals.emissions,
        saved_objective=without["objective"] - plan.totals.objective,
        opening_cost=plan.siting.opening_cost if plan.siting else 0.0,
        gap=100 * max(plan.siting.gap if plan.siting else plan.certificate.gap, 0.0),
        method=plan.siting.method if plan.siting else "",
    )


def _row(site: dict[str, Any], recipe: Recipe | None, plan: Plan) -> SiteRow:
    level = plan.levels.get(site["id"], 0.0)
    # A site that costs nothing to open is no choice to the planner: it opens if it is used.
    opened = plan.siting is not None and site["id"] in plan.siting.opened
    reason = from_plain(SiteReason, site["reason"]) if site.get("reason") else None
    return SiteRow(
        id=site["id"],
        name=site["name"],
        recipe=str(recipe.label) if recipe else site["recipe"],
        level_unit=recipe.level_unit if recipe else "",
        opens=opened or level > 0,
        level=level,
        capacity=site["capacity"],
        minimum=site["minimum"],
        weekly_cost=site["weekly_cost"],
        saves=reason.saves if reason else None,
        why=_in_words(reason) if reason else "",
    )


def _in_words(reason: SiteReason) -> str:
    """The planner's reason, its numbers as the reader's language writes them."""
    return str(reason.sentence) % {name: figure(value) for name, value in reason.fields.items()}
