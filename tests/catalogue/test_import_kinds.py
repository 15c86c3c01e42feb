"""Kinds from tables: in any order of rows, with names, never half."""

from __future__ import annotations

import io

import openpyxl
import pytest

from kierto.catalogue.importers import import_kinds, import_names, import_recipes, import_transport
from kierto.catalogue.importers.shipped import shipped as file_of
from kierto.catalogue.models import Recipe, ResourceSpecification, TransportMode
from kierto.core.errors import NotAllowed
from kierto.core.tables import FaultyFile
from tests.factories.catalogue import make_factor, make_kind, make_transport

pytestmark = pytest.mark.django_db

HEADER = "code,parent,unit,theme"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows)).encode()


def left(intake) -> dict[str, str]:
    return {row.key: str(row.reason) for row in intake.left}


def paths() -> dict[str, str]:
    return dict(ResourceSpecification.objects.values_list("code", "path"))


def test_a_broader_kind_may_stand_below_the_narrower(system):
    intake = import_kinds(
        table("denim,cloth,kg,side_streams", "cloth,,kg,side_streams"), name="k.csv", by=system
    )
    assert intake.counts == {"added": 2, "changed": 0, "unchanged": 0, "left": 0}
    assert paths() == {"cloth": "/cloth/", "denim": "/cloth/denim/"}
    assert ResourceSpecification.objects.get(code="denim").parent.code == "cloth"


def test_a_moved_kind_takes_its_narrower_ones_along(system):
    rows = ("cloth,,kg,food", "rags,,kg,food", "denim,cloth,kg,food", "jeans,denim,kg,food")
    import_kinds(table(*rows), name="k.csv", by=system)
    import_kinds(table("denim,rags,kg,food"), name="k.csv", by=system)
    assert paths() == {
        "cloth": "/cloth/",
        "rags": "/rags/",
        "denim": "/rags/denim/",
        "jeans": "/rags/denim/jeans/",
    }


def test_rows_that_cannot_be_taken_are_left_with_their_reason(system):
    make_kind("old-heat", unit="kWh")
    header = f"{HEADER},waste_code,hazardous,moisture,carbon,purchase_price,disposal_factor"
    intake = import_kinds(
        table(
            "good,,kg,food,20 01 08,no,\"0,7\",0.1,2,",
            "Bad Code,,kg,food,,,,,,",
            "unit,,barrel,food,,,,,,",
            "theme,,kg,war,,,,,,",
            "orphan,nobody,kg,food,,,,,,",
            "egg,hen,kg,food,,,,,,",
            "hen,egg,kg,food,,,,,,",
            "waste,,kg,food,12,,,,,",
            "maybe,,kg,food,,perhaps,,,,",
            "wet,,kg,food,,,1.2,,,",
            "full,,kg,food,,,0.7,0.6,,",
            "gift,,kg,food,,,,,-1,",
            "factor,,kg,food,,,,,,nothing",
            "old-heat,,kg,food,,,,,,",
            header=header,
        ),
        name="k.csv",
        by=system,
    )  # fmt: skip
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 13}
    assert left(intake) == {
        "Bad Code": "The code may hold small letters, digits and single hyphens only.",
        "unit": "unit is “barrel”; it must be one of: kg, kWh, m3, m2, item, h, EUR.",
        "theme": "theme is “war”; it must be one of: premises, flows, food, side_streams, "
        "blue_green.",
        "orphan": "Its broader kind “nobody” is neither here nor in the catalogue.",
        "egg": "It would be broader than itself, by way of “egg”.",
        "hen": "It would be broader than itself, by way of “hen”.",
        "waste": "A list-of-waste code has six digits, not “12”.",
        "maybe": "hazardous is “perhaps”; write yes or no.",
        "wet": "moisture is 1.2; it must lie between 0 and 1.",
        "full": "Its moisture and elements add up to more than the whole.",
        "gift": "purchase_price is -1; it must lie between 0 and ∞.",
        "factor": "disposal_factor names “nothing”, which the catalogue does not know.",
        "old-heat": "It is counted in kWh already; amounts on record depend on that.",
    }
    good = ResourceSpecification.objects.get(code="good")
    assert (good.waste_code, good.moisture, good.purchase_price) == ("200108", 0.7, 2.0)


def test_a_kind_below_one_that_is_left_is_left_too_or_hangs_where_it_is(system):
    intake = import_kinds(
        table("cloth,,barrel,food", "denim,cloth,kg,food"), name="k.csv", by=system
    )
    assert intake.counts["left"] == 2
    assert paths() == {}


def test_absent_columns_leave_what_is_known(system):
    factor, mode = make_factor(), make_transport()
    make_kind("cloth", production_factor=factor, transport_mode=mode, purchase_price=4.0)
    intake = import_kinds(
        table("cloth,,kg,side_streams,5", header=f"{HEADER},disposal_cost"), name="k.csv", by=system
    )
    assert intake.counts["changed"] == 1
    cloth = ResourceSpecification.objects.get(code="cloth")
    assert (cloth.disposal_cost, cloth.purchase_price) == (5.0, 4.0)
    assert (cloth.production_factor, cloth.transport_mode) == (factor, mode)


def test_names_come_with_the_kinds_or_in_a_table_of_their_own(system):
    header = f"{HEADER},label_en,synonyms_en,label_fi"
    import_kinds(
        table('bran,,kg,food,Bran,"husk; chaff",Lese', header=header), name="k.csv", by=system
    )
    bran = ResourceSpecification.objects.get(code="bran")
    assert {each.language: (each.label, each.synonyms) for each in bran.labels.all()} == {
        "en": ("Bran", ["husk", "chaff"]),
        "fi": ("Lese", []),
    }
    names = b"code,label_fi,synonyms_fi\nbran,Leseet,akanat\nchaff,Akanat,\n"
    intake = import_names(names, name="names.csv", by=system)
    assert intake.counts == {"added": 0, "changed": 1, "unchanged": 0, "left": 1}
    assert left(intake) == {"chaff": "No kind has the code “chaff”."}
    assert bran.labels.get(language="fi").label == "Leseet"
    assert import_names(names, name="names.csv", by=system).counts["unchanged"] == 1


def test_a_name_that_is_too_long_leaves_its_row_only(system):
    rows = ("bran,,kg,food,Bran", "husk,,kg,food," + "x" * 121)
    intake = import_kinds(table(*rows, header=f"{HEADER},label_en"), name="k.csv", by=system)
    assert left(intake) == {"husk": "A name has at most 120 characters."}
    assert paths() == {"bran": "/bran/"}


def test_a_workbook_is_read_like_a_csv(system):
    book = openpyxl.Workbook()
    book.active.append(["Code", "Parent", "Unit", "Theme", "Purchase price"])
    book.active.append(["bran", None, "kg", "food", 1.25])
    data = io.BytesIO()
    book.save(data)
    intake = import_kinds(data.getvalue(), name="kinds.xlsx", by=system)
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 0}
    assert ResourceSpecification.objects.get(code="bran").purchase_price == 1.25


@pytest.mark.parametrize(
    "data",
    [
        table("a,,kg,food", header=f"{HEADER},colour"),
        table("a,,kg,food,1", header=f"{HEADER},theme"),
        table("a,kg,food", header="code,unit,theme"),
        table("a,,kg,food,extra"),
        table('a,,kg,"food'),
        table("a,,kg," + "x" * 10_000_001),
        table("a,,kg,möbel").decode().encode("latin-1"),
        b"MZ\x90\x00\x03\x00\x00\x00",
    ],
    ids=[
        "unknown column", "header twice", "column missing", "row too wide", "open quotation",
        "10 MB cell", "latin-1", "program",
    ],
)  # fmt: skip
def test_a_file_of_a_wrong_shape_is_refused_whole(system, data):
    with pytest.raises(FaultyFile):
        import_kinds(data, name="kinds.csv", by=system)
    assert paths() == {}


def test_only_admins_of_the_node_and_the_system_may_import(agents, system):
    may = {**dict.fromkeys(agents, False), "node_admin": True}
    calls = [
        lambda by: import_kinds(table("a,,kg,food"), name="k.csv", by=by),
        lambda by: import_names(b"code\na\n", name="n.csv", by=by),
        lambda by: import_transport(file_of("transport.csv"), name="t.csv", by=by),
        lambda by: import_recipes(
            file_of("recipes.csv"), file_of("recipe_flows.csv"), name="r.csv", by=by
        ),
    ]
    for role, by in agents.items():
        for call in calls:
            if may[role]:
                call(by)
            else:
                with pytest.raises(NotAllowed):
                    call(by)


def test_transport_and_recipes_report_row_by_row(system):
    modes = import_transport(
        b"code,name,cost_per_tkm,emissions_per_tkm,payload_kg,source\n"
        b"sled,Sled,1,0,200,A test\nbroken,Broken,-1,0,200,A test\nlost,Lost,1,0,200,\n",
        name="t.csv",
        by=system,
    )
    assert left(modes) == {
        "broken": "cost_per_tkm is -1; it must lie between 0 and ∞.",
        "lost": "source is empty.",
    }
    assert list(TransportMode.objects.values_list("code", flat=True)) == ["sled"]
    make_kind("grain")
    make_kind("flour")
    recipes = (
        b"code,name,level_unit,cost,emissions,reference\n"
        b"mill,Mill,1 t,5,1,A test\nmagic,Magic,1 t,5,1,A test\nhole,Hole,1 t,5,1,A test\n"
        b"twice,Twice,1 t,5,1,A test\n"
    )
    flows = (
        b"recipe,direction,kind,amount,main,limits\n"
        b"mill,input,grain,1000,yes,moisture<=0.14\nmill,output,flour,800,yes,\n"
        b"magic,output,flour,800,,\nhole,input,grain,1,,\n"
        b"twice,input,grain,1,,\ntwice,input,grain,2,,\ntwice,output,flour,1,,\n"
        b"ghost,input,grain,1,,\n"
    )
    intake = import_recipes(recipes, flows, by=system)
    assert intake.counts == {"added": 1, "changed": 0, "unchanged": 0, "left": 4}
    assert left(intake) == {
        "magic": "It takes nothing in, so it would make something out of nothing.",
        "hole": "It gives nothing out.",
        "twice": "It names “grain” twice on one side.",
        "ghost": "No recipe has the code “ghost”.",
    }
    mill = Recipe.objects.get(code="mill")
    assert mill.flows.get(direction="input").limits == {"moisture": [None, 0.14]}
    again = import_recipes(recipes, flows, by=system)
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 1, "left": 4}
