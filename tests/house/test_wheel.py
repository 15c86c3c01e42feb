"""The wheel is whole: what a checkout shows after set-up, an installed wheel shows as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demonstration import Demonstration, unpacked_wheel
from tests.house.floors import ROOT
from tests.house.test_tracked_files import tracked_files
from tests.settings import FOLDER

SUMMARY = {
    "district", "organisations", "offers", "needs", "processors", "plan", "agreements", "events",
    "ledger", "indicators",
}  # fmt: skip
PLAN = {
    "status", "certified", "total_cost", "baseline_cost", "emissions_kg", "baseline_emissions_kg",
    "duality_gap", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def package() -> Path:
    return unpacked_wheel(FOLDER)


def test_wheel_holds_every_file_of_the_package(package: Path) -> None:
    sources = {name.removeprefix("src/") for name in tracked_files() if name.startswith("src/")}
    assert sorted(name for name in sources if not (package / name).is_file()) == []


def test_wheel_holds_the_built_assets(package: Path) -> None:
    built = ROOT / "src" / "kierto" / "web" / "static" / "kierto"
    names = sorted(str(path.relative_to(built)) for path in built.rglob("*") if path.is_file())
    packed = package / "kierto" / "web" / "static" / "kierto"
    assert names != []
    assert sorted(str(p.relative_to(packed)) for p in packed.rglob("*") if p.is_file()) == names


def test_wheel_holds_compiled_translations(package: Path) -> None:
    catalogues = sorted(package.glob("kierto/locale/*/LC_MESSAGES/*.po"))
    assert catalogues != []
    assert [str(path) for path in catalogues if not path.with_suffix(".mo").is_file()] == []


def test_demonstration_runs_from_the_wheel_and_says_what_it_holds(
    demonstration: Demonstration,
) -> None:
    told = demonstration.summary
    assert SUMMARY - told.keys() == set()
    assert PLAN - told["plan"].keys() == set()
    assert (told["plan"]["status"], told["plan"]["certified"]) == ("optimal", True)
    assert told["plan"]["total_cost"] <= told["plan"]["baseline_cost"]
    assert told["ledger"]["verified"] is True
    figures = told["indicators"].values()
    assert [figure for figure in figures if not {"value", "unit"} <= set(figure)] == []


def test_demonstration_is_as_large_as_promised(demonstration: Demonstration) -> None:
    told = demonstration.summary
    least = {"organisations": 60, "processors": 12}
    assert {name: told[name] >= number for name, number in least.items()} == dict.fromkeys(
        least, True
    )
    assert told["offers"] + told["needs"] >= 150


def test_demonstration_passes_the_check_of_a_node(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    done = demonstration.copy(tmp_path / "data").run("check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
