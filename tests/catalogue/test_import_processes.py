"""Processes of the urban-metabolism database: read safely, judged, and turned into recipes."""

from __future__ import annotations

import io
import zipfile
from collections import Counter

import pytest

from kierto.catalogue.errors import CannotRead
from kierto.catalogue.importers import import_processes
from kierto.catalogue.importers.process_files import read_process
from kierto.catalogue.importers.processes import code_of
from kierto.catalogue.models import Recipe, RecipeFlow, ResourceSpecification
from kierto.catalogue.queries import fallback_of, linked_kinds, transport_of
from kierto.core.tables import FaultyFile

pytestmark = pytest.mark.django_db


def process(
    flows: dict[str, tuple[object, str]],
    *,
    main: str = "elec",
    capacity: object = 1,
    level: str = "c",
    ref: str = "A book",
) -> bytes:
    lines = ["process: test", "flow:"]
    for name, (value, unit) in flows.items():
        lines += [f"  {name}:", f"    value: {value}", f"    unit: {unit}", f"    ref: {ref}"]
    lines += ["capacity:", f"  value: {capacity}", "  ref: A leaflet"]
    lines += ["trl:", f"  level: {level}", "  ref: A visit", "  justification: it runs"]
    return "\n".join([*lines, f"main: {main}"]).encode()


GOOD = {"biomass": (-0.5, "kg"), "elec": (1, "MJ"), "heat": (2, "MJ"), "ash": (0.01, "kg")}


def amounts(recipe: Recipe) -> dict[tuple[str, str], float]:
    flows = recipe.flows.select_related("kind")
    return {(flow.direction, flow.kind.code): flow.amount for flow in flows}


def test_all_published_processes_are_accounted_for(shipped, system, real_files):
    before = Recipe.objects.count()
    intake = import_processes(real_files / "processes", by=system)
    assert intake.counts == {"added": 271, "changed": 0, "unchanged": 0, "left": 92}
    assert Recipe.objects.count() == before + 271
    kinds = Counter(_reason_sort(str(row.reason)) for row in intake.left)
    assert kinds == {
        "main": 34,
        "nothing in": 12,
        "nothing out": 2,
        "mass": 16,
        "energy": 27,
        "placeholder": 1,
    }
    again = import_processes(real_files / "processes", by=system)
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 271, "left": 92}


def _reason_sort(reason: str) -> str:
    signs = {
        "Its main flow": "main",
        "No flow is negative": "nothing in",
        "No flow but CO2": "nothing out",
        "without water and CO2": "mass",
        "heating values": "energy",
        "no heat pump does": "energy",
        "placeholder": "placeholder",
    }
    return next((sort for sign, sort in signs.items() if sign in reason), reason)


def test_kinds_that_come_with_processes_are_whole(shipped, system, real_files):
    known = set(ResourceSpecification.objects.values_list("code", flat=True))
    import_processes(real_files / "processes", by=system)
    added = [kind for kind in linked_kinds().values() if kind.code not in known]
    assert len(added) >= 20
    for kind in added:
        assert transport_of(kind) is not None, kind.code
        assert fallback_of(kind).disposal.source != "", kind.code
        assert fallback_of(kind).production.source != "", kind.code
        assert kind.labels.count() == 5, kind.code


def test_a_process_becomes_a_recipe_of_one_megawatt_hour(shipped, system):
    intake = import_processes(process(GOOD, capacity=2), name="CHP-biomass-2.yaml", by=system)
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 0}
    recipe = Recipe.objects.get(code="um-chp-biomass-2")
    assert amounts(recipe) == {
        ("input", "biomass-fuel"): pytest.approx(1800.0),
        ("output", "electricity"): pytest.approx(1000.0),
        ("output", "heat"): pytest.approx(2000.0),
        ("output", "ash"): pytest.approx(36.0),
    }
    assert recipe.name == "CHP biomass, 2 MW"
    assert recipe.capacity_max == pytest.approx(2 * 168)
    assert recipe.readiness_level == 9
    assert recipe.emissions == 0.0
    assert "file CHP-biomass-2.yaml" in recipe.reference
    assert {flow.kind.code for flow in recipe.flows.filter(main=True)} == {
        "biomass-fuel",
        "electricity",
    }
    assert set(recipe.flows.values_list("reference", flat=True)) == {"A book"}


def test_a_process_of_mass_becomes_a_recipe_of_one_tonne(shipped, system):
    flows = {"wastewater": (-1, "kg"), "elec": (-0.0036, "MJ"), "methane": (0.0001, "kg")}
    import_processes(process(flows, main="wastewater", capacity=10), name="w.yaml", by=system)
    recipe = Recipe.objects.get(code="um-w")
    assert amounts(recipe) == {
        ("input", "wastewater"): pytest.approx(1.0),
        ("input", "electricity"): pytest.approx(1.0),
        ("output", "biomethane"): pytest.approx(0.1 / 0.072),
    }
    assert recipe.capacity_max == pytest.approx(10 * 604.8)
    assert recipe.level_unit == "1 000 kg of wastewater"


def test_carbon_dioxide_counts_by_where_its_carbon_comes_from(shipped, system):
    fossil = {"coal": (-0.12, "kg"), "elec": (1, "MJ"), "CO2": (0.27, "kg")}
    plant = {"biomass": (-0.3, "kg"), "elec": (1, "MJ"), "CO2": (0.27, "kg")}
    import_processes(process(fossil), name="fossil.yaml", by=system)
    import_processes(process(plant), name="plant.yaml", by=system)
    assert Recipe.objects.get(code="um-fossil").emissions == pytest.approx(972.0)
    assert Recipe.objects.get(code="um-plant").emissions == 0.0
    assert not RecipeFlow.objects.filter(
        recipe__code="um-fossil", kind__code="carbon-dioxide"
    ).exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"main": "elecheat"},
         "Its main flow “elecheat” is none of its flows (biomass, elec, heat, ash), so nothing "
         "gives the level."),
        ({"flows": {"biomass": (0.5, "kg"), "elec": (1, "MJ")}},
         "No flow is negative: it takes nothing in. The signs of its inputs seem to be lost."),
        ({"flows": {"elec": (-1, "MJ"), "CO2": (1, "kg")}},
         "No flow but CO2 is positive: it gives nothing out that could be used."),
        ({"flows": {"foodWaste": (7, "kg"), "methane": (-1, "kg"), "elec": (1, "MJ")}},
         "It gives 7 kg out of 1 kg without water and CO2; a sign or an amount is wrong."),
        ({"flows": {"gasNatural": (-0.05, "MJ"), "elec": (1, "MJ")}},
         "It gives 1 MJ out of 0.05 MJ by the catalogue's heating values; a unit or an amount is "
         "wrong, or its fuel is richer than ours."),
        ({"flows": {"elec": (-0.01, "MJ"), "heat": (1, "MJ")}, "main": "heat"},
         "It gives 100 times its power as heat or cold; no heat pump does."),
        ({"flows": {"biomass": (-0.5, "kg"), "elec": (1, "BTU")}},
         "Flow “elec” is in “BTU”; the form knows kg and MJ."),
        ({"flows": {"unobtainium": (-0.5, "kg"), "elec": (1, "MJ")}},
         "No kind stands for its flow “unobtainium”."),
        ({"flows": {"biomass": (-0.5, "kg"), "elec": ("ask-the-plant", "MJ")}},
         "“elec” holds a placeholder instead of a number: ask-the-plant."),
        ({"flows": {"biomass": (-0.5, "kg"), "elec": (".nan", "MJ")}}, "“elec” is not a number."),
        ({"capacity": "DEFINE"}, "“capacity” holds a placeholder instead of a number: DEFINE."),
        ({"capacity": 0}, "Its capacity is 0."),
    ],
)  # fmt: skip
def test_a_process_that_makes_no_sense_is_left_with_its_reason(shipped, system, given, reason):
    flows = given.pop("flows", GOOD)
    intake = import_processes(process(flows, **given), name="p.yaml", by=system)
    assert [str(row.reason) for row in intake.rows] == [reason]
    assert intake.counts["left"] == 1
    assert not Recipe.objects.filter(code="um-p").exists()


def test_oddities_that_touch_no_number_are_taken_and_remarked(shipped, system):
    flows = {**GOOD, "water": (0, "kg")}
    data = process(flows, capacity=1_000_000_000, level="x", ref="Table 1: the plant's output")
    intake = import_processes(data, name="odd.yaml", by=system)
    (row,) = intake.rows
    assert str(row.reason) == (
        "References with a colon lack quotation marks; they were read as text. Flows of zero were "
        "left out. Its capacity is a placeholder; it counts as unlimited. Its readiness letter is "
        "not known."
    )
    recipe = Recipe.objects.get(code="um-odd")
    assert (recipe.capacity_max, recipe.readiness_level) == (None, None)
    assert recipe.flows.first().reference == "Table 1: the plant's output"


def test_a_heat_pump_may_give_more_than_it_takes(shipped, system):
    flows = {"elec": (-0.3, "MJ"), "heat": (1, "MJ")}
    intake = import_processes(process(flows, main="heat"), name="pump.yaml", by=system)
    assert intake.counts["added"] == 1


def test_readiness_letters_become_levels():
    levels = {
        letter: read_process(process(GOOD, level=letter)).readiness_level
        for letter in ("l", "ml", "m", "r", "rc", "c", "cc", "z")
    }
    assert levels == {"l": 4, "ml": 5, "m": 6, "r": 8, "rc": 8, "c": 9, "cc": 9, "z": None}


BOMB = "a: &a [x, x]\n" + "\n".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(8)
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB.encode(), "It uses anchors or aliases; write every value out."),
        (b"x: " + b"[" * 5000, "It is nested deeper than 8 levels."),
        (b"flow: !!python/object/apply:os.system ['true']", "It is not valid YAML (line 1)."),
        (b"process: a\nflow: [1, 2]", "It is no process file: “flow” is missing."),
        (b"just words", "It is no process file: “flow” is missing."),
        (b"", "It is no process file: “flow” is missing."),
        (b"flow: {elec: 5}\ncapacity: {value: 1}", "Flow “elec” has no value and unit."),
        (b"flow: {elec: {value: 1, unit: MJ}}", "“capacity” is missing."),
        (b"flow:\n  elec: {value: 1}\n  elec: {value: 2}\n",
         "It has the key “elec” twice in one place."),
        (b"process: caf\xe9", "The text is not encoded in UTF-8."),
        (b"# " + b"x" * 200_001, "The file is larger than 200 kB."),
        (b"a: b: c: d", "It is not valid YAML (line 1)."),
    ],
    ids=[
        "alias bomb", "deep nesting", "python object", "list of flows", "words", "empty",
        "bare flow", "no capacity", "key twice", "latin-1", "large", "broken",
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_left_and_the_others_are_taken(shipped, system, data, reason):
    with pytest.raises(CannotRead) as caught:
        read_process(data)
    assert str(caught.value) == reason
    intake = import_processes(
        zipped({"bad.yaml": data, "good.yaml": process(GOOD)}), name="two.zip", by=system
    )
    assert {row.file: row.outcome.value for row in intake.rows} == {
        "bad.yaml": "left",
        "good.yaml": "added",
    }


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped({"readme.txt": b"nothing here"}), "none.zip"),
        (b"PK\x03\x04 broken", "broken.zip"),
        (process(GOOD), "process.exe"),
        (zipped({f"{n}.yaml": b" " * 200_001 for n in range(260)}), "bomb.zip"),
        (zipped({f"{n}.yaml": b"" for n in range(5_001)}), "crowd.zip"),
    ],
    ids=["no process", "broken", "another sort", "unpacks large", "too many"],
)
def test_an_archive_of_a_wrong_shape_is_refused_whole(shipped, system, data, name):
    before = Recipe.objects.count()
    with pytest.raises(FaultyFile):
        import_processes(data, name=name, by=system)
    assert Recipe.objects.count() == before


def test_two_files_of_one_name_are_not_mixed_up(shipped, system):
    assert code_of("folder/CHP-0.5.yaml") == code_of("chp-0-5.yml") == "um-chp-0-5"
    data = zipped({"CHP-0.5.yaml": process(GOOD), "chp-0-5.yml": process(GOOD)})
    intake = import_processes(data, name="two.zip", by=system)
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 1}


def test_a_changed_file_changes_its_recipe(shipped, system):
    import_processes(process(GOOD), name="p.yaml", by=system)
    changed = {**GOOD, "biomass": (-0.6, "kg")}
    intake = import_processes(process(changed), name="p.yaml", by=system)
    assert intake.counts == {"added": 0, "changed": 1, "unchanged": 0, "left": 0}
    recipe = Recipe.objects.get(code="um-p")
    assert amounts(recipe)["input", "biomass-fuel"] == pytest.approx(2160.0)
    assert recipe.flows.count() == 4
