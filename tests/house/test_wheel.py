"""The wheel is whole: what a checkout shows after set-up, an installed wheel shows as well."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.floors import ROOT
from tests.house.test_tracked_files import tracked_files

SUMMARY = {
    "district", "organisations", "offers", "needs", "processors", "plan", "agreements", "events",
    "ledger", "indicators",
}  # fmt: skip
PLAN = {
    "status", "certified", "total_cost", "baseline_cost", "emissions_kg", "baseline_emissions_kg",
    "duality_gap", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        check=False, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's content, to stand first on the import path."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    sources = {name.removeprefix("src/") for name in tracked_files() if name.startswith("src/")}
    assert sorted(name for name in sources if not (installed / name).is_file()) == []


def test_wheel_holds_the_built_assets(installed: Path) -> None:
    built = ROOT / "src" / "kierto" / "web" / "static" / "kierto"
    names = sorted(str(path.relative_to(built)) for path in built.rglob("*") if path.is_file())
    packed = installed / "kierto" / "web" / "static" / "kierto"
    assert names != []
    assert sorted(str(p.relative_to(packed)) for p in packed.rglob("*") if p.is_file()) == names


def test_wheel_holds_compiled_translations(installed: Path) -> None:
    catalogues = sorted(installed.glob("kierto/locale/*/LC_MESSAGES/*.po"))
    assert catalogues != []
    assert [str(path) for path in catalogues if not path.with_suffix(".mo").is_file()] == []


def test_demonstration_runs_from_the_wheel(
    installed: Path, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kierto", "demo", "--no-serve", "--json"],
        check=False,
        cwd=tmp_path,
        env={
            **clean_environment,
            "PYTHONPATH": str(installed),
            "KIERTO_DATA_DIR": str(tmp_path / "var"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert SUMMARY - answer.keys() == set()
    assert PLAN - answer["plan"].keys() == set()
    assert (answer["plan"]["status"], answer["plan"]["certified"]) == ("optimal", True)
    assert answer["plan"]["total_cost"] <= answer["plan"]["baseline_cost"]
    assert answer["ledger"]["verified"] is True
    assert [
        name
        for name, figure in answer["indicators"].items()
        if not {"value", "unit"} <= set(figure)
    ] == []
