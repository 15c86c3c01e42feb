"""The tree, what is inherited, and what a kind can become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.catalogue import queries
from kierto.catalogue.models import ResourceSpecification
from kierto.catalogue.pathways import pathways
from tests.factories.catalogue import make_factor, make_kind, make_recipe, make_transport

pytestmark = pytest.mark.django_db


def codes(kinds):
    return sorted(kind.code for kind in kinds)


def test_below_and_accepting_are_two_sides_of_one_tree(shipped):
    for kind in ResourceSpecification.objects.all():
        for below in queries.kinds_below(kind):
            assert kind in queries.kinds_accepting(below)


def test_a_kind_whose_code_begins_alike_is_not_below():
    wood, woodland = make_kind("wood"), make_kind("woodland")
    oak = make_kind("oak", parent=wood)
    assert codes(queries.kinds_below(wood)) == ["oak", "wood"]
    assert codes(queries.kinds_accepting(oak)) == ["oak", "wood"]
    assert codes(queries.kinds_below(woodland)) == ["woodland"]


def test_what_is_missing_is_inherited_from_the_nearest_broader_kind():
    factor, mode = make_factor(value=2.0), make_transport()
    cloth = make_kind("cloth", production_factor=factor, transport_mode=mode, moisture=0.1)
    denim = make_kind("denim", parent=cloth, disposal_cost=None, purchase_price=7.0)
    fallback = queries.fallback_of(denim)
    assert (fallback.disposal_cost, fallback.purchase_price) == (0.1, 7.0)
    assert (fallback.production.value, fallback.production.low, fallback.production.high) == (
        2.0, 1.6, 2.4,
    )  # fmt: skip
    assert fallback.production.source == "A test (2025)"
    assert queries.transport_of(denim) == mode
    assert queries.composition_of(denim)["moisture"] == 0.1


def test_zero_is_a_number_and_not_inherited():
    heat = make_kind("warmth", purchase_price=5.0)
    mild = make_kind("mild-warmth", parent=heat, purchase_price=0.0)
    assert queries.fallback_of(mild).purchase_price == 0.0


def test_nothing_is_inherited_across_units():
    cloth = make_kind("cloth", disposal_cost=3.0, production_factor=make_factor())
    bag = make_kind("bag", parent=cloth, unit="item", disposal_cost=None, purchase_price=None)
    fallback = queries.fallback_of(bag)
    assert (fallback.disposal_cost, fallback.purchase_price) == (0.0, 0.0)
    assert fallback.production == queries.NOTHING_KNOWN


def test_recipes_accept_narrower_inputs_and_give_broader_outputs():
    cloth = make_kind("cloth")
    denim = make_kind("denim", parent=cloth)
    fibre = make_kind("fibre")
    cotton = make_kind("cotton", parent=fibre)
    tearing = make_recipe(inputs={cloth: 10}, outputs={cotton: 8})
    assert list(queries.recipes_using(denim)) == [tearing]
    assert list(queries.recipes_making(fibre)) == [tearing]
    assert list(queries.recipes_using(fibre)) == []


def test_a_pathway_goes_on_through_what_it_makes():
    cloth, fibre, yarn, rest = (make_kind(code) for code in ("cloth", "fibre", "yarn", "rest"))
    power = make_kind("power", unit="kWh", kg_per_unit=0)
    make_recipe("tear", inputs={cloth: 10, power: 5}, outputs={fibre: 8, rest: 2})
    make_recipe("spin", inputs={fibre: 4}, outputs={yarn: 2})
    found = pathways(cloth)
    assert [(path.result.code, path.yield_per_unit) for path in found] == [
        ("fibre", 0.8),
        ("yarn", 0.4),
    ]
    assert found[1].as_dict() == {
        "recipes": ["tear", "spin"],
        "kinds": ["cloth", "fibre", "yarn"],
        "yield": 0.4,
        "unit": "kg",
    }
    assert pathways(power) == []


def test_pathways_end_although_recipes_run_in_circles():
    first, second = make_kind("first"), make_kind("second")
    make_recipe(inputs={first: 1}, outputs={second: 1})
    make_recipe(inputs={second: 1}, outputs={first: 1})
    assert [path.result.code for path in pathways(first)] == ["second"]


def test_pathways_of_the_shipped_catalogue_are_sound(shipped):
    for kind in queries.linked_kinds().values():
        for path in pathways(kind):
            assert 1 <= len(path.steps) <= 3
            assert path.yield_per_unit > 0
            been = [path.steps[0].takes, *(step.makes for step in path.steps)]
            assert len({each.code for each in been}) == len(been)
            for before, after in zip(path.steps, path.steps[1:], strict=False):
                assert before.makes == after.takes


def test_pathways_cost_no_query_the_second_time(shipped, django_assert_num_queries):
    denim = ResourceSpecification.objects.get(code="denim-offcuts")
    first = pathways(denim)
    with django_assert_num_queries(1):
        assert [path.as_dict() for path in pathways(denim)] == [path.as_dict() for path in first]


@given(text=st.text(max_size=300))
def test_any_text_may_be_searched_for(text):
    for suggestion in queries.suggest_kinds(text):
        assert 0 <= suggestion.score <= 100
