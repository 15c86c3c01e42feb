"""What kinds and recipes are called, in the entities of what is of them.

The catalogue announces that something changed, not what. So the names in the entities are held
against those of the catalogue, and only objects of kinds that are called otherwise now are
written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from kierto.catalogue.changes import CatalogueChanged
from kierto.catalogue.models import KindLabel, Recipe, ResourceSpecification
from kierto.core.announce import listen
from kierto.hub import vocabulary
from kierto.hub.models import Entity
from kierto.hub.projections.publishing import Projection, publish
from kierto.hub.store.tenants import find

Names = dict[str, dict[str, str]]
"""Code of a kind or recipe → language → what it is called."""

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Named:
    """Entities that say what something of the catalogue is called.

    Attributes:
        projection: whose entities.
        code: term of the attribute with the code.
        names: what the catalogue says now.
        objects: those of the platform's objects that are of some codes.
    """

    projection: Projection
    code: str
    names: Callable[[], Names]
    objects: Callable[[Collection[str]], Iterable[Any]]


def of_kind(kind: ResourceSpecification) -> dict[str, str]:
    """What a kind is called, by language."""
    return {label.language: label.label for label in kind.labels.all()}


def of_recipe(recipe: Recipe) -> dict[str, str]:
    """What a recipe is called, by language."""
    return {"en": recipe.name, **recipe.names}


def of_kinds() -> Names:
    """All kinds of the catalogue."""
    found: Names = {}
    rows = KindLabel.objects.values_list("kind__code", "language", "label")
    for code, language, label in rows.iterator(chunk_size=2000):
        found.setdefault(code, {})[language] = label
    return found


def of_recipes() -> Names:
    """All recipes of the catalogue."""
    return {recipe.code: of_recipe(recipe) for recipe in Recipe.objects.iterator()}


def follow(*named: Named) -> None:
    """Write anew what is called otherwise, whenever the catalogue changes."""

    def changed(_change: CatalogueChanged) -> None:
        for one in named:
            codes = renamed(one.projection.source, one.code, one.names)
            if codes:
                publish(one.projection, one.objects(codes))

    listen(CatalogueChanged, changed)


def renamed(source: str, code: str, names: Callable[[], Names]) -> set[str]:
    """Codes of what the entities of a source call otherwise than the catalogue does."""
    rows = Entity.objects.filter(tenant=find("").id, source=source)
    if not rows.exists():
        return set()
    wanted, code_iri, name_iri = names(), vocabulary.iri(code), vocabulary.iri("kindName")
    found: set[str] = set()
    for text in rows.values_list("document", flat=True).iterator(chunk_size=_AT_ONCE):
        attributes = orjson.loads(text)["attributes"]
        if code_iri in attributes:
            its = attributes[code_iri][0]["value"]
            if its not in found and _said(attributes, name_iri) != _filled(wanted.get(its, {})):
                found.add(its)
    return found


def _said(attributes: Mapping[str, Any], name: str) -> dict[str, str]:
    instances = attributes.get(name)
    said: dict[str, str] = instances[0]["value"] if instances else {}
    return said


def _filled(names: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in names.items() if text}
