"""What comes of repairs, counted over our own and over open data, quick however many there are."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.parties.queries import system_agent
from kierto.repair.importers import import_open_data
from kierto.repair.models import Category
from kierto.repair.ords import COLUMNS, write_ords
from kierto.repair.states import Outcome, TicketState
from kierto.repair.statistics import AGES, Filters, Line, Statistics, cells_of, statistics
from tests.factories.repair import make_category, make_ticket, make_workshop

pytestmark = pytest.mark.django_db

ROWS = [
    # category, status, barrier, age, country, provider, date
    (40, "Fixed", "", "3", "DNK", "Danes", "2023-03-04"),
    (40, "Fixed", "", "", "DNK", "Danes", "2024-03-04"),
    (40, "End of life", "Lack of equipment", "12", "DNK", "Danes", "2024-03-04"),
    (40, "End of life", "Item too worn out", "35", "GBR", "Welsh", "2024-05-04"),
    (36, "End of life", "", "", "GBR", "Welsh", "2024-05-04"),
    (36, "Repairable", "", "5", "GBR", "Welsh", "2025-05-04"),
    (36, "Unknown", "", "9", "GBR", "Welsh", "2031-05-04"),
]
NAMES = {40: "Iron", 36: "Coffee maker"}


@pytest.fixture
def iron(db: None) -> Category:
    for number, name in NAMES.items():
        make_category(name, number=number)
    rows = []
    for number, (category, status, barrier, age, country, provider, day) in enumerate(ROWS):
        cells = {
            "id": f"row_{number}",
            "data_provider": provider,
            "country": country,
            "product_category": NAMES[category],
            "product_category_id": str(category),
            "product_age": age,
            "repair_status": status,
            "repair_barrier_if_end_of_life": barrier,
            "event_date": day,
        }
        rows.append([cells.get(column, "") for column in COLUMNS])
    import_open_data("".join(write_ords(rows)).encode(), name="a.csv", by=system_agent())
    return Category.objects.get(pk=40)


def counts(found: Statistics, table: str) -> dict[object, int]:
    return {line.key: line.count for line in found.tables[table]}


def ours(iron: Category, outcome: str = Outcome.FIXED, **fields: object) -> None:
    workshop = make_workshop()
    type(workshop.place).objects.filter(pk=workshop.place_id).update(country="FI")
    ticket = make_ticket(workshop, category=iron, state=TicketState.IN_WORK, **fields)
    from kierto.repair import actions

    actions.finish(ticket, outcome=outcome, by=system_agent())


def test_every_table_adds_up_to_all_repairs(iron: Category) -> None:
    found = statistics()
    assert found.total.count == 7
    for name, lines in found.tables.items():
        wanted = 3 if name == "barrier" else 7
        assert sum(line.count for line in lines) == wanted, name


def test_counts_by_hand(iron: Category) -> None:
    found = statistics()
    assert found.total.outcomes == {"Fixed": 2, "Repairable": 1, "End of life": 3, "Unknown": 1}
    assert found.total.fixed_share == pytest.approx(2 / 6)
    assert counts(found, "category") == {40: 4, 36: 3}
    assert counts(found, "barrier") == {"Lack of equipment": 1, "Too worn out": 1, "": 1}
    assert counts(found, "age") == {"0-4": 1, "5-9": 2, "10-14": 1, "30-": 1, "": 2}
    assert counts(found, "year") == {2023: 1, 2024: 4, 2025: 1, None: 1}
    assert counts(found, "country") == {"DNK": 3, "GBR": 4}
    assert counts(found, "source") == {"Danes": 3, "Welsh": 4}


def test_our_own_repairs_count_beside_them(iron: Category) -> None:
    ours(iron, age=3)
    ours(iron, shares_data=False)
    found = statistics()
    assert found.total.count == 8
    assert counts(found, "source")["own"] == 1
    assert counts(found, "country")["FIN"] == 1
    assert counts(found, "age")["0-4"] == 2
    assert statistics(Filters(source="own")).total.count == 1
    assert statistics(Filters(country="FIN")).total.count == 1


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (Filters(category=40), 4),
        (Filters(outcome="Fixed"), 2),
        (Filters(barrier="Too worn out"), 1),
        (Filters(age="5-9"), 2),
        (Filters(since=2024), 5),
        (Filters(until=2023), 1),
        (Filters(since=2024, until=2024), 4),
        (Filters(country="GBR"), 4),
        (Filters(source="Danes"), 3),
        (Filters(source="own"), 0),
        (Filters(category=40, country="GBR", outcome="End of life"), 1),
    ],
)
def test_each_filter_narrows(iron: Category, filters: Filters, count: int) -> None:
    assert statistics(filters).total.count == count


def test_years_and_ages_keep_their_order_and_the_unknown_comes_last(iron: Category) -> None:
    found = statistics()
    assert [line.key for line in found.tables["year"]] == [2023, 2024, 2025, None]
    codes = [code for code, *_rest in AGES]
    keys = [line.key for line in found.tables["age"]]
    assert keys == [*(code for code in codes if code in keys), ""]


def test_the_share_fixed_leaves_out_what_nobody_noted() -> None:
    line = Line("x", "X", {"Fixed": 3, "Repairable": 0, "End of life": 1, "Unknown": 9})
    assert (line.count, line.known, line.fixed_share) == (13, 4, 0.75)
    nothing = Line("x", "X", {"Fixed": 0, "Repairable": 0, "End of life": 0, "Unknown": 9})
    assert nothing.fixed_share is None


def test_the_number_of_queries_is_three_however_many_rows(iron: Category) -> None:
    with CaptureQueriesContext(connection) as few:
        statistics()
    for _number in range(3):
        ours(iron)
    with CaptureQueriesContext(connection) as many:
        statistics()
    assert (len(few), len(many)) == (3, 3)


@pytest.mark.sqlite  # whose plan is asked for
def test_open_data_is_counted_without_reading_its_rows(iron: Category) -> None:
    """The index holds all that is grouped by."""
    with CaptureQueriesContext(connection) as asked:
        list(cells_of(Filters(source="Danes")))
        list(cells_of(Filters()))
    wanted = [each["sql"] for each in asked if "repair_openrecord" in each["sql"]]
    with connection.cursor() as cursor:
        for sql in wanted:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(str(row) for row in cursor.fetchall())
            assert "COVERING INDEX repair_record_cube" in plan


def test_the_tables_leave_as_csv_and_json(iron: Category, client: Client) -> None:
    text = client.get(reverse("repair:statistics_csv"), {"country": "DNK"}).content.decode()
    assert text.splitlines()[:3] == [
        "table,key,label,repairs,fixed,repairable,end_of_life,unknown,fixed_share_of_known",
        "all,,All repairs,3,2,0,1,0,0.6667",
        "category,40,Iron,3,2,0,1,0,0.6667",
    ]
    told = json.loads(client.get(reverse("repair:statistics_json")).content)
    assert told["rows"][0]["repairs"] == 7
    assert told["sources"] == [{"name": "a.csv", "source": "", "licence": "", "rows": 7}]
