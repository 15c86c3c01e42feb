"""Which inputs of a recipe may be bought new."""

from __future__ import annotations

from kierto.catalogue.models import Recipe, RecipeFlow


def bought_kinds(recipe: Recipe) -> frozenset[str]:
    """Codes of the inputs that are bought where nothing circulates: power, heat, a binder.

    What the recipe is there for (its main inputs) must circulate; bought new, the recipe would be
    plain manufacturing, and a plan full of it no circulation. Prefetch ``flows__kind`` to avoid
    queries.
    """
    return frozenset(
        flow.kind.code
        for flow in recipe.flows.all()
        if flow.direction == RecipeFlow.Direction.INPUT and not flow.main
    )
