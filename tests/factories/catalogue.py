"""Kinds, factors and recipes for tests, and the catalogue that ships with Kierto."""

from __future__ import annotations

import itertools
from typing import Any

from kierto.catalogue.changes import next_edition
from kierto.catalogue.importers import import_shipped_catalogue
from kierto.catalogue.models import (
    EmissionFactor,
    KindLabel,
    Recipe,
    RecipeFlow,
    ResourceSpecification,
    Theme,
    TransportMode,
)
from kierto.parties.queries import system_agent

_numbers = itertools.count(1)


def make_factor(code: str | None = None, *, value: float = 1.0, **fields: Any) -> EmissionFactor:
    """A factor of ``value`` kg CO2e per kg, ±20 %, from a made-up source."""
    known = {
        "activity": "Making a thing",
        "unit": "kg",
        "low": value * 0.8,
        "high": value * 1.2,
        "source": "A test",
        "year": 2025,
        "region": "Nowhere",
        "quality": 3,
    }
    return EmissionFactor.objects.create(
        code=code or f"factor-{next(_numbers)}", value=value, **{**known, **fields}
    )


def make_transport(code: str | None = None, **fields: Any) -> TransportMode:
    """A lorry of 10 t at 0.5 euros and 0.2 kg CO2e per tonne-kilometre."""
    known = {
        "name": "Lorry",
        "cost_per_tkm": 0.5,
        "emissions_per_tkm": 0.2,
        "payload_kg": 10_000,
        "source": "A test",
    }
    return TransportMode.objects.create(
        code=code or f"mode-{next(_numbers)}", **{**known, **fields}
    )


def make_kind(
    code: str | None = None,
    *,
    parent: ResourceSpecification | None = None,
    label: str | None = None,
    unit: str = "kg",
    names: dict[str, tuple[str, list[str]]] | None = None,
    **fields: Any,
) -> ResourceSpecification:
    """A kind with an English name (its code in words) and those in ``names``."""
    code = code or f"kind-{next(_numbers)}"
    known = {"theme": Theme.SIDE_STREAMS, "disposal_cost": 0.1, "purchase_price": 1.0}
    kind = ResourceSpecification.objects.create(
        code=code,
        parent=parent,
        path=f"{parent.path if parent else '/'}{code}/",
        unit=unit,
        **{**known, **fields},
    )
    words = label or code.replace("-", " ").capitalize()
    for language, (name, synonyms) in {"en": (words, []), **(names or {})}.items():
        KindLabel.objects.create(kind=kind, language=language, label=name, synonyms=synonyms)
    next_edition()
    return kind


def make_recipe(
    code: str | None = None,
    *,
    inputs: dict[ResourceSpecification, float],
    outputs: dict[ResourceSpecification, float],
    **fields: Any,
) -> Recipe:
    """A recipe from kinds with amounts to kinds with amounts; the first of each side is main."""
    code = code or f"recipe-{next(_numbers)}"
    known = {
        "name": code.replace("-", " ").capitalize(),
        "level_unit": "one run",
        "reference": "A test",
        "capacity_max": 100.0,
        "cost": 10.0,
        "emissions": 1.0,
        "readiness_level": 9,
    }
    recipe = Recipe.objects.create(code=code, **{**known, **fields})
    for direction, flows in (("input", inputs), ("output", outputs)):
        for position, (kind, amount) in enumerate(flows.items()):
            RecipeFlow.objects.create(
                recipe=recipe, kind=kind, direction=direction, amount=amount, main=position == 0
            )
    next_edition()
    return recipe


def ship_catalogue() -> None:
    """The catalogue that comes with Kierto."""
    import_shipped_catalogue(by=system_agent())
