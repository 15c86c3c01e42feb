"""Answers about kinds, recipes, factors and ways of carrying.

Functions that inherit from broader kinds walk ``kind.parent``: select ``parent`` along, or link
the parents in memory (:func:`linked_kinds`), and they ask the database nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Prefetch, Q, QuerySet

from kierto.catalogue.labels import FALLBACK_LANGUAGE, reading_language
from kierto.catalogue.models import (
    Displacement,
    EmissionFactor,
    KindLabel,
    Recipe,
    RecipeFlow,
    ResourceSpecification,
    TransportMode,
)
from kierto.catalogue.search import Suggestion, suggest_kinds

__all__ = [
    "Estimate",
    "Fallback",
    "Suggestion",
    "composition_of",
    "displacement_of",
    "fallback_of",
    "kinds_accepting",
    "kinds_below",
    "lineage",
    "linked_kinds",
    "names_to_read",
    "recipes_making",
    "recipes_using",
    "recipes_with_flows",
    "suggest_kinds",
    "transport_of",
]

T = TypeVar("T")
PROPERTIES = ("moisture", "carbon", "nitrogen", "phosphorus", "potassium", "heating_value")


@dataclass(frozen=True, slots=True)
class Estimate:
    """kg CO2e per unit of a kind, with its range and where it comes from."""

    value: float
    low: float
    high: float
    source: str
    factor: EmissionFactor | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """What one unit costs and emits when it does not circulate.

    Euros and kg CO2e per canonical unit of the kind. Disposal may have a negative cost: somebody
    pays for scrap.
    """

    disposal_cost: float
    disposal: Estimate
    purchase_price: float
    production: Estimate

    @property
    def disposal_emissions(self) -> float:
        """kg CO2e of getting rid of one unit."""
        return self.disposal.value

    @property
    def production_emissions(self) -> float:
        """kg CO2e of making one unit anew."""
        return self.production.value


NOTHING_KNOWN = Estimate(0.0, 0.0, 0.0, "")


def names_to_read() -> Prefetch[str]:
    """Only the names that a page in the active language shows; a fifth of all is enough."""
    languages = {reading_language(), FALLBACK_LANGUAGE}
    return Prefetch("labels", KindLabel.objects.filter(language__in=languages).defer("synonyms"))


def linked_kinds(
    kinds: QuerySet[ResourceSpecification] | None = None,
) -> dict[int, ResourceSpecification]:
    """Kinds by id in the order of the tree, parents linked, names prefetched.

    ``kinds`` (default: every kind) must hold the broader kinds of all its kinds.
    """
    chosen = ResourceSpecification.objects.all() if kinds is None else kinds
    by_id = {
        kind.pk: kind
        for kind in chosen.select_related("disposal_factor", "production_factor", "transport_mode")
        .prefetch_related("labels")
        .order_by("path")
    }
    for kind in by_id.values():
        if kind.parent_id is not None:
            kind.parent = by_id[kind.parent_id]
    return by_id


def lineage(kind: ResourceSpecification) -> Iterator[ResourceSpecification]:
    """The kind itself, then ever broader ones."""
    step: ResourceSpecification | None = kind
    while step is not None:
        yield step
        step = step.parent


def kinds_below(kind: ResourceSpecification) -> QuerySet[ResourceSpecification]:
    """The kind itself and every narrower one."""
    return ResourceSpecification.objects.filter(path__startswith=kind.path)


def kinds_accepting(kind: ResourceSpecification) -> QuerySet[ResourceSpecification]:
    """The kinds under whose name this kind is accepted: itself and every broader one."""
    codes = kind.path.strip("/").split("/")
    return ResourceSpecification.objects.filter(code__in=codes)


def recipes_with_flows() -> QuerySet[Recipe]:
    """All recipes; their inputs and outputs with kinds and names come along."""
    flows = RecipeFlow.objects.select_related("kind").prefetch_related("kind__labels")
    return Recipe.objects.prefetch_related(Prefetch("flows", flows))


def _recipes(direction: str, kinds: QuerySet[ResourceSpecification]) -> QuerySet[Recipe]:
    flows = RecipeFlow.objects.filter(direction=direction, kind__in=kinds)
    return recipes_with_flows().filter(pk__in=flows.values("recipe"))


def recipes_using(kind: ResourceSpecification) -> QuerySet[Recipe]:
    """Recipes with an input that accepts this kind: of the kind or a broader one."""
    kinds = kinds_accepting(kind).filter(unit=kind.unit)
    return _recipes(RecipeFlow.Direction.INPUT, kinds)


def recipes_making(kind: ResourceSpecification) -> QuerySet[Recipe]:
    """Recipes with an output that is accepted as this kind: of the kind or a narrower one."""
    kinds = kinds_below(kind).filter(unit=kind.unit)
    return _recipes(RecipeFlow.Direction.OUTPUT, kinds)


def transport_of(kind: ResourceSpecification) -> TransportMode | None:
    """How the kind is carried: its own mode, or the nearest broader kind's."""
    return next((each.transport_mode for each in lineage(kind) if each.transport_mode), None)


def composition_of(kind: ResourceSpecification) -> dict[str, float | None]:
    """Fractions of wet mass and MJ/kg by name; an unknown one is taken from a broader kind."""
    return {
        name: _first(getattr(each, name) for each in lineage(kind) if each.unit == kind.unit)
        for name in PROPERTIES
    }


def fallback_of(kind: ResourceSpecification) -> Fallback:
    """Disposal and buying new: the kind's own numbers, else those of the nearest broader kind.

    Nothing is inherited from a kind that is counted in another unit: its numbers mean another
    thing.
    """
    kinds = [each for each in lineage(kind) if each.unit == kind.unit]
    return Fallback(
        disposal_cost=_first(each.disposal_cost for each in kinds) or 0.0,
        disposal=_estimate(_first(each.disposal_factor for each in kinds)),
        purchase_price=_first(each.purchase_price for each in kinds) or 0.0,
        production=_estimate(_first(each.production_factor for each in kinds)),
    )


def displacement_of(
    kind: ResourceSpecification, activity: str, *, among: Iterable[Displacement] | None = None
) -> Displacement | None:
    """How many new things a ``loan`` or a ``repair`` of the kind stands for.

    That of the kind itself, else of the nearest broader kind, else the one for every kind; of
    several the best by quality, then the newest. ``among`` (their kinds selected along) spares
    the query where many kinds are asked about.
    """
    codes = kind.path.strip("/").split("/")
    if among is None:
        fitting = Q(kind__isnull=True) | Q(kind__code__in=codes)
        among = Displacement.objects.filter(fitting, activity=activity).select_related("kind")
    depth = {code: number for number, code in enumerate(codes, start=1)}
    found = [
        (-1 if each.kind is None else -depth[each.kind.code] - 1, each.quality, -each.year, each)
        for each in among
        if each.activity == activity and (each.kind is None or each.kind.code in depth)
    ]
    return min(found, key=lambda row: (*row[:3], row[3].code))[3] if found else None


def _estimate(factor: EmissionFactor | None) -> Estimate:
    if factor is None:
        return NOTHING_KNOWN
    return Estimate(
        factor.value, factor.low, factor.high, f"{factor.source} ({factor.year})", factor
    )


def _first(values: Iterator[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
