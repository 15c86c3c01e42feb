"""From words to kinds, to who wants them, to what they can become.

Answers ``kierto suggest`` and the search field. Who takes a kind directly and which recipes use
it follow the tree of kinds alone; what a particular offer could become, with cost and carbon, is
the planner's answer (:mod:`kierto.exchange.outlook`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.catalogue.queries import kinds_accepting, recipes_using, suggest_kinds
from kierto.exchange.models import Direction, Intent
from kierto.exchange.queries import open_intents, with_facts
from kierto.parties.models import Agent

MOST_TAKERS = 20


@dataclass(frozen=True, slots=True)
class Pathway:
    """A recipe that uses the kind, and what it makes."""

    recipe: Recipe
    makes: tuple[ResourceSpecification, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs: code and name of the recipe, labels and codes of what it makes."""
        return {
            "recipe": self.recipe.label,
            "code": self.recipe.code,
            "makes": [kind.label for kind in self.makes],
            "makes_kinds": [kind.code for kind in self.makes],
        }


@dataclass(frozen=True, slots=True)
class KindSuggestion:
    """A kind that the words may mean, who takes it directly, what it can become."""

    kind: ResourceSpecification
    score: float
    matched: str
    takers: tuple[Intent, ...]
    pathways: tuple[Pathway, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs: score in percent, labels in the active language."""
        return {
            "kind": self.kind.code,
            "label": self.kind.label,
            "score": self.score,
            "matched": self.matched,
            "takers": [
                {"id": str(need.pk), "agent": need.agent.name, "title": need.title}
                for need in self.takers
            ],
            "pathways": [pathway.as_dict() for pathway in self.pathways],
        }


def suggestions_for(words: str, *, by: Agent | None, limit: int = 8) -> list[KindSuggestion]:
    """Kinds that the words may mean, best first."""
    return [
        KindSuggestion(
            kind=each.kind,
            score=each.score,
            matched=each.matched,
            takers=tuple(takers_of(each.kind, by)),
            pathways=tuple(pathways_of(each.kind)),
        )
        for each in suggest_kinds(words, limit=limit)
    ]


def takers_of(kind: ResourceSpecification, by: Agent | None) -> list[Intent]:
    """Open needs that accept this kind: of the kind itself or a broader one."""
    needs = open_intents(by).filter(
        direction=Direction.NEED, kind__in=kinds_accepting(kind), kind__unit=kind.unit
    )
    return list(with_facts(needs).order_by("-created_at", "pk")[:MOST_TAKERS])


def pathways_of(kind: ResourceSpecification) -> list[Pathway]:
    """The recipes that take this kind, and what each makes of it."""
    return [
        Pathway(
            recipe,
            tuple(
                flow.kind
                for flow in recipe.flows.all()
                if flow.direction == RecipeFlow.Direction.OUTPUT and flow.main
            ),
        )
        for recipe in recipes_using(kind).order_by("name")
    ]
