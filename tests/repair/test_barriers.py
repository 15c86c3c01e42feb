"""What prevents repairs, as a public data set with definition, licence and sources."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from kierto.parties.queries import system_agent
from kierto.repair.barriers import COLUMNS, as_json, barriers, by_barrier, matrix
from kierto.repair.importers import import_open_data
from kierto.repair.ords import COLUMNS as ORDS
from kierto.repair.ords import write_ords
from tests.factories.repair import make_category

pytestmark = pytest.mark.django_db

ROWS = [
    ("End of life", "Lack of equipment", "40"),
    ("End of life", "Lack of equipment", "40"),
    ("End of life", "Item too worn out", "40"),
    ("End of life", "", "40"),
    ("Fixed", "", "40"),
    ("Repairable", "Too worn out", "40"),
    ("End of life", "Too worn out", "36"),
]


@pytest.fixture
def data(db: None) -> None:
    names = {"40": "Iron", "36": "Coffee maker"}
    for number, name in names.items():
        make_category(name, number=int(number))
    rows = []
    for number, (status, barrier, category) in enumerate(ROWS):
        cells = {
            "id": f"row_{number}",
            "data_provider": "Group",
            "country": "FIN",
            "product_category": names[category],
            "product_category_id": category,
            "repair_status": status,
            "repair_barrier_if_end_of_life": barrier,
            "event_date": "2024-05-04",
        }
        rows.append([cells.get(column, "") for column in ORDS])
    import_open_data(
        "".join(write_ords(rows)).encode(),
        name="a.csv",
        source_note="A group, 2024",
        licence="CC BY-SA 4.0",
        by=system_agent(),
    )


def test_rows_count_what_could_not_be_saved_and_why(data: None) -> None:
    assert [row.cells() for row in barriers()] == [
        (36, "Coffee maker", "Too worn out", 1, 1.0, 1, 1),
        (40, "Iron", "Lack of equipment", 2, 0.6667, 4, 3),
        (40, "Iron", "Too worn out", 1, 0.3333, 4, 3),
    ]


def test_shares_of_a_category_add_up(data: None) -> None:
    shares: dict[int | None, float] = {}
    for row in barriers():
        shares[row.category] = shares.get(row.category, 0.0) + row.share
    assert list(shares.values()) == [pytest.approx(1.0)] * 2


def test_sums_by_barrier_and_category(data: None) -> None:
    rows = barriers()
    assert by_barrier(rows)[:3] == [
        ("Lack of equipment", 2),
        ("Too worn out", 2),
        ("Spare parts not available", 0),
    ]
    assert [(category, together) for category, _counts, together in matrix(rows)] == [
        (40, 3),
        (36, 1),
    ]


def test_the_data_set_says_what_it_is_whose_and_under_which_licence(
    data: None, client: Client
) -> None:
    told = json.loads(client.get(reverse("repair:barriers_json")).content)
    assert told == json.loads(json.dumps(as_json(barriers())))
    assert told["licence"]["name"] == "CC BY-SA 4.0"
    assert told["sources"] == [
        {"name": "a.csv", "source": "A group, 2024", "licence": "CC BY-SA 4.0", "rows": 7}
    ]
    assert "End of life" in told["definition"]


def test_csv_and_json_hold_the_same_rows(data: None, client: Client) -> None:
    text = client.get(reverse("repair:barriers_csv")).content.decode()
    rows = list(csv.reader(io.StringIO(text)))
    told = json.loads(client.get(reverse("repair:barriers_json")).content)
    assert rows[0] == list(COLUMNS) == told["columns"]
    assert rows[1:] == [[str(cell) for cell in row] for row in told["rows"]]


def test_without_data_the_page_says_so(client: Client) -> None:
    answer = client.get(reverse("repair:barriers"))
    assert (answer.status_code, answer.context["given"]) == (200, 0)
    assert barriers() == []
