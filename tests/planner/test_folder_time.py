"""Sites, periods, storages, profiles and blends in a folder: read, planned, written, refused."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from pathlib import Path

import pytest

from kierto.config.cli.watching import watched
from kierto.core.tables import FaultyFile
from kierto.planner import Blend, Plan, Problem, Progress, Wish, certify
from kierto.planner.folder import plan_folder, read_folder

EXAMPLES = Path(__file__).parents[2] / "examples"

TABLES = {
    "kinds.csv": "code,unit\nfood,kg\nmeal,item\n",
    "offers.csv": (
        "id,agent,kind,amount,unit,latitude,longitude,disposal_cost,quality\n"
        "o1,Market,food,0,,60.2,24.7,1,salt=0.1\no2,Shop,food,5,,60.2,24.71,1,salt=0.1\n"
    ),
    "needs.csv": (
        "id,agent,kind,amount,latitude,longitude,buying_cost\nn1,Canteen,meal,10,60.2,24.7,9\n"
    ),
    "processors.csv": (
        "id,agent,capacity,cost,latitude,longitude,opening_cost,minimum\n"
        "k,Kitchen,20,1,60.2,24.7,3,2\n"
    ),
    "streams.csv": (
        "processor,direction,kind,amount,fallback_cost\nk,in,food,1,\nk,out,meal,1,0\n"
    ),
    "storages.csv": (
        "id,agent,kind,capacity,unit,latitude,longitude,cost,emissions,loss\n"
        "s,Cellar,food,0.04,t,60.2,24.7,0.1,0.01,0.05\n"
    ),
    "profiles.csv": "id,period,amount,unit\no1,1,0.03,t\nn1,2,0,\nk,2,15,\n",
    "blends.csv": "sink,quality,per,low,high\nk:in:food,salt,,,0.4\n",
    "rates.toml": (
        'period = "day"\nperiods = 3\ncyclic = true\n\n[default]\ncost_per_km = 0.01\n'
        "emissions_per_km = 0.001\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "kitchen"
    here.mkdir()
    for name, text in TABLES.items():
        (here / name).write_text(text, encoding="utf-8")
    return here


def test_tables_are_read_with_their_units_and_the_main_amount_where_nothing_is_listed(
    folder: Path,
) -> None:
    problem = read_folder(folder)
    assert (problem.periods, problem.cyclic, problem.period) == (3, True, "day")
    assert problem.offers[0].profile == (30.0, 0.0, 0.0)
    assert problem.offers[1].profile == ()
    assert problem.needs[0].profile == (10.0, 0.0, 10.0)
    (kitchen,), (cellar,) = problem.processors, problem.storages
    assert (kitchen.profile, kitchen.opening_cost, kitchen.minimum) == ((20.0, 15.0, 20.0), 3, 2)
    assert kitchen.inputs[0].blends == (Blend("salt", "", None, 0.4),)
    assert (cellar.capacity, cellar.cost, cellar.emissions, cellar.loss) == (40, 0.1, 0.01, 0.05)


FAULTS = {
    "storage of an unknown kind": ("storages.csv", "food", "gold", (2, "kind")),
    "everything lost": ("storages.csv", "0.05\n", "1.5\n", (2, "loss")),
    "storage with another's id": ("storages.csv", "s,Cellar", "o1,Cellar", (2, "id")),
    "profile of nobody": ("profiles.csv", "o1", "o9", (2, "id")),
    "period too late": ("profiles.csv", "n1,2", "n1,4", (3, "period")),
    "half a period": ("profiles.csv", "n1,2", "n1,1.5", (3, "period")),
    "period twice": ("profiles.csv", "k,2,15,", "n1,2,1,", (4, "period")),
    "negative in a period": ("profiles.csv", "n1,2,0", "n1,2,-2", (3, "amount")),
    "unit of something else": ("profiles.csv", ",t", ",kWh", (2, "unit")),
    "blend of nobody": ("blends.csv", "k:in:food", "k:in:meal", (2, "sink")),
    "blend without a quality": ("blends.csv", "salt", "", (2, "quality")),
    "blend without an end": ("blends.csv", "0.4", "", (2, "low")),
    "blend crossed": ("blends.csv", ",,0.4", ",0.6,0.4", (2, "low")),
    "no period": ("rates.toml", "periods = 3", "periods = 0", (2, "periods")),
    "periods in words": ("rates.toml", "periods = 3", 'periods = "three"', (2, "periods")),
    "half-true": ("rates.toml", "cyclic = true", "cyclic = 1", (3, "cyclic")),
    "minimum too high": ("processors.csv", ",3,2", ",3,21", (2, "minimum")),
    "opening for a gift": ("processors.csv", ",3,2", ",-3,2", (2, "opening_cost")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_shown_at_its_line_and_column(folder: Path, name: str) -> None:
    file, old, new, place = FAULTS[name]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FaultyFile) as caught:
        read_folder(folder)
    assert (file, *place) in [(each.file, each.line, each.column) for each in caught.value.faults]
    assert all("%(" not in str(each) for each in caught.value.faults)


def test_flows_and_stocks_are_written_by_period_under_the_ids_of_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    plan = plan_folder(folder, out)
    content = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert certify(Problem.from_dict(content["problem"]), Plan.from_dict(content["plan"])).valid
    assert content["opened_sites"] == ["k"]
    assert content["notes"] == []
    flows = list(csv.DictReader((out / "flows.csv").read_text(encoding="utf-8").splitlines()))
    assert len(flows) == content["flows"] < len(plan.flows)
    assert {row["source"] for row in flows} == {"o1", "o2", "s:out:food", "k:out:meal"}
    assert [row["period"] for row in flows] == sorted(row["period"] for row in flows)
    assert next(row["to"] for row in flows if row["sink"] == "s:in:food") == "Cellar"
    rows = list(csv.DictReader((out / "stocks.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["period"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["amount"]) == plan.levels["s@1"] > 0


def test_stocks_of_an_earlier_run_do_not_stay(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan_folder(folder, out)
    (folder / "storages.csv").unlink()
    plan_folder(folder, out)
    assert not (out / "stocks.csv").exists()


def test_notes_are_written(folder: Path, tmp_path: Path) -> None:
    with (folder / "offers.csv").open("a", encoding="utf-8") as file:
        file.write("o3,Smith,meal,3,,60.2,24.7,1,\n")
    (folder / "needs.csv").write_text(TABLES["needs.csv"].replace("meal", "food"), "utf-8")
    plan_folder(folder, tmp_path / "out")
    content = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert [note.partition(",")[0] for note in content["notes"]] == ["kind meal"]


@pytest.mark.parametrize("name", ["plan-sites", "plan-week", "plan-blend"])
def test_examples_circulate_and_save(name: str, tmp_path: Path) -> None:
    plan = plan_folder(EXAMPLES / name, tmp_path / "out")
    assert plan.status.value == "optimal"
    assert plan.savings.cost > 0
    content = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert content["notes"] == []


def test_examples_show_what_they_are_for(tmp_path: Path) -> None:
    sites = plan_folder(EXAMPLES / "plan-sites", tmp_path / "sites")
    assert sites.siting is not None
    assert 0 < len(sites.siting.opened) < 5
    content = json.loads((tmp_path / "sites" / "plan.json").read_text(encoding="utf-8"))
    told = content["explanations"]
    assert told["s-school:in:organic"]["reason"] == "closed"
    assert told["s-school:in:organic"]["text"] == (
        "The site of Corner of the school yard stays closed: opening it saves less than it costs."
    )
    assert told["n-allotments"]["reason"] == "closed"
    week = plan_folder(EXAMPLES / "plan-week", tmp_path / "week")
    assert max(week.levels[f"s-cold@{day}"] for day in range(1, 8)) > 100
    blend = plan_folder(EXAMPLES / "plan-blend", tmp_path / "blend")
    assert len(blend.blend_duals) == 2


def test_gap_engine_and_wish_are_passed_on(tmp_path: Path) -> None:
    copy = tmp_path / "in"
    shutil.copytree(EXAMPLES / "plan-folder", copy)
    best = plan_folder(copy, tmp_path / "a", engine="highs")
    near = plan_folder(copy, tmp_path / "b", gap=0.5, progress=lambda _word: Wish.ENOUGH)
    assert near.totals.objective >= best.totals.objective - 1e-6
    assert near.certificate.valid


def test_first_ctrl_c_is_enough_the_second_cancels_the_third_interrupts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGINT)
    word = Progress("solving", 0.3, 0.1, 12.0, 10.0, 0.2)
    with watched() as watch:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        watch.presses = 0
        assert watch.hear(word) is Wish.GO_ON
        signal.raise_signal(signal.SIGINT)
        assert watch.hear(word) is Wish.ENOUGH
        signal.raise_signal(signal.SIGINT)
        assert watch.hear(word) is Wish.CANCEL
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        watch.hear(Progress("done", 1.0, 0.2))
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "best plan so far" in capsys.readouterr().err
