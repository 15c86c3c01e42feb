"""What a kind can become, through which recipes, in up to three steps."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kierto.catalogue.changes import edition
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.catalogue.queries import recipes_with_flows

LONGEST_CHAIN = 3
MOST_PATHWAYS = 40


@dataclass(frozen=True, slots=True)
class Step:
    """One recipe on the way: what it takes, what it makes, and how much of that per unit taken."""

    takes: ResourceSpecification
    recipe: Recipe
    makes: ResourceSpecification
    yield_per_unit: float


@dataclass(frozen=True, slots=True)
class Pathway:
    """A chain of recipes from a kind to what it becomes."""

    steps: tuple[Step, ...]

    @property
    def result(self) -> ResourceSpecification:
        """What the chain ends in."""
        return self.steps[-1].makes

    @property
    def yield_per_unit(self) -> float:
        """Units of the result for one unit at the beginning, other inputs given."""
        product = 1.0
        for step in self.steps:
            product *= step.yield_per_unit
        return product

    def as_dict(self) -> dict[str, Any]:
        """For programs: codes of recipes and kinds, and the yield."""
        return {
            "recipes": [step.recipe.code for step in self.steps],
            "kinds": [self.steps[0].takes.code, *(step.makes.code for step in self.steps)],
            "yield": self.yield_per_unit,
            "unit": self.result.unit,
        }


class _Book:
    """All recipes by the code of each main input; read once per edition of the catalogue."""

    def __init__(self, stamp: UUID | None) -> None:
        self.stamp = stamp
        self.by_input: dict[str, list[tuple[Recipe, RecipeFlow]]] = defaultdict(list)
        recipes = recipes_with_flows().order_by("name", "pk")
        # Recipes with names in the reader's language before those of foreign collections.
        for recipe in sorted(recipes, key=lambda each: not each.names):
            for flow in recipe.flows.all():
                if flow.direction == RecipeFlow.Direction.INPUT and flow.main:
                    self.by_input[flow.kind.code].append((recipe, flow))

    def steps_from(self, kind: ResourceSpecification) -> Iterator[Step]:
        for code in reversed(kind.path.strip("/").split("/")):
            for recipe, taken in self.by_input[code]:
                if taken.kind.unit != kind.unit:
                    continue
                for made in recipe.flows.all():
                    if made.direction == RecipeFlow.Direction.OUTPUT and made.main:
                        yield Step(kind, recipe, made.kind, made.amount / taken.amount)


_cached: _Book | None = None


def _book() -> _Book:
    global _cached
    stamp = edition()
    if _cached is None or stamp is None or _cached.stamp != stamp:
        _cached = _Book(stamp)
    return _cached


def pathways(
    kind: ResourceSpecification, *, steps: int = LONGEST_CHAIN, most: int = MOST_PATHWAYS
) -> list[Pathway]:
    """What ``kind`` can become, shortest chains first; at most ``most`` of them.

    Only main inputs and main outputs count: nothing "becomes" the power that a process uses. A
    chain never comes back to a kind it has been or a broader one, ends where energy is made, and takes each recipe
    once.
    """
    book = _book()
    found: list[Pathway] = []
    waiting: deque[tuple[Step, ...]] = deque([()])
    while waiting and len(found) < most:
        chain = waiting.popleft()
        here = chain[-1].makes if chain else kind
        for step in book.steps_from(here):
            if _comes_back(chain, step):
                continue
            longer = (*chain, step)
            found.append(Pathway(longer))
            # Heat and power end a chain; a gas, which weighs something, goes on.
            if len(longer) < steps and step.makes.kg_per_unit > 0:
                waiting.append(longer)
    return found[:most]


def _comes_back(chain: tuple[Step, ...], step: Step) -> bool:
    been = [each.takes for each in chain] + [step.takes]
    used = {each.recipe.pk for each in chain}
    return step.recipe.pk in used or any(kind.is_within(step.makes) for kind in been)
