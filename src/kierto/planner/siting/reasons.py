"""Why each candidate opens or stays closed: what the plan would cost the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from kierto.core.text import Sentence as _
from kierto.planner.model import Problem
from kierto.planner.network import Floats
from kierto.planner.plan import Plan
from kierto.planner.siting.case import Case, Flags, case_of
from kierto.planner.siting.choices import Choice, Choices
from kierto.planner.siting.lagrangian import Lagrangian
from kierto.planner.siting.tree import moved

MOST_SITES = 300
"""Beyond so many candidates the other way round is not computed; ``saves`` is then ``None``."""

SAME = 1e-7
"""A difference of this share of the money that the plan moves is none."""


class SiteVerdict(StrEnum):
    """Why a candidate is open or closed, in a word."""

    SAVES = "saves"
    EQUAL = "equal"
    WORSE = "worse"
    NEEDED = "needed"
    DEAR = "dear"
    IDLE = "idle"
    NO_GAIN = "no_gain"
    MISSED = "missed"
    STARVED = "starved"
    UNKNOWN = "unknown"


SENTENCES: Mapping[SiteVerdict, Any] = {
    SiteVerdict.SAVES: _("It opens: without it the plan would cost %(saves)s EUR more."),
    SiteVerdict.EQUAL: _("It opens, but the plan would cost the same without it."),
    SiteVerdict.WORSE: _(
        "It opens although the plan would cost %(costs)s EUR less without it: "
        "the search was stopped before it was done."
    ),
    SiteVerdict.NEEDED: _("It opens: without it the other sites could not run as they have to."),
    SiteVerdict.DEAR: _(
        "It stays closed: opening it as well would make the plan %(costs)s EUR dearer."
    ),
    SiteVerdict.IDLE: _("It stays closed: it would have nothing to do that pays."),
    SiteVerdict.NO_GAIN: _("It stays closed: opening it as well would change nothing."),
    SiteVerdict.MISSED: _(
        "It stays closed although opening it would save %(saves)s EUR: "
        "the search was stopped before it was done."
    ),
    SiteVerdict.STARVED: _(
        "It stays closed: with the other sites as they are it could not reach its least level "
        "of %(minimum)s."
    ),
    SiteVerdict.UNKNOWN: _("There are too many candidates to compute what each of them changes."),
}


@dataclass(frozen=True, slots=True)
class SiteReason:
    """Why one candidate is open or closed.

    Attributes:
        open: whether the plan opens it.
        saves: EUR (with carbon) that its being open saves, the other sites as in the plan: the
            cost with it closed less the cost with it open. Negative where opening costs more than
            it brings; ``None`` where one of the two cannot work, or was not computed.
        level, capacity: in all periods; ``utilisation`` is their ratio (0 without capacity).
        level_if_open: the level at which it runs, or would if it were opened as well.
        minimum: its least level, in all periods.
        opening_cost: EUR in all periods.
    """

    id: str
    open: bool
    verdict: SiteVerdict
    saves: float | None
    level: float
    capacity: float
    utilisation: float
    level_if_open: float
    minimum: float
    opening_cost: float

    @property
    def sentence(self) -> Any:
        """The reason in words, with placeholders for :attr:`fields`."""
        return SENTENCES[self.verdict]

    @property
    def fields(self) -> Mapping[str, float]:
        """The numbers that the sentence speaks of."""
        saves = self.saves or 0.0
        return {"saves": saves, "costs": -saves, "minimum": self.minimum}

    def __str__(self) -> str:
        return str(self.sentence) % {key: f"{value:.2f}" for key, value in self.fields.items()}


def reasons(problem: Problem, plan: Plan, *, most: int = MOST_SITES) -> dict[str, SiteReason]:
    """By id of each candidate, why it is open or closed in ``plan`` (a plan of ``problem``).

    For each candidate one more circulation is solved, the other way round; with more than
    ``most`` candidates none is.
    """
    case = case_of(problem)
    opened = set(plan.siting.opened) if plan.siting is not None else set()
    chosen = np.array([name in opened for name in case.site_ids], np.bool_)
    found = {}
    if len(chosen) > most:
        levels = _levels(case, plan)
        for site, name in enumerate(case.site_ids):
            verdict = SiteVerdict.UNKNOWN
            found[name] = _reason(case, site, chosen, levels, levels, (verdict, None))
        return found
    choices = Choices(case, Lagrangian(case), lambda: False)
    now = choices.cost(chosen)
    size = SAME * moved(case, now.point)
    for site, name in enumerate(case.site_ids):
        other = chosen.copy()
        other[site] = not chosen[site]
        changed = choices.cost(other)
        there = now if chosen[site] else changed
        judged = _judge(case, site, now, changed, size)
        found[name] = _reason(case, site, chosen, _levels(case, plan), there.point.levels, judged)
    return found


def _levels(case: Case, plan: Plan) -> Floats:
    return np.array([plan.levels.get(name, 0.0) for name in case.network.recipe_ids], np.float64)


def _judge(
    case: Case, site: int, now: Choice, changed: Choice, size: float
) -> tuple[SiteVerdict, float | None]:
    """The verdict on a site, and what its being open saves."""
    is_open = bool(now.opened[site])
    if not np.isfinite(changed.value):
        return (SiteVerdict.NEEDED if is_open else SiteVerdict.STARVED), None
    saves = (changed.value - now.value) * (1.0 if is_open else -1.0)
    if is_open:
        if abs(saves) <= size:
            return SiteVerdict.EQUAL, saves
        return (SiteVerdict.SAVES if saves > 0 else SiteVerdict.WORSE), saves
    if abs(saves) <= size:
        return SiteVerdict.NO_GAIN, saves
    if saves > 0:
        return SiteVerdict.MISSED, saves
    runs = case.by_site(changed.point.levels)[site] > 0
    return (SiteVerdict.DEAR if runs else SiteVerdict.IDLE), saves


def _reason(
    case: Case,
    site: int,
    chosen: Flags,
    levels: Floats,
    levels_if_open: Floats,
    judged: tuple[SiteVerdict, float | None],
) -> SiteReason:
    numbers = (levels, case.capacity, levels_if_open, case.minimum)
    level, capacity, if_open, minimum = (float(case.by_site(each)[site]) for each in numbers)
    return SiteReason(
        id=case.site_ids[site],
        open=bool(chosen[site]),
        verdict=judged[0],
        saves=judged[1],
        level=level,
        capacity=capacity,
        utilisation=level / capacity if capacity > 0 else 0.0,
        level_if_open=0.0 if judged[0] is SiteVerdict.STARVED else if_open,
        minimum=minimum,
        opening_cost=float(case.opening[site]),
    )
