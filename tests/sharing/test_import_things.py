"""Things from tables: everything taken, what was left with its reason, and once is enough."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kierto.config.cli import cli
from kierto.core.errors import NotAllowed
from kierto.core.quantity import Unit
from kierto.core.tables import FaultyFile
from kierto.ledger.models import EconomicEvent
from kierto.parties.queries import system_agent
from kierto.sharing.actions.stock import add_stock
from kierto.sharing.importers import COLUMNS, import_things
from kierto.sharing.models import Collection, Thing
from tests.factories.catalogue import make_kind
from tests.factories.parties import make_person, make_place
from tests.factories.sharing import make_collection, make_terms

TABLE = """\
key,sort,name,kind,quantity,state,place,terms,code,condition,brand,value,unit_price,seats,features,parts,opening_hours
party,kit,Party box,tool,,,,,,,,,,,,2 x CUP; lamp,
lamp,item,Lamp,tool,,paused,,,,worn,Ikea,"12,50",,,,,
CUP,pool,Cups,tool,40,,Branch,Long,cups-1,,,,,,,,
glue,consumable,Glue,glue,"2,5",,,,,,,,1.20,,,,
hall,space,Hall,tool,,,,,,,,,,60,projector; sink,,Mo-Fr 08:00-20:00
bike,vehicle,Bike,tool,,draft,,,,new,Babboe,,,,child seat,,
"""


@pytest.fixture
def collection(db: None) -> Collection:
    make_kind("tool", unit=Unit.ITEM)
    make_kind("glue", unit=Unit.KILOGRAM)
    collection = make_collection(slug="tools")
    make_place(collection.owner, name="Branch")
    make_terms(collection, name="Long")
    return collection


def take(collection: Collection, text: str = TABLE, name: str = "things.csv"):  # type: ignore[no-untyped-def]
    return import_things(text.encode(), collection=collection, name=name, by=system_agent())


def test_every_sort_is_taken_and_kits_may_stand_before_their_parts(collection: Collection) -> None:
    intake = take(collection)
    assert intake.left == []
    assert intake.counts == {"added": 6, "changed": 0, "unchanged": 0, "left": 0}
    assert [row.line for row in intake.rows] == [2, 3, 4, 5, 6, 7]
    cup, lamp = Thing.objects.get(external_key="CUP"), Thing.objects.get(external_key="lamp")
    assert (cup.code, cup.place.name, cup.terms.name) == ("CUPS-1", "Branch", "Long")  # type: ignore[union-attr]
    assert cup.resource is not None
    assert cup.resource.accounting_quantity == 40
    assert (lamp.state, lamp.condition, lamp.value) == ("paused", "worn", Decimal("12.50"))
    kit = Thing.objects.get(external_key="party")
    assert set(kit.parts.values_list("part", "quantity")) == {(cup.pk, 2), (lamp.pk, 1)}
    glue = Thing.objects.get(external_key="glue")
    assert glue.resource is not None
    assert (glue.resource.accounting_quantity, glue.unit_price) == (Decimal("2.5"), Decimal("1.2"))
    hall = Thing.objects.get(external_key="hall")
    assert (hall.seats, hall.features) == (60, ["projector", "sink"])
    assert Thing.objects.get(external_key="bike").state == "draft"
    assert set(EconomicEvent.objects.values_list("provenance", flat=True)) == {"file"}


def test_taking_it_again_changes_nothing(collection: Collection) -> None:
    take(collection)
    events = EconomicEvent.objects.count()
    assert take(collection).counts == {"added": 0, "changed": 0, "unchanged": 6, "left": 0}
    assert EconomicEvent.objects.count() == events


def test_a_changed_row_changes_its_thing(collection: Collection) -> None:
    take(collection)
    intake = take(
        collection,
        TABLE.replace("Cups,tool,40,,Branch", "Mugs,tool,40,,").replace("Ikea", "Ikéa")
        .replace("2 x CUP; lamp", "CUP"),
    )  # fmt: skip
    assert intake.counts == {"added": 0, "changed": 3, "unchanged": 3, "left": 0}
    assert Thing.objects.get(external_key="CUP").name == "Mugs"
    assert Thing.objects.get(external_key="lamp").brand == "Ikéa"


def test_the_number_is_not_changed_by_a_table(collection: Collection) -> None:
    take(collection)
    cup = Thing.objects.get(external_key="CUP")
    add_stock(cup, quantity=2, by=system_agent())
    row = next(row for row in take(collection).rows if row.key == "CUP")
    assert row.outcome == "unchanged"
    assert str(row.reason).startswith("There are 42 of it")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",item,Saw,tool", "The key is empty. Give every row a key of its own."),
        ("a,tool,Saw,tool", "“tool” is not possible for “sort”. Use one of: item, pool, kit, "
         "consumable, space, vehicle."),
        ("a,item,Saw,nothing", "There is no kind “nothing” in the catalogue. Correct its code."),
        ("a,item,,tool", "The name is empty. Write what people would call it."),
        ("a,item,Saw,glue", "“Glue” is measured in kg, but things to borrow are counted. "
         "Choose a kind that is counted."),
        ("a,item,Saw,tool,2", "This is one single thing. To lend several equal ones, choose "
         "“several equal items”."),
        ("a,item,Saw,tool,,,Nowhere", "The owner has no place “Nowhere”. Add it first, or correct "
         "its name."),
        ("a,item,Saw,tool,,,,Free", "There are no lending terms “Free” here. Add them first, or "
         "correct the name."),
        ("a,kit,Box,tool", "A kit needs at least one part. Choose what belongs to it."),
        ("a,space,Hall,tool,,,,,,,,,,1.5", "“1.5” is not a whole number above zero."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_is_left_with_its_reason(
    collection: Collection, row: str, reason: str
) -> None:
    header = TABLE.splitlines()[0]
    intake = take(collection, f"{header}\n{row}\nok,item,Drill,tool\n")
    assert [(left.line, str(left.reason)) for left in intake.left] == [(2, reason)]
    assert intake.counts["added"] == 1
    assert Thing.objects.count() == 1


def test_a_key_that_stands_twice_is_taken_once(collection: Collection) -> None:
    intake = take(collection, "key,sort,name,kind\na,item,Saw,tool\na,item,Axe,tool\n")
    assert (intake.counts["added"], intake.left[0].line) == (1, 3)


def test_faults_of_shape_refuse_the_file(collection: Collection) -> None:
    with pytest.raises(FaultyFile):
        take(collection, "key,sort,nmae,kind\na,item,Saw,tool\n")
    with pytest.raises(FaultyFile):
        take(collection, "")
    assert Thing.objects.count() == 0


def test_only_those_who_run_the_collection_import(collection: Collection) -> None:
    member = make_person("member", organization=collection.owner.organization).agent
    with pytest.raises(NotAllowed):
        import_things(TABLE.encode(), collection=collection, name="x.csv", by=member)


def test_a_workbook_says_the_same(collection: Collection) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["key", "sort", "name", "kind", "quantity", "value"])
    sheet.append(["chair", "pool", "Chair", "tool", 12, 8.5])
    out = io.BytesIO()
    book.save(out)
    intake = import_things(out.getvalue(), collection=collection, name="t.xlsx", by=system_agent())
    assert intake.counts["added"] == 1
    chair = Thing.objects.get()
    assert chair.resource is not None
    assert (chair.resource.accounting_quantity, chair.value) == (12, Decimal("8.5"))


def test_the_command_takes_a_file_into_a_collection(collection: Collection, tmp_path: Path) -> None:
    file = tmp_path / "things.csv"
    file.write_text("key,sort,name,kind\na,item,Saw,tool\nb,item,Axe,none\n", encoding="utf-8")
    run = CliRunner().invoke(
        cli, ["import", "things", str(file), "--collection", "tools", "--json"]
    )
    report = json.loads(run.stdout)
    assert run.exit_code == 0, run.output
    assert report["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "left": 1}
    missing = CliRunner().invoke(cli, ["import", "things", str(file)])
    unknown = CliRunner().invoke(cli, ["import", "things", str(file), "--collection", "x"])
    assert (missing.exit_code, unknown.exit_code) == (2, 2)


def test_the_page_reports_row_by_row(collection: Collection) -> None:
    keeper = make_person("organization_admin", organization=collection.owner.organization)
    browser = Client()
    browser.force_login(keeper.user, "django.contrib.auth.backends.ModelBackend")
    address = reverse("sharing:things_import", args=["tools"])
    assert browser.get(address).status_code == HTTPStatus.OK
    upload = SimpleUploadedFile("t.csv", b"key,sort,name,kind\na,item,Saw,tool\nb,item,Axe,no\n")
    response = browser.post(address, {"table": upload})
    assert response.status_code == HTTPStatus.OK
    assert response.context["intake"].counts["added"] == 1
    faulty = browser.post(address, {"table": SimpleUploadedFile("t.csv", b"nothing\n")})
    assert faulty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert len(faulty.context["faults"]) == 5


def test_the_reference_names_every_column() -> None:
    text = Path(__file__).parents[2].joinpath("docs/reference/import-things.md").read_text("utf-8")
    assert [name for name in COLUMNS if f"| `{name}` |" not in text] == []
