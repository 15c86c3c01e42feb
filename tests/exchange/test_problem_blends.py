"""The catalogue's recipes for mixtures: what goes in is blended by its composition."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kierto.catalogue.importers import import_recipes
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.exchange.problem import district_problem, port_of
from kierto.parties.queries import system_agent
from kierto.planner import Blend, flaws_of, solve
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.catalogue import ship_catalogue


def kind(code: str) -> ResourceSpecification:
    return ResourceSpecification.objects.get(code=code)


@pytest.fixture
def heaps(world: World) -> World:
    """A composting yard that takes any organic waste, and someone who wants compost."""
    ship_catalogue()
    recipe = Recipe.objects.get(code="heap-composting")
    make.make_processor(recipe, capacity=100, cost=0.0)
    make.make_need(kind=kind("compost"), amount="9000", fallback_cost=1.0)
    return world


def test_recipe_for_a_mixture_asks_for_its_blend(heaps: World) -> None:
    (yard,) = district_problem(heaps.district).processors
    (waste,) = (stream for stream in yard.inputs if stream.kind == "organic-waste")
    assert waste.blends == (
        Blend("carbon", "nitrogen", 20.0, 35.0),
        Blend("moisture", "", 0.45, 0.65),
    )
    assert [stream.blends for stream in yard.outputs] == [()]


def test_what_is_too_rich_in_nitrogen_alone_is_composted_with_leaves(heaps: World) -> None:
    grain = heaps.offer(kind=kind("brewers-grain"), amount="1000", fallback_cost=0.5)
    alone = solve(district_problem(heaps.district))
    assert [flow for flow in alone.flows if flow.source == port_of(grain)] == []
    leaves = heaps.offer(kind=kind("leaves"), amount="5000", fallback_cost=0.5)
    problem = district_problem(heaps.district)
    stated = {offer.id: offer.quality for offer in problem.offers}
    assert stated[port_of(leaves)]["nitrogen"] == kind("leaves").nitrogen
    plan = solve(problem)
    taken = {flow.source: flow.amount for flow in plan.flows if ":in:organic" in flow.sink}
    assert taken[port_of(grain)] == pytest.approx(1000)
    carbon, nitrogen, water = (
        sum(amount * stated[source][name] for source, amount in taken.items())
        for name in ("carbon", "nitrogen", "moisture")
    )
    assert 20 - 1e-6 <= carbon / nitrogen <= 35 + 1e-6
    assert 0.45 - 1e-6 <= water / sum(taken.values()) <= 0.65 + 1e-6
    assert plan.certificate.valid


def test_measured_quality_of_an_offer_counts_before_the_catalogue(heaps: World) -> None:
    """Leaves alone are within the limits; leaves measured as dry are not."""
    leaves = heaps.offer(kind=kind("leaves"), fallback_cost=0.5)
    branches = heaps.offer(kind=kind("grass-cuttings"), fallback_cost=0.5)
    mixed = {flow.source for flow in solve(district_problem(heaps.district)).flows}
    assert {port_of(leaves), port_of(branches)} <= mixed
    leaves.quality = {"nitrogen": 0.03}
    leaves.save()
    rich = {flow.source for flow in solve(district_problem(heaps.district)).flows}
    assert rich.isdisjoint({port_of(leaves), port_of(branches)})


@pytest.mark.parametrize("code", ["heap-composting", "mixed-digestion", "wood-boiler"])
def test_mixtures_are_possible_with_kinds_of_the_catalogue_and_carry_their_source(
    world: World, code: str
) -> None:
    ship_catalogue()
    recipe = Recipe.objects.get(code=code)
    flow = recipe.flows.exclude(blends=[]).get()
    assert flow.reference != ""
    make.make_processor(recipe, capacity=10, cost=0.0)
    made = recipe.flows.filter(direction="output", main=True).order_by("-amount").first()
    make.make_need(kind=made.kind, amount="90000", unit=made.kind.unit, fallback_cost=50.0)
    for narrow in ResourceSpecification.objects.filter(path__startswith=flow.kind.path):
        world.offer(kind=narrow, amount="5000", fallback_cost=0.5)
    problem = district_problem(world.district)
    assert flaws_of(problem) == []
    assert solve(problem).levels[problem.processors[0].id] == pytest.approx(10)


RECIPES = b"code,name,level_unit,cost,emissions,reference\nr,Mixing,1 t,5,1,A test\n"


def taken(flow: bytes) -> tuple[dict[str, int], list[str]]:
    head = b"recipe,direction,kind,amount,main,blends\nr,output,compost,1,yes,\n"
    intake = import_recipes(RECIPES, head + flow, by=system_agent())
    return intake.counts, [str(row.reason) for row in intake.left]


def test_blends_are_read_from_the_table_of_flows(world: World) -> None:
    ship_catalogue()
    row = b"r,input,organic-waste,1,yes,carbon/nitrogen=20..35; moisture = ..0.6;nitrogen=0.01..\n"
    assert taken(row)[0]["added"] == 1
    assert RecipeFlow.objects.get(recipe__code="r", direction="input").blends == [
        {"quality": "carbon", "per": "nitrogen", "low": 20.0, "high": 35.0},
        {"quality": "moisture", "per": "", "low": None, "high": 0.6},
        {"quality": "nitrogen", "per": "", "low": 0.01, "high": None},
    ]
    assert taken(row)[0]["unchanged"] == 1


@pytest.mark.parametrize(
    "cell", ["carbon", "carbon=..", "gold=1..2", "carbon/gold=1..2", "carbon=1.2.3..5"]
)
def test_what_is_no_blend_leaves_the_recipe(world: World, cell: str) -> None:
    ship_catalogue()
    counts, reasons = taken(f"r,input,organic-waste,1,yes,{cell}\n".encode())
    mend = "write it like carbon/nitrogen=20..35 or moisture=..0.6."
    assert (counts["added"], reasons) == (0, [f"“{cell}” is no blend; {mend}"])


def test_blend_that_ends_before_it_begins_leaves_the_recipe(world: World) -> None:
    ship_catalogue()
    row = b"r,input,organic-waste,1,yes,carbon=5..2\n"
    assert taken(row)[1] == ["“carbon=5..2” ends before it begins."]


def test_only_inputs_are_blended(world: World) -> None:
    ship_catalogue()
    flows = b"r,input,organic-waste,1,yes,\nr,output,topsoil,1,,carbon=0.1..\n"
    assert taken(flows)[1] == ["Line 4: only what goes in is blended."]


def test_recipe_page_tells_what_the_mixture_must_be(world: World, client: Client) -> None:
    ship_catalogue()
    page = client.get(reverse("catalogue:recipe", args=["heap-composting"])).content.decode()
    assert "mixture, carbon per nitrogen: 20.0–35.0" in page
    assert "mixture, moisture: 0.45–0.65" in page
