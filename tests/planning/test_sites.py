"""Which candidate sites to open: asked of the planner, kept with the run, shown in full."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from kierto.core.quantity import Quantity
from kierto.exchange.actions import move_processor
from kierto.exchange.errors import CapacityOutOfRange
from kierto.exchange.states import IntentState
from kierto.parties.queries import system_agent
from kierto.planner import Plan, Problem, certify
from kierto.planning import actions
from kierto.planning.errors import NoCandidates, NoPlanHere, SiteRecipeEmpty
from kierto.planning.models import WEEKS_A_YEAR, CandidateSite, PlanRun
from kierto.planning.reading import read_run
from kierto.planning.siting import read_siting
from tests.factories.planning import SmallDistrict, make_plan, make_site, make_small_district
from tests.planning.conftest import SignIn, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def unserved() -> SmallDistrict:
    """The small district without its processor: 60 kg of wood are disposed of, chips bought."""
    small = make_small_district()
    move_processor(small.processor, IntentState.CLOSED, by=system_agent())
    return small


def asked(small: SmallDistrict) -> PlanRun:
    return make_plan(small.district, kind="siting")


def test_a_site_that_pays_opens_and_says_what_it_saves(unserved: SmallDistrict) -> None:
    site = make_site(unserved, investment=Decimal(100))
    run = asked(unserved)
    assert (run.state, run.failure_detail) == ("done", "")
    sited = read_siting(read_run(run, system_agent()))
    (row,) = sited.rows
    assert (row.name, row.opens, row.level) == ("Chipping yard", True, pytest.approx(50))
    assert sited.opening_cost == pytest.approx(float(site.weekly_cost))
    assert row.saves == pytest.approx(sited.saved_objective)
    assert sited.saved_objective > 0
    assert certify(Problem.from_dict(run.problem), Plan.from_dict(run.plan)).valid


def test_a_site_that_costs_more_than_it_saves_stays_closed(unserved: SmallDistrict) -> None:
    make_site(unserved, investment=Decimal(10_000_000))
    sited = read_siting(read_run(asked(unserved), system_agent()))
    assert [row.opens for row in sited.rows] == [False]
    assert sited.saved_objective == pytest.approx(0, abs=1e-6)
    assert sited.rows[0].saves is not None
    assert sited.rows[0].saves < 0


def test_lots_of_single_deliveries_are_left_out_of_the_question() -> None:
    small = make_small_district(minimum_lot=Quantity(Decimal(30), "kg"))
    make_site(small)
    run = asked(small)
    assert (run.state, run.failure_detail) == ("done", "")
    assert [offer.minimum_lot for offer in Problem.from_dict(run.problem).offers] == [0.0]


def test_of_two_equal_places_one_is_enough(unserved: SmallDistrict) -> None:
    make_site(unserved, name="Near", capacity=200.0)
    make_site(unserved, name="Far", capacity=200.0, latitude=60.30)
    sited = read_siting(read_run(asked(unserved), system_agent()))
    assert [(row.name, row.opens) for row in sited.rows] == [("Near", True), ("Far", False)]


def test_a_site_below_its_least_level_stays_closed(unserved: SmallDistrict) -> None:
    make_site(unserved, capacity=5000.0, minimum=4000.0, investment=Decimal(0))
    sited = read_siting(read_run(asked(unserved), system_agent()))
    assert [row.opens for row in sited.rows] == [False]


def test_ordinary_plans_know_nothing_of_candidates(unserved: SmallDistrict) -> None:
    make_site(unserved, investment=Decimal(0))
    run = make_plan(unserved.district)
    assert Problem.from_dict(run.problem).processors == ()


def test_a_finished_run_keeps_the_site_as_it_was(unserved: SmallDistrict, sign_in: SignIn) -> None:
    site = make_site(unserved)
    run = asked(unserved)
    actions.remove_site(site, by=system_agent())
    page = sign_in(None).get(reverse("planning:run", args=[run.pk])).content.decode()
    assert "Chipping yard" in page
    assert CandidateSite.objects.count() == 0


def test_a_siting_run_without_candidates_is_refused() -> None:
    small = make_small_district()
    with pytest.raises(NoCandidates):
        make_plan(small.district, kind="siting")


def test_a_siting_run_cannot_be_proposed(unserved: SmallDistrict) -> None:
    make_site(unserved)
    with pytest.raises(NoPlanHere):
        actions.propose_plan(asked(unserved), by=system_agent())


def test_opening_is_paid_as_an_annuity() -> None:
    site = CandidateSite(
        investment=Decimal(100_000), years=20, interest=Decimal(5), fixed_cost=Decimal(1000)
    )
    # The annuity factor of 20 years at 5 % is 0.0802425872 (textbook).
    yearly = Decimal(100_000) * Decimal("0.0802425872") + 1000
    assert site.weekly_cost == pytest.approx(yearly / WEEKS_A_YEAR, rel=Decimal("1e-9"))
    site.interest = Decimal(0)
    assert site.weekly_cost * WEEKS_A_YEAR == pytest.approx(Decimal(6000))


def test_a_recipe_without_an_output_is_refused(unserved: SmallDistrict) -> None:
    unserved.processor.recipe.flows.filter(direction="output").delete()
    with pytest.raises(SiteRecipeEmpty):
        make_site(unserved)


def test_an_operator_keeps_the_list_in_forms(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.agents["operator"])
    values = {
        "name": "Yard", "recipe": world.small.processor.recipe.code, "latitude": "60,21",
        "longitude": "24.75", "capacity": "20", "minimum": "", "investment": "5 000",
        "years": "10", "interest": "3", "fixed_cost": "",
    }  # fmt: skip
    assert client.post(reverse("planning:new_site"), values).status_code == 302
    site = CandidateSite.objects.get(name="Yard")
    assert (site.latitude, site.capacity, site.investment) == (60.21, 20.0, Decimal(5000))
    page = reverse("planning:edit_site", args=[site.pk])
    for fault, said in (
        ({"minimum": "30"}, "above the capacity"),
        ({"latitude": "97"}, "from -90 to 90"),
        ({"capacity": "0"}, "more than zero"),
        ({"investment": "5000000000"}, "from 0 to"),
    ):
        wrong = client.post(page, {**values, **fault})
        assert wrong.status_code == 422
        assert said in wrong.content.decode()
    assert client.post(page, {**values, "capacity": "40"}).status_code == 302
    site.refresh_from_db()
    assert site.capacity == 40


def test_a_capacity_that_the_recipe_does_not_allow_is_refused(unserved: SmallDistrict) -> None:
    recipe = unserved.processor.recipe
    recipe.capacity_max = 40
    recipe.save()
    with pytest.raises(CapacityOutOfRange):
        make_site(unserved, capacity=50.0)
    assert make_site(unserved, capacity=40.0).capacity == 40
