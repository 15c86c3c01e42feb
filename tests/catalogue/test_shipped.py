"""The catalogue that ships with Kierto: complete, sane, and every number with its source."""

from __future__ import annotations

import csv
import io

import pytest
from django.conf import settings

from kierto.catalogue.importers import import_shipped_catalogue
from kierto.catalogue.importers.shipped import shipped as file_of
from kierto.catalogue.models import (
    EmissionFactor,
    KindLabel,
    Recipe,
    RecipeFlow,
    ResourceSpecification,
    Theme,
    TransportMode,
)
from kierto.catalogue.queries import (
    composition_of,
    fallback_of,
    linked_kinds,
    recipes_with_flows,
    transport_of,
)

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(name).decode())))


def test_every_row_is_taken_and_a_second_time_nothing_changes(system):
    first = import_shipped_catalogue(by=system)
    assert first.left == []
    again = import_shipped_catalogue(by=system)
    assert again.counts == {
        "added": 0,
        "changed": 0,
        "unchanged": len(first.rows),
        "left": 0,
    }


def test_it_is_as_large_as_promised(shipped):
    assert ResourceSpecification.objects.count() >= 90
    assert Recipe.objects.count() >= 25
    assert set(ResourceSpecification.objects.values_list("theme", flat=True)) == set(Theme.values)
    several = [
        recipe
        for recipe in recipes_with_flows()
        if min(
            sum(flow.direction == side for flow in recipe.flows.all())
            for side in RecipeFlow.Direction.values
        )
        > 1
    ]
    assert len(several) >= 10


@pytest.mark.parametrize("name", ["kinds.csv", "process_kinds.csv"])
def test_each_kind_has_one_name_of_its_own_in_every_language(name):
    names = rows_of("labels.csv") + rows_of("process_kinds.csv")
    assert {row["code"] for row in rows_of(name)} <= {row["code"] for row in names}
    for language in LANGUAGES:
        labels = [row[f"label_{language}"].casefold() for row in names]
        assert "" not in labels
        assert sorted(label for label in set(labels) if labels.count(label) > 1) == []


def test_no_kind_lacks_carrying_disposal_or_buying(shipped):
    for kind in linked_kinds().values():
        fallback = fallback_of(kind)
        assert transport_of(kind) is not None, kind.code
        assert fallback.disposal.source != "", kind.code
        assert fallback.production.source != "", kind.code


def test_every_number_has_a_source(shipped):
    for kind in ResourceSpecification.objects.all():
        assert kind.price_source != "" or kind.disposal_cost is None, kind.code
        has_composition = any(
            value is not None for value in (kind.moisture, kind.carbon, kind.heating_value)
        )
        assert kind.composition_source != "" or not has_composition, kind.code
    assert EmissionFactor.objects.filter(source="").count() == 0
    assert TransportMode.objects.filter(source="").count() == 0
    assert Recipe.objects.filter(reference="").count() == 0
    units = set(EmissionFactor.objects.values_list("unit", flat=True))
    assert units == {"kg", "kWh", "m3", "m2", "item", "h", "EUR"}


def test_factors_are_per_unit_of_the_kinds_that_use_them(shipped):
    for kind in linked_kinds().values():
        for factor in (kind.disposal_factor, kind.production_factor):
            assert factor is None or factor.unit == kind.unit, kind.code


def test_compositions_are_parts_of_a_whole(shipped):
    for kind in linked_kinds().values():
        parts = composition_of(kind)
        elements = ("carbon", "nitrogen", "phosphorus", "potassium")
        dry = sum(parts[name] or 0 for name in elements)
        assert dry <= 1 - (parts["moisture"] or 0) + 1e-9, kind.code
        heating = parts["heating_value"]
        assert heating is None or 0 < heating <= 125, kind.code


def test_no_hazardous_kind_is_accepted_under_a_harmless_name(shipped):
    for kind in linked_kinds().values():
        if kind.parent is not None and kind.hazardous:
            assert kind.parent.hazardous, kind.code


def test_waste_codes_are_those_of_the_european_list(shipped, real_files):
    with (real_files / "waste-codes" / "list-of-waste.csv").open(encoding="utf-8") as file:
        official = {row["code"]: row["hazardous"] == "true" for row in csv.DictReader(file)}
    for kind in ResourceSpecification.objects.exclude(waste_code=""):
        assert official[kind.waste_code] == kind.hazardous, kind.code


def test_recipes_make_no_mass_out_of_nothing(shipped):
    for recipe in recipes_with_flows():
        mass = {
            side: sum(flow.amount * flow.kind.kg_per_unit for flow in recipe.flows.all()
                      if flow.direction == side)
            for side in RecipeFlow.Direction.values
        }  # fmt: skip
        assert mass["output"] <= mass["input"] * 1.02, recipe.code


def test_recipes_make_no_energy_out_of_nothing(shipped):
    for recipe in recipes_with_flows():
        energy = {
            side: sum(flow.amount for flow in recipe.flows.all()
                      if flow.direction == side and flow.kind.unit == "kWh")
            for side in RecipeFlow.Direction.values
        }  # fmt: skip
        burns = any(
            flow.kind.unit == "kg" and composition_of(flow.kind)["heating_value"]
            for flow in recipe.flows.all()
            if flow.direction == "input"
        )
        assert burns or energy["output"] <= energy["input"] * 1.001, recipe.code


def test_each_recipe_has_its_name_in_every_language(shipped):
    for recipe in Recipe.objects.all():
        assert sorted(recipe.names) == sorted(set(LANGUAGES) - {"en"}), recipe.code
    names = KindLabel.objects.filter(label="").count()
    assert names == 0


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("disposal-plastics", 0.857 * 44 / 12 - 43 * 0.85 / 3.6 * 0.11),
        ("disposal-mineral-oil", 0.86 * 44 / 12 - 32 / 3.6 * 0.11),
        ("disposal-tyres", 0.75 * 0.7 * 44 / 12 - 32 * 0.85 / 3.6 * 0.11),
        ("production-premises-hour", 50 * 200 * 0.15 / 1250),
        ("production-desk-hour", 8 * 200 * 0.15 / 1600),
        ("production-floor-week", 200 * 0.15 / 52),
        ("production-bag", 0.5 * 12),
        ("production-cooling", 0.074 / 3),
    ],
)
def test_what_we_computed_ourselves_is_computed_right(shipped, code, value):
    assert EmissionFactor.objects.get(code=code).value == pytest.approx(value, rel=0.015)
