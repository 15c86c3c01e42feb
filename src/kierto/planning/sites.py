"""Candidate sites between the database, the planner's question and what a run keeps of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kierto.exchange.problem import Candidate
from kierto.planner import Problem
from kierto.planning.models import CandidateSite


def port_of(site: CandidateSite) -> str:
    """The planner's id of a candidate site."""
    return f"site:{site.pk}"


def as_candidate(site: CandidateSite) -> Candidate:
    """What the planner is told of it."""
    return Candidate(
        id=port_of(site),
        recipe=site.recipe,
        place=site.point,
        capacity=site.capacity,
        minimum=site.minimum,
        opening_cost=float(site.weekly_cost),
    )


def as_kept(site: CandidateSite) -> dict[str, Any]:
    """What a run keeps of it, because the site may be changed or taken back later."""
    return {
        "id": port_of(site),
        "name": site.name,
        "recipe": site.recipe.code,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "capacity": site.capacity,
        "minimum": site.minimum,
        "weekly_cost": float(site.weekly_cost),
    }


def without_lots(problem: Problem) -> Problem:
    """The problem in which every amount can be divided. A site is opened for years, a lot is
    agreed on each time; and both decisions at once are more than the planner takes."""
    offers = tuple(replace(offer, minimum_lot=0.0) for offer in problem.offers)
    return replace(problem, offers=offers)
