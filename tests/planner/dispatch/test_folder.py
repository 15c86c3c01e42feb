"""Tables in, dispatch and report out; clocks that change; every fault by file, line and column."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from kierto.config.cli import cli
from kierto.core.tables import FaultyFile
from kierto.planner import Cancelled
from kierto.planner.dispatch import (
    DispatchPlan,
    DispatchProblem,
    certify_dispatch,
    dispatch,
    typical_district,
)
from kierto.planner.dispatch.folder import dispatch_folder, read_dispatch_folder
from kierto.planner.dispatch.folder.example import NOTE, TITLE, ZONE, write_dispatch_folder
from kierto.planner.dispatch.report import render_dispatch

EXAMPLE = Path(__file__).parents[3] / "examples" / "energy-district"

TABLES = {
    "buildings.csv": (
        "id,label,electricity,heat,electricity_factor\nhome,Home,lights,3,2\nshop,,1.5,warm,\n"
    ),
    "assets.csv": (
        "kind,id,building,capacity,charge,power,profile,factor,cost,loss\n"
        "solar,roof,home,,,,sun,4,,\n"
        "battery,cell,home,5,2,,,,0.01,\n"
        "heat_pump,pump,home,,,2,3.5,,,\n"
        "tank,tank,home,6,,,,,,0.01\n"
        "waste_heat,bakery,home; shop,,,,1,,0.01,0.1\n"
        "boiler,gas,shop,,,,,,0.09,\n"
    ),
    "prices.csv": (
        "time,import_price,export_price,carbon\n"
        "2025-06-01T00:00,0.2,0.1,0.1\n"
        "2025-06-01T01:00,0.3,0.1,\n"
        "2025-06-01T02:00,0.25,0.1,0.2\n"
    ),
    "profiles.csv": (
        "time,lights,warm,sun\n"
        "2025-05-31T23:00,9,9,9\n"
        "2025-06-01T00:00,1,2,0\n"
        "2025-06-01T01:00,2,1,0.5\n"
        "2025-06-01T02:00,1.5,1,1\n"
    ),
    "district.toml": (
        'title = "Two doors"\ntimezone = "Europe/Rome"\ncarbon_price = 0.05\nimport_limit = 20\n'
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "yard"
    here.mkdir()
    for name, text in TABLES.items():
        (here / name).write_text(text, encoding="utf-8")
    return here


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(folder: Path) -> list[tuple[str, int, str]]:
    """Where the faults are; nothing may be written while there are any."""
    with pytest.raises(FaultyFile) as caught:
        dispatch_folder(folder, folder.parent / "out")
    assert [each.name for each in folder.parent.iterdir()] == ["yard"]
    for fault in caught.value.faults:
        assert all(fault.as_dict()[part] for part in ("file", "problem", "mend"))
        assert "%(" not in str(fault)
    return [(fault.file, fault.line, fault.column) for fault in caught.value.faults]


def test_folder_is_read_with_profiles_numbers_and_factors(folder: Path) -> None:
    inputs = read_dispatch_folder(folder)
    problem = inputs.problem
    assert inputs.title == "Two doors"
    home, shop = problem.buildings
    assert home.electricity == (2.0, 4.0, 3.0)
    assert home.heat == (3.0, 3.0, 3.0)
    assert shop.electricity == (1.5, 1.5, 1.5)
    assert problem.solar[0].available == (0.0, 2.0, 4.0)
    assert problem.batteries[0].discharge == 2.0
    assert problem.heat_pumps[0].cop == (3.5, 3.5, 3.5)
    assert problem.waste_heat[0].buildings == ("home", "shop")
    assert problem.boilers[0].power is None
    assert problem.grid.carbon == (0.1, 0.0, 0.2)
    assert problem.grid.import_limit == 20.0
    assert problem.grid.export_limit is None
    assert problem.carbon_price == 0.05
    assert problem.start == "2025-06-01T00:00+02:00"


def test_carbon_price_of_the_call_wins(folder: Path) -> None:
    assert read_dispatch_folder(folder, carbon_price=0.2).problem.carbon_price == 0.2


def test_long_profiles_say_the_same_as_wide_ones(folder: Path) -> None:
    wide = read_dispatch_folder(folder).problem
    rows = list(csv.DictReader((folder / "profiles.csv").read_text(encoding="utf-8").splitlines()))
    lines = [
        f"{row['time']},{name},{row[name]}" for name in ("lights", "warm", "sun") for row in rows
    ]
    (folder / "profiles.csv").write_text(
        "\n".join(["time,profile,value", *lines, ""]), encoding="utf-8"
    )
    assert read_dispatch_folder(folder).problem == wide


def test_files_are_written_whole_and_alike(folder: Path) -> None:
    out = folder.parent / "out"
    plan = dispatch_folder(folder, out)
    first = {each.name: each.read_bytes() for each in out.iterdir()}
    assert sorted(first) == ["dispatch.json", "hours.csv", "operation.csv", "report.html"]
    dispatch_folder(folder, out)
    assert {each.name: each.read_bytes() for each in out.iterdir()} == first
    content = json.loads(first["dispatch.json"])
    problem = DispatchProblem.from_dict(content["problem"])
    read = DispatchPlan.from_dict({**content["plan"], "seconds": 0.0})
    assert certify_dispatch(problem, read).valid
    assert read == plan
    rows = list(csv.DictReader(first["hours.csv"].decode().splitlines()))
    assert [row["time"] for row in rows] == [f"2025-06-01T{hour:02d}:00+02:00" for hour in range(3)]
    assert float(rows[1]["demand"]) == 5.5
    operation = list(csv.DictReader(first["operation.csv"].decode().splitlines()))
    assert float(operation[0]["pump: heat_pumps"]) == pytest.approx(plan.heat_pumps["pump"][0])


def test_nothing_is_written_when_somebody_cancels(folder: Path) -> None:
    with pytest.raises(Cancelled):
        dispatch_folder(folder, folder.parent / "out", progress=lambda _word: False)
    assert [each.name for each in folder.parent.iterdir()] == ["yard"]


def clock_change(folder: Path, day: date, hours: int, *, offsets: bool = False) -> list[str]:
    """A folder whose prices run through a day on which the clocks of Rome change."""
    zone = ZoneInfo("Europe/Rome")
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    local = [(begin + timedelta(hours=hour)).astimezone(zone) for hour in range(hours)]
    told = [
        (each if offsets else each.replace(tzinfo=None)).isoformat(timespec="minutes")
        for each in local
    ]
    lines = [f"{each},0.2,0.1,0.1" for each in told]
    (folder / "prices.csv").write_text(
        "\n".join(["time,import_price,export_price,carbon", *lines, ""]), encoding="utf-8"
    )
    profile = [f"{each},{hour},1,1" for hour, each in enumerate(told)]
    (folder / "profiles.csv").write_text(
        "\n".join(["time,lights,warm,sun", *profile, ""]), encoding="utf-8"
    )
    return told


@pytest.mark.parametrize("offsets", [False, True])
def test_autumn_day_has_25_hours(folder: Path, offsets: bool) -> None:
    told = clock_change(folder, date(2025, 10, 26), 25, offsets=offsets)
    assert told[2][:16] == told[3][:16] == "2025-10-26T02:00"
    problem = read_dispatch_folder(folder).problem
    assert problem.hours == 25
    assert problem.buildings[0].electricity == tuple(2.0 * hour for hour in range(25))
    dispatch_folder(folder, folder.parent / "out")
    rows = list(
        csv.DictReader(
            (folder.parent / "out" / "hours.csv").read_text(encoding="utf-8").splitlines()
        )
    )
    assert [row["time"] for row in rows[2:4]] == [
        "2025-10-26T02:00+02:00",
        "2025-10-26T02:00+01:00",
    ]
    assert rows[24]["time"] == "2025-10-26T23:00+01:00"


@pytest.mark.parametrize("offsets", [False, True])
def test_spring_day_has_23_hours(folder: Path, offsets: bool) -> None:
    told = clock_change(folder, date(2025, 3, 30), 23, offsets=offsets)
    assert told[2][:16] == "2025-03-30T03:00"
    assert read_dispatch_folder(folder).problem.hours == 23


def test_hour_that_the_clocks_leap_over_is_a_fault(folder: Path) -> None:
    clock_change(folder, date(2025, 3, 30), 23)
    edit(folder, "prices.csv", "2025-03-30T03:00", "2025-03-30T02:00")
    assert ("prices.csv", 4, "time") in faults(folder)


def test_repeated_hour_left_out_is_a_fault(folder: Path) -> None:
    clock_change(folder, date(2025, 10, 26), 25)
    edit(folder, "prices.csv", "2025-10-26T02:00,0.2,0.1,0.1\n", "")
    assert faults(folder)[0] == ("prices.csv", 5, "time")


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("prices.csv", "T01:00", "T00:00", ("prices.csv", 3, "time")),
        ("prices.csv", "2025-06-01T00:00", "yesterday", ("prices.csv", 2, "time")),
        ("prices.csv", "T02:00", "T02:30", ("prices.csv", 4, "time")),
        ("prices.csv", "0.3", "dear", ("prices.csv", 3, "import_price")),
        ("prices.csv", "0.3", "", ("prices.csv", 3, "import_price")),
        ("prices.csv", "0.25,0.1,0.2", "0.25,0.1,-2", ("prices.csv", 4, "carbon")),
        ("prices.csv", "import_price", "price", ("prices.csv", 1, "import_price")),
        ("profiles.csv", "2025-06-01T02:00,1.5", "2025-06-01T02:00,x", ("profiles.csv", 5, "lights")),
        ("profiles.csv", "2025-06-01T02:00,1.5,1,1\n", "", ("profiles.csv", 2, "lights")),
        ("buildings.csv", "lights", "lamps", ("buildings.csv", 2, "electricity")),
        ("buildings.csv", ",3,2", ",-3,2", ("buildings.csv", 2, "heat")),
        ("buildings.csv", "shop,,", "home,,", ("buildings.csv", 3, "id")),
        ("buildings.csv", "label", "lable", ("buildings.csv", 1, "lable")),
        ("assets.csv", "solar,roof,home", "solar,roof,barn", ("assets.csv", 2, "building")),
        ("assets.csv", "solar,", "wind,", ("assets.csv", 2, "kind")),
        ("assets.csv", "cell,home,5,2", "cell,home,5,", ("assets.csv", 3, "charge")),
        ("assets.csv", "tank,tank,home,6,,", "tank,tank,home,6,1,", ("assets.csv", 5, "charge")),
        ("assets.csv", "sun,4", "moon,4", ("assets.csv", 2, "profile")),
        ("assets.csv", "home; shop", "home; pub", ("assets.csv", 6, "building")),
        ("assets.csv", "0.01,0.1\n", "0.01,1.5\n", ("assets.csv", 6, "loss")),
        ("assets.csv", "0.09", "0.09x", ("assets.csv", 7, "cost")),
        ("district.toml", "Europe/Rome", "Europe/Atlantis", ("district.toml", 2, "timezone")),
        ("district.toml", "0.05", '"five"', ("district.toml", 3, "carbon_price")),
        ("district.toml", "0.05", "-0.05", ("district.toml", 3, "carbon_price")),
        ("district.toml", "import_limit", "limit", ("district.toml", 4, "limit")),
        ("district.toml", "import_limit = 20", "import_limit = ", ("district.toml", 4, "")),
        ("district.toml", "= 20", "= 20\nshortage_price = 0.1", ("district.toml", 5, "shortage_price")),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(
    folder: Path, name: str, old: str, new: str, where: tuple[str, int, str]
) -> None:
    edit(folder, name, old, new)
    assert where in faults(folder)


@pytest.mark.parametrize("name", ["buildings.csv", "prices.csv"])
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert (name, 0, "") in faults(folder)


def test_only_buildings_and_prices_are_needed(folder: Path) -> None:
    for name in ("assets.csv", "profiles.csv", "district.toml"):
        (folder / name).unlink()
    (folder / "buildings.csv").write_text("id,electricity,heat\nhome,2,0\n", encoding="utf-8")
    plan = dispatch(read_dispatch_folder(folder).problem)
    assert plan.imports == (2.0, 2.0, 2.0)


def test_example_is_what_its_generator_writes(tmp_path: Path) -> None:
    write_dispatch_folder(
        typical_district(8, 168, seed=8), tmp_path / "here", title=TITLE, note=NOTE, zone=ZONE
    )
    for file in EXAMPLE.iterdir():
        assert (tmp_path / "here" / file.name).read_bytes() == file.read_bytes(), file.name


def test_example_is_read_back_to_the_problem_it_was_written_from() -> None:
    problem = read_dispatch_folder(EXAMPLE).problem
    assert problem.digest() == typical_district(8, 168, seed=8).digest()


class Counting(HTMLParser):
    """Counts tags, and sees that they close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("hours", [24, 400])
def test_report_has_two_pictures_each_with_its_table(hours: int) -> None:
    problem = typical_district(2, hours)
    plan = dispatch(problem)
    page = render_dispatch(
        problem, plan, times=[str(hour) for hour in range(hours)], title="<Elm & Ash>"
    )
    seen = Counting()
    seen.feed(page.replace("<!DOCTYPE html>", ""))
    assert seen.open == []
    assert seen.tags["svg"] == seen.tags["figcaption"] == seen.tags["details"] == 2
    assert "script" not in seen.tags
    assert "&lt;Elm &amp; Ash&gt;" in page
    assert "%(" not in page
    assert ("highest import" in page) == (hours > 168)


def test_report_of_windows_states_what_is_open(folder: Path) -> None:
    problem = typical_district(3, 96)
    plan = dispatch(problem, window=12, overlap=2, gap=1.0)
    page = render_dispatch(problem, plan, times=[str(hour) for hour in range(96)])
    assert "8 windows" in page
    assert "above the cheapest" in page


def test_command_writes_and_tells(folder: Path) -> None:
    out = folder.parent / "out"
    told = CliRunner().invoke(
        cli, ["dispatch", str(folder), "--out", str(out), "--carbon-price", "80", "--json"],
        catch_exceptions=False,
    )  # fmt: skip
    answer = json.loads(told.output.splitlines()[-1])
    assert told.exit_code == 0
    assert answer["certified"] is True
    assert answer["hours"] == 3
    assert answer["unserved_kwh"] == 0
    plain = CliRunner().invoke(
        cli, ["dispatch", str(folder), "--out", str(out)], catch_exceptions=False
    )
    assert plain.output.splitlines()[-1] == f"Report: {out / 'report.html'}"
