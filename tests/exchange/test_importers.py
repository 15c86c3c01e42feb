"""Tables from outside: row by row, again without a change, and nothing by halves."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kierto.core.errors import NotAllowed
from kierto.core.tables import FaultyFile
from kierto.exchange.importers import import_intents, import_processors
from kierto.exchange.models import Intent, Processor
from kierto.parties.models import Agent, Place
from kierto.parties.queries import system_agent
from tests.exchange.conftest import World
from tests.factories import exchange as make
from tests.factories.parties import make_organization

SignIn = Callable[[Agent | None], Client]
HEAD = "key,organization,kind,title,quantity,unit,every"
ROW = "a,weavers,denim,Denim bales,2.5,t,week"


@pytest.fixture(autouse=True)
def kind(world: World) -> None:
    make.make_priced_kind("denim")


def take(text: str, direction: str = "offer", by: Agent | None = None):
    return import_intents(text.encode(), direction, by=by or system_agent(), name="offers.csv")


def test_a_row_becomes_an_open_offer_and_again_changes_nothing(world: World) -> None:
    assert take(f"{HEAD}\n{ROW}").counts["added"] == 1
    intent = Intent.objects.get()
    assert (intent.state, intent.resource_quantity, intent.place) == ("open", 2500, world.place)
    before = Intent.objects.values().get()
    again = take(f"{HEAD}\n{ROW}")
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 1, "left": 0}
    assert Intent.objects.values().get() == before


def test_a_changed_row_changes_its_offer(world: World) -> None:
    take(f"{HEAD},state\n{ROW},open")
    changed = take(f"{HEAD},state\n{ROW.replace('2.5', '3')},paused")
    assert changed.counts["changed"] == 1
    intent = Intent.objects.get()
    assert (intent.resource_quantity, intent.state) == (3000, "paused")


def test_offers_and_needs_have_keys_of_their_own(world: World) -> None:
    take(f"{HEAD}\n{ROW}")
    assert take(f"{HEAD}\n{ROW}", "need").counts["added"] == 1


def test_every_column_is_read(world: World) -> None:
    more = "description,from,until,place,quality,minimum_lot,cost_otherwise,visibility,source"
    row = "Clean,2026-01-01,2099-12-31,Mill,moisture = 0.1; carbon = 0.4,500 kg,0.3,partners,me"
    report = take(f"{HEAD},{more}\n{ROW},{row}")
    assert report.left == []
    intent = Intent.objects.get()
    assert (intent.description, intent.minimum_lot, intent.fallback_cost) == ("Clean", 500, 0.3)
    assert (intent.quality, intent.visibility) == ({"moisture": 0.1, "carbon": 0.4}, "partners")
    assert (str(intent.available_from), str(intent.available_until)) == ("2026-01-01", "2099-12-31")
    assert take(f"{HEAD},{more}\n{ROW},{row}").counts["unchanged"] == 1


def test_a_new_point_becomes_a_place_once(world: World) -> None:
    text = f"{HEAD},latitude,longitude,street,locality\n{ROW},60.218,24.757,Road 1,Espoo"
    take(text)
    take(text)
    assert Place.objects.filter(agent=world.organization.agent).count() == 2
    assert Intent.objects.get().place.district == world.district


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW.replace("weavers", "nobody"), "no organisation “nobody”"),
        (ROW.replace("denim", "gold"), "no kind “gold”"),
        (ROW.replace("2.5", "lots"), "not a number"),
        (ROW.replace("2.5", "-1"), "more than zero"),
        (ROW.replace(",t,", ",MWh,"), "MWh"),
        (ROW.replace("week", "daily"), "“daily” is not possible"),
        (ROW.replace("a,weavers", ",weavers"), "key is empty"),
        (ROW + "\n" + ROW, "stands above already"),
    ],
)
def test_a_row_that_cannot_be_taken_is_left_with_its_reason(
    world: World, row: str, reason: str
) -> None:
    report = take(f"{HEAD}\n{row}\nb,weavers,denim,Good one,1,kg,week")
    assert len(report.left) == 1
    assert reason in str(report.left[0].reason)
    assert Intent.objects.filter(title="Good one").exists()


@pytest.mark.parametrize(
    "data",
    [
        HEAD.encode() + b"\n" + ROW.encode("utf-8") + b"\xff\xfe",
        (HEAD + ",key\n" + ROW + ",b").encode(),
        (HEAD + "\n" + ROW + ",too,many").encode(),
        (HEAD + "\n" + ROW.replace("Denim bales", "x" * 10_000_000)).encode(),
        HEAD.replace("kind", "sort").encode() + b"\n" + ROW.encode(),
        b"PK\x03\x04 no workbook",
        b"",
    ],
    ids=["encoding", "twice", "too wide", "10 MB cell", "unknown column", "zip", "empty"],
)
def test_a_file_of_the_wrong_shape_is_refused_whole(world: World, data: bytes) -> None:
    with pytest.raises(FaultyFile):
        import_intents(data, "offer", by=system_agent(), name="offers.csv")
    assert Intent.objects.count() == 0


def test_decimal_commas_in_semicolon_files_and_workbooks(world: World) -> None:
    take(f"{HEAD}\n{ROW}".replace(",", ";").replace("2.5", "2,5"))
    assert Intent.objects.get().resource_quantity == 2500
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["a", "weavers", "denim", "Denim bales", 2.5, "t", "week"])
    data = io.BytesIO()
    book.save(data)
    report = import_intents(data.getvalue(), "offer", by=system_agent(), name="offers.xlsx")
    assert report.counts["unchanged"] == 1


def test_administrators_import_for_their_organization_only(world: World) -> None:
    make_organization("Others", slug="others")
    rows = f"{HEAD},latitude,longitude\n{ROW},,\nb,others,denim,Not mine,1,kg,week,60.2,24.7"
    report = take(rows, by=world.agents["organization_admin"])
    assert (report.counts["added"], report.counts["left"]) == (1, 1)
    assert "administer" in str(report.left[0].reason)
    with pytest.raises(NotAllowed):
        take(rows, by=world.agents["member"])


def test_a_full_disk_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Intent.save
    count = iter(range(10))

    def fail_later(self: Intent, *args: object, **fields: object) -> None:
        if next(count) > 2:
            raise OSError(28, "No space left on device")
        saved(self, *args, **fields)

    monkeypatch.setattr(Intent, "save", fail_later)
    rows = "\n".join(ROW.replace("a,", f"{n},", 1) for n in range(5))
    with pytest.raises(OSError, match="space"):
        take(f"{HEAD}\n{rows}")
    assert Intent.objects.count() == 0


def test_processors_come_from_tables_too(world: World) -> None:
    recipe = make.make_making(make.make_priced_kind(), make.make_priced_kind())
    head = "key,organization,recipe,name,capacity,cost"
    text = f"{head}\np1,weavers,{recipe.code},Shredder,12.5,3\np2,weavers,none,Other,1,"
    report = import_processors(text.encode(), by=system_agent(), name="p.csv")
    assert (report.counts["added"], report.counts["left"]) == (1, 1)
    processor = Processor.objects.get()
    assert (processor.capacity, processor.cost, processor.emissions) == (12.5, 3, None)
    again = import_processors(text.encode(), by=system_agent(), name="p.csv")
    assert again.counts["unchanged"] == 1


def test_the_page_tells_what_became_of_every_row(world: World, as_agent: SignIn) -> None:
    client = as_agent(world.agents["organization_admin"])
    path = reverse("exchange:import")

    def send(data: bytes):
        table = SimpleUploadedFile("offers.csv", data, "text/csv")
        return client.post(path, {"what": "offer", "table": table})

    page = send(f"{HEAD}\n{ROW}\nb,weavers,gold,=1+1,1,kg,week".encode())
    assert page.status_code == 200
    assert page.context["intake"].counts["added"] == 1
    assert "no kind “gold”" in page.content.decode()
    refused = send(b"key\n\xff")
    assert refused.status_code == 422
    assert "UTF-8" in refused.content.decode()
    assert as_agent(world.agents["member"]).get(path).status_code == 403
