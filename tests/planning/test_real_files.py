"""Files from outside, imported as they are, carry a plan: factors, a kind on them, a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from kierto.catalogue.importers import import_factors, import_kinds, import_processes
from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.parties.queries import system_agent
from kierto.planner import Plan
from kierto.planning.actions import run_now
from tests.factories.catalogue import ship_catalogue
from tests.factories.exchange import make_need, make_offer, make_processor
from tests.factories.parties import make_district, make_organization, make_place
from tests.factories.planning import make_run
from tests.house.floors import ROOT

DATA = ROOT.parent / "shared" / "data"
JARS = b"""code,parent,unit,theme,disposal_factor,production_factor,label_en
jam-jars,container-glass,kg,side_streams,uk-2025-20-501-5271-15-1,uk-2025-19-501-5056-15-1,Jam jars
"""
LANDFILL, NEW_GLASS = 0.00898311, 1.40276667
"""kg CO2e per kg of glass, as the two rows of the UK file say."""

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not DATA.exists(), reason="the files from outside are not in ../shared/data"
    ),
]


@pytest.fixture
def imported() -> None:
    ship_catalogue()
    by = system_agent()
    for name in ("waste_disposal", "material_use"):
        import_factors(DATA / "factors" / f"uk-2025-{name}.csv", by=by)
    import_processes(Path(DATA / "processes"), by=by)
    assert import_kinds(JARS, name="jars.csv", by=by).left == []


def kind(code: str) -> ResourceSpecification:
    return ResourceSpecification.objects.get(code=code)


def somewhere(step: int):
    return make_place(make_organization().agent, longitude=24.75 + step / 1000)


@pytest.mark.usefixtures("imported")
def test_a_plan_runs_on_imported_factors_and_an_imported_process():
    district = make_district()
    make_offer(kind=kind("jam-jars"), amount="100", place=somewhere(0))
    make_need(kind=kind("jam-jars"), amount="60", place=somewhere(1))
    make_offer(kind=kind("used-cooking-oil"), amount="500", place=somewhere(2))
    make_need(kind=kind("biodiesel"), amount="300", place=somewhere(3))
    make_offer(kind=kind("methanol"), amount="50", place=somewhere(5))
    refinery = make_processor(
        Recipe.objects.get(code="um-biodiesel-cookingoil-0-12"),
        place=(place := somewhere(4)),
        agent=place.agent,
        capacity=1,
        cost=200,
    )
    run = run_now(make_run(district))
    plan = Plan.from_dict(run.plan or {})
    assert plan.certificate.valid
    moved = {flow.kind: flow.amount for flow in plan.flows}
    assert moved["jam-jars"] == pytest.approx(60)
    assert moved["biodiesel"] == pytest.approx(300)
    assert moved["used-cooking-oil"] == pytest.approx(300 * 1054.545 / 1000, rel=1e-4)
    assert plan.levels[f"processor:{refinery.pk}"] == pytest.approx(0.3)
    glass_today = 100 * LANDFILL + 60 * NEW_GLASS
    without_glass = plan.baseline.emissions - glass_today
    assert without_glass == pytest.approx(_of_oil_and_fuel(run), rel=1e-6)


def _of_oil_and_fuel(run) -> float:
    """The baseline's emissions of everything but glass, from the frozen problem."""
    parts = [*run.problem["offers"], *run.problem["needs"]]
    return sum(
        part["amount"] * part["fallback"]["emissions"]
        for part in parts
        if part["kind"] != "jam-jars"
    )
