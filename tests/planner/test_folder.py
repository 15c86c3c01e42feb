"""Tables in, plan and report out; a faulty table names every fault and writes nothing."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from kierto.core.tables import FaultyFile
from kierto.planner import Cancelled, Plan, Problem, Progress, certify
from kierto.planner.folder import plan_folder, read_folder, read_inputs

EXAMPLE = Path(__file__).parents[2] / "examples" / "plan-folder"

TABLES = {
    "kinds.csv": "code,unit,parent,label\nwood,kg,,wood\npine,kg,wood,\nheat,kWh,,\n",
    "offers.csv": (
        "id,agent,kind,amount,unit,latitude,longitude,disposal_cost,disposal_emissions,quality\n"
        "o1,Joiner,pine,1.5,t,60.2,24.7,0.1,0.5,moisture=0.2; bark=1\n"
        "o2,Farmer,wood,200,,,,0.05,,\n"
    ),
    "needs.csv": (
        "id,agent,kind,amount,latitude,longitude,buying_cost,buying_emissions,limits\n"
        "n1,Stove maker,wood,900,60.21,24.71,0.4,0.3,moisture=..0.3\n"
        "n2,Pool,heat,500,60.2,24.72,0.09,0.2,\n"
    ),
    "processors.csv": "id,agent,capacity,cost,emissions,latitude,longitude\nb,Boiler,400,0.02,,60.2,24.71\n",
    "streams.csv": (
        "processor,direction,kind,amount,fallback_cost,fallback_emissions,quality,limits\n"
        "b,in,wood,1,,,,\n"
        "b,out,heat,3.5,0,,,\n"
    ),
    "arcs.csv": "source,sink,cost,emissions,km\no2,n1,0.02,0.001,4\n",
    "rates.toml": (
        'title = "A yard"\ncarbon_price = 0.1\n\n[default]\ncost_per_km = 0.01\n'
        "emissions_per_km = 0.001\n\n[kinds.heat]\ncost_per_km = 0.02\nemissions_per_km = 0\n"
        "max_km = 2\n"
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "yard"
    here.mkdir()
    for name, text in TABLES.items():
        (here / name).write_text(text, encoding="utf-8")
    return here


def faults(folder: Path) -> list[tuple[str, int, str]]:
    """Where the faults are; nothing may be written while there are any."""
    out = folder.parent / "out"
    with pytest.raises(FaultyFile) as caught:
        plan_folder(folder, out)
    assert not out.exists()
    assert [each.name for each in folder.parent.iterdir()] == ["yard"]
    for fault in caught.value.faults:
        assert all(fault.as_dict()[part] for part in ("file", "problem", "mend"))
        assert "%(" not in str(fault)
    return [(fault.file, fault.line, fault.column) for fault in caught.value.faults]


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_folder_is_read_with_units_qualities_limits_and_pairs(folder: Path) -> None:
    problem = read_folder(folder)
    assert problem.offers[0].amount == 1500.0
    assert problem.offers[0].quality == {"moisture": 0.2, "bark": 1.0}
    assert problem.offers[1].place is None
    assert problem.needs[0].limits == {"moisture": (None, 0.3)}
    assert problem.processors[0].inputs[0].fallback is None
    assert problem.rates.by_kind["heat"].max_km == 2.0
    assert problem.arcs is not None
    assert problem.arcs[0].km == 4.0
    assert (problem.carbon_price, read_folder(folder, carbon_price=0.7).carbon_price) == (0.1, 0.7)
    assert read_inputs(folder).title == "A yard"


def test_three_files_come_out_and_agree(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    plan = plan_folder(folder, out)
    assert sorted(each.name for each in out.iterdir()) == ["flows.csv", "plan.json", "report.html"]
    assert [each.name for each in out.parent.iterdir()] == ["out"]
    content = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert (content["status"], content["certified"]) == ("optimal", True)
    assert content["total_cost"] < content["baseline_cost"]
    problem = Problem.from_dict(content["problem"])
    written = Plan.from_dict(content["plan"])
    assert written == plan
    assert certify(problem, written) == plan.certificate
    rows = list(csv.DictReader((out / "flows.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["source"], float(row["amount"])) for row in rows] == [
        (flow.source, flow.amount) for flow in plan.flows
    ]
    assert {row["unit"] for row in rows} <= {"kg", "kWh"}


def test_same_folder_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    plan_folder(folder, tmp_path / "a")
    plan_folder(folder, tmp_path / "b")
    for name in ("plan.json", "flows.csv", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_second_run_replaces_the_first_and_leaves_other_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    plan_folder(folder, out)
    first = (out / "plan.json").read_bytes()
    plan_folder(folder, out, carbon_price=2)
    assert (out / "plan.json").read_bytes() != first
    assert (out / "notes.txt").read_text() == "mine"


def test_stopped_planning_writes_nothing(folder: Path, tmp_path: Path) -> None:
    def stop(word: Progress) -> bool:
        return word.share < 0.5

    with pytest.raises(Cancelled):
        plan_folder(folder, tmp_path / "out", progress=stop)
    assert not (tmp_path / "out").exists()


def test_formula_in_a_name_is_harmless_in_the_csv_and_markup_in_the_report(
    folder: Path, tmp_path: Path
) -> None:
    edit(folder, "offers.csv", "Joiner", "=1+1")
    edit(folder, "needs.csv", "Stove maker", "<script>alert(1)</script>")
    plan_folder(folder, tmp_path / "out")
    assert "'=1+1" in (tmp_path / "out" / "flows.csv").read_text()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_tables_of_processors_and_pairs_may_be_absent(folder: Path, tmp_path: Path) -> None:
    for name in ("processors.csv", "streams.csv", "arcs.csv"):
        (folder / name).unlink()
    assert plan_folder(folder, tmp_path / "out").certificate.valid


def test_missing_tables_are_all_named(folder: Path) -> None:
    for name in ("kinds.csv", "needs.csv", "rates.toml"):
        (folder / name).unlink()
    assert faults(folder) == [("kinds.csv", 0, ""), ("needs.csv", 0, ""), ("rates.toml", 0, "")]


def test_missing_folder_names_every_table(tmp_path: Path) -> None:
    with pytest.raises(FaultyFile) as caught:
        read_folder(tmp_path / "nowhere")
    assert len(caught.value.faults) == 4


CELLS = {
    "number": ("offers.csv", "1.5", "much", (2, "amount")),
    "empty number": ("needs.csv", "900", "", (2, "amount")),
    "negative": ("offers.csv", "1.5", "-1.5", (2, "amount")),
    "infinite": ("offers.csv", "1.5", "inf", (2, "amount")),
    "scientific": ("offers.csv", "1.5", "1e400", (2, "amount")),
    "unknown unit": ("offers.csv", ",t,", ",barrels,", (2, "unit")),
    "unit of something else": ("offers.csv", ",t,", ",kWh,", (2, "unit")),
    "off the Earth": ("offers.csv", "60.2", "95", (2, "latitude")),
    "off the Earth eastward": ("needs.csv", "24.72", "240.72", (3, "longitude")),
    "half a place": ("offers.csv", "24.7", "", (2, "longitude")),
    "unknown kind": ("offers.csv", "pine", "gold", (2, "kind")),
    "quality without value": ("offers.csv", "bark=1", "bark", (2, "quality")),
    "quality twice": ("offers.csv", "bark=1", "moisture=1", (2, "quality")),
    "quality no number": ("offers.csv", "bark=1", "bark=thick", (2, "quality")),
    "limit without range": ("needs.csv", "..0.3", "0.3", (2, "limits")),
    "limit crossed": ("needs.csv", "..0.3", "4..0.3", (2, "limits")),
    "one id twice": ("offers.csv", "o2", "o1", (3, "id")),
    "no agent": ("offers.csv", "Farmer", "", (3, "agent")),
    "unknown parent": ("kinds.csv", "kg,wood", "kg,tree", (3, "parent")),
    "kind in itself": ("kinds.csv", "wood,kg,", "wood,kg,wood", (2, "parent")),
    "no unit": ("kinds.csv", "heat,kWh", "heat,", (4, "unit")),
    "direction": ("streams.csv", "b,in", "b,inwards", (2, "direction")),
    "processor unknown": ("streams.csv", "b,in", "c,in", (2, "processor")),
    "yield of nothing": ("streams.csv", "wood,1", "wood,0", (2, "amount")),
    "output without fallback": ("streams.csv", "3.5,0", "3.5,", (3, "fallback_cost")),
    "emissions without cost": ("streams.csv", "wood,1,,", "wood,1,,3", (2, "fallback_cost")),
    "pair with nobody": ("arcs.csv", "n1", "n9", (2, "sink")),
    "pair of unlike kinds": ("arcs.csv", "n1", "n2", (2, "sink")),
    "negative distance": ("arcs.csv", ",4", ",-4", (2, "km")),
    "misspelt column": ("offers.csv", "quality", "qualty", (1, "qualty")),
    "missing column": ("offers.csv", "amount", "note", (1, "amount")),
    "duplicate header": ("offers.csv", "agent", "id", (1, "id")),
    "decimal comma": ("offers.csv", "o1,Joiner,pine,1.5", "o1,Joiner,pine,1,5", (2, "")),
    "open quotation": ("offers.csv", "Joiner", '"Joiner', (2, "")),
    "not TOML": ("rates.toml", "max_km = 2", "max_km is 2", (11, "")),
    "text for a number": ("rates.toml", "max_km = 2", 'max_km = "two"', (11, "max_km")),
    "endless rate": ("rates.toml", "max_km = 2", "max_km = inf", (11, "max_km")),
    "misspelt rate": ("rates.toml", "max_km", "max_miles", (11, "max_miles")),
    "missing rate": ("rates.toml", "emissions_per_km = 0.001\n", "", (4, "emissions_per_km")),
    "missing section": ("rates.toml", "[default]", "[standard]", (0, "default")),
    "rate of a stranger": ("rates.toml", "kinds.heat", "kinds.cold", (8, "kind")),
    "negative rate": ("rates.toml", "cost_per_km = 0.02", "cost_per_km = -1", (9, "cost_per_km")),
    "negative carbon price": ("rates.toml", "= 0.1", "= -0.1", (2, "carbon_price")),
    "kinds not a section": ("rates.toml", 'title = "A yard"', "title = 7", (1, "title")),
}


@pytest.mark.parametrize("name", CELLS)
def test_fault_is_named_with_file_line_and_column(folder: Path, name: str) -> None:
    file, old, new, (line, column) = CELLS[name]
    edit(folder, file, old, new)
    assert (file, line, column) in faults(folder)


def test_wrong_encoding_is_named_with_its_line(folder: Path) -> None:
    text = TABLES["offers.csv"].replace("Farmer", "Mäkinen")
    (folder / "offers.csv").write_bytes(text.encode("latin-1"))
    (folder / "rates.toml").write_bytes('title = "Käpylä"'.encode("latin-1"))
    assert faults(folder) == [("offers.csv", 3, ""), ("rates.toml", 0, "")]


def test_circle_of_kinds_is_named(folder: Path) -> None:
    edit(folder, "kinds.csv", "wood,kg,,", "wood,kg,pine,")
    assert faults(folder) == [("kinds.csv", 2, "parent"), ("kinds.csv", 3, "parent")]


def test_all_faults_of_all_files_come_at_once(folder: Path) -> None:
    edit(folder, "offers.csv", "1.5", "much")
    edit(folder, "offers.csv", "60.2", "95")
    edit(folder, "needs.csv", "heat", "cold")
    edit(folder, "streams.csv", "3.5", "no")
    edit(folder, "rates.toml", "= 0.1", "= -0.1")
    assert faults(folder) == [
        ("needs.csv", 3, "kind"),
        ("offers.csv", 2, "amount"),
        ("offers.csv", 2, "latitude"),
        ("rates.toml", 2, "carbon_price"),
        ("streams.csv", 3, "amount"),
    ]


def test_semicolons_and_decimal_commas_are_read(folder: Path) -> None:
    text = TABLES["offers.csv"].replace("; ", " ").replace(" bark=1", "")
    text = text.replace(",", ";").replace("1.5", "1,5").replace("60.2", "60,2")
    (folder / "offers.csv").write_text(text, encoding="utf-8-sig")
    assert read_folder(folder).offers[0].amount == 1500.0


def test_example_district_circulates_with_loops_and_reasons(tmp_path: Path) -> None:
    copy = tmp_path / "example"
    shutil.copytree(EXAMPLE, copy)
    plan = plan_folder(copy, tmp_path / "out")
    assert plan.status.value == "optimal"
    assert plan.savings.cost > 0
    assert plan.savings.emissions > 0
    content = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    reasons = {each["reason"] for each in content["explanations"].values()}
    assert {"no_partner", "capacity", "served"} <= reasons
