"""Open repair data comes in whole, once, with every odd row named; and goes out again unchanged."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from kierto.catalogue.importers import import_shipped_catalogue
from kierto.core.errors import NotAllowed
from kierto.core.tables import FaultyFile
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair.actions.open_data import remove_data_set
from kierto.repair.errors.open_data import NoCategories
from kierto.repair.exporting import export_repairs
from kierto.repair.importers import (
    import_categories,
    import_open_data,
    import_shipped_categories,
)
from kierto.repair.models import Category, DataSet, OpenRecord, Ticket
from kierto.repair.oddities import ODDITIES, Judge
from kierto.repair.ords import COLUMNS, Line, write_ords
from kierto.repair.own_records import key_of, own_rows, without_contacts
from kierto.repair.states import TicketState
from tests.factories.catalogue import make_kind
from tests.factories.parties import make_agents, make_district, make_organization
from tests.factories.repair import make_category, make_event, make_ticket, make_workshop

pytestmark = pytest.mark.django_db

REAL_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "openrepair"
CATEGORIES = {27: "Sewing machine", 36: "Coffee maker", 40: "Iron"}
SOUND = {
    "id": "abc_1",
    "data_provider": "Repair Group",
    "country": "FIN",
    "partner_product_category": "Silitysrauta",
    "product_category": "Iron",
    "product_category_id": "40",
    "brand": "Unknown",
    "year_of_manufacture": "2020",
    "product_age": "4",
    "repair_status": "Fixed",
    "repair_barrier_if_end_of_life": "",
    "group_identifier": "Kera",
    "event_date": "2024-05-04",
    "problem": "It stays cold, mostly",
}


def cells(**other: str) -> tuple[str, ...]:
    return tuple({**SOUND, **other}[column] for column in COLUMNS)


def text_of(*rows: tuple[str, ...]) -> bytes:
    return "".join(write_ords(rows)).encode()


def numbered(count: int, start: int = 1, **other: str) -> list[tuple[str, ...]]:
    return [cells(id=f"abc_{number}", **other) for number in range(start, start + count)]


@pytest.fixture
def system() -> Agent:
    return system_agent()


@pytest.fixture
def categories(db: None) -> dict[int, Category]:
    return {number: make_category(name, number=number) for number, name in CATEGORIES.items()}


def odd(**other: str) -> list[str]:
    """What is odd about a sound row with these cells instead."""
    return Judge(CATEGORIES, date(2025, 7, 1)).read(Line(2, cells(**other))).odd


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, []),
        ({"id": " "}, ["key_missing"]),
        ({"data_provider": ""}, ["provider_missing"]),
        ({"country": "fi"}, ["country_unknown"]),
        ({"product_category_id": "99"}, ["category_unknown"]),
        ({"product_category_id": "", "product_category": "Spoon"}, ["category_unknown"]),
        ({"product_category": "Coffee maker"}, ["category_contradiction"]),
        ({"product_category": "iron "}, ["label_variant"]),
        ({"repair_status": "fixed"}, ["label_variant"]),
        ({"repair_status": "Exploded"}, ["status_unknown"]),
        ({"repair_status": "End of life"}, ["barrier_missing"]),
        ({"repair_barrier_if_end_of_life": "Lack of equipment"}, ["barrier_unexpected"]),
        (
            {
                "repair_status": "End of life",
                "repair_barrier_if_end_of_life": "Item too worn out",
            },
            ["label_variant"],
        ),
        (
            {"repair_status": "End of life", "repair_barrier_if_end_of_life": "Bad luck"},
            ["barrier_unknown"],
        ),
        ({"product_age": "", "year_of_manufacture": ""}, ["age_missing"]),
        ({"product_age": "old"}, ["age_implausible"]),
        ({"product_age": "120", "year_of_manufacture": "1904"}, ["year_implausible", "age_implausible"]),
        ({"product_age": "9"}, ["age_contradiction"]),
        ({"product_age": "4.5"}, []),
        ({"year_of_manufacture": "2025"}, ["year_implausible", "age_contradiction"]),
        ({"event_date": "2026-05-04"}, ["date_implausible"]),
        ({"event_date": "1970-01-01"}, ["date_implausible"]),
        ({"event_date": "2024-02-30"}, ["date_implausible"]),
        ({"event_date": "4.5.2024"}, ["date_implausible"]),
        ({"event_date": "2024-01-01"}, ["date_doubtful"]),
    ],
)  # fmt: skip
def test_what_is_odd_is_named(other: dict[str, str], expected: list[str]) -> None:
    assert sorted(odd(**other)) == sorted(expected)
    assert set(expected) <= set(ODDITIES)


def test_what_cannot_be_believed_is_not_used_and_what_can_be_is() -> None:
    judge = Judge(CATEGORIES, date(2025, 7, 1))
    reading = judge.read(
        Line(
            2,
            cells(
                product_age="120",
                event_date="2031-01-01",
                country="Finland",
                product_category_id="",
                repair_status="END OF LIFE",
                repair_barrier_if_end_of_life="item too worn out",
            ),
        )
    )
    assert (reading.age, reading.happened_on, reading.country) == (None, None, "")
    assert (reading.category, reading.outcome, reading.barrier) == (
        40,
        "End of life",
        "Too worn out",
    )


def test_a_file_is_taken_whole_with_its_cells_as_they_stood(system, categories) -> None:
    rows = [cells(), cells(id="abc_2", repair_status=" fixed", problem="=1+1\n…"), cells()]
    report = import_open_data(text_of(*rows), name="a.csv", licence="CC BY-SA 4.0", by=system)
    assert report.counts == {"added": 3, "changed": 0, "unchanged": 0, "left": 0}
    assert report.oddities == {"key_twice": 1, "label_variant": 1}
    assert (report.data_set.rows, report.data_set.licence) == (3, "CC BY-SA 4.0")
    records = list(OpenRecord.objects.order_by("line"))
    assert [tuple(record.cells) for record in records] == rows
    assert [record.line for record in records] == [2, 3, 5]
    assert [record.odd for record in records] == ["", " label_variant ", " key_twice "]
    assert [record.counts for record in records] == [True, True, False]
    assert "".join(export_repairs(report.data_set)).encode() == text_of(*rows)


def test_the_same_file_again_changes_nothing(system, categories) -> None:
    first = import_open_data(text_of(cells()), name="a.csv", by=system)
    again = import_open_data(text_of(cells()), name="b.csv", by=system)
    assert again.counts == {"added": 0, "changed": 0, "unchanged": 1, "left": 0}
    assert again.data_set == first.data_set
    assert (DataSet.objects.count(), OpenRecord.objects.count()) == (1, 1)


def test_a_fault_anywhere_refuses_the_whole_file(system, categories) -> None:
    faulty = text_of(*numbered(2500)) + b"abc_9,too,few\n"
    with pytest.raises(FaultyFile) as caught:
        import_open_data(faulty, name="a.csv", by=system)
    assert [(each.line, each.column) for each in caught.value.faults] == [
        (2502, "partner_product_category")
    ]
    assert (DataSet.objects.count(), OpenRecord.objects.count()) == (0, 0)


def test_progress_is_told_and_whoever_stops_it_leaves_nothing(system, categories) -> None:
    told: list[tuple[int, int]] = []
    import_open_data(
        text_of(*numbered(2100)), progress=lambda done, rows: told.append((done, rows)), by=system
    )
    assert told == [(1000, 2100), (2000, 2100), (2100, 2100)]

    def stop(done: int, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_open_data(text_of(*numbered(2100, 9000)), progress=stop, by=system)
    assert (DataSet.objects.count(), OpenRecord.objects.count()) == (1, 2100)


def test_ids_of_another_set_count_once_until_that_set_is_taken_out(system, categories) -> None:
    old = import_open_data(text_of(*numbered(3)), name="old.csv", by=system).data_set
    report = import_open_data(text_of(*numbered(5)), name="new.csv", by=system)
    assert report.oddities == {"key_elsewhere": 3}
    assert OpenRecord.objects.filter(counts=True).count() == 5
    assert list(export_repairs(imported=True))[1:] == list(write_ords(numbered(5)))[1:]
    remove_data_set(old, by=system)
    assert OpenRecord.objects.count() == OpenRecord.objects.filter(counts=True).count() == 5


def test_categories_of_the_standard_come_first(system) -> None:
    make_category("Textiles", number=1000)
    with pytest.raises(NoCategories):
        import_open_data(text_of(cells()), by=system)


def test_operators_and_admins_of_the_node_import_and_remove(categories) -> None:
    agents = make_agents(make_organization(), make_district())
    allowed = {"operator", "node admin", "district operator", "node_admin"}
    for number, (role, agent) in enumerate(agents.items()):
        data = text_of(cells(id=f"r_{number}"))
        if role in allowed:
            remove_data_set(import_open_data(data, by=agent).data_set, by=agent)
            continue
        with pytest.raises(NotAllowed):
            import_open_data(data, by=agent)
        kept = import_open_data(data, by=system_agent()).data_set
        with pytest.raises(NotAllowed):
            remove_data_set(kept, by=agent)
    assert sum(role in allowed for role in agents) == 2


def test_shipped_categories_are_the_standard_and_our_own(system) -> None:
    import_shipped_catalogue(by=system)
    assert import_shipped_categories(by=system).counts["added"] == 50
    assert import_shipped_categories(by=system).counts["unchanged"] == 50
    standard = Category.objects.filter(pk__lt=1000)
    assert sorted(standard.values_list("pk", flat=True)) == list(range(1, 41))
    for category in Category.objects.select_related("kind__production_factor"):
        assert category.kind.unit == "item"
        assert category.kind.kg_per_unit > 0, category
        assert sorted(category.names) == ["ar", "es", "fi", "it"]
    if REAL_FILES.is_dir():
        lines = (REAL_FILES / "product-categories.csv").read_text().splitlines()[1:]
        published = {int(line.split(",", 1)[0]): line.split(",", 1)[1] for line in lines}
        assert dict(standard.values_list("pk", "name")) == published


def test_a_category_needs_a_kind_that_is_known(system) -> None:
    make_kind("iron", unit="item")
    table = b"id,name,kind\n40,Iron,iron\n41,Spoon,spoon\nx,Fork,iron\n"
    intake = import_categories(table, by=system)
    assert [row.outcome.value for row in intake.rows] == ["added", "left", "left"]


def test_the_published_files_import_in_a_minute_and_come_out_the_same(system) -> None:
    paths = sorted(REAL_FILES.glob("OpenRepairData_v0.3_*.csv"))
    if not paths:
        pytest.skip("the published files are not in ../shared/data/openrepair")
    import_shipped_catalogue(by=system)
    import_shipped_categories(by=system)
    sets = {path: import_open_data(path, by=system).data_set for path in paths}
    assert OpenRecord.objects.filter(counts=True).count() == 59_604
    total: dict[str, int] = {}
    for data_set in sets.values():
        for code, count in data_set.oddities.items():
            total[code] = total.get(code, 0) + count
    assert total == {
        "age_implausible": 7,
        "age_missing": 58_028,
        "barrier_missing": 4_488,
        "date_doubtful": 423,
        "label_variant": 3_035,
        "year_implausible": 7,
    }
    for path, data_set in sets.items():
        assert "".join(export_repairs(data_set)).encode() == path.read_bytes()


# --------------------------------------------------------------------------- our own


@pytest.fixture
def iron(categories: dict[int, Category]) -> Category:
    return categories[40]


def finished(category: Category, **fields: object) -> Ticket:
    fields = {"brand": "Silex", "made_year": 2020, **fields}
    return make_ticket(category=category, state=TicketState.DONE, **fields)


def test_our_own_repairs_leave_as_rows_of_the_standard(iron, settings) -> None:
    settings.NODE_NAME = "Kera node"
    workshop = make_workshop(name="Kera repairs", timezone="Europe/Helsinki")
    type(workshop.place).objects.filter(pk=workshop.place_id).update(country="FI")
    event = make_event(
        workshop, begins=datetime(2026, 3, 7, 22, 30, tzinfo=timezone.get_fixed_timezone(0))
    )
    problem = "It stays cold. Call me: +358 40 123 4567 or aino@example.org"
    ticket = finished(iron, workshop=workshop, event=event, problem=problem, age=6)
    (row,) = own_rows()
    assert dict(zip(COLUMNS, row, strict=True)) == {
        "id": key_of(ticket),
        "data_provider": "Kera node",
        "country": "FIN",
        "partner_product_category": "Iron",
        "product_category": "Iron",
        "product_category_id": "40",
        "brand": "Silex",
        "year_of_manufacture": "2020",
        "product_age": "6",
        "repair_status": "Fixed",
        "repair_barrier_if_end_of_life": "",
        "group_identifier": "Kera repairs",
        "event_date": "2026-03-08",
        "problem": "It stays cold. Call me: [removed] or [removed]",
    }
    assert str(ticket.pk) not in row[0]


def test_only_finished_ones_that_may_be_shared_and_the_standard_knows(iron) -> None:
    finished(iron, shares_data=False)
    finished(make_category("Textiles", number=1000))
    make_ticket(category=iron, state=TicketState.IN_WORK)
    shared = finished(iron)
    assert [row[0] for row in own_rows()] == [key_of(shared)]


def test_what_we_export_can_be_imported_and_is_not_odd(iron, system) -> None:
    finished(iron, workshop=make_workshop())
    rows = list(own_rows())
    data = "".join(export_repairs(own=True)).encode()
    report = import_open_data(data, name="own.csv", by=system)
    assert [tuple(record.cells) for record in report.data_set.records.all()] == rows
    assert set(report.oddities) <= {"country_unknown"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Model 123456 from 2019", "Model 123456 from 2019"),
        ("ring 040-123 45 67!", "ring [removed]!"),
        ("a@b", "[removed]"),
        ("230 V, 2000 W", "230 V, 2000 W"),
    ],
)
def test_contacts_are_taken_out_of_words(text: str, cleaned: str) -> None:
    assert without_contacts(text) == cleaned
